package operate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// View is a saved view of Temporal UI: a name and the query of its rows.
type View struct {
	Name  string `json:"name"`
	Query string `json:"query"`
	Link  string `json:"link"` // opens the view, and keeps it in the browser
}

// Views are what an operator's browser needs to show syncs in Temporal UI.
type Views struct {
	Views []View `json:"views"`
	// Script sets columns and views at once when it is run on a page of Temporal UI, which keeps both in the browser.
	Script string `json:"script"`
	// Language is the language of the table.
	Language wording.Language `json:"-"`
}

const whileRunning = ` AND ExecutionStatus = "Running"`

// views are the saved views, without links.
func views() []View {
	state := func(name string) string {
		return workflows.AttributeSyncState.GetName() + ` = "` + name + `"` + whileRunning
	}
	parked := state(workflows.StateNeedsAttention)
	under := func(cause string) string {
		return workflows.AttributeSyncError.GetName() + ` = "` + cause + `" AND ` + parked
	}
	of := func(kind string) string { return `WorkflowType = "` + kind + `"` + whileRunning }
	return []View{
		{Name: "Needs attention", Query: parked},
		{Name: "Stuck", Query: state(workflows.StateStuck)},
		{Name: "Held", Query: state(workflows.StateHeld)},
		{Name: "Causes", Query: of(workflows.TypeResumeCause)},
		{Name: "C4C credentials", Query: under(activities.ErrorC4CCredentials)},
		{Name: "WeChat address", Query: under(activities.ErrorWeChatIPNotAllowed)},
		{Name: "Unknown outcome", Query: under(activities.ErrorWeChatOutcomeUnknown)},
		{Name: "Access token", Query: of(workflows.TypeMaintainToken)},
		{Name: "Defects", Query: "TemporalReportedProblems IS NOT NULL" + whileRunning},
	}
}

// columns are the columns of the list, by the labels of Temporal UI.
var columns = []string{"Status", "Workflow ID", "Type", workflows.AttributeSyncState.GetName(),
	workflows.AttributeSyncError.GetName(), workflows.AttributeTicketID.GetName(), "Start"}

// ViewsOf are the views of a namespace in the Temporal UI at an address.
func ViewsOf(uiURL, namespace string, language wording.Language) (Views, error) {
	found := Views{Views: views(), Language: language}
	for i, v := range found.Views {
		found.Views[i].Link = fmt.Sprintf("%s/namespaces/%s/workflows?query=%s&savedQuery=%s", strings.TrimRight(uiURL, "/"),
			url.PathEscape(namespace), queryEscape(v.Query), queryEscape(v.Name))
	}
	var err error
	found.Script, err = script(namespace, found.Views)
	return found, err
}

// queryEscape writes spaces as %20, which links in documents need.
func queryEscape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// Where Temporal UI keeps in the browser what people have chosen, by namespace. See temporalio/ui, src/lib/stores.
const (
	keptColumns = "namespace-workflow-table-columns"
	keptViews   = "saved-workflow-queries"
)

// script adds the columns and the views to those of other namespaces, and replaces what it set before.
func script(namespace string, views []View) (string, error) {
	type column struct {
		Label  string `json:"label"`
		Pinned bool   `json:"pinned"`
	}
	type kept struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Query string `json:"query"`
		Type  string `json:"type"`
	}
	var (
		shown []column
		saved []kept
	)
	for i, label := range columns {
		shown = append(shown, column{Label: label, Pinned: i < 2})
	}
	for _, v := range views {
		saved = append(saved, kept{ID: "wechat-c4c " + v.Name, Name: v.Name, Query: v.Query, Type: "user"})
	}
	written := make([]any, 3)
	for i, value := range []any{namespace, shown, saved} {
		data, err := json.Marshal(value)
		if err != nil {
			return "", fmt.Errorf("views: %w", err)
		}
		written[i] = string(data)
	}
	return fmt.Sprintf(`(() => {
  const namespace = %s, columns = %s;
  const views = %s;
  const change = (key, next) => {
    const all = JSON.parse(localStorage.getItem(key) || "{}");
    all[namespace] = next(all[namespace] || []);
    localStorage.setItem(key, JSON.stringify(all));
  };
  change("`+keptColumns+`", () => columns);
  change("`+keptViews+`", kept => [...kept.filter(k => !views.some(v => v.name === k.name)), ...views]);
  location.reload();
})();
`, written...), nil
}

// WriteTable writes for people how to set up their browser.
func (v Views) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", v.Language.Say("Each link opens a list and keeps it in the browser as a saved view:"))
	err := table(w, func(w io.Writer) {
		for _, view := range v.Views {
			fmt.Fprintf(w, "%s\t%s\n", view.Name, view.Link)
		}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n%s\n\n%s", v.Language.Say("All of them at once, with the columns that operators need: open Temporal "+
		"UI, press F12, choose Console, and paste this:"), v.Script)
	return err
}
