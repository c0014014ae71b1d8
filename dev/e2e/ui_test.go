package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const viewNeedsAttention = `SyncState = "needs_attention" AND ExecutionStatus = "Running"`

func dump(t *testing.T, tab context.Context, name string) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		return
	}
	html, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(html), 0o644))
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

func TestBrowserRetriesAParkedSync(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t, withOwnUI(t))
	s.withTicket("oAlice")
	s.c4c.faults(rule{Match: addActivity, Kind: "errcode", Errcode: "/CL_CDA_BUSDT/:034", Times: 1})
	s.say("oAlice", "the brakes are worse today")
	parked := s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)[0].GetExecution()

	operator := tab(1500, 1000)
	ui := "http://" + s.Addresses().TemporalUI + "/namespaces/" + s.Namespace() + "/workflows"
	link := ui + "?" + url.Values{"query": {viewNeedsAttention}, "savedQuery": {"Needs attention"}}.Encode()
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(link), shows("tr", parked.GetWorkflowId())))
	dump(t, operator, "list")
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(fmt.Sprintf("%s/%s/%s/history", ui, url.PathEscape(parked.GetWorkflowId()), parked.GetRunId())), shows("body", "Summary")))
	dump(t, operator, "workflow0")
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(fmt.Sprintf("%s/%s/%s/history", ui, url.PathEscape(parked.GetWorkflowId()), parked.GetRunId())), shows("body", "What to do")))
	dump(t, operator, "workflow")
}
