package worker

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// followers reaches conversations and starts missing ones.
type followers struct {
	client client.Client
	key    func(account, openID string) string
	// language is the language operators read.
	language wording.Language
}

// Onboard implements activities.Followers.
func (f *followers) Onboard(ctx context.Context, in activities.OnboardFollowersInput, progress func(done int)) (
	erased int, err error) {
	for done, openID := range in.OpenIDs {
		signalled, err := f.onboard(ctx, in, openID)
		if err != nil {
			return 0, err
		}
		if !signalled {
			erased++
		}
		progress(done + 1)
	}
	return erased, nil
}

// onboard signals one conversation, and starts it if there is none. It returns false if neither was done: a follower
// erased after WeChat listed them is skipped. A conversation started for one erased earlier knows of the erasure, just
// as one that the api starts.
func (f *followers) onboard(ctx context.Context, in activities.OnboardFollowersInput, openID string) (bool, error) {
	key := f.key(in.Account, openID)
	id := workflows.ConversationID(in.Account, key)
	inbound := conversation.Inbound{Key: "backfill/" + in.Run, Kind: conversation.KindBackfill, OpenID: openID,
		CreateTime: in.At, MsgID: in.Run}
	err := f.client.SignalWorkflow(ctx, id, "", workflows.SignalInbound, inbound)
	if err == nil {
		return true, nil
	}
	if !isNotFound(err) {
		return false, fmt.Errorf("signal a conversation: %w", err)
	}
	erased, err := f.Erased(ctx, in.Account, key)
	if err != nil {
		return false, err
	}
	input := workflows.ConversationInput{Account: in.Account, OpenID: openID, FollowerKey: key}
	if !erased.IsZero() {
		if input.Erased = erased.Unix(); in.At <= input.Erased {
			return false, nil
		}
	}
	_, err = f.client.SignalWithStartWorkflow(ctx, id, workflows.SignalInbound, inbound,
		client.StartWorkflowOptions{
			TaskQueue:             workflows.TaskQueue,
			StaticSummary:         f.language.Say("Conversation with follower %s", key),
			TypedSearchAttributes: workflows.FollowerAttributes(in.Account, key),
		}, workflows.TypeConversation, input)
	if err != nil {
		return false, fmt.Errorf("start a conversation: %w", err)
	}
	return true, nil
}

// Erased implements activities.Followers.
func (f *followers) Erased(ctx context.Context, account, followerKey string) (time.Time, error) {
	id := workflows.ErasureID(account, followerKey)
	at, err := workflows.ErasedAt(f.client.DescribeWorkflowExecution(ctx, id, ""))
	if err != nil {
		return at, fmt.Errorf("ask whether a follower was erased: %w", err)
	}
	return at, nil
}
