package sizing

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Example is the installation that docs/deploy/sizing.md describes.
var Example = Load{
	Followers: 1_000_000, Messages: 50_000, Replies: 35_000, Tickets: 15_000, Follows: 2_000, Accounts: 10, Peak: Peak(),
	Retention: 14 * day, Compare: 5 * time.Minute, Call: 200 * time.Millisecond, Cap: 8,
}

// Campaigns is the campaign on the page: 100,000 follows between nine and ten; a tenth of these followers write at
// once.
var Campaigns = Campaign{Follows: 100_000, Hour: 9, Write: 0.1}

// Seed makes the simulation, and so the page, reproducible.
const Seed = 1

// ActsTable shows the cost of one act.
func (f Figures) ActsTable() string {
	head := append([]string{"", "events", "actions", "history", "PostgreSQL", "calls to C4C", "to WeChat"},
		short(Processes)...)
	var rows [][]string
	for _, name := range Acts {
		act := f.Acts[name]
		row := []string{
			name, decimal(act.Events), decimal(act.Actions), decimal(act.KB) + " kB", decimal(act.DatabaseKB) + " kB",
			decimal(act.C4CCalls), decimal(act.WeChatCalls),
		}
		for _, process := range Processes {
			row = append(row, decimal(act.CPU[process])+" ms")
		}
		rows = append(rows, row)
	}
	letGo := []string{"conversation lets go", decimal(f.LetGo.Events), decimal(f.LetGo.Actions), decimal(f.LetGo.KB) +
		" kB"}
	open := []string{"open conversation at rest", decimal(f.Open.Events), "0", decimal(f.Open.KB) + " kB"}
	for range len(head) - len(open) {
		letGo, open = append(letGo, ""), append(open, "")
	}
	return table(head, append(rows, letGo, open))
}

// short returns the names of processes as column heads.
func short(names []string) (heads []string) {
	for _, name := range names {
		heads = append(heads, strings.TrimPrefix(name, "worker --role "))
	}
	return heads
}

// Text describes a load in words.
func (l Load) Text() string {
	return fmt.Sprintf("%s followers of %s; in a day %s messages, %s of which open a ticket, %s replies and %s follows; "+
		"%s of a day's acts in its busiest hour; closed workflows are kept for %.0f days; replies are compared every %.0f minutes; "+
		"C4C takes %.1f s for a call and %d calls at once.",
		whole(l.Followers), accounts(l.Accounts), whole(l.Messages), whole(l.Tickets), whole(l.Replies), whole(l.Follows),
		percent(l.Peak), l.Retention.Hours()/24, l.Compare.Minutes(), l.Call.Seconds(), l.Cap)
}

// NeedTable shows what a load requires.
func (f Figures) NeedTable(l Load) string {
	n := f.Need(l)
	rows := [][]string{
		{"Temporal Cloud: actions a month", million(n.ActionsMonth), "of which schedules: " + million(n.UpkeepActionsMonth)},
		{"Temporal Cloud: actions a second, busiest hour", decimal(n.ActionsPeak), "a namespace starts with a limit of 500"},
		{"Temporal Cloud: active storage", gigabytes(n.ActiveGB), "conversations of all followers, at rest"},
		{"Temporal Cloud: retained storage", gigabytes(n.RetainedGB), "closed syncs and earlier runs of conversations"},
		{"PostgreSQL of a Temporal of your own", gigabytes(n.DatabaseGB),
			"indexes included; plan twice as much for growth and vacuum"},
	}
	for _, process := range Processes {
		note := fmt.Sprintf("%d processes of half a core", n.Replicas(process))
		if process == Temporal || process == Postgres {
			note = "plan four times as much: other work, and what comes in bursts"
		}
		rows = append(rows, []string{"`" + process + "`, busiest hour", cores(n.Cores[process]), note})
	}
	rows = append(rows,
		[]string{"`worker --role workflows`: cache", fmt.Sprintf("%.0f MB", n.CacheMB),
			"conversations that somebody writes in, in the busiest hour, over all its processes"},
		[]string{"calls to C4C a day", whole(int(n.C4CDay)),
			fmt.Sprintf("%s of what the cap lets pass in the busiest hour: %s of %s a second",
				percent(n.C4CPeak/n.C4CMost), decimal(n.C4CPeak), decimal(n.C4CMost))},
		[]string{"calls to WeChat a day", whole(int(n.WeChatDay)), "over all accounts; WeChat's quotas count for each"},
	)
	return table([]string{"what", "how much", "beside it"}, rows)
}

// DayTable shows a day with and without a campaign, by the order in which calls are made.
func (f Figures) DayTable(l Load, c Campaign) string {
	var rows [][]string
	for _, play := range []struct {
		name     string
		campaign Campaign
		policy   Policy
	}{
		{"a day without a campaign", Campaign{}, MessagesFirst},
		{"with it, messages first", c, MessagesFirst},
		{"with it, oldest first", c, OldestFirst},
	} {
		d := f.Simulate(l, play.campaign, play.policy, Seed)
		for _, group := range []string{OfKnown, OfNew, Reply, OfFollowers} {
			w, ok := d.Groups[group]
			if !ok {
				continue
			}
			rows = append(rows, []string{
				play.name, group, whole(w.Acts), span(w.Half), span(w.NinetyNine), span(w.Most), whole(w.WaitedAMinute),
			})
		}
	}
	return table([]string{"day", "acts", "how many", "p50", "p99", "slowest", "over a minute"}, rows)
}

// CampaignText describes when the campaign's followers are onboarded.
func (f Figures) CampaignText(l Load, c Campaign) string {
	d := f.Simulate(l, c, MessagesFirst, Seed)
	follows := d.Groups[OfFollowers]
	return fmt.Sprintf(
		"%s follows between %d:00 and %d:00, of whom %s write a message within ten minutes: the slowest is a customer in C4C %s after following. "+
			"At most %s calls wait at once, all of them in Temporal.",
		whole(c.Follows), c.Hour, c.Hour+1, percent(c.Write), span(follows.Most), whole(d.Queue))
}

func table(head []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	text.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return text.String()
}

func decimal(n float64) string {
	if n >= 100 || n == float64(int(n)) {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f", n)
}

// whole writes a number with commas.
func whole(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func accounts(n int) string {
	if n == 1 {
		return "one account"
	}
	return fmt.Sprintf("%d accounts", n)
}

// cores rounds up: a small need is not zero.
func cores(n float64) string { return fmt.Sprintf("%.2f cores", math.Ceil(n*100)/100) }

func million(n float64) string   { return fmt.Sprintf("%.1f million", n/1e6) }
func gigabytes(n float64) string { return fmt.Sprintf("%.1f GB", n) }
func percent(n float64) string   { return fmt.Sprintf("%.0f %%", n*100) }

// span rounds to what a reader cares for.
func span(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
