package workflows

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

var (
	anything  = mock.Anything
	errNobody = errors.New("no such workflow")
)

func routed() (string, RouteReplyInput) {
	return RouteID(testAccount, "9"), RouteReplyInput{
		Account: testAccount, Reply: conversation.Reply{SmaID: "9", TicketID: "1", Text: "answer", OriginalID: "foreign"},
	}
}

func TestRouteReplyToARunningConversation(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	id, input := routed()
	s.start(id, TypeRouteReply, input)
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
	s.requireSynced(id, conversation.ReplyID(testAccount, "9"))
	require.Equal(t, "1", s.attribute(id, AttributeTicketID))
	require.Equal(t, 1, s.runs[testConversation])
}

func TestRouteReplyStartsTheConversation(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	missing := true
	s.env.OnSignalExternalWorkflow(anything, testConversation, "", SignalReply, anything).Return(
		func(string, string, string, string, any) error {
			require.True(t, missing)
			missing = false
			return errNobody
		})
	id, input := routed()
	s.start(id, TypeRouteReply, input)
	s.run()
	require.False(t, missing)
	require.Equal(t, []string{"answer"}, s.tenant.received())
	s.requireSynced(id, conversation.ReplyID(testAccount, "9"))
	require.Equal(t, testFollower, s.attribute(conversation.ReplyID(testAccount, "9"), AttributeFollowerKey))
}

// A conversation that a reply starts knows that the follower was erased before: repeated earlier events are ignored.
func TestRouteReplyTellsTheConversationOfAnErasure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		erased time.Time
		want   int // messages that C4C gets
	}{
		"never erased": {time.Time{}, 1},
		"erased":       {dawn.Add(-time.Hour), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			if !tt.erased.IsZero() {
				s.tenant.erased = tt.erased.Unix()
			}
			missing := true
			s.env.OnSignalExternalWorkflow(anything, testConversation, "", SignalReply, anything).Return(
				func(string, string, string, string, any) error {
					if missing {
						missing = false
						return errNobody
					}
					return nil
				})
			id, input := routed()
			s.start(id, TypeRouteReply, input)
			s.advance(time.Minute)
			s.step(func() { s.inboundNow(message("before", "77", dawn.Add(-2*time.Hour).Unix())) })
			s.run()
			require.False(t, missing)
			s.requireSynced(id)
			require.Equal(t, tt.want, len(s.tenant.threads))
		})
	}
}

func TestRouteReplyToNobodyParks(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.tenant.will("FindFollower", parking(activities.ErrorFollowerUnknown))
	id, input := routed()
	s.converse()
	s.start(id, TypeRouteReply, input)
	s.requireState(id, StateNeedsAttention, activities.ErrorFollowerUnknown)
	s.command(id, CommandRetry, "ada")
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
	s.requireSynced(id)
}

func TestAgentReadsOfRepliesThatReachNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, failure string
		then          string // command that follows the second failure
		notes         []string
	}{
		{"delivered after all", activities.ErrorFollowerUnknown, CommandRetry,
			[]string{noteParked("answer", catalogue.ReasonUnrouted), noteArrived("answer")}},
		{"given up", activities.ErrorFollowerUnknown, CommandSkip,
			[]string{noteParked("answer", catalogue.ReasonUnrouted), noteGivenUp("answer")}},
		{"C4C would take no note", activities.ErrorC4CNotAuthorized, CommandRetry, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.tenant.will("FindFollower", times(2, parking(tt.failure))...)
			id, input := routed()
			s.converse()
			s.start(id, TypeRouteReply, input)
			s.command(id, CommandRetry, "ada")
			s.requireState(id, StateNeedsAttention, tt.failure)
			s.command(id, tt.then, "ada")
			s.run()
			require.Equal(t, tt.notes, s.noted())
		})
	}
}
