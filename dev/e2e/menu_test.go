package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBootstrapAppliesTheMenu: the follower's phone shows it after one command on an account that has none.
func TestBootstrapAppliesTheMenu(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.follow("oAlice")
	code, _, stderr := s.command("menu", "delete", "--yes")
	require.Zero(t, code, stderr)
	require.Empty(t, s.menuOf("oAlice"))

	code, stdout, stderr := s.command("bootstrap")
	require.Zero(t, code, stderr)
	require.NotContains(t, stdout, "menu", "only on demand")
	require.Empty(t, s.menuOf("oAlice"))

	code, stdout, stderr = s.command("bootstrap", "--menu", "--yes")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "namespace "+s.Namespace()+": ")
	require.Contains(t, stdout, "+   新建工单  view  "+s.Settings().Web.URL+"/web/new\n")
	require.Contains(t, stdout, "menu: 3 buttons, 0 conditional menus\n")
	require.Equal(t, []string{"新建工单", "我的工单", "我的账户"}, s.menuOf("oAlice"))
	code, stdout, stderr = s.command("bootstrap", "--menu", "--yes")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "menu: nothing to change\n")
}

// menuOf returns the buttons on a follower's phone.
func (s *scene) menuOf(openid string) []string {
	s.t.Helper()
	var phone struct {
		Menu *struct {
			Button []struct {
				Name string `json:"name"`
			} `json:"button"`
		} `json:"menu"`
	}
	s.wechat.get("/phone?openid="+openid, &phone)
	var names []string
	if phone.Menu != nil {
		for _, button := range phone.Menu.Button {
			names = append(names, button.Name)
		}
	}
	return names
}

// TestMenuOnTheCommandLine: the simulator refuses what WeChat refuses.
func TestMenuOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ours := func(args ...string) string {
		code, stdout, stderr := s.command(append([]string{"menu"}, args...)...)
		require.Zero(t, code, stderr)
		return stdout
	}
	require.Contains(t, ours("show"), "default menu\n  新建工单  view  "+s.Settings().Web.URL+"/web/new\n")
	require.Equal(t, "menu: nothing to change\n", ours("apply"), "the stack has applied the one that comes along")

	file := filepath.Join(t.TempDir(), "menu.json")
	write := func(content string) { require.NoError(t, os.WriteFile(file, []byte(content), 0o600)) }
	write(`{"version": 1, "button": [
		{"name": "服务", "sub_button": [{"name": "新建工单", "page": "new_ticket"}, {"name": "我的工单", "page": "my_tickets"}]},
		{"name": "官网", "type": "view", "url": "https://www.example.com"}],
		"conditional": [{"tag_id": "2", "button": [{"name": "New ticket", "page": "new_ticket"}]}, {"client_platform_type": "2", "button": [{"name": "安卓", "page": "account"}]}]}`)
	diff := ours("apply", "--file", file, "--dry-run")
	for _, line := range []string{"-   我的账户  view", "+   服务\n", "+     新建工单  view",
		"+   官网  view  https://www.example.com", "+ menu for platform 2", "+   New ticket  view"} {
		require.Contains(t, diff, line)
	}
	require.Contains(t, ours("show"), "我的账户", "a dry run changes nothing")
	require.Contains(t, ours("apply", "--file", file, "--yes"), "menu: 2 buttons, 2 conditional menus\n")
	require.Contains(t, ours("show"), "menu for platform 2")
	require.Equal(t, "menu: nothing to change\n", ours("apply", "--file", file))

	write(`{"version": 1, "button": [{"name": "一个太长的按钮", "type": "view", "url": "www.example.com"}]}`)
	code, stdout, stderr := s.command("menu", "apply", "--file", file)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "the name has 21 bytes")
	require.Contains(t, stderr, "must begin with https://")
	require.Empty(t, stdout)
	require.Contains(t, ours("show"), "官网", "what WeChat would refuse is not sent")

	require.Contains(t, ours("delete", "--yes"), "menu deleted\n")
	require.NotContains(t, ours("show"), "官网")
	require.Contains(t, ours("apply", "--yes"), "+   新建工单  view")
}
