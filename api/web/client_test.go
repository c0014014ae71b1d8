package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClientsReadWhatIsWrong: developers of clients get JSON with a code and a sentence, never a page.
func TestClientsReadWhatIsWrong(t *testing.T) {
	t.Parallel()
	const form, asJSON, other = "application/x-www-form-urlencoded", "application/json", "text/xml"
	key := strings.Repeat("k", 20)
	for _, tt := range []struct {
		name, method, path, kind, body string
		status                         int
		code, says                     string
	}{
		{"not JSON", "POST", "/getWXWebToken", form, "code=x", 415, "unsupported_media_type", "application/json"},
		{"broken", "POST", "/getWXWebToken", asJSON, "{", 400, "malformed", `"code"`},
		{"two values", "POST", "/getWXWebToken", asJSON, "{}{}", 400, "malformed", `"state"`},
		{"no login begun", "POST", "/getWXWebToken", asJSON, `{"code":"code-alice","state":"x"}`, 403, "denied",
			"/web/login"},
		{"too large a token request", "POST", "/getWXWebToken", asJSON, `{"code":"` + strings.Repeat("x", 70<<10) + `"}`, 413,
			"too_large", "more than"},
		{"token by GET", "GET", "/getWXWebToken", "", "", 405, "method_not_allowed", "Allow"},
		{"unknown list", "GET", "/web/get?entity=agents", "", "", 400, "unknown_entity", "tickets"},
		{"no list", "GET", "/web/get", "", "", 400, "unknown_entity", "customerAccount"},
		{"list by POST", "POST", "/web/get?entity=tickets", asJSON, "{}", 405, "method_not_allowed", "Allow"},
		{"create by GET", "GET", "/web/create", "", "", 405, "method_not_allowed", "Allow"},
		{"update by DELETE", "DELETE", "/web/update", "", "", 405, "method_not_allowed", "Allow"},
		{"create by PUT", "PUT", "/web/create", asJSON, "{}", 405, "method_not_allowed", "Allow"},
		{"nothing there", "POST", "/web/nothing", asJSON, "{}", 404, "not_found", "no such page"},
		{"no kind", "POST", "/web/create", "", "x", 415, "unsupported_media_type", "multipart/form-data"},
		{"another kind", "POST", "/web/create", other, "<x/>", 415, "unsupported_media_type", "application/json"},
		{"broken JSON", "POST", "/web/create", asJSON, "{", 400, "malformed", "JSON object"},
		{"more than texts", "POST", "/web/create", asJSON, `{"text":{"a":1}}`, 400, "malformed", "texts"},
		{"too large", "POST", "/web/create", asJSON, `{"text":"` + strings.Repeat("x", 70<<10) + `"}`, 413, "too_large",
			"more than"},
		{"no token", "POST", "/web/create", asJSON, `{"entity":"ticket"}`, 403, "csrf", "X-CSRF-Token"},
		{"unknown entity", "POST", "/web/create", asJSON, `{"entity":"agent","csrf":"$","key":"` + key + `"}`, 400,
			"unknown_entity", "ticket"},
		{"bad key", "POST", "/web/update", asJSON, `{"entity":"ticket","csrf":"$","key":"../x"}`, 400, "bad_key", "16 to 64"},
		{"somebody else's ticket", "POST", "/web/update", asJSON, `{"entity":"ticket","csrf":"$","key":"` + key +
			`","ticket":"72","text":"t"}`, 404, "not_found", ""},
		{"fields missing", "POST", "/web/create", asJSON, `{"entity":"ticket","csrf":"$","key":"` + key + `"}`, 422,
			"invalid", "marked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			token := b.form("/web/new", "ticket").Get("csrf")
			res := b.do(tt.method, tt.path, tt.kind, strings.NewReader(strings.Replace(tt.body, "$", token, 1)))
			require.Equal(t, tt.status, res.StatusCode, res.body)
			var said struct{ Error, Message string }
			require.NoError(t, json.Unmarshal([]byte(res.body), &said), res.body)
			require.Equal(t, tt.code, said.Error)
			require.Contains(t, said.Message, tt.says)
			require.Contains(t, res.Header.Get("Content-Security-Policy"), "'nonce-")
			require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
			require.Empty(t, f.backend.submissions)
		})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	for _, path := range []string{"/web/", "/web/tickets", "/web/tickets/71", "/web/account", "/web/get?entity=tickets"} {
		res := b.do(http.MethodHead, path, "", nil)
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Empty(t, res.body)
	}
	for path, allow := range map[string]string{
		"/web/create": "POST", "/web/tickets": "GET, HEAD", "/web/link": "GET, HEAD, POST", "/getWXWebToken": "POST",
		"/web/oauth": "GET",
	} {
		require.Equal(t, allow, b.do(http.MethodDelete, path, "", nil).Header.Get("Allow"), path)
	}
	b.header.Set("Accept", "text/html,application/xhtml+xml")
	res := b.get("/web/create")
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "a browser that comes back to where it sent a form")
	require.Equal(t, "/web/", res.Header.Get("Location"))
	for _, path := range []string{"/web/nothing", "/web/assets/page.css", "/web/tickets/71/x"} {
		res := b.get(path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
		readable(t, res)
	}
}

// TestBrokenForms are forms that a browser would not send.
func TestBrokenForms(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	for _, tt := range []struct {
		name, kind, body string
		status           int
	}{
		{"cut off", "multipart/form-data; boundary=x", "--x\r\n", http.StatusForbidden},
		{"no boundary", "multipart/form-data", "x", http.StatusBadRequest},
		{"too large", "application/x-www-form-urlencoded", "text=" + strings.Repeat("x", 70<<10),
			http.StatusRequestEntityTooLarge},
	} {
		res := b.do(http.MethodPost, "/web/create", tt.kind, strings.NewReader(tt.body))
		require.Equal(t, tt.status, res.StatusCode, tt.name)
		readable(t, res)
	}
}

func TestListsAreLists(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.nothing = true
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/get?entity=tickets").body, `"tickets":[]`)
	require.Contains(t, b.get("/web/get?entity=ticket&id=71").body, `"items":[]`)
}

func TestClientsSignOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	b.header.Set("X-CSRF-Token", b.form("/web/new", "ticket").Get("csrf"))
	require.Equal(t, http.StatusNoContent, b.do(http.MethodPost, "/web/logout", "application/json",
		strings.NewReader("{}")).StatusCode)
	f.advance(time.Second)
	require.Equal(t, http.StatusUnauthorized, b.get("/web/get?entity=tickets").StatusCode)
}
