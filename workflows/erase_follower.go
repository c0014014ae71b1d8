package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// eraseTime is how long one attempt to erase a follower may take. Its worker sends a heartbeat every few seconds.
const eraseTime = 10 * time.Minute

// EraseFollowerInput starts EraseFollower.
type EraseFollowerInput struct {
	EraseInput
}

// EraseFollower erases what the connector stores about a follower who has requested it on the page. It has no search
// attribute with the follower key, so it does not find itself. Its result is what was deleted, and identifies nobody.
func (w *Workflows) EraseFollower(ctx workflow.Context, in EraseFollowerInput) (activities.Erased, error) {
	var erased activities.Erased
	do := func(ctx workflow.Context) error {
		ctx = workflow.WithStartToCloseTimeout(wechatCall(ctx, "delete what Temporal keeps of the follower"), eraseTime)
		return workflow.ExecuteActivity(ctx, operations.EraseFollower, in.EraseInput).Get(ctx, &erased)
	}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOf{title: say(ctx, "Erase a follower who has asked for it")}, errandFunc{do: do})
	if err != nil {
		return erased, err
	}
	return erased, sync.until(ctx)
}
