package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func TestPhoneOpensThePageFromItsMenu(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser)
	s.follow("oAlice")
	phone := s.tab(1000, 860)
	inWeChat(t, phone, "zh_CN")
	require.NoError(t, chromedp.Do(phone,
		chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid=oAlice&lang=zh"), click("#menu button")))
	s.showsInFrame(phone, "/web/new", "新建工单")
	require.NoError(t, chromedp.Do(phone, chromedp.WaitVisible(chromedp.CSS("#web-frame"))))
	picture(t, phone, "h5/phone", "main.device")
}

func TestPhoneOpensThePersonalLink(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser, subscription)
	s.follow("oBob")
	phone := s.tab(1000, 860)
	require.NoError(t, chromedp.Do(phone,
		chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid=oBob&lang=en"), click("#menu button"),
		click(`#thread a[href*="/web/link?t="]`),
		chromedp.WaitVisible(chromedp.CSS("#web-frame"))))
	s.pressInFrame(phone, "/web/link", "Continue")
	s.showsInFrame(phone, "/web/new", "New ticket")
	picture(t, phone, "h5/phone-link", "main.device")
}

// TestPhoneShowsPictures: what the follower sends and what an agent attaches, small in the chat and large when tapped.
func TestPhoneShowsPictures(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser)
	ticket := s.withTicket("oAlice")
	phone := s.tab(1000, 860)
	require.NoError(t, chromedp.Do(phone, chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid=oAlice&lang=zh"),
		sees("#thread", ticket.ID), chromedp.SetUploadFiles(chromedp.CSS("#file"), snapshots(t)[1:]),
		loaded("#thread .me img.picture", 1)))
	s.agentReplies(ticket.ID, "图中标出了要检查的部位。", map[string]any{"attachments": s.attachment(snapshots(t)[0], "image/jpeg")})
	require.NoError(t, chromedp.Do(phone, loaded("#thread .line:not(.me) img.picture", 1)))
	picture(t, phone, "h5/phone-pictures", "main.device")
	require.NoError(t, chromedp.Do(phone, click("#thread .line:not(.me) .open"), loaded("#zoom img", 1), click("#zoom"),
		chromedp.WaitNotVisible(chromedp.CSS("#zoom"))))
}

// attachment is a file in an agent's answer.
func (s *scene) attachment(path, kind string) []map[string]any {
	s.t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(s.t, err)
	return []map[string]any{{"name": filepath.Base(path), "mime_type": kind, "content": content}}
}

// showsInFrame waits until the frame of the simulated phone shows a path of the page with its heading.
func (s *scene) showsInFrame(phone context.Context, path, heading string) {
	s.t.Helper()
	s.waitFor("the page in the phone's frame", func() bool {
		_, found := s.inFrame(phone, path, "heading", heading)
		return found
	})
}

// pressInFrame presses a button of the page in the frame of the simulated phone.
func (s *scene) pressInFrame(phone context.Context, path, name string) {
	s.t.Helper()
	s.waitFor("the page's button in the phone's frame", func() bool {
		button, found := s.inFrame(phone, path, "button", name)
		if !found {
			return false
		}
		return chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			var node struct {
				Object struct {
					ID string `json:"objectId"`
				} `json:"object"`
			}
			if err := target.Call(ctx, "DOM.resolveNode", map[string]any{"backendNodeId": button}, &node); err != nil {
				return err
			}
			return target.Call(ctx, "Runtime.callFunctionOn", map[string]any{
				"objectId": node.Object.ID, "functionDeclaration": "function() { this.click() }",
			}, nil)
		})) == nil
	})
}

// inFrame finds a node of the page in the frame of the simulated phone: it has another origin, so only the
// accessibility tree can be queried.
func (s *scene) inFrame(phone context.Context, path, role, name string) (backendNode int, found bool) {
	s.t.Helper()
	var tree struct {
		FrameTree struct {
			ChildFrames []struct {
				Frame struct {
					ID             string `json:"id"`
					URL            string `json:"url"`
					UnreachableURL string `json:"unreachableUrl"`
				} `json:"frame"`
			} `json:"childFrames"`
		} `json:"frameTree"`
	}
	require.NoError(s.t, chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Page.getFrameTree", nil, &tree)
	})))
	type value struct {
		Value any `json:"value"`
	}
	var told struct {
		Nodes []struct {
			Role value `json:"role"`
			Name value `json:"name"`
			Node int   `json:"backendDOMNodeId"`
		} `json:"nodes"`
	}
	for _, child := range tree.FrameTree.ChildFrames {
		address, _, _ := strings.Cut(child.Frame.URL, "?")
		if child.Frame.UnreachableURL != "" || !strings.HasSuffix(address, s.Addresses().API+path) {
			continue
		}
		err := chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			return target.Call(ctx, "Accessibility.getFullAXTree", map[string]any{"frameId": child.Frame.ID}, &told)
		}))
		if err != nil {
			return 0, false
		}
		for _, n := range told.Nodes {
			if n.Role.Value == role && n.Name.Value == name {
				return n.Node, true
			}
		}
	}
	return 0, false
}
