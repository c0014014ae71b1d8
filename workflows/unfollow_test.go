package workflows

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Several replies are held. The follower leaves: each of them is told and its agent reads of it, whatever the others
// report meanwhile. Signals take a task each, as on a server.
func TestUnfollowForgetsNoHeldReply(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 4, 12} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.slow = true
			s.say("hello")
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			var ids, notes []string
			for i := range n {
				ids = append(ids, s.reply(fmt.Sprint("answer ", i)))
				notes = append(notes, noteGone(fmt.Sprintf("answer %d", i)))
			}
			s.unfollow()
			s.advance(time.Minute)
			s.check(func() {
				for _, id := range ids {
					require.Equal(t, StateSkipped, s.state(id), id)
					require.Equal(t, activities.ErrorWeChatFollowerGone, s.reason(id))
					require.Contains(t, s.closed, id)
				}
				require.ElementsMatch(t, append(notes, noteLeft), s.tenant.notes)
			})
			s.follow()
			s.reply("welcome")
			s.advance(time.Minute)
			s.run()
			require.Equal(t, []string{"welcome"}, s.tenant.received())
		})
	}
}

// One is refused in the moment in which the follower leaves: it is held no longer than the others.
func TestReplyIsHeldAfterTheUnfollow(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.will("SendText", later(activities.ErrorWeChatBusy, 5*time.Second), parking(activities.ErrorWeChatWindowClosed))
	first, second := s.reply("one"), s.reply("two")
	s.unfollow()
	s.advance(time.Minute)
	s.requireState(first, StateSkipped, activities.ErrorWeChatFollowerGone)
	s.requireState(second, StateSkipped, activities.ErrorWeChatFollowerGone)
	s.run()
	require.ElementsMatch(t, []string{noteGone("one"), noteGone("two"), noteLeft}, s.tenant.notes)
}

// The follower comes back before a held reply has heard that they left: it is given up all the same, and the next one
// goes.
func TestFollowerComesBackAtOnce(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	ids := []string{s.reply("one"), s.reply("two"), s.reply("three")}
	left, back := s.event(conversation.KindUnfollow), s.event(conversation.KindFollow)
	back.CreateTime++
	s.inbound(left, back)
	next := s.reply("four")
	s.advance(time.Minute)
	s.run()
	for _, id := range ids {
		require.Contains(t, s.closed, id)
	}
	s.requireSynced(next)
}
