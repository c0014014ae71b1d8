package docs_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// update writes what documents take from the code; see "make generate".
var update = flag.Bool("update", false, "write the table of causes into the runbook")

const (
	runbook     = "docs/operations.md"
	causesBegin = "<!-- causes: begin -->\n"
	causesEnd   = "<!-- causes: end -->"
)

// runbooks are the pages with the table of causes, by the language of their readers.
var runbooks = map[wording.Language]string{
	wording.English: runbook,
	wording.Chinese: chinesePages[runbook],
}

// causesTable is the catalogue of causes for the runbook.
func causesTable(language wording.Language) string {
	var b strings.Builder
	parks, goesOn, this, every := "parks", "resumes automatically", "this sync", "**all syncs**"
	head := "| cause | hits | meanwhile | what happened | what to do |\n"
	if language == wording.Chinese {
		parks, goesOn, this, every = "挂起", "自动继续", "本任务", "**所有任务**"
		head = "| 原因 | 影响 | 其间 | 发生了什么 | 怎么办 |\n"
	}
	b.WriteString(head + "|---|---|---|---|---|\n")
	for _, c := range activities.Causes {
		hits, meanwhile := this, goesOn
		if c.Everything {
			hits = every
		}
		if c.Manual {
			meanwhile = parks
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", c.Type, strings.ToLower(c.Type), hits, meanwhile,
			language.Say(c.Meaning), language.Say(c.Remedy))
	}
	return b.String()
}

func TestTableOfCauses(t *testing.T) {
	t.Parallel()
	for language, page := range runbooks {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			before, rest, ok := strings.Cut(read(t, page), causesBegin)
			require.True(t, ok)
			table, after, ok := strings.Cut(rest, causesEnd)
			require.True(t, ok)
			if *update {
				written := before + causesBegin + causesTable(language) + causesEnd + after
				require.NoError(t, os.WriteFile(page, []byte(written), 0o644))
				return
			}
			for _, row := range strings.SplitAfter(causesTable(language), "\n") {
				require.True(t, strings.Contains(table, row), "run make generate: the table of causes in %s lacks\n%s", page, row)
			}
			require.True(t, causesTable(language) == table, "run make generate: %s has other rows, or another order", page)
		})
	}
}

func TestEveryCauseHasASection(t *testing.T) {
	t.Parallel()
	for _, page := range runbooks {
		sections := all(`(?m)^### (\w+)$`, read(t, page))
		for _, cause := range activities.Causes {
			require.True(t, slices.Contains(sections, cause.Type), "%s has no section ### %s", page, cause.Type)
		}
	}
}

// Operators find each kind of sync, which Temporal UI lists, in the runbook.
func TestEverySyncIsInTheRunbook(t *testing.T) {
	t.Parallel()
	for _, page := range runbooks {
		for _, name := range workflows.SyncTypes {
			require.True(t, strings.Contains(read(t, page), "`"+name+"`"), "%s does not say what a %s is", page, name)
		}
	}
}

// savedView matches a link that installs a saved view in Temporal UI.
var savedView = regexp.MustCompile(`\]\(([^)\s]+\?[^)\s]*savedQuery=[^)\s]+)\)`)

// Links that install saved views ask for attributes, states and causes that exist.
func TestSavedViewsAskForWhatExists(t *testing.T) {
	t.Parallel()
	names := append(slices.Clone(workflows.SearchAttributes), "ExecutionStatus", "WorkflowType",
		"TemporalReportedProblems")
	states := []string{
		workflows.StateSyncing, workflows.StateStuck, workflows.StateHeld, workflows.StateNeedsAttention,
		workflows.StateSynced, workflows.StateSkipped,
	}
	links := savedView.FindAllStringSubmatch(read(t, runbook), -1)
	require.GreaterOrEqual(t, len(links), 6)
	for _, found := range links {
		link, err := url.Parse(found[1])
		require.NoError(t, err)
		require.Regexp(t, `/namespaces/[^/]+/workflows$`, link.Path)
		query := link.Query().Get("query")
		require.NotEmpty(t, link.Query().Get("savedQuery"))
		for _, name := range all(`(\w+) (?:=|!=|IN|IS)`, query) {
			require.Contains(t, names, name, query)
		}
		for _, state := range all(`SyncState = "(\w+)"`, query) {
			require.Contains(t, states, state, query)
		}
		for _, cause := range all(`SyncError = "(\w+)"`, query) {
			require.Equal(t, cause, activities.CauseOf(cause).Type)
			require.True(t, slices.ContainsFunc(activities.Causes, func(c activities.Cause) bool { return c.Type == cause }),
				query)
		}
	}
}

// The command "views" has the views of the runbook, but for the one that needs a follower.
func TestViewsAreThoseOfTheRunbook(t *testing.T) {
	t.Parallel()
	printed, err := operate.ViewsOf("http://127.0.0.1:8233", "default", wording.English)
	require.NoError(t, err)
	var ours []string
	for _, view := range printed.Views {
		ours = append(ours, view.Link)
	}
	for _, page := range runbooks {
		var documented []string
		for _, found := range savedView.FindAllStringSubmatch(read(t, page), -1) {
			if !strings.Contains(found[1], "FollowerKey") {
				documented = append(documented, found[1])
			}
		}
		require.Equal(t, documented, ours, page)
	}
}
