package workflows

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

var (
	anything  = mock.Anything
	errNobody = errors.New("no such workflow")
)

func routed() (string, RouteReplyInput) {
	return RouteID(testAccount, "9"), RouteReplyInput{
		Account: testAccount, Reply: Reply{SmaID: "9", TicketID: "1", Text: "answer", OriginalID: "foreign"},
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
	s.requireSynced(id, ReplyID(testAccount, "9"))
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
	s.requireSynced(id, ReplyID(testAccount, "9"))
	require.Equal(t, testFollower, s.attribute(ReplyID(testAccount, "9"), AttributeFollowerKey))
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
