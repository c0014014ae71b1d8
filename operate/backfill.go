package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// backfillLook is how often the progress of a followed backfill is queried.
const backfillLook = time.Second

const running = "running"

// Backfill is the progress of an account's backfill.
type Backfill struct {
	Account    string `json:"account"`
	WorkflowID string `json:"workflow_id"`
	Status     string `json:"status"` // running, completed, canceled, terminated
	workflows.BackfillProgress
}

// StartBackfill starts the account's backfill. It fails if one is already running.
func (o *Operator) StartBackfill(ctx context.Context, in workflows.BackfillFollowersInput,
	word workflows.Command) error {
	err := o.startBackfill(ctx, in)
	o.auditBackfill(ctx, "start", in.Account, word, err)
	return err
}

// auditBackfill records an action on an account's backfill and whether it succeeded.
func (o *Operator) auditBackfill(ctx context.Context, action, account string, word workflows.Command, err error) {
	result := "accepted"
	if err != nil {
		result = "failed"
	}
	o.audit(ctx, entry{
		Action: "backfill " + action, Actor: word.Actor, Reason: word.Reason, IDs: []string{workflows.BackfillID(account)},
		Counts: map[string]int{result: 1},
	})
}

func (o *Operator) startBackfill(ctx context.Context, in workflows.BackfillFollowersInput) error {
	_, err := o.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.BackfillID(in.Account), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            o.Language.Say("Bring the followers of account %s to C4C", in.Account),
		TypedSearchAttributes:                    workflows.SyncAttributes(in.Account),
	}, workflows.TypeBackfillFollowers, in)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return fmt.Errorf("account %s already has a backfill under way: see wechat-c4c backfill status", in.Account)
	}
	if err != nil {
		return fmt.Errorf("start the backfill: %w", err)
	}
	return nil
}

// BackfillOf returns the progress of the account's last backfill.
func (o *Operator) BackfillOf(ctx context.Context, account string) (Backfill, error) {
	id := workflows.BackfillID(account)
	found := Backfill{Account: account, WorkflowID: id}
	described, err := o.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return found, fmt.Errorf("account %s has no backfill", account)
	}
	if err != nil {
		return found, fmt.Errorf("look at the backfill: %w", err)
	}
	found.Status = statusWord(described.GetWorkflowExecutionInfo().GetStatus())
	answer, err := o.Temporal.QueryWorkflow(ctx, id, "", workflows.QueryBackfill)
	if err != nil {
		return found, fmt.Errorf("ask the backfill: %w", err)
	}
	if err := answer.Get(&found.BackfillProgress); err != nil {
		return found, fmt.Errorf("read the backfill's answer: %w", err)
	}
	return found, nil
}

func statusWord(status enumspb.WorkflowExecutionStatus) string {
	switch status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return running
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return "completed"
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return "canceled"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "terminated"
	}
	return status.String()
}

// HoldBackfill pauses or resumes the account's backfill.
func (o *Operator) HoldBackfill(ctx context.Context, account string, paused bool, word workflows.Command) error {
	name := workflows.UpdateResume
	if paused {
		name = workflows.UpdatePause
	}
	err := o.holdBackfill(ctx, account, name, word)
	o.auditBackfill(ctx, name, account, word, err)
	return err
}

func (o *Operator) holdBackfill(ctx context.Context, account, name string, word workflows.Command) error {
	handle, err := o.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.BackfillID(account), UpdateName: name, Args: []any{word},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return fmt.Errorf("account %s has no backfill under way", account)
	}
	if err != nil {
		return fmt.Errorf("%s the backfill: %w", name, err)
	}
	return nil
}

// FollowBackfill shows the backfill's progress until it ends. It keeps asking while no worker answers, since the
// backfill itself waits for workers, too.
func (o *Operator) FollowBackfill(ctx context.Context, account string, show func(total int) Progress) (Backfill,
	error) {
	tick := time.NewTicker(backfillLook)
	defer tick.Stop()
	var bar Progress = silent{}
	defer func() { bar.End() }()
	shown, last := 0, -1
	for {
		found, err := o.BackfillOf(ctx, account)
		if err != nil && (ctx.Err() != nil || found.Status != running || !unanswered(err)) {
			return found, err
		}
		if err == nil && found.Total != shown {
			bar, shown = show(found.Total), found.Total
		}
		if err == nil && found.Ended() != last {
			last = found.Ended()
			bar.Step(last)
		}
		if found.Status != running {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-tick.C:
		}
	}
}

// unanswered reports whether no worker answered in time, for example because one was lost.
func unanswered(err error) bool {
	switch serviceerror.ToStatus(errors.Unwrap(err)).Code() {
	case codes.DeadlineExceeded, codes.Unavailable, codes.FailedPrecondition:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// WriteTable writes the progress for people.
func (b Backfill) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	state := b.Status
	switch {
	case b.Paused && b.Status == running:
		state = "paused"
	case b.DryRun:
		state += ", only counted"
	}
	fmt.Fprintf(t, "Backfill\t%s, %s, at most %g a second\n", b.WorkflowID, state, b.PerSecond)
	fmt.Fprintf(t, "Followers\t%d of the account, %d listed, %d begun\n", b.Total, b.Listed, b.Begun)
	fmt.Fprintf(t, "Became of them\t%d created, %d known, %d failed\n", b.Created, b.Known, b.Failed)
	if b.Erased > 0 {
		fmt.Fprintf(t, "\t%d were erased after WeChat had listed them, and are not brought back\n", b.Erased)
	}
	if b.Silent > 0 {
		fmt.Fprintf(t, "\t%d have not answered for hours; running it again asks them once more\n", b.Silent)
	}
	if b.Failed > 0 {
		fmt.Fprintf(t, "\tsee: wechat-c4c sync list --account %s --type %s --state %s\n", b.Account,
			workflows.TypeOnboardFollower, workflows.StateNeedsAttention)
	}
	return t.Flush()
}
