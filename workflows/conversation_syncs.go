package workflows

import (
	"encoding/json"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// start starts a sync. Its end comes as an event, unless this run has ended by then.
func (c *shell) start(id, summary, state, name string, in any) {
	ctx := c.sync().child(c.ctx, id, summary, state)
	sync := workflow.ExecuteChildWorkflow(ctx, name, in)
	c.open++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		err := sync.GetChildWorkflowExecution().Get(ctx, nil)
		c.open--
		if err != nil {
			// Its id was used: it is a repeat, or this conversation was reset and the sync still runs.
			workflow.GetLogger(ctx).Info("the sync was started before", "sync", id, "reason", err)
			c.watch(id, true)
			return
		}
		c.children = add(c.children, id)
		var out conversation.Outcome
		err = sync.Get(ctx, &out)
		delete(c.children, id)
		closed := conversation.Closed{WorkflowID: id, Outcome: out}
		if err != nil {
			closed.Cancelled = temporal.IsCanceledError(err)
			closed.Lost = !closed.Cancelled
			workflow.GetLogger(ctx).Info("the sync has no outcome", "sync", id, "reason", err)
		}
		c.happened = append(c.happened, closed)
	})
}

// launch starts a workflow that the conversation does not wait for.
func (c *shell) launch(child workflow.ChildWorkflowFuture) {
	c.open++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		if err := child.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Info("a note or notice was not started", "reason", err)
		}
		c.open--
	})
}

// tell signals a sync. One that cannot be reached is closed.
func (c *shell) tell(id, signal string, value any) {
	c.signal(id, signal, value, func() {
		c.happened = append(c.happened, conversation.Unreachable{WorkflowID: id})
	})
}

// signal signals a workflow; lost is called where it is closed, and may be nil.
func (c *shell) signal(id, signal string, value any, lost func()) {
	told := workflow.SignalExternalWorkflow(c.ctx, id, "", signal, value)
	c.open++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		err := told.Get(ctx, nil)
		c.open--
		if err != nil && lost != nil && !c.children[id] { // the end of one that this run has started comes as an event
			lost()
		}
	})
}

// watch asks a sync to report its end, and where it stands. Where the sync is closed and its outcome is wanted, Temporal is
// asked.
func (c *shell) watch(id string, outcome bool) {
	told := workflow.SignalExternalWorkflow(c.ctx, id, "", SignalWatch, nil)
	c.open++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		defer func() { c.open-- }()
		if told.Get(ctx, nil) == nil {
			c.happened = append(c.happened, conversation.Watched{WorkflowID: id})
			return
		}
		if c.children[id] {
			// It closed a moment ago. Its outcome must not be lost with this run.
			_ = workflow.Await(ctx, func() bool { return !c.children[id] })
			return
		}
		if !outcome {
			c.happened = append(c.happened, conversation.Unreachable{WorkflowID: id})
			return
		}
		c.happened = append(c.happened, c.outcomeOf(ctx, id))
	})
}

// outcomeOf asks Temporal what became of a closed sync.
func (c *shell) outcomeOf(ctx workflow.Context, id string) conversation.Closed {
	closed := conversation.Closed{WorkflowID: id}
	var found activities.SyncOutcome
	err := workflow.ExecuteActivity(wechatCall(ctx, "what became of a sync that is closed"), operations.SyncOutcome,
		activities.SyncOutcomeInput{WorkflowID: id}).Get(ctx, &found)
	if err == nil && found.Completed {
		err = json.Unmarshal(found.Result, &closed.Outcome)
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("the outcome of a sync is not known", "sync", id, "error", err)
	}
	closed.Lost = err == nil && found.Lost
	return closed
}

func add(set map[string]bool, id string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[id] = true
	return set
}
