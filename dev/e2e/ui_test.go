package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// until asks the page until the function is true of the arguments.
func until(what, function string, args ...any) chromedp.Action[chromedp.Void] {
	seen := chromedp.PollFunction[bool](function, chromedp.WithPollingArgs(args...), chromedp.WithPollingTimeout(patience), chromedp.WithPollingInterval(50*time.Millisecond))
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := seen(ctx, target); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// press clicks the one of the elements that can be seen, as soon as there is one: Temporal UI has some of them twice, for
// narrow and for wide windows.
func press(selector, text string) chromedp.Action[chromedp.Void] {
	return until("press "+selector, `(selector, text) => {
		const found = [...document.querySelectorAll(selector)].find(e => e.getClientRects().length && !e.disabled && e.textContent.includes(text ?? ""));
		found?.click();
		return !!found;
	}`, selector, text)
}

// framed waits until the text stands in a frame of the page.
func framed(frame, text string) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf("%q in %s", text, frame),
		`(frame, text) => !!document.querySelector(frame)?.contentDocument?.body?.innerText.includes(text)`, frame, text)
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
	require.NoError(t, chromedp.Do(operator, chromedp.Navigate(link), shows("tr", parked.GetWorkflowId()), shows(`[data-testid="last-viewed-saved-view"]`, "Needs attention")))
	dump(t, operator, "list")
	require.NoError(t, chromedp.Do(operator, press("tr a", parked.GetWorkflowId()), press("a", "User Metadata"),
		framed("#user-metadata-current-details", "What to do:")))
	dump(t, operator, "workflow")
	require.NoError(t, chromedp.Do(operator, press(`button[aria-controls="workflow-actions"]`, ""), press(`[data-testid="update-button"]`, "")))
	time.Sleep(1 * time.Second)
	dump(t, operator, "update")
	require.NoError(t, chromedp.Do(operator, press(`#update-select`, "")))
	time.Sleep(1 * time.Second)
	dump(t, operator, "select")
}
