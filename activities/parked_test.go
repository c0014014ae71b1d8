package activities

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

// fakeParked records its calls.
type fakeParked struct {
	asked     []string
	limit     int
	perSecond float64
	parked    int
	err       error
}

func (p *fakeParked) Release(_ context.Context, in ReleaseInput, perSecond float64, progress func(int)) (int, error) {
	p.asked = append(p.asked, "release "+in.Account+" "+in.Cause)
	p.limit, p.perSecond = in.Limit, perSecond
	for told := range p.parked {
		progress(told + 1)
	}
	return p.parked, p.err
}

func (p *fakeParked) Count(_ context.Context, account, cause string) (int, error) {
	p.asked = append(p.asked, "count "+account+" "+cause)
	return p.parked, p.err
}

var underCredentials = CauseInput{Account: testAccount, Cause: ErrorC4CCredentials}

func TestReleaseParked(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemWeChat)
	g.parked.parked = 3
	value, err := g.env.ExecuteActivity("ReleaseParked", ReleaseInput{CauseInput: underCredentials, Limit: 3})
	require.NoError(t, err)
	var n int
	require.NoError(t, value.Get(&n))
	require.Equal(t, 3, n)
	require.Equal(t, 3, g.parked.limit)
	require.InDelta(t, releaseRate, g.parked.perSecond, 0)
	value, err = g.env.ExecuteActivity("CountParked", underCredentials)
	require.NoError(t, err)
	require.NoError(t, value.Get(&n))
	require.Equal(t, 3, n)
	require.Equal(t, []string{"release acme C4CCredentials", "count acme C4CCredentials"}, g.parked.asked)
}

// If Temporal is unavailable, nothing parks: the activity is repeated.
func TestReleaseParkedIsRepeated(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemWeChat)
	g.parked.err = errors.New("visibility is away")
	err := g.call("ReleaseParked", ReleaseInput{CauseInput: underCredentials})
	require.ErrorContains(t, err, "visibility is away")
	var refused *temporal.ApplicationError
	require.ErrorAs(t, err, &refused)
	require.False(t, refused.NonRetryable())
}

func TestProbeC4C(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer answer
		want   Probe
	}{
		{"nobody of that name", nil, Probe{OK: true}},
		{"credentials", unauthorized, Probe{Type: ErrorC4CCredentials, Failure: Failure{Code: "HTTP 401"}}},
		{"authorization", noRole,
			Probe{Type: ErrorC4CNotAuthorized,
				Failure: Failure{Code: "soap-env:Server", Text: "Authorization role missing for service"}}},
		{"maintenance", status(http.StatusServiceUnavailable, ""),
			Probe{Type: ErrorC4CUnavailable, Failure: Failure{Code: "HTTP 503"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded(t, SystemC4C)
			if test.answer != nil {
				g.will("find profile", test.answer)
			}
			require.Equal(t, test.want, g.probe("ProbeC4C", underCredentials))
			require.Equal(t, []string{"find profile"}, g.operations(), "it changes nothing")
		})
	}
	g := newGuarded(t, SystemC4C)
	require.Equal(t, Probe{Type: ErrorAccountUnknown}, g.probe("ProbeC4C", CauseInput{Account: "third"}))
}

// TestTryWrite: changing an object that does not exist proves that writes succeed.
func TestTryWrite(t *testing.T) {
	t.Parallel()
	missing := odataError(http.StatusNotFound, "/IWBEP/CM_MGW_RT/020", "Resource not found")
	ended := status(http.StatusBadRequest, "Session not found", "Content-Type", "text/plain")
	for _, test := range []struct {
		name    string
		answers []answer
		want    Probe
	}{
		{"it gets through", []answer{missing}, Probe{OK: true}},
		{"in another session", []answer{ended, missing}, Probe{OK: true}},
		{"in no session", []answer{ended, ended},
			Probe{Type: ErrorC4CUnavailable, Failure: Failure{Code: "SESSION", Text: "Session not found"}}},
		{"not permitted", []answer{status(http.StatusForbidden, ""), status(http.StatusForbidden, "")},
			Probe{Type: ErrorC4CNotAuthorized, Failure: Failure{Code: "HTTP 403"}}},
		{"something was changed", []answer{status(http.StatusNoContent, "")},
			Probe{Type: ErrorC4CUnavailable, Failure: Failure{Code: "HTTP 204"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded(t, SystemC4C)
			g.will("read ticket", test.answers...)
			require.Equal(t, test.want, g.probe("TryWrite", CauseInput{Account: testAccount}))
		})
	}
}

func TestProbeWeChat(t *testing.T) {
	t.Parallel()
	left := func(fields string) answer { return errcode(0, "ok", `"quota":{`+fields+`}`) }
	for _, test := range []struct {
		name, cause string
		answers     map[string]answer
		want        Probe
		asked       []string
	}{
		{"fine", ErrorWeChatIPNotAllowed, nil, Probe{OK: true}, []string{"getcallbackip"}},
		{"address", ErrorWeChatIPNotAllowed, map[string]answer{"getcallbackip": errcode(40164, "invalid ip 203.0.113.7")},
			Probe{Type: ErrorWeChatIPNotAllowed, Failure: Failure{Code: "40164", Text: "invalid ip 203.0.113.7"}},
			[]string{"getcallbackip"}},
		{"quota left", ErrorWeChatQuotaExhausted,
			map[string]answer{"openapi/quota/get": left(`"daily_limit":500,"used":0,"remain":500`)},
			Probe{OK: true}, []string{"getcallbackip", "openapi/quota/get"}},
		{"no quota left", ErrorWeChatQuotaExhausted,
			map[string]answer{"openapi/quota/get": left(`"daily_limit":500,"used":500,"remain":0`)},
			Probe{Type: ErrorWeChatQuotaExhausted, Failure: Failure{Text: "all 500 of today are used"}},
			[]string{"getcallbackip", "openapi/quota/get"}},
		{"quota not told", ErrorWeChatQuotaExhausted,
			map[string]answer{"openapi/quota/get": errcode(48001, "api unauthorized")},
			Probe{Type: ErrorWeChatNotPermitted, Failure: Failure{Code: "48001", Text: "api unauthorized"}},
			[]string{"getcallbackip", "openapi/quota/get"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded(t, SystemWeChat)
			for operation, a := range test.answers {
				g.will(operation, a)
			}
			require.Equal(t, test.want, g.probe("ProbeWeChat", CauseInput{Account: testAccount, Cause: test.cause}))
			require.Equal(t, test.asked, g.operations())
		})
	}
}
