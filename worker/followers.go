package worker

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// followers reach conversations, which they start where there are none.
type followers struct {
	client client.Client
	key    func(account, openID string) string
	// language is that of what operators read.
	language wording.Language
}

// Onboard implements activities.Followers.
func (f *followers) Onboard(ctx context.Context, in activities.OnboardFollowersInput, progress func(told int)) error {
	for told, openID := range in.OpenIDs {
		key := f.key(in.Account, openID)
		_, err := f.client.SignalWithStartWorkflow(ctx, workflows.ConversationID(in.Account, key), workflows.SignalInbound,
			conversation.Inbound{Key: "backfill/" + in.Run, Kind: conversation.KindBackfill, OpenID: openID,
				CreateTime: in.At, MsgID: in.Run},
			client.StartWorkflowOptions{
				TaskQueue:     workflows.TaskQueue,
				StaticSummary: f.language.Say("Conversation with follower %s", key),
				TypedSearchAttributes: temporal.NewSearchAttributes(
					workflows.AttributeAccount.ValueSet(in.Account), workflows.AttributeFollowerKey.ValueSet(key)),
			}, workflows.TypeConversation,
			workflows.ConversationInput{Account: in.Account, OpenID: openID, FollowerKey: key})
		if err != nil {
			return fmt.Errorf("tell a conversation: %w", err)
		}
		progress(told + 1)
	}
	return nil
}
