package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// overtakePatience is how long a note waits for the one it replaces. That one closes within seconds, after a running
// attempt.
const overtakePatience = 10 * time.Minute

// listen receives notice of notes that replace this one.
func (wf *noteTicket) listen(ctx workflow.Context) {
	var next string
	for overtaken := workflow.GetSignalChannel(ctx, SignalOvertaken); overtaken.Receive(ctx, &next); {
		wf.next = append(wf.next, next)
		wf.sync.obsolete()
	}
}

// overtake closes the previous note and reports whether the agent had been told anything by then. If it was already
// closed, it had been written.
func (wf *noteTicket) overtake(ctx workflow.Context) bool {
	if wf.told = true; wf.in.After == "" {
		return true
	}
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	if workflow.SignalExternalWorkflow(ctx, wf.in.After, "", SignalOvertaken, id).Get(ctx, nil) == nil {
		workflow.GetSignalChannel(ctx, SignalPlace).ReceiveWithTimeout(ctx, overtakePatience, &wf.told)
	}
	return wf.told
}

// giveWay tells the notes that wait for this one that it is closed.
func (wf *noteTicket) giveWay(ctx workflow.Context) {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // they wait for a cancelled note, too
	told := wf.told && wf.in.After != "" || wf.sync.state == StateSynced
	for _, next := range wf.next {
		if err := workflow.SignalExternalWorkflow(ctx, next, "", SignalPlace, told).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Info("the next note was not told", "reason", err)
		}
	}
}
