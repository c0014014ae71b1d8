package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// renew continues as new. Syncs that run are asked to report their end, which then reaches whichever run is there.
func (c *shell) renew(inbox inbox) error {
	c.renewing = true
	for _, id := range c.state.Running() {
		c.watch(id, true)
	}
	err := workflow.Await(c.ctx, func() bool { return c.open == 0 && workflow.AllHandlersFinished(c.ctx) })
	if err != nil {
		return err
	}
	// Nothing may yield from here on, or signals that arrive meanwhile would be lost.
	taken := inbox.drain()
	for _, event := range c.outcomes() {
		taken.add(event)
	}
	next := c.in
	next.State, next.Policy, next.Taken = &c.state, &c.policy, taken
	return workflow.NewContinueAsNewError(c.ctx, TypeConversation, next)
}
