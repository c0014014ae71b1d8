package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots"
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
	return ok("%s", sharedAt(ledger, time.Now()))
}

// sharedAt describes a ledger at a time.
func sharedAt(ledger slots.Ledger, now time.Time) string {
	var holders []string
	given := 0
	shares, all := ledger.Shares(now)
	for _, share := range shares {
		text := fmt.Sprintf("%s has %d", share.Process, share.Slots)
		if share.Lost > 0 {
			text += fmt.Sprintf(" and is lost: they are free in %s", share.Lost.Round(time.Second))
		}
		holders = append(holders, text)
		given += share.Slots
	}
	text := "all are free"
	if len(holders) > 0 {
		text = fmt.Sprintf("%d of %d given away: %s", given, all, strings.Join(holders, ", "))
	}
	if now.Before(ledger.QuietUntil) {
		text += fmt.Sprintf("; nobody gets more for %s, for the workflow was ended and started anew",
			ledger.QuietUntil.Sub(now).Round(time.Second))
	}
	return text
}
