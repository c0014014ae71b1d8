package activities

import (
	"context"
	"encoding/json"
)

// Outcomes tells what became of closed workflows.
type Outcomes interface {
	// Outcome is what became of the last run of a workflow. An error means that it cannot be told now.
	Outcome(ctx context.Context, workflowID string) (SyncOutcome, error)
}

// SyncOutcomeInput names a sync that may be closed.
type SyncOutcomeInput struct {
	WorkflowID string `json:"workflow_id"`
}

// SyncOutcome is what became of a sync. The zero value is that of one that Temporal no longer knows or that was
// cancelled.
type SyncOutcome struct {
	Running   bool            `json:"running,omitempty"` // nothing has become of it yet
	Completed bool            `json:"completed,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"` // as the sync returned it, in JSON
	Lost      bool            `json:"lost,omitempty"`   // it was terminated, or ended otherwise without a result
}

// SyncOutcome asks Temporal what became of a sync.
func (a *Operations) SyncOutcome(ctx context.Context, in SyncOutcomeInput) (SyncOutcome, error) {
	return a.Outcomes.Outcome(ctx, in.WorkflowID)
}
