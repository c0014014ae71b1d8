package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// doubt reports that Temporal was restored from a backup in which these replies were open.
func (s *stage) doubt(ids ...string) {
	s.step(func() {
		for _, id := range ids {
			s.signal(id, SignalDoubt, Command{Actor: "ada", Reason: "restored"})
		}
	})
}

// A reply that was held when the backup was made may have been sent when the follower wrote later.
func TestHeldReplyThatMayHaveArrived(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]string{"it has": CommandSkip, "it has not": CommandRetry} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			one, two := s.reply("one"), s.reply("two")
			s.requireState(one, StateHeld, activities.ErrorWeChatWindowClosed)
			s.requireState(two, StateHeld, activities.ErrorReplyBehind)
			s.doubt(one, two)
			s.advance(time.Minute)
			s.requireState(one, StateNeedsAttention, activities.ErrorRepliesInDoubt)
			s.requireState(two, StateNeedsAttention, activities.ErrorRepliesInDoubt)
			s.say("hello") // releases held replies
			s.reply("written after the restore")
			s.advance(48 * time.Hour)
			s.check(func() {
				require.Equal(t, []string{"written after the restore"}, s.tenant.received())
				require.Contains(t, s.details(one), "it was open when the backup was made")
			})
			s.command(one, decide, "ada")
			s.command(two, decide, "ada")
			s.advance(time.Minute)
			s.run()
			if decide == CommandSkip {
				require.Equal(t, []string{"written after the restore"}, s.tenant.received())
				require.Equal(t, StateSkipped, s.state(one))
				return
			}
			require.Equal(t, []string{"written after the restore", "one", "two"}, s.tenant.received())
			s.requireSynced(one, two)
		})
	}
}

// Whatever a doubted reply is waiting for, it goes no further.
func TestReplyThatIsDoubtedGoesNoFurther(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 1990) + ". " + strings.Repeat("b", 1990)
	for name, test := range map[string]struct {
		answers []error
		text    string
		arrived int // messages that had arrived before
	}{
		"parked":                    {[]error{parking(activities.ErrorWeChatRejected)}, "one", 0},
		"tried again and again":     {times(400, later(activities.ErrorWeChatUnavailable, time.Minute)), "one", 0},
		"after its first message":   {[]error{nil, parking(activities.ErrorWeChatWindowUsedUp)}, long, 1},
		"between two of its tries":  {times(400, later(activities.ErrorWeChatUnavailable, time.Hour)), "one", 0},
		"under a cause of them all": {times(400, parking(activities.ErrorWeChatCredentials)), "one", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("SendText", test.answers...)
			reply := s.reply(test.text)
			s.advance(10 * time.Minute)
			s.doubt(reply)
			s.advance(10 * time.Minute)
			s.requireState(reply, StateNeedsAttention, activities.ErrorRepliesInDoubt)
			s.check(func() { s.tenant.forget("SendText") })
			s.advance(48 * time.Hour)
			s.check(func() { require.Len(t, s.tenant.received(), test.arrived) })
			s.command(reply, CommandRetry, "ada")
			s.advance(time.Minute)
			s.run()
			s.requireSynced(reply)
			require.Equal(t, test.text, strings.Join(s.tenant.received(), " "), "what had arrived is not sent again")
		})
	}
}

// A reply whose follower is being looked up has not been handed over yet, as far as the backup knows.
func TestRouteThatIsDoubted(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.tenant.will("FindFollower", times(100, later(activities.ErrorC4CUnavailable, time.Minute))...)
	id, input := routed()
	s.converse()
	s.start(id, TypeRouteReply, input)
	s.advance(3 * time.Minute)
	s.doubt(id)
	s.advance(time.Minute)
	s.requireState(id, StateNeedsAttention, activities.ErrorRepliesInDoubt)
	s.check(func() { s.tenant.forget("FindFollower") })
	s.advance(time.Hour)
	s.check(func() { require.Empty(t, s.tenant.received()) })
	s.command(id, CommandSkip, "ada")
	s.run()
	require.Equal(t, StateSkipped, s.state(id))
	require.Empty(t, s.tenant.received())
}

// A reply that has arrived by then is not asked about.
func TestDoubtThatComesTooLate(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.tenant.will("SendText", nil)
	reply := s.reply("one")
	s.step(func() { _ = s.env.SignalWorkflowByID(reply, SignalDoubt, Command{Actor: "ada"}) })
	s.run()
	require.Equal(t, []string{"one"}, s.tenant.received())
	s.requireSynced(reply)
}
