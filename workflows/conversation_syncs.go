package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// start starts a sync, or collects it if many waiting syncs are started together.
func (c *shell) start(id, summary string, row row, name string, in any) {
	s := SyncStart{
		ID: id, Type: name, Summary: summary, State: row.state, TicketID: row.ticketID, Failure: row.failure,
		Input: asJSON(in),
	}
	if about, ok := in.(interface{ TraceParent() string }); ok {
		s.Trace = about.TraceParent()
	}
	if c.gathers {
		c.gathered = append(c.gathered, s)
		return
	}
	c.startChild(s)
}

// startChild starts a sync as a child. Its end comes as an event, unless this run has ended by then.
func (c *shell) startChild(s SyncStart) {
	id := s.ID
	ctx := c.syncInput().child(c.ctx, id, s.Summary, row{state: s.State, ticketID: s.TicketID, failure: s.Failure})
	sync := workflow.ExecuteChildWorkflow(ctx, s.Type, s.input())
	started := sync.GetChildWorkflowExecution()
	c.starts = put(c.starts, id, started)
	c.unconfirmed++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		err := started.Get(ctx, nil)
		delete(c.starts, id)
		c.confirmed()
		if err != nil {
			// The id is in use: this is a repeat, or the conversation was reset and the sync is still running.
			workflow.GetLogger(ctx).Info("the sync was started before", "sync", id, "reason", err)
			c.findStarted(ctx, id)
			return
		}
		c.children = put(c.children, id, true)
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

// startUnawaited starts a workflow that the conversation does not wait for.
func (c *shell) startUnawaited(id string, child workflow.ChildWorkflowFuture) {
	started := child.GetChildWorkflowExecution()
	c.starts = put(c.starts, id, workflow.Future(started))
	c.unconfirmed++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		if err := started.Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Info("a note or notice was not started", "reason", err)
		}
		delete(c.starts, id)
		c.confirmed()
	})
}

// send signals a workflow. The server may carry out a signal before an earlier requested start, so send waits until a
// pending start is confirmed. The returned function waits until the signal is delivered.
func (c *shell) send(id, signal string, value any) func(workflow.Context) error {
	start := c.starts[id]
	if start == nil {
		told := workflow.SignalExternalWorkflow(c.ctx, id, "", signal, value)
		return func(ctx workflow.Context) error { return told.Get(ctx, nil) }
	}
	return func(ctx workflow.Context) error {
		_ = start.Get(ctx, nil) // signal whichever workflow has this id
		return workflow.SignalExternalWorkflow(ctx, id, "", signal, value).Get(ctx, nil)
	}
}

// signalSync signals a sync. If the sync is closed, signalSync finds out its outcome.
func (c *shell) signalSync(id, signal string, value any) {
	delivered := c.send(id, signal, value)
	c.unconfirmed++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		defer c.confirmed()
		switch {
		case delivered(ctx) == nil:
			if signal == SignalWatch {
				c.happened = append(c.happened, conversation.Watched{WorkflowID: id})
			}
		case c.awaitEnd(ctx, id):
		default:
			if closed, running := c.outcomeOf(ctx, id); !running { // otherwise it is asked again later
				c.happened = append(c.happened, closed)
			}
		}
	})
}

// findStarted finds out the state of a sync that was already started under the same id.
func (c *shell) findStarted(ctx workflow.Context, id string) {
	c.unconfirmed++
	defer c.confirmed()
	closed, running := c.outcomeOf(ctx, id)
	if running {
		c.watch(id)
		return
	}
	c.happened = append(c.happened, closed)
}

// endPatience is how long to wait for the end of a sync that this run has started.
const endPatience = 10 * time.Second

// awaitEnd waits for the end of a closed sync that this run has started; it comes as an event. It returns false if none
// comes, because the run that the sync reported to was reset.
func (c *shell) awaitEnd(ctx workflow.Context, id string) bool {
	if !c.children[id] {
		return false
	}
	ended, _ := awaitAtMost(ctx, endPatience, "hear of the end of a sync", func() bool { return !c.children[id] })
	return ended
}

// signal signals a workflow that may be closed. If it is being started, the signal follows the start.
func (c *shell) signal(id, signal string, value any) {
	delivered := c.send(id, signal, value)
	c.unconfirmed++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		if err := delivered(ctx); err != nil {
			workflow.GetLogger(ctx).Info("a workflow was not told: "+signal, "reason", err)
		}
		c.confirmed()
	})
}

// watch asks a sync to report its end, and its present state if it waits.
func (c *shell) watch(id string) { c.signalSync(id, SignalWatch, nil) }

// outcomeOf asks Temporal for the outcome of a sync, or whether it is still running. If Temporal does not answer, the
// sync counts as running and is asked again.
func (c *shell) outcomeOf(ctx workflow.Context, id string) (closed conversation.Closed, running bool) {
	// Same form as activities.SyncOutcome, with the sync's result.
	var found struct {
		Running   bool                  `json:"running"`
		Completed bool                  `json:"completed"`
		Result    *conversation.Outcome `json:"result"`
		Lost      bool                  `json:"lost"`
	}
	err := workflow.ExecuteActivity(wechatCall(ctx, "what became of a sync"), operations.SyncOutcome,
		activities.SyncOutcomeInput{WorkflowID: id}).Get(ctx, &found)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the outcome of a sync is not known", "sync", id, "error", err)
		return conversation.Closed{}, true
	}
	closed = conversation.Closed{WorkflowID: id, Lost: found.Lost}
	if found.Result != nil {
		closed.Outcome = *found.Result
	}
	return closed, found.Running
}

func put[T any](m map[string]T, id string, value T) map[string]T {
	if m == nil {
		m = map[string]T{}
	}
	m[id] = value
	return m
}
