package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TestOneKeyIsOneSubmission: a form sent again yields the same ticket. With a different text it is refused, and the
// text is not lost.
func TestOneKeyIsOneSubmission(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	alice := s.visitor("oAlice")
	alice.login()
	fields := alice.form()
	first := alice.post("/web/create", fields)
	require.Equal(t, http.StatusSeeOther, first.status, first.body)
	again := alice.post("/web/create", fields)
	require.Equal(t, http.StatusSeeOther, again.status, again.body)
	require.Len(t, s.tickets(), 1)

	fields.Set("text", "something else")
	back := alice.post("/web/create", fields)
	refusedPage(t, back, http.StatusConflict, "was sent before")
	require.Contains(t, back.body, "something else</textarea>")
	alice.header.Set("Accept", "application/json")
	client := alice.post("/web/create", fields)
	require.Equal(t, http.StatusConflict, client.status)
	require.Contains(t, client.body, `"error":"key_reused"`)
	require.Len(t, s.tickets(), 1)

	fields.Set("key", strings.Repeat("k", 20))
	other := alice.post("/web/create", fields)
	require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, other.status, other.body)
	s.waitFor("the second ticket", func() bool { return len(s.tickets()) == 2 })
}
