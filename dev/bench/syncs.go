package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/dev/census"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// looksAtOnce is how many followers' histories are read to count the activities of a message.
const looksAtOnce = 5

// measureSyncs alternates between messages of known followers, from the first webhook to the last synced ticket, and
// workflows of the same shape that do nothing. No two rounds share followers, and all write at once.
func (b *bench) measureSyncs(ctx context.Context) ([]row, error) {
	s, temporal, done, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	stop, err := startNoop(temporal)
	if err != nil {
		return nil, err
	}
	defer stop()

	var connector, bare sample
	var shape []int
	for round := range b.rounds {
		b.say("syncs, turn %d of %d", round+1, b.rounds)
		err := inTurn(round,
			func() error { return b.syncMessages(ctx, s, temporal, round, &connector) },
			func() (err error) {
				if shape == nil {
					if shape, err = b.shape(ctx, temporal); err != nil {
						return err
					}
					b.say("activities per message of a follower: %v", shape)
				}
				return b.syncNothing(ctx, temporal, shape, round, &bare)
			})
		if err != nil {
			return nil, err
		}
	}
	_, highest, err := c4cRequests(ctx, s)
	if err != nil {
		return nil, err
	}
	return []row{
		compared(fmt.Sprintf("messages synced, %d followers × %d", b.followers, b.messages), connector.rate(),
			bare.rate(), 0.75),
		bounded("  most calls to C4C at once", float64(highest), 9, ""),
	}, nil
}

// syncMessages has people follow, waits until they are known, and times their messages.
func (b *bench) syncMessages(ctx context.Context, s *stack.Stack, temporal client.Client, round int,
	into *sample) error {
	followers, err := follow(ctx, s, fmt.Sprintf("Sync%d", round), b.followers)
	if err != nil {
		return err
	}
	if err := waitClosed(ctx, temporal, workflows.TypeOnboardFollower, b.followers*(round+1)); err != nil {
		return err
	}
	pushes, err := record(ctx, s, followers, b.messages)
	if err != nil {
		return err
	}
	api := newWebhooks(s, b.senders)
	defer api.close()
	return into.until(len(pushes), func() error {
		var posts sample
		if err := posts.hammer(ctx, b.senders, len(pushes), func(ctx context.Context, i int) error {
			return api.post(ctx, pushes[i])
		}); err != nil {
			return err
		}
		return waitClosed(ctx, temporal, workflows.TypeCreateTicket, len(pushes)*(round+1))
	})
}

// syncNothing times entities and children that only run as many activities.
func (b *bench) syncNothing(ctx context.Context, temporal client.Client, shape []int, round int, into *sample) error {
	n := b.followers * b.messages
	return into.until(n, func() error {
		var posts sample
		if err := posts.hammer(ctx, b.senders, n, func(ctx context.Context, i int) error {
			id := fmt.Sprintf("noop/%d/%d", round, i%b.followers)
			_, err := temporal.SignalWithStartWorkflow(ctx, id, noopSignal, "my brakes squeal, and this is a message about it",
				client.StartWorkflowOptions{TaskQueue: noopQueue}, noopEntity, shape)
			return err
		}); err != nil {
			return err
		}
		return waitClosed(ctx, temporal, "noopChild", n*(round+1))
	})
}

// until adds the n operations that f performs together.
func (s *sample) until(n int, f func() error) error {
	began := time.Now()
	err := f()
	s.took += time.Since(began)
	s.each = append(s.each, make([]time.Duration, n)...)
	return err
}

// waitClosed waits until the given number of workflows of a type has completed.
func waitClosed(ctx context.Context, temporal client.Client, workflowType string, n int) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	query := fmt.Sprintf(`WorkflowType = %q AND ExecutionStatus = "Completed"`, workflowType)
	for {
		res, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		if err != nil {
			return fmt.Errorf("bench: count %s: %w", workflowType, err)
		}
		if res.GetCount() >= int64(n) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("bench: %d of %d %s completed: %w", res.GetCount(), n, workflowType, ctx.Err())
		case <-tick.C:
		}
	}
}

// shape reads from some followers' histories how many activities the first, second … message took.
func (b *bench) shape(ctx context.Context, temporal client.Client) ([]int, error) {
	list, err := temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Query: `WorkflowType = "CreateTicket"`, PageSize: int32(b.followers * b.messages),
	})
	if err != nil {
		return nil, fmt.Errorf("bench: list syncs: %w", err)
	}
	byFollower := map[string][]*workflowpb.WorkflowExecutionInfo{}
	for _, e := range list.GetExecutions() {
		id := e.GetExecution().GetWorkflowId()
		byFollower[id[:strings.LastIndexByte(id, '/')]] = append(byFollower[id[:strings.LastIndexByte(id, '/')]], e)
	}
	sums, looked := make([]float64, b.messages), 0
	for _, syncs := range byFollower {
		if looked == looksAtOnce || len(syncs) != b.messages {
			continue
		}
		looked++
		slices.SortFunc(syncs, func(x, y *workflowpb.WorkflowExecutionInfo) int {
			return x.GetStartTime().AsTime().Compare(y.GetStartTime().AsTime())
		})
		for i, e := range syncs {
			n, err := activitiesOf(ctx, temporal, e)
			if err != nil {
				return nil, err
			}
			sums[i] += float64(n)
		}
	}
	shape := make([]int, b.messages)
	for i, sum := range sums {
		shape[i] = int(math.Round(sum / float64(max(looked, 1))))
	}
	return shape, nil
}

func activitiesOf(ctx context.Context, temporal client.Client, e *workflowpb.WorkflowExecutionInfo) (int, error) {
	events, err := census.History(ctx, temporal, e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId())
	n := 0
	for _, event := range events {
		if event.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
			n++
		}
	}
	return n, err
}
