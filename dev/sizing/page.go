package sizing

import (
	"fmt"
	"strings"
)

// blocks returns the generated parts of docs/deploy/sizing.md by name.
func (f Figures) blocks() map[string]string {
	from := fmt.Sprintf("Measured on %s with %d followers: %s; Temporal %s on PostgreSQL %s.", f.Measured.Date,
		f.Measured.Followers,
		f.Measured.Machine, f.Measured.Temporal, f.Measured.PostgreSQL)
	return map[string]string{
		"acts":     wrap(from) + "\n\n" + f.ActsTable(),
		"need":     wrap(Example.Text()) + "\n\n" + f.NeedTable(Example),
		"prices":   wrap(PricesText()) + "\n",
		"cost":     f.CostTable(),
		"upkeep":   f.UpkeepTable(),
		"bill":     f.BillTable(Example),
		"campaign": wrap(f.CampaignText(Example, Campaigns)) + "\n\n" + f.DayTable(Example, Campaigns),
	}
}

// Renew returns the page with its blocks generated again. Each block is between two comments: "<!-- acts: begin -->"
// and "<!-- acts: end -->".
func (f Figures) Renew(page string) (string, error) {
	for name, block := range f.blocks() {
		begin, end := fmt.Sprintf("<!-- %s: begin -->\n", name), fmt.Sprintf("<!-- %s: end -->", name)
		before, rest, found := strings.Cut(page, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			return "", fmt.Errorf("the page has no place for the block %s: it belongs between %q and %q", name,
				strings.TrimSpace(begin), end)
		}
		page = before + begin + "\n" + block + "\n" + end + after
	}
	return page, nil
}

// wrap breaks a text into lines of at most 100 columns.
func wrap(text string) string {
	const width = 100
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n")
}
