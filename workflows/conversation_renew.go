package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// watchRunning asks the syncs under way to report their end, whichever run is there to hear it.
func (c *shell) watchRunning() {
	for _, id := range c.state.Running() {
		c.queue = append(c.queue, []conversation.Command{conversation.Watch{WorkflowID: id}})
	}
	c.carry()
}

// maxTaken bounds what one run hands to the next beside its state, in bytes: what waits in the state is bounded by
// package conversation, and both are one payload.
const maxTaken = 128 << 10

// renew continues as new. Syncs that run are asked to report their end, which then reaches whichever run is there.
// Where much has arrived meanwhile this run takes it first: nil is returned, and the run goes on.
func (c *shell) renew(inbox inbox) error {
	c.renewing = true
	c.watchRunning()
	err := workflow.Await(c.ctx, func() bool { return len(c.queue)+c.open == 0 && workflow.AllHandlersFinished(c.ctx) })
	if err != nil {
		return err
	}
	// Nothing may yield from here on, or signals that arrive meanwhile would be lost.
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
	next.State, next.Policy, next.Taken = &c.state, &c.policy, taken
	return workflow.NewContinueAsNewError(c.ctx, TypeConversation, next)
}
