package e2e

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// answer posts a body to the api as a stranger might.
func (s *scene) answer(path, contentType, body string, change func(*http.Request)) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.Addresses().API+path,
		strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Content-Type", contentType)
	if change != nil {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	return res.StatusCode, string(text)
}

func TestBadPushesStartNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	for _, tamper := range []string{"signature", "ciphertext", "appid"} {
		out := s.send("oAlice", map[string]any{"content": "hello", "tamper": tamper})
		require.Equal(t, http.StatusUnauthorized, out.Status, "the same for all that is wrong: %s", tamper)
		require.Empty(t, out.Body, tamper)
	}
	var out delivered
	s.wechat.post("/push", map[string]any{"openid": "oAlice", "body": "<xml><broken"}, &out)
	require.Equal(t, http.StatusUnauthorized, out.Status)
	require.Empty(t, out.Body)

	status, body := s.answer("/wechat", "text/xml", "<xml/>", nil)
	require.Equal(t, http.StatusUnauthorized, status, "no signature at all")
	require.Empty(t, body)
	status, _ = s.answer("/wechat", "text/xml", strings.Repeat("x", 1<<20+1), nil)
	require.Equal(t, http.StatusUnauthorized, status, "nor is it read")

	s.say("oAlice", "this one counts")
	s.waitForThread("this one counts")
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 1)
}

func TestBadRepliesAreRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	settings := s.Settings().C4C
	known := func(r *http.Request) { r.SetBasicAuth(config.WebhookUser, settings.WebhookPassword.Reveal()) }
	inAddress := func(secret string) func(*http.Request) {
		return func(r *http.Request) { r.URL.RawQuery = url.Values{"secret": {secret}}.Encode() }
	}
	const good = `content={"original_id":"","sma_id":"1","service_req_no":"1","text":"x","private_ind":"FALSE"}`
	for _, test := range []struct {
		name, body string
		change     func(*http.Request)
		status     int
		says       string
	}{
		{"nobody", good, nil, http.StatusUnauthorized, ""},
		{"a wrong password", good, func(r *http.Request) { r.SetBasicAuth(config.WebhookUser, "guess") },
			http.StatusUnauthorized, ""},
		{"a wrong secret", good, inAddress("guess"), http.StatusUnauthorized, ""},
		{"no content, from a C4C that cannot send a user", "other=1", inAddress(settings.WebhookPassword.Reveal()),
			http.StatusBadRequest, "content"},
		{"no content", "other=1", known, http.StatusBadRequest, "content"},
		{"no JSON", "content=hello", known, http.StatusBadRequest, "content"},
		{"no id", `content={"text":"x","private_ind":"FALSE"}`, known, http.StatusBadRequest, "sma_id"},
	} {
		status, body := s.answer("/c4c/wechat", "application/x-www-form-urlencoded", test.body, test.change)
		require.Equal(t, test.status, status, test.name)
		require.Contains(t, body, test.says, test.name)
	}
	require.Empty(t, s.workflows(`WorkflowType = "DeliverReply" OR WorkflowType = "RouteReply"`))
}

func TestNothingReadableStandsInTemporal(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "a very private answer", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	for _, e := range s.workflows("") {
		if strings.HasPrefix(e.GetType().GetName(), "temporal-sys") {
			continue
		}
		for _, event := range s.history(e) {
			for _, secret := range []string{"my brakes squeal", "a very private answer", "oAlice", "dev-appsecret"} {
				require.NotContains(t, event.String(), secret, "%s event %d", e.GetType().GetName(), event.GetEventId())
			}
		}
	}
}
