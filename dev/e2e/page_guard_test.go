package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// visitor is the browser of somebody who attacks the page: it keeps cookies and follows no redirect.
type visitor struct {
	s      *scene
	openid string // who WeChat's OAuth says holds the phone
	jar    *cookiejar.Jar
	header http.Header
}

func (s *scene) visitor(openid string) *visitor {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	return &visitor{s: s, openid: openid, jar: jar,
		header: http.Header{"Accept": {"text/html"}, "Accept-Language": {"en"}}}
}

// visited is an answer.
type visited struct {
	status       int
	body, leads  string // leads: the target of a redirect
	cookies      []*http.Cookie
	policy, kind string
}

func (v *visitor) do(method, address string, body io.Reader, kind string) visited {
	v.s.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = "http://" + v.s.Addresses().API + address
	}
	req, err := http.NewRequestWithContext(v.s.t.Context(), method, address, body)
	require.NoError(v.s.t, err)
	req.Header = v.header.Clone()
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if strings.Contains(address, v.s.Addresses().WeChat) {
		req.Header.Set("X-Sim-Openid", v.openid)
	}
	client := http.Client{Jar: v.jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res, err := client.Do(req)
	require.NoError(v.s.t, err)
	content, err := io.ReadAll(res.Body)
	require.NoError(v.s.t, err)
	require.NoError(v.s.t, res.Body.Close())
	return visited{
		status: res.StatusCode, body: string(content), leads: res.Header.Get("Location"), cookies: res.Cookies(),
		policy: res.Header.Get("Content-Security-Policy"), kind: res.Header.Get("Content-Type"),
	}
}

func (v *visitor) get(address string) visited {
	v.s.t.Helper()
	return v.do(http.MethodGet, address, nil, "")
}

func (v *visitor) post(path string, fields url.Values) visited {
	v.s.t.Helper()
	return v.do(http.MethodPost, path, strings.NewReader(fields.Encode()), "application/x-www-form-urlencoded")
}

// login signs in through WeChat's OAuth, and returns the address that WeChat redirects to.
func (v *visitor) login() string {
	v.s.t.Helper()
	back := v.get(v.get("/web/login").leads).leads
	require.Equal(v.s.t, http.StatusSeeOther, v.get(back).status)
	return back
}

// form returns the hidden fields of the page for new tickets, with a ticket filled in.
func (v *visitor) form() url.Values {
	v.s.t.Helper()
	page := v.get("/web/new")
	require.Equal(v.s.t, http.StatusOK, page.status, page.body)
	fields := url.Values{"entity": {"ticket"}, "subject": {"s"}, "text": {"t"}, "category": {"CA_1"}}
	for _, name := range []string{"csrf", "key"} {
		fields.Set(name, regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page.body)[1])
	}
	return fields
}

// refusedPage expects a page that gives the reason, with the same strict policy as every other page.
func refusedPage(t *testing.T, got visited, status int, says string) {
	t.Helper()
	require.Equal(t, status, got.status, got.body)
	require.Contains(t, got.body, says)
	require.Contains(t, got.policy, "'nonce-")
}

// TestDoorsOfThePageAreShut tries every forbidden way in, on the whole stack.
func TestDoorsOfThePageAreShut(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.follow("oMallory")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	alice, mallory := s.visitor("oAlice"), s.visitor("oMallory")
	back := alice.login()
	mallory.login()
	require.Contains(t, alice.get("/web/tickets/"+ticket.ID).body, "my brakes squeal")

	s.shutCookies(alice, ticket.ID)
	s.shutRequests(alice, mallory, ticket.ID)

	require.Equal(t, http.StatusSeeOther, alice.get(back).status, "a used code, on reload: the session goes on")
	refusedPage(t, s.visitor("oAlice").get(back), http.StatusForbidden, "Not signed in")
	s.wechat.patch("/settings", map[string]any{"snapshot_user": true})
	snapshot := s.visitor("oAlice")
	authorize := strings.Replace(snapshot.get("/web/login").leads, "snsapi_base", "snsapi_userinfo", 1)
	_, query, _ := strings.Cut(strings.TrimSuffix(authorize, "#wechat_redirect"), "?")
	consent := url.Values{"query": {query}, "openid": {"oAlice"}, "decision": {"allow"}}
	came := snapshot.post("http://"+s.Addresses().WeChat+"/connect/oauth2/confirm", consent)
	refusedPage(t, snapshot.get(came.leads), http.StatusForbidden, "Please use the full page")
	require.Equal(t, http.StatusFound, snapshot.get("/web/").status, "still nobody")

	require.Len(t, s.tickets(), 1, "nothing got in")
}

// shutCookies tries sessions that the server did not issue.
func (s *scene) shutCookies(alice *visitor, ticketID string) {
	s.t.Helper()
	api, err := url.Parse("http://" + s.Addresses().API)
	require.NoError(s.t, err)
	alice.get("/web/login")
	own := map[string]string{}
	for _, cookie := range alice.jar.Cookies(api) {
		own[cookie.Name] = cookie.Value
	}
	signed := strings.Split(own["wx_session"], ".")
	require.Len(s.t, signed, 3)
	for name, value := range map[string]string{
		"invented": "1.e30.AAAA", "unsigned": signed[0] + "." + signed[1] + ".", "a state for a session": own["wx_state"],
		"swapped openid": signed[0] + ".eyJpIjoiWCIsIm8iOiJvQWxpY2UiLCJ0IjoxLCJlIjo5OTk5OTk5OTk5fQ." + signed[2],
	} {
		thief := s.visitor("oMallory")
		thief.header.Set("Cookie", "wx_session="+value)
		got := thief.get("/web/tickets/" + ticketID)
		require.Equal(s.t, http.StatusFound, got.status, name)
		require.Contains(s.t, got.leads, "/connect/oauth2/authorize", name)
		require.NotContains(s.t, got.body, "brakes", name)
	}
}

// shutRequests tries what another site or another follower could send.
func (s *scene) shutRequests(alice, mallory *visitor, ticketID string) {
	s.t.Helper()
	for name, change := range map[string]func(url.Values){
		"no token": func(v url.Values) { v.Del("csrf") }, "another's token": func(v url.Values) {
			v["csrf"] = mallory.form()["csrf"]
		},
	} {
		fields := alice.form()
		change(fields)
		got := alice.post("/web/create", fields)
		require.Equal(s.t, http.StatusForbidden, got.status, name)
		require.Contains(s.t, got.policy, "'nonce-", name)
	}
	for _, path := range []string{"/web/tickets/" + ticketID, "/web/tickets/1"} {
		refusedPage(s.t, mallory.get(path), http.StatusNotFound, "There is no such page or ticket")
	}
	fields := mallory.form()
	fields.Set("ticket", ticketID)
	fields.Set("openid", "oAlice")
	refusedPage(s.t, mallory.post("/web/update", fields), http.StatusNotFound, "Not found")
	list := mallory.get("/web/get?entity=tickets&openid=oAlice")
	require.Equal(s.t, http.StatusOK, list.status)
	require.NotContains(s.t, list.body, ticketID, "an openid in the address counts for nothing")
}

// TestBurstsOfOneFollower: the others notice nothing.
func TestBurstsOfOneFollower(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.follow("oAlice")
	s.follow("oBob")
	alice, bob := s.visitor("oAlice"), s.visitor("oBob")
	alice.login()
	bob.login()
	var busy visited
	for range 300 {
		if busy = alice.get("/web/new"); busy.status == http.StatusTooManyRequests {
			break
		}
	}
	refusedPage(t, busy, http.StatusTooManyRequests, "Please wait a moment")
	require.Contains(t, busy.body, `href="/web/new">Try again`)
	require.Equal(t, http.StatusOK, bob.get("/web/new").status)
	var said struct{ Error, Message string }
	var list visited
	for range 300 { // a moment may have passed
		if list = alice.get("/web/get?entity=tickets"); list.status == http.StatusTooManyRequests {
			break
		}
	}
	require.Contains(t, list.kind, "application/json")
	require.NoError(t, json.Unmarshal([]byte(list.body), &said))
	require.Equal(t, "too_many_requests", said.Error)
}
