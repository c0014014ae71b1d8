package docs_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// chinesePages are the pages that exist in Chinese, by their English ones.
var chinesePages = map[string]string{
	"README.md":            "README.zh.md",
	"docs/setup-wechat.md": "docs/zh/setup-wechat.md",
	"docs/setup-c4c.md":    "docs/zh/setup-c4c.md",
	"docs/connect.md":      "docs/zh/connect.md",
	"docs/alerts.md":       "docs/zh/alerts.md",
	"docs/operations.md":   "docs/zh/operations.md",
	"docs/china.md":        "docs/zh/china.md",
	"docs/agents.md":       "docs/zh/agents.md",
	"docs/restore.md":      "docs/zh/restore.md",
	"docs/phone.md":        "docs/zh/phone.md",
}

// Who changes an English page changes its Chinese one: sections, code, rows of tables, links and settings are the same.
func TestChinesePagesAreInStep(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	for name := range texts {
		if !strings.HasPrefix(name, "docs/zh/") {
			continue
		}
		require.Contains(t, slices.Collect(maps.Values(chinesePages)), name,
			"chinesePages does not say of which page this is the Chinese one")
	}
	for english, chinese := range chinesePages {
		t.Run(english, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, texts, chinese)
			require.NoError(t, inStep(english, chinese, texts[english], texts[chinese]))
		})
	}
}

// A difference is named with its section.
func TestWhatIsOutOfStepIsNamed(t *testing.T) {
	t.Parallel()
	const top = "# A\n\n[中文](zh/a.md)\n\n"
	english := top +
		"## B\n\nSee [c](c.md), `a=<WECHAT_C4C_X>`.\n\n```sh\nrun a   # why\n```\n\n| a | b |\n|---|---|\n| `x` | y |\n"
	chinese := "# 甲\n\n[English](../a.md)\n\n## 乙\n\n见 [丙](../c.md)、`a=<WECHAT_C4C_X>`。\n\n```sh\nrun a   # 原因\n```\n\n| 甲 | 乙 |\n|---|---|\n| `x` | 丁 |\n"
	require.NoError(t, inStep("docs/a.md", "docs/zh/a.md", english, chinese))
	for name, tt := range map[string]struct{ from, to, want string }{
		"heading":  {"## 乙", "### 乙", "section 2"},
		"section":  {"## 乙\n", "\n", `section "甲"`},
		"link":     {"(../c.md)", "(../d.md)", "links differ from those of \"B\""},
		"setting":  {"WECHAT_C4C_X", "WECHAT_C4C_Y", "settings differ from those of \"B\""},
		"code":     {"run a ", "run b ", "code differ from those of \"B\""},
		"row":      {"| `x` | 丁 |\n", "", "rows of tables differ from those of \"B\""},
		"cell":     {"| `x` |", "| `y` |", "code in the text differ from those of \"B\""},
		"untold":   {"[English](../a.md)", "", "links to its English page"},
		"nameless": {"`a=<WECHAT_C4C_X>`", "", "settings differ from those of \"B\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, chinese, tt.from)
			require.ErrorContains(t, inStep("docs/a.md", "docs/zh/a.md", english, strings.Replace(chinese, tt.from, tt.to, 1)),
				tt.want)
		})
	}
}

// inStep says in which section two pages differ.
func inStep(english, chinese, inEnglish, inChinese string) error {
	for _, page := range []struct{ name, text, other, word string }{
		{chinese, inChinese, english, "English"}, {english, inEnglish, chinese, "中文"},
	} {
		to, err := filepath.Rel(filepath.Dir(page.name), page.other)
		if err != nil {
			return err
		}
		top, _, _ := strings.Cut(page.text, "\n## ")
		if !strings.Contains(top, "["+page.word+"]("+to+")") {
			return fmt.Errorf("%s: its top links to its %s page: [%s](%s)", page.name, page.word, page.word, to)
		}
	}
	is, has := sectionsOf(english, inEnglish), sectionsOf(chinese, inChinese)
	for i := range min(len(is), len(has)) {
		if is[i].level != has[i].level {
			return fmt.Errorf("%s, section %d, %q: a heading of level %d instead of %d (%q of %s)",
				chinese, i+1, has[i].title, has[i].level, is[i].level, is[i].title, english)
		}
		for _, kind := range kinds {
			want := is[i].parts[kind]
			if got := has[i].parts[kind]; !slices.Equal(want, got) {
				return fmt.Errorf("%s, section %q: %s differ from those of %q: it has %q, %s has %q",
					chinese, has[i].title, kind, is[i].title, without(got, want), english, without(want, got))
			}
		}
	}
	if len(is) != len(has) {
		return fmt.Errorf("%s has %d sections instead of %d, as %s has", chinese, len(has), len(is), english)
	}
	return nil
}

// without is what only the first list has.
func without(all, other []string) []string {
	rest := slices.Clone(all)
	for _, name := range other {
		if i := slices.Index(rest, name); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		}
	}
	return rest
}

// part is what a section of a page holds that no language changes.
type part struct {
	title string
	level int
	parts map[string][]string
}

// kinds of what no language changes.
var kinds = []string{"rows of tables", "code", "code in the text", "links", "settings"}

var (
	setting    = regexp.MustCompile(`WECHAT_C4C_[A-Z0-9_]*[A-Z0-9]`)
	comment    = regexp.MustCompile(`(^|\s)#\s.*$`)
	spacesOnly = regexp.MustCompile(`\s+`)
	target     = regexp.MustCompile(`\]\(([^)\s]+)\)|<(https?://[^>]+)>`)
)

func sectionsOf(page, text string) []part {
	var sections []part
	code := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		trimmed := strings.TrimSpace(line)
		level := len(line) - len(strings.TrimLeft(line, "#"))
		fence := strings.HasPrefix(trimmed, "```")
		if !code && level > 0 && strings.HasPrefix(line[level:], " ") {
			sections = append(sections, part{strings.TrimSpace(line[level:]), level, map[string][]string{}})
		}
		if len(sections) == 0 {
			continue
		}
		here := sections[len(sections)-1].parts
		switch {
		case fence || code:
			// Comments are said in the page's language.
			here["code"] = append(here["code"],
				strings.TrimSpace(spacesOnly.ReplaceAllString(comment.ReplaceAllString(line, ""), " ")))
		case strings.HasPrefix(trimmed, "|"):
			here["rows of tables"] = append(here["rows of tables"], fmt.Sprintf("%d columns", strings.Count(trimmed, "|")))
		}
		if fence {
			code = !code
			continue
		}
		if !code {
			here["settings"] = append(here["settings"], setting.FindAllString(line, -1)...)
		}
	}
	for i, prose := range proseOf(text) {
		here := sections[i].parts
		for _, found := range target.FindAllStringSubmatch(prose, -1) {
			if to := leadsTo(page, found[1]+found[2]); to != "" {
				here["links"] = append(here["links"], to)
			}
		}
		here["code in the text"] = slices.Collect(maps.Keys(spansOf(prose)))
		for _, kind := range []string{"links", "settings", "code in the text"} {
			slices.Sort(here[kind]) // sentences have another order
		}
		here["settings"] = slices.Compact(here["settings"])
	}
	return sections
}

// proseOf is the text of each section without its blocks of code.
func proseOf(text string) []string {
	var prose []string
	code := false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			code = !code
		case code:
		case regexp.MustCompile(`^#+ `).MatchString(line):
			prose = append(prose, line)
		case len(prose) > 0:
			prose[len(prose)-1] += line
		}
	}
	return prose
}

// spansOf are the names and commands in a text; those with words of a language in them may differ.
func spansOf(prose string) map[string]bool {
	spans := map[string]bool{}
	for _, span := range regexp.MustCompile("`[^`]+`").FindAllString(prose, -1) {
		if span = spacesOnly.ReplaceAllString(span, " "); !strings.ContainsAny(span, "<…") {
			spans[span] = true
		}
	}
	return spans
}

// leadsTo is where a link leads, whichever language the page there is in; empty for the link to the other language and
// for pages' anchors, which are in the words of their headings.
func leadsTo(page, link string) string {
	if strings.Contains(link, "://") {
		return link
	}
	file, _, _ := strings.Cut(link, "#")
	if file == "" {
		return "this page"
	}
	to := filepath.Join(filepath.Dir(page), file)
	for english, chinese := range chinesePages {
		if to == chinese {
			to = english
		}
	}
	if own := pageOf(page); to == own || to == "docs/zh/"+filepath.Base(own) || strings.HasPrefix(to, "docs/zh/") &&
		filepath.Base(to) == filepath.Base(page) {
		return ""
	}
	return to
}

// pageOf is the English page of a page.
func pageOf(page string) string {
	for english, chinese := range chinesePages {
		if page == chinese {
			return english
		}
	}
	if strings.HasPrefix(page, "docs/zh/") {
		return "docs/" + filepath.Base(page)
	}
	return page
}
