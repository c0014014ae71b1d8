package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// tenantServer is a C4C with one channel and one kind of reference; override may answer first.
type tenantServer struct {
	override  func(w http.ResponseWriter, r *http.Request, set string) bool
	token     string
	reference string // type code of the references; empty: 1607
}

const tenantPassword = "password-of-this-test"

func (s *tenantServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	set := path.Base(r.URL.Path)
	if s.override != nil && s.override(w, r, set) {
		return
	}
	if _, password, _ := r.BasicAuth(); password != tenantPassword {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Header.Get("x-csrf-token") == "fetch" && s.token != "" {
		w.Header().Set("x-csrf-token", s.token)
	}
	if r.Method == http.MethodPatch {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"005056A509B11EE1B9A8FEC11C21D78E","message":"Resource not found"}}`)
		return
	}
	filter := r.URL.Query().Get("$filter")
	rows, code := []map[string]string{}, cmp.Or(s.reference, c4c.TicketReferenceType)
	switch {
	case set == "ServiceRequestBusinessTransactionDocumentReferenceCollection" && strings.HasPrefix(filter, "ID eq"):
	case set == "ServiceRequestBusinessTransactionDocumentReferenceCollection" &&
		(filter == "" || strings.Contains(filter, "'"+code+"'")):
		rows = append(rows, map[string]string{"TypeCode": code}, map[string]string{"TypeCode": code})
	case set == "SocialMediaActivityCollection" &&
		(filter == "" || strings.Contains(filter, "SocialMediaActivityProviderID eq 'WECHAT'")):
		rows = append(rows, map[string]string{"SocialMediaActivityProviderID": "WECHAT"},
			map[string]string{"SocialMediaActivityProviderID": ""})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"d": map[string]any{"results": rows}})
}

type tenantSettings struct{ password, channel string }

func examineC4C(t *testing.T, s *tenantServer, settings tenantSettings) Report {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client, err := c4c.New(c4c.Options{
		BaseURL: server.URL, User: "wechat", Password: settings.password, ChannelID: settings.channel, ChannelCode: "008",
		Social: c4c.SocialOData,
	})
	require.NoError(t, err)
	return Examine(t.Context(), C4C(C4COptions{
		Client: client, ChannelID: settings.channel,
		Reader: &Reader{BaseURL: server.URL + "/", Authorize: client.Authorize},
	}), 5*time.Second, nil)
}

var right = tenantSettings{password: tenantPassword, channel: "WECHAT"}

func TestC4CIsFine(t *testing.T) {
	t.Parallel()
	report := examineC4C(t, &tenantServer{token: "csrf"}, right)
	require.Equal(t, map[Verdict]int{OK: 9}, report.Counts, "%+v", report.Findings)
	all := findings(report)
	require.Equal(t, "C4C hands one out", all["CSRF token"].Detail)
	require.Equal(t, "type code 1607 is in use", all["references from tickets to messages"].Detail)
	require.Equal(t, "channel id WECHAT is in use", all["social media channel"].Detail)

	for _, token := range []string{"", "Required"} {
		report = examineC4C(t, &tenantServer{token: token}, right)
		require.Equal(t, "none is needed for this user", findings(report)["CSRF token"].Detail)
	}
}

func TestC4CIsBroken(t *testing.T) {
	t.Parallel()
	status := func(of string, code int) *tenantServer {
		return &tenantServer{override: func(w http.ResponseWriter, _ *http.Request, set string) bool {
			if set == of {
				w.WriteHeader(code)
			}
			return set == of
		}}
	}
	other := func(change func(*tenantSettings)) tenantSettings {
		s := right
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name     string
		server   *tenantServer
		settings tenantSettings
		check    string
		want     Finding
		remedy   string
	}{
		{"wrong password", &tenantServer{}, other(func(s *tenantSettings) { s.password = "wrong-password" }),
			"reachable, credentials, service document",
			Finding{Verdict: Fail, Cause: activities.ErrorC4CCredentials}, "WECHAT_C4C_C4C_PASSWORD"},
		{"maintenance", status("c4codataapi", 503), right, "reachable, credentials, service document",
			Finding{Verdict: Fail, Cause: activities.ErrorC4CUnavailable}, "Run the doctor again"},
		{"customers not permitted", status("IndividualCustomerCollection", 403), right, "customers",
			Finding{Verdict: Fail, Cause: activities.ErrorC4CNotAuthorized}, "Communication Arrangements"},
		{"tickets not permitted", status("ServiceRequestCollection", 403), right, "tickets",
			Finding{Verdict: Fail, Cause: activities.ErrorC4CNotAuthorized}, "Communication Arrangements"},
		{"references not permitted", status("ServiceRequestBusinessTransactionDocumentReferenceCollection", 403), right,
			"references from tickets to messages",
			Finding{Verdict: Fail, Cause: activities.ErrorC4CNotAuthorized}, "Communication Arrangements"},
		{"activities not permitted", status("SocialMediaActivityCollection", 403), right, "social media activities",
			Finding{Verdict: Fail, Cause: activities.ErrorC4CNotAuthorized}, "Communication Arrangements"},
		{"a session that is always dead",
			&tenantServer{override: func(w http.ResponseWriter, r *http.Request, _ string) bool {
				if r.Method == http.MethodPatch {
					w.WriteHeader(http.StatusBadRequest)
					fmt.Fprint(w, "Session not found")
				}
				return r.Method == http.MethodPatch
			}}, right, "a write that changes nothing", Finding{Verdict: Fail, Cause: activities.ErrorC4CUnavailable,
				Detail: "Session not found"}, "Run the doctor again"},
		{"another channel", &tenantServer{}, other(func(s *tenantSettings) { s.channel = "WECHAT2" }), "social media channel",
			Finding{Verdict: Warn, Detail: "channel id WECHAT2 is not in use; in use are WECHAT"}, "WECHAT_C4C_C4C_CHANNEL_ID"},
		{"another type code", &tenantServer{reference: "40"}, right, "references from tickets to messages",
			Finding{Verdict: Warn, Detail: "type code 1607 is not in use; in use are 40"}, "send a first message"},
		{"a new tenant", &tenantServer{override: func(w http.ResponseWriter, _ *http.Request, set string) bool {
			fmt.Fprint(w, `{"d":{"results":[]}}`)
			return true
		}}, right, "social media channel", Finding{Verdict: Warn, Detail: "nor is any other"}, "first message"},
		{"a page in place of an answer",
			&tenantServer{override: func(w http.ResponseWriter, r *http.Request, set string) bool {
				if r.URL.Query().Get("$top") == "1" && set == "SocialMediaActivityCollection" {
					fmt.Fprint(w, "<html>")
					return true
				}
				return false
			}}, right, "social media channel", Finding{Verdict: Fail, Detail: "the answer is not JSON"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report := examineC4C(t, tt.server, tt.settings)
			got := findings(report)[tt.check]
			require.Equal(t, tt.want.Verdict, got.Verdict, "%+v", got)
			if tt.want.Cause != "" {
				require.Equal(t, tt.want.Cause, got.Cause, "%+v", got)
			}
			require.Contains(t, got.Detail, tt.want.Detail)
			require.Contains(t, got.Remedy, tt.remedy)
			raw, err := json.Marshal(report)
			require.NoError(t, err)
			require.NotContains(t, string(raw), tenantPassword)
			require.NotContains(t, string(raw), "127.0.0.1")
		})
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RawQuery
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	t.Cleanup(server.Close)
	reader := &Reader{BaseURL: server.URL}
	_, err := reader.Values(t.Context(), "Set", "Field", "it's a", 1)
	require.ErrorIs(t, err, c4c.ErrRejected, "a redirect is never followed: the password would go along")
	require.Equal(t, "%24filter=Field%20eq%20%27it%27%27s%20a%27&%24format=json&%24select=Field&%24top=1", asked)
	for status, class := range map[int]error{401: c4c.ErrUnauthorized, 403: c4c.ErrNotAuthorized, 404: c4c.ErrNotFound,
		429: c4c.ErrUnavailable, 502: c4c.ErrUnavailable, 400: c4c.ErrRejected, 200: nil} {
		require.ErrorIs(t, statusOf("op", status), class)
	}
	_, err = (&Reader{BaseURL: "http://127.0.0.1:1"}).CSRF(t.Context())
	require.ErrorIs(t, err, c4c.ErrNotSent)
	require.NotContains(t, err.Error(), "http://")
	_, err = (&Reader{BaseURL: "::"}).CSRF(t.Context())
	require.ErrorIs(t, err, c4c.ErrNotSent)
}
