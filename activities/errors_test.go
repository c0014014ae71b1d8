package activities

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// weChatErrors has a row for each row of WeChat's table; the call is one that may be repeated. Refusals of the token
// are in TestWeChatTokenErrors.
var weChatErrors = []struct {
	name      string
	code      int
	want      string
	retryable bool
}{
	{"window closed", 45015, ErrorWeChatWindowClosed, false},
	{"window used up", 45047, ErrorWeChatWindowUsedUp, false},
	{"no follower", 43004, ErrorWeChatFollowerGone, false},
	{"unsubscribed", 50005, ErrorWeChatFollowerGone, false},
	{"invalid openid", 40003, ErrorWeChatFollowerUnreachable, false},
	{"blacklisted", 43019, ErrorWeChatFollowerUnreachable, false},
	{"refuses", 48002, ErrorWeChatFollowerUnreachable, false},
	{"user limited", 50002, ErrorWeChatFollowerUnreachable, false},
	{"busy", -1, ErrorWeChatBusy, true},
	{"rate limited", 45011, ErrorWeChatRateLimited, true},
	{"quota", 45009, ErrorWeChatQuotaExhausted, false},
	{"address not whitelisted", 40164, ErrorWeChatIPNotAllowed, false},
	{"address not registered", 61004, ErrorWeChatIPNotAllowed, false},
	{"approval pending", 89501, ErrorWeChatIPNotAllowed, false},
	{"approval needed", 89503, ErrorWeChatIPNotAllowed, false},
	{"refused for a day", 89506, ErrorWeChatIPNotAllowed, false},
	{"refused for an hour", 89507, ErrorWeChatIPNotAllowed, false},
	{"invalid appid", 40013, ErrorWeChatCredentials, false},
	{"invalid secret", 40125, ErrorWeChatCredentials, false},
	{"frozen secret", 40243, ErrorWeChatCredentials, false},
	{"unauthorized api", 48001, ErrorWeChatNotPermitted, false},
	{"forbidden api", 48004, ErrorWeChatNotPermitted, false},
	{"message type", 48008, ErrorWeChatNotPermitted, false},
	{"third-party platform", 61007, ErrorWeChatNotPermitted, false},
	{"token of a third-party platform", 61024, ErrorWeChatNotPermitted, false},
	{"no such user", 46004, ErrorWeChatFollowerUnreachable, false},
	{"another account's openid", 49003, ErrorWeChatFollowerUnreachable, false},
	{"user may not", 50004, ErrorWeChatFollowerUnreachable, false},
	{"user blocked", 50007, ErrorWeChatFollowerUnreachable, false},
	{"not to this user", 70000, ErrorWeChatFollowerUnreachable, false},
	{"malformed WeChat id", 40132, ErrorWeChatFollowerUnreachable, false},
	{"system", -1000, ErrorWeChatBusy, true},
	{"gateway", 4, ErrorWeChatBusy, true},
	{"subscription refused", 43101, ErrorWeChatFollowerUnreachable, false},
	{"unknown template", 40037, ErrorWeChatTemplateRefused, false},
	{"page of a template", 41030, ErrorWeChatTemplateRefused, false},
	{"value of a template", 47003, ErrorWeChatTemplateRefused, false},
	{"media id that is too old", 40007, ErrorWeChatMediaExpired, false},
	{"no such media", 46001, ErrorWeChatMediaExpired, false},
	{"too long", 45002, ErrorWeChatRejected, false},
	{"content that the rules forbid", 87014, ErrorWeChatRejected, false},
	{"anything else", 99999, ErrorWeChatRefused, false},
}

func TestWeChatErrors(t *testing.T) {
	t.Parallel()
	for _, test := range weChatErrors {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("getcallbackip", errcode(test.code, "not today, "+testOpenID+" rid: 1-2-3"))
			err := s.once("CheckToken", TokenInput{Account: testAccount}, nil)
			refused := requireRefused(t, err, test.want, test.retryable, Failure{
				Code: wechat.Errcode(test.code).Error()[len("errcode "):], Text: "not today, [redacted]", Reference: "1-2-3",
			})
			require.Equal(t, test.code == 45011, refused.NextRetryDelay() > 0)
			require.Equal(t, slices.Contains([]int{45015, 45047, 43101, 40007, 46001}, test.code), refused.Category() != 0,
				"expected, and no error log")
		})
	}
}

func TestWeChatTokenErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		answers   map[string][]answer
		want      string
		retryable bool
		code      string
	}{
		{"no secret", map[string][]answer{"stable_token": {errcode(41004, "")}}, ErrorWeChatCredentials, false, "41004"},
		{"wrong secret", map[string][]answer{"stable_token": {errcode(40001, "")}}, ErrorWeChatCredentials, false, "40001"},
		{"address not whitelisted", map[string][]answer{"stable_token": {errcode(40164, "")}}, ErrorWeChatIPNotAllowed, false,
			"40164"},
		{"busy", map[string][]answer{"stable_token": {errcode(-1, "")}}, ErrorWeChatBusy, true, "-1"},
		{"no answer", map[string][]answer{"stable_token": {cut}}, ErrorWeChatUnavailable, true, ""},
		{"refused twice", map[string][]answer{
			"stable_token":        {first, second},
			"message/custom/send": {errcode(40001, ""), errcode(40001, "")},
		}, ErrorWeChatTokenRefused, true, "40001"},
		{"malformed twice", map[string][]answer{
			"stable_token":        {first, second},
			"message/custom/send": {errcode(40014, ""), errcode(40014, "")},
		}, ErrorWeChatTokenRefused, true, "40014"},
		{"expired twice", map[string][]answer{
			"stable_token":        {first, second},
			"message/custom/send": {errcode(42001, ""), errcode(42001, "")},
		}, ErrorWeChatTokenRefused, true, "42001"},
		{"handed out again", map[string][]answer{"message/custom/send": {errcode(40001, "")}}, ErrorWeChatTokenRefused, true,
			""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			for operation, answers := range test.answers {
				s.will(operation, answers...)
			}
			err := s.once("SendText", SendTextInput{Follower: testFollower, Text: testText}, nil)
			requireRefused(t, err, test.want, test.retryable, Failure{Code: test.code})
		})
	}
}

var (
	first  = errcode(0, "", `"access_token":"77_first-token","expires_in":7200`)
	second = errcode(0, "", `"access_token":"77_second-token","expires_in":7200`)
)

func TestWeChatTransportErrors(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{
		"no answer":     cut,
		"server error":  status(http.StatusBadGateway, ""),
		"turned away":   status(http.StatusForbidden, ""),
		"not an answer": status(http.StatusOK, "<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.usual["getcallbackip"] = answer // net/http repeats a GET on a fresh connection
			failure := map[string]Failure{"server error": {Code: "HTTP 502"}, "turned away": {Code: "HTTP 403"}}[name]
			requireRefused(t, s.once("CheckToken", TokenInput{Account: testAccount}, nil), ErrorWeChatUnavailable, true, failure)
		})
	}
}

// TestTooLargeForTheWayParks: a request that a proxy rejected for its size would be rejected again.
func TestTooLargeForTheWayParks(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will("message/custom/send", status(http.StatusRequestEntityTooLarge, "<html>"))
	requireRefused(t, s.once("SendText", SendTextInput{Follower: testFollower, Text: testText}, nil), ErrorWeChatRejected,
		false, Failure{Code: "HTTP 413"})
}

// TestUnclearErrcodeOfASend: if WeChat itself failed, it is unknown whether the message was sent.
func TestUnclearErrcodeOfASend(t *testing.T) {
	t.Parallel()
	for _, code := range []int{-1, -1000, 4} {
		s := newServers(t)
		s.will("message/custom/send", errcode(code, ""))
		requireRefused(t, s.once("SendText", SendTextInput{Follower: testFollower, Text: testText}, nil),
			ErrorWeChatOutcomeUnknown, false,
			Failure{Code: wechat.Errcode(code).Error()[len("errcode "):]})
	}
}

// One row for each row of C4C's table.
func TestC4CErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		answer    answer
		want      string
		retryable bool
		details   Failure
	}{
		{"locked in SOAP", complaint("101(/AP_ESI_COMMON/)", "Object is locked by user ADA"), ErrorC4CLocked, true,
			Failure{Code: "101(/AP_ESI_COMMON/)", Text: "Object is locked by user ADA"}},
		{"read-only in SOAP", complaint("107(/AP_ESI_COMMON/)", "Change not possible"), ErrorC4CReadOnly, false,
			Failure{Code: "107(/AP_ESI_COMMON/)", Text: "Change not possible"}},
		{"rejected after a warning in SOAP", soap("<Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode>" +
			"<Item><SeverityCode>2</SeverityCode><Note>Name was cut</Note></Item>" +
			"<Item><TypeID>003(/CL_CDA/)</TypeID><SeverityCode>3</SeverityCode><Note>Profile is invalid</Note></Item></Log>"),
			ErrorC4CRejected, false, Failure{Code: "003(/CL_CDA/)", Text: "Profile is invalid"}},
		{"rejected in SOAP", complaint("003(/CL_CDA/)", "Profile is invalid"), ErrorC4CRejected, false,
			Failure{Code: "003(/CL_CDA/)", Text: "Profile is invalid"}},
		{"fault", fault("Web service processing error; transaction ID ABC123"), ErrorC4CFault, true,
			Failure{Code: "soap-env:Server", Text: "Web service processing error; transaction ID ABC123", Reference: "ABC123"}},
		{"role missing", fault("Authorization role missing for service"), ErrorC4CNotAuthorized, false,
			Failure{Code: "soap-env:Server", Text: "Authorization role missing for service"}},
		{"unauthorized", status(http.StatusUnauthorized, "<html>", "Content-Type", "text/html"), ErrorC4CCredentials, false,
			Failure{Code: "HTTP 401"}},
		{"forbidden", status(http.StatusForbidden, "<html>", "Content-Type", "text/html"), ErrorC4CNotAuthorized, false,
			Failure{Code: "HTTP 403"}},
		{"maintenance", status(http.StatusOK, "<html>", "Content-Type", "text/html"), ErrorC4CUnavailable, true,
			Failure{Code: "HTTP 200"}},
		{"unavailable", status(http.StatusServiceUnavailable, ""), ErrorC4CUnavailable, true, Failure{Code: "HTTP 503"}},
		{"no answer", cut, ErrorC4CUnavailable, true, Failure{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("create activity", test.answer)
			err := s.once("AddMessage", messageInput(), nil)
			require.Zero(t, requireRefused(t, err, test.want, test.retryable, test.details).NextRetryDelay())
		})
	}
}

func TestC4CErrorsOverOData(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		answer    answer
		want      string
		retryable bool
		delay     time.Duration
		details   Failure
	}{
		{"locked", odataError(http.StatusLocked, "L", "in use"), ErrorC4CLocked, true, 0, Failure{Code: "L", Text: "in use"}},
		{"read-only", odataError(http.StatusBadRequest, "AP_ESI_COMMON/106", "closed"), ErrorC4CReadOnly, false, 0,
			Failure{Code: "AP_ESI_COMMON/106", Text: "closed"}},
		{"with details", odataError(http.StatusBadRequest, "X", "see details", "sap-message",
			`{"code":"X","message":"see details","severity":"error","details":[{"code":"AP_FO:007","message":"status wrong","severity":"error"}]}`),
			ErrorC4CRejected, false, 0, Failure{Code: "AP_FO:007", Text: "status wrong"}},
		{"with an information before the reason", odataError(http.StatusBadRequest, "X", "see details", "sap-message",
			`{"code":"ODATA_ERROR","details":[{"code":"AP_ESI_COMMON:000","message":"Account was determined","severity":"info"},`+
				`{"code":"ABSL_1","message":"Enter a country/region","severity":"error"}]}`),
			ErrorC4CRejected, false, 0, Failure{Code: "ABSL_1", Text: "Enter a country/region"}},
		{"conflict", odataError(http.StatusPreconditionFailed, "E", "changed"), ErrorC4CConflict, true, 0,
			Failure{Code: "E", Text: "changed"}},
		{"rejected", odataError(http.StatusBadRequest, "B", "bad"), ErrorC4CRejected, false, 0,
			Failure{Code: "B", Text: "bad"}},
		{"not found", entities(), ErrorC4CNotFound, false, 0, Failure{}},
		{"too many calls", odataError(http.StatusTooManyRequests, "T", "slow down", "Retry-After", "30"), ErrorC4CUnavailable,
			true,
			30 * time.Second, Failure{Code: "T", Text: "slow down"}},
		{"unavailable", status(http.StatusServiceUnavailable, "", "Retry-After", "120"), ErrorC4CUnavailable, true,
			2 * time.Minute, Failure{Code: "HTTP 503"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(findTicket, test.answer, test.answer) // it also looks for a padded number
			err := s.once("AddNote", AddNoteInput{Account: testAccount, TicketID: "1001", Language: "EN", Text: testText}, nil)
			refused := requireRefused(t, err, test.want, test.retryable, test.details)
			require.Equal(t, test.delay, refused.NextRetryDelay())
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.c4c.Close()
	s.wechat.Close()
	requireRefused(t, s.once("AddMessage", messageInput(), nil), ErrorC4CUnavailable, true, Failure{})
	requireRefused(t, s.once("SendText", SendTextInput{Follower: testFollower, Text: testText}, nil),
		ErrorWeChatUnavailable, true, Failure{})
}

func TestUnknownAccountParks(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	for name, in := range map[string]any{
		"SendText":          SendTextInput{Follower: Follower{Account: "other", OpenID: testOpenID}},
		"CheckToken":        TokenInput{Account: "other"},
		"ForceRefreshToken": TokenInput{Account: "other"},
		"EnsureProfile":     EnsureProfileInput{Follower: Follower{Account: "other"}},
		"EnsureCustomer":    EnsureCustomerInput{Follower: Follower{Account: "other"}},
		"BindProfile":       BindProfileInput{Follower: Follower{Account: "other"}},
		"AddMessage":        AddMessageInput{Follower: Follower{Account: "other"}},
		"FindTicket":        FindTicketInput{Account: "other"},
		"ReadTicket":        ReadTicketInput{Account: "other"},
		"AddNote":           AddNoteInput{Account: "other"},
		"FindFollower":      FindFollowerInput{Account: "other"},
	} {
		err := s.once(name, in, nil)
		refused := requireRefused(t, err, ErrorAccountUnknown, false, Failure{})
		require.Contains(t, refused.Error(), `"other"`)
	}
	require.Empty(t, s.operations())
}

// An unspecific error is retried for some minutes and then parks.
func TestFaultParksInTheEnd(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.usual["create activity"] = fault("Web service processing error")
	err := s.run("AddMessage", messageInput(), nil, 50)
	requireRefused(t, err, ErrorC4CFault, false, Failure{Code: "soap-env:Server", Text: "Web service processing error"})
	require.Len(t, s.uuids("create activity"), patience)
}

func TestDelays(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return parsed
	}
	for now, midnight := range map[string]string{
		"2026-01-05T08:00:00Z":      "2026-01-05T16:00:00Z",
		"2026-01-05T15:59:59Z":      "2026-01-05T16:00:00Z",
		"2026-01-05T16:00:00Z":      "2026-01-06T16:00:00Z",
		"2026-12-31T20:00:00+08:00": "2027-01-01T00:00:00+08:00",
	} {
		delay := nextBeijingDay(nil, at(now))
		require.GreaterOrEqual(t, delay, at(midnight).Sub(at(now)))
		require.Less(t, delay, at(midnight).Sub(at(now))+5*time.Minute)
	}
	delay := nextMinute(nil, at("2026-01-05T08:00:42Z"))
	require.GreaterOrEqual(t, delay, 18*time.Second)
	require.Less(t, delay, 28*time.Second)
	require.Positive(t, nextMinute(nil, at("2026-01-05T08:00:00Z")))
}
