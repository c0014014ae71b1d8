package operate

import (
	"context"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Amend corrects the input of a parked sync: a text, a ticket number, or an unknown follower. The audit line does not
// contain the correction.
func (o *Operator) Amend(ctx context.Context, id string, a workflows.Amendment) (Outcome, error) {
	return o.command(ctx, id, workflows.CommandAmend, a.Actor, a.Reason, a)
}
