package activities

import (
	"context"
	"encoding/json"
)

// Outcomes reports how closed workflows ended.
type Outcomes interface {
	// Outcome returns how a workflow's last run ended. An error means that this cannot be found out now.
	Outcome(ctx context.Context, workflowID string) (SyncOutcome, error)
}

// SyncOutcomeInput names a sync that may be closed.
type SyncOutcomeInput struct {
	WorkflowID string `json:"workflow_id"`
}

// SyncOutcome is how a sync ended. The zero value means that Temporal no longer knows the sync, or that it was
// cancelled.
type SyncOutcome struct {
	Running   bool            `json:"running,omitempty"` // the sync has not ended yet
	Completed bool            `json:"completed,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"` // as the sync returned it, in JSON
	Lost      bool            `json:"lost,omitempty"`   // it was terminated, or ended in another way without a result
}

// SyncOutcome asks Temporal how a sync ended.
func (a *Operations) SyncOutcome(ctx context.Context, in SyncOutcomeInput) (SyncOutcome, error) {
	return a.Outcomes.Outcome(ctx, in.WorkflowID)
}
