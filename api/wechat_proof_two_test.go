package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// TestProcessesOutsideOfSecureMode: each process remembers separately which signatures it has seen, and whether
// encrypted pushes have begun. So a signature that someone has seen is valid for one body in each process, for ten
// minutes. The answer to such a push never contains anything of the follower's. In secure mode no process accepts it.
func TestProcessesOutsideOfSecureMode(t *testing.T) {
	t.Parallel()
	process := func(mode wechat.Mode, now time.Time) func(query url.Values, push string) (int, string) {
		f := setup(t, func(o *api.Options) {
			o.WeChat = options(t, mode).WeChat
			o.Now = func() time.Time { return now }
		})
		return func(query url.Values, push string) (int, string) {
			t.Helper()
			req := f.plainRequest(t, query, push)
			if query == nil {
				req = f.wechatRequest(t, push)
			}
			res, body := f.do(t, req)
			return res.StatusCode, body
		}
	}
	genuine := wechatXML("text", textPush)
	forged := strings.ReplaceAll(genuine, testOpenID, "oVictim")
	query := signedQuery(testCreated)
	for _, mode := range []wechat.Mode{wechat.ModePlain, wechat.ModeCompatible} {
		first, second := process(mode, testNow), process(mode, testNow)
		later := process(mode, testNow.Add(11*time.Minute))
		status, _ := first(query, genuine)
		require.Equal(t, http.StatusOK, status)
		status, _ = first(query, forged)
		require.Equal(t, http.StatusUnauthorized, status, "where it was seen")
		status, body := second(query, forged)
		require.Equal(t, http.StatusOK, status, "once in another process")
		require.NotContains(t, body, "/web/link")
		status, _ = second(query, genuine)
		require.Equal(t, http.StatusUnauthorized, status, "and no more than that")
		status, _ = later(query, forged)
		require.Equal(t, http.StatusUnauthorized, status, "ten minutes later in none")
	}

	first, second := process(wechat.ModeCompatible, testNow), process(wechat.ModeCompatible, testNow)
	status, _ := first(nil, genuine)
	require.Equal(t, http.StatusOK, status)
	status, _ = first(query, forged)
	require.Equal(t, http.StatusUnauthorized, status, "compatible has ended here")
	status, _ = second(query, forged)
	require.Equal(t, http.StatusOK, status, "and not yet there")
	status, _ = second(nil, genuine)
	require.Equal(t, http.StatusOK, status)
	status, _ = second(signedQuery(testCreated+1), forged)
	require.Equal(t, http.StatusUnauthorized, status, "from its own first encrypted push on")

	first, second = process(wechat.ModeSecure, testNow), process(wechat.ModeSecure, testNow)
	for _, one := range []func(url.Values, string) (int, string){first, second} {
		status, body := one(query, forged)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Empty(t, body)
	}
}
