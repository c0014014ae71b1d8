package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// eraseTime is how long one attempt to erase a follower may take. Its worker sends a heartbeat every few seconds.
const eraseTime = 10 * time.Minute

// EraseFollowerInput starts EraseFollower.
type EraseFollowerInput struct {
	EraseInput
}

// EraseFollower erases what the connector stores about a follower who has requested it on the page, up to the moment
// of the request. If they request it again meanwhile, it erases once more, up to that moment. It has no search
// attribute with the follower key, so it does not find itself. Its result is what was deleted, and identifies nobody.
func (w *Workflows) EraseFollower(ctx workflow.Context, in EraseFollowerInput) (activities.Erased, error) {
	var erased activities.Erased
	asked := workflow.GetSignalChannel(ctx, SignalErase)
	do := func(ctx workflow.Context) error {
		ctx = workflow.WithStartToCloseTimeout(wechatCall(ctx, "delete what Temporal keeps of the follower"), eraseTime)
		for {
			drain(asked, func(again EraseInput) {
				if again.Marked.After(in.Marked) {
					in.Marked = again.Marked
				}
			})
			var done activities.Erased
			if err := workflow.ExecuteActivity(ctx, operations.EraseFollower, in.EraseInput).Get(ctx, &done); err != nil {
				return err
			}
			erased.Add(done)
			if asked.Len() == 0 {
				return nil
			}
		}
	}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOptions{title: say(ctx, "Erase a follower who has asked for it")}, errandFunc{do: do})
	if err != nil {
		return erased, err
	}
	return erased, sync.run(ctx)
}

// ErasureLife is the shortest time for which the mark that a follower was erased is kept. It is longer than the
// validity of a session, a personal link or an event from WeChat.
const ErasureLife = 25 * time.Hour

// ErasureID is the workflow id of the mark that a follower was erased. It contains a hash of the follower key, as the
// erasure's receipt does, so that nothing with the key itself remains.
func ErasureID(account, followerKey string) string {
	return "erased/" + account + "/" + HashKey(followerKey)
}

// HashKey is the SHA-256 of a follower key in hexadecimal.
func HashKey(followerKey string) string {
	hash := sha256.Sum256([]byte(followerKey))
	return hex.EncodeToString(hash[:])
}

// ErasedAt returns when a follower was last erased, by Temporal's clock, from Temporal's description of the workflow
// [ErasureID]. Zero means never, or so long ago that nothing older is accepted anyway. Every process that starts a
// conversation calls it.
func ErasedAt(mark *workflowservice.DescribeWorkflowExecutionResponse, err error) (time.Time, error) {
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	info := mark.GetWorkflowExecutionInfo()
	if info.GetType().GetName() != TypeErasedFollower {
		return time.Time{}, nil
	}
	return info.GetStartTime().AsTime(), nil
}
