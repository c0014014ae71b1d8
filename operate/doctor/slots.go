package doctor

import (
	"context"
	"time"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// slots describes how the parallel calls to the tenant are shared.
func (c *cluster) slots(ctx context.Context) Finding {
	id := workflows.ShareC4CID(c.Tenant)
	ledger, asked, err := workflows.LedgerOf(c.client.QueryWorkflow(ctx, id, "", workflows.QuerySlots))
	if !asked {
		return ok("all are free: nobody has asked for any yet")
	}
	if unreadable(err) {
		return fail(oneLine(err), otherKeys)
	}
	if err != nil {
		return fail(say("the workflow %s does not say who has how many: %s", id, err),
			"Without it no worker calls C4C. See whether a worker of the role workflows runs, and look at that row in Temporal UI.")
	}
	return ok("%s", shares(operate.SharesOf(ledger, time.Now())))
}

// shares are who holds how many calls, as the status says it.
type shares operate.CallShares

func (s shares) in(l wording.Language) string { return operate.CallShares(s).In(l) }
