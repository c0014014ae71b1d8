package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Sweeper deletes the page's reads from Temporal. Each read leaves, as encrypted input and result of an activity, the
// follower and C4C's data about them. That is needed only while a request waits for it, but Temporal itself would
// keep it as long as closed workflows. Several Sweepers may run in parallel.
type Sweeper struct {
	Temporal  ReadStore
	Namespace string
	Logger    *slog.Logger
	// Every is the interval between sweeps, Rest how long an ended read is kept; 0: a minute, half a minute.
	Every, Rest time.Duration
}

// ReadStore is the part of Temporal's client that the sweeper needs.
type ReadStore interface {
	ListActivities(ctx context.Context, options client.ListActivitiesOptions) (client.ListActivitiesResult, error)
	WorkflowService() workflowservice.WorkflowServiceClient
}

// pageActivities are the activities that the page runs without a workflow.
var pageActivities = []string{
	workflows.ActivityReadCustomer, workflows.ActivityReadTickets, workflows.ActivityReadTicketThread,
	workflows.ActivityCarryFile,
}

// Run sweeps until ctx ends.
func (s Sweeper) Run(ctx context.Context) {
	tick := time.NewTicker(cmp.Or(s.Every, time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "what the page has read stays in Temporal for now", "error", err)
		}
	}
}

// Sweep deletes the reads that have ended, and returns how many. It continues past those that cannot be deleted.
func (s Sweeper) Sweep(ctx context.Context) (deleted int, err error) {
	before := time.Now().Add(-cmp.Or(s.Rest, 30*time.Second)).UTC().Format(time.RFC3339)
	listed, err := s.Temporal.ListActivities(ctx, client.ListActivitiesOptions{Query: fmt.Sprintf(
		`ActivityType IN ("%s") AND ExecutionStatus != "Running" AND CloseTime < %q`, strings.Join(pageActivities, `", "`),
		before)})
	if err != nil {
		return 0, fmt.Errorf("list: %w", err)
	}
	var ended []*workflowservice.DeleteActivityExecutionRequest
	for a, err := range listed.Results {
		if _, without := errors.AsType[*serviceerror.Unimplemented](err); without {
			return 0, nil // no reads are possible on such a server
		}
		if err != nil {
			return 0, fmt.Errorf("list: %w", err)
		}
		ended = append(ended, &workflowservice.DeleteActivityExecutionRequest{
			Namespace: s.Namespace, ActivityId: a.ActivityID, RunId: a.ActivityRunID,
		})
	}
	var failed error
	for _, read := range ended {
		_, err := s.Temporal.WorkflowService().DeleteActivityExecution(ctx, read)
		if _, gone := errors.AsType[*serviceerror.NotFound](err); err != nil && !gone {
			failed = cmp.Or(failed, fmt.Errorf("delete: %w", err))
			continue
		}
		deleted++
	}
	return deleted, failed
}
