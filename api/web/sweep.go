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

// Sweeper deletes from Temporal what the page has read. Each read leaves the follower and what C4C has of them,
// encrypted, as input and result of an activity, which are wanted for as long as somebody waits for them and no longer:
// Temporal itself would keep them as long as closed workflows. Several may sweep side by side.
type Sweeper struct {
	Temporal  ReadStore
	Namespace string
	Logger    *slog.Logger
	// Every is how often it sweeps, Rest how long a read lies there that has ended; 0: a minute, half a minute.
	Every, Rest time.Duration
}

// ReadStore is what the sweeper needs of Temporal's client.
type ReadStore interface {
	ListActivities(ctx context.Context, options client.ListActivitiesOptions) (client.ListActivitiesResult, error)
	WorkflowService() workflowservice.WorkflowServiceClient
}

// pageActivities are those that the page runs by themselves.
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

// Sweep deletes the reads that have ended, and returns how many. It goes past those that cannot be deleted.
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
			return 0, nil // nothing can be read through such a server
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
