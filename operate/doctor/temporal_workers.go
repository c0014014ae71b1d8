package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// present is the greatest age of a live worker's last poll: a poll lasts a minute.
const present = 2 * time.Minute

func (c *cluster) pollers(ctx context.Context, queue string, kind enumspb.TaskQueueType) Finding {
	found, err := c.client.DescribeTaskQueue(ctx, queue, kind)
	if err != nil {
		return unread(err)
	}
	var workers []string
	for _, poller := range found.GetPollers() {
		if time.Since(poller.GetLastAccessTime().AsTime()) < present {
			workers = append(workers, poller.GetIdentity())
		}
	}
	slices.Sort(workers)
	workers = slices.Compact(workers)
	if len(workers) == 0 {
		return fail(say("nobody works on queue %s", queue), startWorker)
	}
	return ok("%d: %s", len(workers), strings.Join(workers, ", "))
}

// answers makes a worker replay the last workflow of the queue, which also proves that it can decrypt.
func (c *cluster) answers(ctx context.Context) Finding {
	last, err := c.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: c.Namespace, PageSize: 1, Query: fmt.Sprintf("TaskQueue = %q", workflows.TaskQueue),
	})
	if err != nil {
		return unread(err)
	}
	if len(last.GetExecutions()) == 0 {
		return skip("there is no workflow yet to ask about")
	}
	execution := last.GetExecutions()[0].GetExecution()
	began := time.Now()
	_, err = c.client.QueryWorkflow(ctx, execution.GetWorkflowId(), execution.GetRunId(), client.QueryTypeStackTrace)
	if err != nil {
		if errors.Is(context.Cause(ctx), errTimeout) {
			err = errTimeout
		}
		return fail(oneLine(err), startWorker)
	}
	return ok("in %s", time.Since(began).Round(time.Millisecond))
}

// writes makes a worker try a write that changes nothing. The write uses the session that all the worker's writes
// share and that no other process can inspect: a broken session shows only here.
func (c *cluster) writes(ctx context.Context) Finding {
	if c.client == nil {
		return skip("not checked, because Temporal cannot be reached")
	}
	within := 30 * time.Second
	if deadline, limited := ctx.Deadline(); limited {
		within = max(time.Until(deadline), time.Second)
	}
	handle, err := c.client.ExecuteActivity(ctx, client.StartActivityOptions{
		ID: "doctor/" + c.Account + "/" + rand.Text(), TaskQueue: workflows.QueueC4C, ScheduleToCloseTimeout: within,
		RetryPolicy:           &temporal.RetryPolicy{MaximumAttempts: 1},
		Summary:               c.Language.Say("Doctor: does C4C take this worker's writes?"),
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeAccount.ValueSet(c.Account)),
	}, workflows.ActivityTryWrite, activities.CauseInput{Account: c.Account})
	var found activities.Probe
	if err == nil {
		err = handle.Get(ctx, &found)
	}
	refused, parked := errors.AsType[*temporal.ApplicationError](err)
	switch {
	case err == nil && found.OK:
		return ok("gets through")
	case err == nil:
		return caused(found.Type, say("C4C refuses a worker's writes. %s", explained{found.Type, found.Failure}))
	case codeOf(err) == codes.NotFound:
		return skip(say("not checked, because namespace %s does not exist", c.Namespace))
	case parked && activities.CauseOf(refused.Type()).Everything: // the worker's circuit is open
		return caused(refused.Type(), say("A worker makes no calls to C4C. %s", explained{cause: refused.Type()}))
	case errors.Is(context.Cause(ctx), errTimeout):
		err = errTimeout
	case unreadable(err):
		return fail("a worker's answer cannot be decrypted", otherKeys)
	}
	return fail(oneLine(err), startWorker)
}
