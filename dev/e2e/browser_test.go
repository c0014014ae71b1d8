package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// pictures names the environment variable with the folder for screenshots; without it none are taken.
const pictures = "SCREENSHOTS"

// chromium is the one process of all tests, or the error if it does not start. Both are nil if it is not installed.
var chromium = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, nil
	}
	var process context.Context
	var err error
	for range 3 { // a start that fails would fail all tests
		if process, err = startChromium(path); err == nil {
			break
		}
		closeChromium()
	}
	return process, err
})

func startChromium(path string) (context.Context, error) {
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		return nil, err
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	closeChromium = func() {
		stop()
		chromedp.FromContext(allocator).Allocator.Wait()
		_ = os.RemoveAll(profile)
	}
	process, _ := chromedp.NewContext(allocator)
	return process, chromedp.Do(process)
}

// closeChromium ends the process, if it was started.
var closeChromium = func() {}

// browser gives the test cookies and storage of its own in Chromium, or skips it. Each context made by tab is one tab.
func browser(t *testing.T) (tab func(width, height int64) context.Context) {
	t.Helper()
	process, err := chromium()
	require.NoError(t, err, "start Chromium")
	if process == nil {
		t.Skip("Chromium is not installed")
	}
	ctx, cancel := context.WithTimeout(process, 3*patience)
	t.Cleanup(cancel)
	first, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(first), "open Chromium for the test")
	return func(width, height int64) context.Context {
		// A window of its own: Chromium suspends pages in hidden tabs.
		ctx, cancel := chromedp.NewContext(first, chromedp.WithNewWindow(true))
		t.Cleanup(cancel)
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(1.5))))
		return ctx
	}
}

// withBrowser opens Chromium before the stack starts, or skips the test.
func withBrowser(s *scene, _ *stack.Options) { s.tab = browser(s.t) }

// picture takes a screenshot of a page, or of one element, if pictures are requested.
func picture(t *testing.T, tab context.Context, name, selector string) {
	t.Helper()
	dir := os.Getenv(pictures)
	if dir == "" {
		return
	}
	take := chromedp.CaptureScreenshot()
	if selector != "" {
		take = chromedp.Screenshot(chromedp.CSS(selector))
	}
	png, err := chromedp.Run(tab, take)
	require.NoError(t, err)
	file := filepath.Join(dir, filepath.FromSlash(name)+".png")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, png, 0o644))
}

// shows waits until an element of the page contains the text.
func shows(selector, text string) chromedp.Action[chromedp.Void] {
	seen := chromedp.PollFunction[bool](
		`(selector, text) => [...document.querySelectorAll(selector)].some(e => e.textContent.includes(text))`,
		chromedp.WithPollingArgs(selector, text), chromedp.WithPollingTimeout(patience),
		chromedp.WithPollingInterval(50*time.Millisecond))
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := seen(ctx, target); err != nil {
			return fmt.Errorf("%q in %s: %w", text, selector, err)
		}
		return nil
	})
}

// click clicks an element once it can be seen.
func click(selector string) chromedp.Action[chromedp.Void] {
	return redrawn(chromedp.Steps(chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector))))
}

// write types into an element once it can be seen.
func write(selector, text string) chromedp.Action[chromedp.Void] {
	return redrawn(chromedp.Steps(chromedp.WaitVisible(chromedp.CSS(selector)),
		chromedp.SendKeys(chromedp.CSS(selector), text)))
}

// redrawn repeats an action if its element was redrawn after it was found. In that case the browser did nothing.
func redrawn(do chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for {
			_, err := do(ctx, target)
			if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "Could not find node with given id") {
				return err
			}
		}
	})
}

func TestBrowserPlaysTheStory(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser, withOwnUI(t))
	a := s.Addresses()
	const question, answer = "你好，刹车的时候有尖锐的响声", "您好，请明天上午十点来店检查刹车片。"

	phone, desk, operator := s.tab(1000, 860), s.tab(1440, 860), s.tab(1600, 620)
	film := newFilm(s.tab)
	require.NoError(t, chromedp.Do(desk, chromedp.Navigate("http://"+a.C4C+"/"), shows("#live", "live")))
	require.NoError(t, chromedp.Do(phone,
		chromedp.Navigate("http://"+a.WeChat+"/?lang=zh"),
		click("#follow"), shows("#thread", "您")))
	film.shoot(t, phone, desk, 1.5)
	require.NoError(t, chromedp.Do(phone, write("#message", question)))
	film.shoot(t, phone, desk, 1.5)
	require.NoError(t, chromedp.Do(phone, click("#send"), shows("#thread", question)))
	film.shoot(t, phone, desk, 1)

	ticket := s.waitForThread(question)
	require.NoError(t, chromedp.Do(phone, shows("#thread", ticket.ID)))
	require.NoError(t, chromedp.Do(desk,
		shows("#tickets", question), click(fmt.Sprintf(`button[data-ticket=%q]`, ticket.ID)),
		shows("#thread .text", question)))
	film.shoot(t, phone, desk, 2.5)
	require.NoError(t, chromedp.Do(desk, write("#reply", answer)))
	film.shoot(t, phone, desk, 1.5)
	require.NoError(t, chromedp.Do(desk, click("#send"), shows("#thread .text", answer)))
	require.NoError(t, chromedp.Do(phone, shows("#thread", answer)))
	require.NoError(t, chromedp.Do(desk, shows("#thread .sent", "✓"), chromedp.WaitNotVisible(chromedp.CSS("#toast"))))
	film.shoot(t, phone, desk, 4)
	film.save(t, "story.gif")

	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	rows := "http://" + a.TemporalUI + "/namespaces/" + s.Namespace() + "/workflows"
	require.NoError(t, chromedp.Do(operator,
		chromedp.Navigate(rows), syncColumns(), shows("th", "SyncState"), shows("tr", workflows.TypeConversation),
		shows("tr", workflows.StateSynced), shows("tr", workflows.TypeOnboardFollower),
		shows("tr", workflows.TypeCreateTicket), shows("tr", workflows.TypeDeliverReply)))
	picture(t, operator, "temporal", "")
	s.showsDecoded(operator, rows)
}

// syncColumns sets the columns that operators need in Temporal UI, which stores them in the browser.
func syncColumns() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		columns := map[string][]map[string]string{"default": {}}
		for _, label := range []string{"Status", "Workflow ID", "Type", "SyncState", "SyncError", "TicketID", "Start"} {
			columns["default"] = append(columns["default"], map[string]string{"label": label})
		}
		stored, err := json.Marshal(columns)
		if err != nil {
			return err
		}
		keep := fmt.Sprintf(`localStorage.setItem("namespace-workflow-table-columns", %q), true`, stored)
		if _, err := chromedp.Evaluate[bool](keep)(ctx, target); err != nil {
			return err
		}
		_, err = chromedp.Reload()(ctx, target)
		return err
	})
}

// withOwnUI gives the stack a Temporal server whose UI knows where this stack decodes payloads.
func withOwnUI(t *testing.T) option {
	return withUI(t, func(o *stack.Options) string { return "http://" + o.Addresses.Internal + "/codec" })
}

// withUI gives the stack a Temporal server whose UI decodes payloads at the endpoint; empty: nowhere.
func withUI(t *testing.T, endpoint func(*stack.Options) string) option {
	return func(s *scene, o *stack.Options) {
		t.Helper()
		server, err := startTemporal(t.Context(), func(d *devserver.Options) {
			d.CodecEndpoint = endpoint(o)
			d.UIAddr = o.Addresses.TemporalUI
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Stop()) })
		s.process, o.Namespace = server, "default"
	}
}

// showsDecoded opens the reply's row: data encrypted in Temporal is readable for a person who may use the codec
// endpoint.
func (s *scene) showsDecoded(operator context.Context, rows string) {
	s.t.Helper()
	reply := s.workflows(`WorkflowType = "DeliverReply"`)[0].GetExecution()
	page := fmt.Sprintf("%s/%s/%s/history", rows, url.PathEscape(reply.GetWorkflowId()), reply.GetRunId())
	require.NoError(s.t, chromedp.Do(operator, chromedp.Navigate(page), shows("body", "请明天上午十点")))
	picture(s.t, operator, "temporal_reply", "")
}
