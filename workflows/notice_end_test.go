package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// A notice becomes unnecessary in the very task in which it is requested: it is told so once it has started.
func TestNoticeThatEndsBeforeItIsThere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("SendTemplate", parking(activities.ErrorWeChatTemplateRefused))
	s.start("shell", "Shell", nil)
	s.env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		c := &shell{ctx: ctx, workflows: s.under, limits: defaultLimits,
			in: ConversationInput{Account: testAccount, FollowerKey: testFollower}}
		c.state.Who = conversation.Identity(testSync)
		c.carryOut(conversation.Announce{TicketID: "1", Since: dawn.Unix()})
		c.carryOut(conversation.EndNotice{})
		return workflow.Await(ctx, func() bool { return c.unconfirmed == 0 })
	}, workflow.RegisterOptions{Name: "Shell"})
	s.advance(time.Hour)
	s.run()
	require.Equal(t, StateSkipped, s.state(AnnounceID(testAccount, testFollower)))
}
