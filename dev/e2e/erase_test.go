package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// readOf lists what the page has read about a follower, as Temporal stores it.
func (s *scene) readOf(openid string) []string {
	s.t.Helper()
	listed, err := s.client.ListActivities(s.t.Context(), client.ListActivitiesOptions{
		Query: fmt.Sprintf("FollowerKey = %q", workflows.FollowerKey(s.Settings().FollowerKeySecret.Bytes(), "default",
			openid)),
	})
	require.NoError(s.t, err)
	var types []string
	for a, err := range listed.Results {
		require.NoError(s.t, err)
		types = append(types, a.ActivityType)
	}
	return types
}

// TestErasureReachesThePage: the page's reads are deleted with the histories, and open sessions can read nothing more.
func TestErasureReachesThePage(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.follow("oBob")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	alice, bob := s.visitor("oAlice"), s.visitor("oBob")
	alice.login()
	bob.login()
	first := s.copyOf(alice) // from before the first view: its session names no conversation
	require.Contains(t, alice.get("/web/tickets/"+ticket.ID).body, "my brakes squeal")
	require.Equal(t, http.StatusOK, alice.get("/web/get?entity=customerAccount").status)
	require.Equal(t, http.StatusOK, bob.get("/web/get?entity=customerAccount").status)
	s.waitFor("the reads in Temporal's list", func() bool {
		return len(s.readOf("oAlice")) == 2 && len(s.readOf("oBob")) == 1
	})

	code, out, problems := s.command("follower", "erase", "oAlice", "--yes", "--verify", "1s")
	require.Zero(t, code, problems+out)
	var receipt struct {
		Complete bool           `json:"complete"`
		ByType   map[string]int `json:"deleted_by_type"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &receipt))
	require.True(t, receipt.Complete)
	require.Equal(t, 1, receipt.ByType[workflows.ActivityReadCustomer])
	require.Equal(t, 1, receipt.ByType[workflows.ActivityReadTicketThread])
	require.Empty(t, s.readOf("oAlice"))
	require.True(t, s.talks("oBob"), "others lose nothing")

	s.waitFor("the end of the session", func() bool { return alice.get("/web/new").status == http.StatusFound })
	// Who has just asked that often may be told to wait a moment.
	answered := func(ask func() visited) (status int) {
		s.waitFor("an answer", func() bool { status = ask().status; return status != http.StatusTooManyRequests })
		return status
	}
	view := "/web/tickets/" + ticket.ID
	require.Equal(t, http.StatusFound, answered(func() visited { return alice.get(view) }))
	require.Equal(t, http.StatusOK, answered(func() visited { return bob.get("/web/new") }))
	require.Empty(t, s.readOf("oAlice"), "and nothing is read any more")
	require.Equal(t, http.StatusFound, answered(func() visited { return first.get(view) }))
	message := url.Values{"entity": {"ticket"}, "ticket": {ticket.ID}, "text": {"t"}}
	require.Equal(t, http.StatusUnauthorized, answered(func() visited { return first.post("/web/update", message) }))
}

// talks reports whether a follower has a conversation.
func (s *scene) talks(openid string) bool {
	s.t.Helper()
	key := workflows.FollowerKey(s.Settings().FollowerKeySecret.Bytes(), "default", openid)
	_, err := s.client.DescribeWorkflowExecution(s.t.Context(), workflows.ConversationID("default", key), "")
	return err == nil
}

// copyOf returns another browser with all cookies of a visitor.
func (s *scene) copyOf(v *visitor) *visitor {
	s.t.Helper()
	page, err := url.Parse("http://" + s.Addresses().API + "/")
	require.NoError(s.t, err)
	other := s.visitor(v.openid)
	other.jar.SetCookies(page, v.jar.Cookies(page))
	return other
}

// TestPushesFromBeforeAnErasureStartNothing: repeated old pushes start nothing, but messages written afterwards do.
func TestPushesFromBeforeAnErasureStartNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.withTicket("oAlice")
	written := time.Now().Unix()
	again := func(id int) {
		var out delivered
		s.wechat.post("/push", map[string]any{"openid": "oAlice", "body": fmt.Sprintf("<xml><ToUserName>%s</ToUserName>"+
			"<FromUserName>oAlice</FromUserName><CreateTime>%d</CreateTime><MsgType>text</MsgType><Content>sent again</Content>"+
			"<MsgId>%d</MsgId></xml>", s.Settings().WeChat.OriginalID, written, id)}, &out)
		require.Equal(t, "success", out.Body)
	}
	code, out, problems := s.command("follower", "erase", "oAlice", "--yes", "--verify", "0")
	require.Zero(t, code, problems+out)
	require.False(t, s.talks("oAlice"))
	again(4711)
	require.False(t, s.talks("oAlice"), "Temporal was asked before the answer")

	s.waitFor("a second after the erasure", func() bool { s.say("oAlice", "it squeals again"); return s.talks("oAlice") })
	again(4712)
	s.say("oAlice", "and a last word")
	lines := func() (all []string) {
		for _, t := range s.tickets() {
			all = append(all, t.texts("follower")...)
		}
		return all
	}
	s.waitFor("the last word", func() bool { return slices.Contains(lines(), "and a last word") })
	require.NotContains(t, lines(), "sent again")
}
