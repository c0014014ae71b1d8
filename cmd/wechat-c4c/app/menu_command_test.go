package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// menuServer is the part of WeChat that handles menus.
type menuServer struct {
	mu    sync.Mutex
	menu  string // as menu/create sent it; empty: none
	calls []string
}

func (m *menuServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch _, path, _ := strings.Cut(r.URL.Path, "/cgi-bin/"); path {
	case "stable_token":
		_, _ = io.WriteString(w, `{"access_token":"token","expires_in":7200}`)
	case "menu/create":
		m.menu, m.calls = string(body), append(m.calls, path)
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	case "menu/delete":
		m.menu, m.calls = "", append(m.calls, path)
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	default:
		if m.menu == "" {
			_, _ = io.WriteString(w, `{"errcode":46003,"errmsg":"menu no exist"}`)
			return
		}
		_, _ = io.WriteString(w, `{"menu":`+m.menu+`}`)
	}
}

func (m *menuServer) changes() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string{}, m.calls...)
}

// menuRun runs a menu command against the server. answer is a person's input at a terminal; empty: no terminal.
func menuRun(t *testing.T, m *menuServer, answer string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	server := httptest.NewServer(m)
	defer server.Close()
	var out, errs bytes.Buffer
	code = execute(t.Context(), append([]string{"menu"}, args...), shell{
		environ: []string{config.Prefix + "ENVIRONMENT=development", config.Prefix + "WECHAT_API_URL=" + server.URL},
		stdin:   strings.NewReader(answer), interactive: answer != "", stdout: &out, stderr: &errs,
	})
	return code, out.String(), errs.String()
}

func TestMenuChangesAfterAQuestionOnly(t *testing.T) {
	t.Parallel()
	m := &menuServer{}
	code, stdout, _ := menuRun(t, m, "", "show")
	require.Zero(t, code)
	require.Equal(t, "There is no menu made by API. Make one: wechat-c4c menu apply\n", stdout)
	_, stdout, _ = menuRun(t, m, "", "show", "-o", "json")
	require.JSONEq(t, "[]", stdout)

	code, stdout, stderr := menuRun(t, m, "", "apply")
	require.Equal(t, exitRefused, code)
	require.Contains(t, stdout, "+   新建工单")
	require.Contains(t, stderr, "nobody can be asked whether to change the menu of default")
	require.Contains(t, stderr, "confirm it with --yes, or only look with --dry-run; nothing was done")
	code, stdout, _ = menuRun(t, m, "", "apply", "--dry-run")
	require.Zero(t, code)
	require.Contains(t, stdout, "Dry run: nothing was done.\n")
	for _, answer := range []string{"n\n", "\n", "nonsense\n", "yesterday\n"} {
		code, _, stderr = menuRun(t, m, answer, "apply")
		require.Equal(t, exitRefused, code)
		require.Contains(t, stderr,
			"Change the menu of default, which followers see within five minutes? [y/N] wechat-c4c: not confirmed: nothing was done\n")
	}
	require.Empty(t, m.changes())

	code, stdout, stderr = menuRun(t, m, "y\n", "apply", "--actor", "ada", "--reason", "new shop")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "menu: 3 buttons, 0 conditional menus\n")
	require.Contains(t, stderr,
		`"action":"menu apply","actor":"ada","subject":"default","reason":"new shop","result":{"done":1}`)
	require.Equal(t, []string{"menu/create"}, m.changes())
	code, stdout, _ = menuRun(t, m, "", "apply")
	require.Zero(t, code, "nothing to change needs no word")
	require.Equal(t, "menu: nothing to change\n", stdout)

	code, stdout, stderr = menuRun(t, m, "", "delete")
	require.Equal(t, exitRefused, code)
	require.Contains(t, stdout, "-   新建工单")
	require.Contains(t, stderr, "--yes")
	code, stdout, _ = menuRun(t, m, "", "delete", "--dry-run", "-o", "json")
	require.Zero(t, code)
	var would menuResult
	require.NoError(t, json.Unmarshal([]byte(stdout), &would))
	require.True(t, would.DryRun)
	require.False(t, would.Done)
	require.NotEmpty(t, would.Changes)
	require.Equal(t, []string{"menu/create"}, m.changes())

	audit := filepath.Join(t.TempDir(), "audit.jsonl")
	code, stdout, stderr = menuRun(t, m, "", "delete", "--yes", "--actor", "ada", "--audit-log", audit, "-o", "json")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, `"done": true`)
	require.Equal(t, []string{"menu/create", "menu/delete"}, m.changes())
	written, err := os.ReadFile(audit)
	require.NoError(t, err)
	require.Contains(t, string(written), `"action":"menu delete","actor":"ada"`)

	code, _, stderr = menuRun(t, m, "", "apply", "--yes", "--audit-log", t.TempDir())
	require.Equal(t, exitRefused, code)
	require.Contains(t, stderr, "audit log:")
	require.Len(t, m.changes(), 2, "what cannot be written down is not done")
}
