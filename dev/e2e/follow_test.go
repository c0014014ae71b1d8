package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// social runs a story once for each interface to C4C's social media objects.
func social(t *testing.T, story func(*testing.T, option)) {
	t.Helper()
	for _, kind := range []string{"soap", "odata"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			story(t, withSettings(func(c *config.Config) { c.C4C.Social = kind }))
		})
	}
}

func TestFollowMakesProfileCustomerAndBondOnce(t *testing.T) {
	t.Parallel()
	social(t, func(t *testing.T, kind option) {
		t.Helper()
		s := newStack(t, kind, recording("follow"))
		var out delivered
		s.wechat.post("/followers/oAlice/subscribe", map[string]any{"repeat": 3, "parallel": true}, &out)
		require.Equal(t, 200, out.Status)
		require.NotEmpty(t, s.read("oAlice", "passive"), "the welcome is the answer to the webhook")

		s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
		profiles, customers := s.profiles(), s.customers()
		require.Len(t, profiles, 1)
		require.Len(t, customers, 1)
		require.Equal(t, "oAlice", profiles[0].OpenID)
		require.Equal(t, customers[0].ID, profiles[0].CustomerID)
		require.Empty(t, s.tickets())
	})
}

func TestFollowersStayApart(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for _, openid := range []string{"oAlice", "oBob", "oCarol"} {
		s.follow(openid)
		s.say(openid, "I am "+openid)
	}
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3)
	require.Len(t, s.customers(), 3)
	owners := map[string]string{}
	for _, p := range s.profiles() {
		owners[p.CustomerID] = p.OpenID
	}
	require.Len(t, owners, 3)
	for _, ticket := range s.tickets() {
		require.Equal(t, []string{"I am " + owners[ticket.CustomerID]}, ticket.texts("follower"))
	}
}

func TestUnfollowGivesHeldRepliesUpAndTellsTheAgent(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("unfollow"))
	s.follow("oAlice")
	s.say("oAlice", "my brakes squeal")
	ticket := s.waitForThread("my brakes squeal")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	s.closeWindow()
	s.agentReplies(ticket.ID, "please come by", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)

	s.wechat.post("/followers/oAlice/unsubscribe", nil, nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSkipped, 1)
	s.waitFor("a note in the ticket", func() bool { return len(s.tickets()[0].Notes) > 0 })
	require.NotContains(t, s.read("oAlice", "customer_service"), "please come by")

	s.follow("oAlice")
	s.say("oAlice", "I am back")
	s.waitForThread("my brakes squeal", "I am back")
	require.Len(t, s.profiles(), 1)
	require.Len(t, s.customers(), 1)
}
