package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// runbook holds the links that install saved views in Temporal UI.
const runbook = "../../docs/operations.md"

// savedViews returns the runbook's links by view name, without the address of the development stack.
func savedViews(t *testing.T) map[string]url.Values {
	t.Helper()
	text, err := os.ReadFile(runbook)
	require.NoError(t, err)
	views := map[string]url.Values{}
	for _, found := range regexp.MustCompile(`\]\(([^)\s]+\?[^)\s]*savedQuery=[^)\s]+)\)`).FindAllStringSubmatch(
		string(text), -1) {
		link, err := url.Parse(found[1])
		require.NoError(t, err)
		views[link.Query().Get("savedQuery")] = link.Query()
	}
	require.NotEmpty(t, views)
	return views
}

func TestSavedViewsFindWhatTheySay(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.c4c.post("/switches", map[string]any{"refuse_credentials": true}, nil)
	s.say("oAlice", "parks")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)
	s.waitForState(workflows.TypeResumeCause, workflows.StateNeedsAttention, 1)
	s.closeWindow()
	s.agentReplies(ticket.ID, "is held", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)
	s.waitForState(workflows.TypeNoteTicket, workflows.StateNeedsAttention, 1) // the note needs C4C
	s.waitForState(workflows.TypeMaintainToken, workflows.StateSynced, 1)
	found := map[string]int{}
	for name, link := range savedViews(t) {
		res, err := s.client.ListWorkflow(t.Context(),
			&workflowservice.ListWorkflowExecutionsRequest{Query: link.Get("query")})
		require.NoError(t, err, name)
		found[name] = len(res.GetExecutions())
	}
	require.Equal(t, map[string]int{
		"Needs attention": 3, "C4C credentials": 3, "Causes": 1, "Held": 1,
		"Stuck": 0, "WeChat address": 0, "Unknown outcome": 0, "Access token": 0, "One follower": 0, "Defects": 0,
	}, found)
}

// until polls the page until the function returns true for the arguments.
func until(what, function string, args ...any) chromedp.Action[chromedp.Void] {
	seen := chromedp.PollFunction[bool](function, chromedp.WithPollingArgs(args...), chromedp.WithPollingTimeout(patience),
		chromedp.WithPollingInterval(50*time.Millisecond))
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := seen(ctx, target); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// press clicks the visible one of the matching elements, as soon as there is one: Temporal UI has some elements twice,
// for narrow and for wide windows.
func press(selector, text string) chromedp.Action[chromedp.Void] {
	return until("press "+selector, `(selector, text) => {
		const found = [...document.querySelectorAll(selector)].find(e => e.getClientRects().length && !e.disabled && e.textContent.includes(text ?? ""));
		found?.click();
		return !!found;
	}`, selector, text)
}

// framed waits until a frame of the page contains the text.
func framed(frame, text string) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf("%q in %s", text, frame),
		`(frame, text) => !!document.querySelector(frame)?.contentDocument?.body?.innerText.includes(text)`, frame, text)
}

// setUpViews runs the script of the command "views" in the browser. It returns the number of views and the link of the
// first.
func (s *scene) setUpViews(operator context.Context) (int, string) {
	s.t.Helper()
	ui := "http://" + s.Addresses().TemporalUI
	var views operate.Views
	s.commandJSON(&views, "views", "--ui-url", ui)
	rows := ui + "/namespaces/" + s.Namespace() + "/workflows"
	require.NoError(s.t, chromedp.Do(operator, chromedp.Navigate(rows), shows("th", "Workflow ID")))
	script := strings.Replace(views.Script, "location.reload();", "return true;", 1) // the page is loaded anew below
	_, err := chromedp.Run(operator, chromedp.Evaluate[bool](script))
	require.NoError(s.t, err)
	return len(views.Views), views.Views[0].Link
}

// Without the codec operators read what a sync is about, its cause, and what to do.
func TestBrowserShowsTheRemedyWithoutTheCodec(t *testing.T) {
	s := newStack(t, withBrowser, withUI(t, func(*stack.Options) string { return "" }))
	s.withTicket("oAlice")
	s.c4c.faults(rule{Match: addActivity, Kind: "errcode", Errcode: "/CL_CDA_BUSDT/:034", Times: 1})
	s.say("oAlice", "the brakes are worse today")
	parked := s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)[0].GetExecution()
	operator := s.tab(1500, 900)
	page := fmt.Sprintf("http://%s/namespaces/%s/workflows/%s/%s/history", s.Addresses().TemporalUI, s.Namespace(),
		url.PathEscape(parked.GetWorkflowId()), parked.GetRunId())
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(page),
		press("a", "User Metadata"), framed("#user-metadata-summary", "UTC from follower"),
		framed("#user-metadata-current-details", "C4CRejected: C4C refused the data."),
		framed("#user-metadata-current-details", activities.CauseOf(activities.ErrorC4CRejected).Remedy)))
	text, err := chromedp.Run(operator, chromedp.Evaluate[string]("document.body.innerText"))
	require.NoError(t, err)
	require.NotContains(t, text, "the brakes are worse")
}

func TestBrowserRetriesAParkedSync(t *testing.T) {
	s := newStack(t, withBrowser, withOwnUI(t))
	s.withTicket("oAlice")
	s.c4c.faults(rule{Match: addActivity, Kind: "errcode", Errcode: "/CL_CDA_BUSDT/:034", Times: 1})
	s.say("oAlice", "the brakes are worse today")
	parked := s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)[0].GetExecution()

	operator := s.tab(1500, 900)
	views, link := s.setUpViews(operator)
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(link), shows("th", "SyncError"),
		until("the views", `n => Number(/(\d+)\s*\/\s*50/.exec(document.body.innerText)?.[1]) >= n`, views),
		shows("tr", activities.ErrorC4CRejected),
		shows("tr", parked.GetWorkflowId()), shows(`[data-testid="last-viewed-saved-view"]`, "Needs attention")))
	picture(t, operator, "operations_view", "")

	require.NoError(t, chromedp.Do(operator, press("tr a", parked.GetWorkflowId()),
		shows("body", "the brakes are worse today"),
		press("a", "User Metadata"), framed("#user-metadata-current-details", "C4C said (034(/CL_CDA_BUSDT/))"),
		framed("#user-metadata-current-details", "What to do:")))
	picture(t, operator, "operations_details", "")

	const form = "#update-confirmation-modal[open] "
	choose := chromedp.Steps(
		press(`button[aria-controls="workflow-actions"]`, ""), press(`[data-testid="update-button"]`, ""),
		press(form+`[data-testid="update-select-button"]`, ""), press(form+"li", "retry"))
	submit := press(form+`[data-testid="confirm-modal-button"]`, "")
	require.NoError(t, chromedp.Do(operator, choose, shows(form, "No input is needed")))
	picture(t, operator, "operations_update", form)
	require.NoError(t, chromedp.Do(operator, submit, shows("body", "Update successful")))

	s.waitForSync(parked.GetWorkflowId(), workflows.StateSynced)
	s.waitForThread("my brakes squeal", "the brakes are worse today")
	_, timeline, _ := s.command("sync", "timeline", parked.GetWorkflowId())
	require.Regexp(t, `command +retry.* accepted`, timeline)
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(link),
		until("no row left", `() => !document.body.innerText.includes("ticket/default/")`)))
}
