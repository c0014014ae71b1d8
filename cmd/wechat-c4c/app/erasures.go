package app

import (
	"context"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// erasures deletes what is stored about followers who request it themselves.
type erasures struct{ operator *operate.Operator }

// Erase does the same as the command follower erase.
func (e erasures) Erase(ctx context.Context, in activities.EraseInput) (activities.Erased, error) {
	receipt, err := e.operator.EraseBefore(ctx, operate.Subject{Account: in.Account, Key: in.FollowerKey}, in.Marked,
		workflows.Command{Actor: "the follower", Reason: "asked for it on the page"})
	return activities.Erased{Closed: receipt.Closed, Deleted: receipt.Deleted, ByType: receipt.ByType}, err
}
