package handover

import (
	"context"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Erased is when a follower was last erased, by Temporal's clock; zero: never, or so long ago that nothing from before
// counts anyway. It needs no worker.
func (h *Handover) Erased(ctx context.Context, openID string) (time.Time, error) {
	id := workflows.ErasureID(h.Account, h.FollowerKey(openID))
	return workflows.ErasedAt(h.Temporal.DescribeWorkflowExecution(ctx, id, ""))
}
