package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// changeDrain is the version from which a draining conversation closes its lanes in turn. Before, each lane went on for as long
// as the other was at work: with enough to do in both directions that never ended, and the history grew to Temporal's limit.
const changeDrain = "drain-in-turn"

// drainPatience is how long lanes stay closed for syncs under way to end: they usually take seconds.
const drainPatience = 30 * time.Second

// mayTake says that a lane may begin something new. While the conversation drains, a lane still works beside one that is
// busy for long: a sync that retries for hours must not stop the other direction.
func (wf *conversation) mayTake() bool { return !wf.draining || !wf.closed && wf.busy > 0 }

// drain returns when no lane is at work and no handler either.
func (wf *conversation) drain(ctx workflow.Context) error {
	idle := func() bool { return wf.busy == 0 && workflow.AllHandlersFinished(ctx) }
	wf.draining = true
	if workflow.GetVersion(ctx, changeDrain, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return workflow.Await(ctx, idle)
	}
	for !idle() {
		wf.closed = true
		ended, err := workflow.AwaitWithTimeout(ctx, drainPatience, idle)
		if ended || err != nil {
			return err
		}
		if err := wf.openLanes(ctx, idle); err != nil {
			return err
		}
	}
	return nil
}

// openLanes lets lanes work until those have ended what they are at that are at work now.
func (wf *conversation) openLanes(ctx workflow.Context, idle func() bool) error {
	messages, replies := wf.turns[LaneMessages], wf.turns[LaneReplies]
	wf.closed = false
	return workflow.Await(ctx, func() bool {
		return idle() || !wf.stillAt(LaneMessages, messages) && !wf.stillAt(LaneReplies, replies)
	})
}

// enter says that a lane begins something.
func (wf *conversation) enter(lane Lane) {
	wf.busy++
	wf.turns[lane]++
}

// leave says that a lane has ended it.
func (wf *conversation) leave(lane Lane) {
	wf.busy--
	wf.turns[lane]++
}

// stillAt says that a lane is at work on what it was at work on when it had begun and ended so often.
func (wf *conversation) stillAt(lane Lane, turns int) bool {
	return turns%2 == 1 && wf.turns[lane] == turns
}
