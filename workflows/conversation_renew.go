package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// watchRunning asks the running syncs to report their end, to this run or a later one.
func (c *shell) watchRunning() {
	for _, id := range c.state.Running() {
		c.queue = append(c.queue, []conversation.Command{conversation.Watch{WorkflowID: id}})
	}
	c.carryOutQueue()
}

// maxTaken limits what one run passes to the next in addition to its state, in bytes. Package conversation limits the
// state itself; both are one payload.
const maxTaken = 128 << 10

// renew continues as new. It first asks running syncs to report their end, so that the report reaches whichever run
// is active. If much has arrived in the meantime, this run handles it first: renew returns nil and the run continues.
func (c *shell) renew(inbox inbox) error {
	c.renewing = true
	c.watchRunning()
	err := workflow.Await(c.ctx, func() bool {
		return len(c.queue)+c.unconfirmed == 0 && workflow.AllHandlersFinished(c.ctx)
	})
	if err != nil {
		return err
	}
	// Nothing may yield from here on: signals that arrive during a yield would be lost.
	taken := inbox.drain()
	for _, event := range c.outcomes() {
		taken.add(event)
	}
	if taken.size() > maxTaken {
		c.renewing = false
		c.step(taken.events()...)
		return nil
	}
	next := c.in
	next.State, next.Policy, next.Taken, next.Succeeds = &c.state, &c.policy, taken, false
	return workflow.NewContinueAsNewError(c.ctx, TypeConversation, next)
}
