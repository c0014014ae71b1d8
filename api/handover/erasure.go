package handover

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Erased is when a follower was last erased, by Temporal's clock; zero: never, or so long ago that nothing from before
// counts anyway. It needs no worker.
func (h *Handover) Erased(ctx context.Context, openID string) (time.Time, error) {
	id := workflows.ErasureID(h.Account, h.FollowerKey(openID))
	mark, err := h.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	info := mark.GetWorkflowExecutionInfo()
	if info.GetType().GetName() != workflows.TypeErasedFollower {
		return time.Time{}, nil
	}
	return info.GetStartTime().AsTime(), nil
}
