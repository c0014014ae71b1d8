package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Status asks Temporal for the state of the installation. It uses visibility and the task queues, and needs no worker
// but for who holds how many calls to C4C.
func (o *Operator) Status(ctx context.Context, q StatusQuestion) (Status, error) {
	s := Status{At: o.now().UTC(), Namespace: o.Namespace, Language: o.Language}.Empty()
	for _, account := range q.Accounts {
		a, err := o.accountStatus(ctx, account)
		if err != nil {
			return Status{}, err
		}
		a.HolidaysMissing = q.HolidaysMissing[account]
		s.Accounts = append(s.Accounts, a)
	}
	for _, queue := range []string{workflows.TaskQueue, workflows.QueueWeChat, workflows.QueueC4C, workflows.QueuePage,
		workflows.QueueFiles} {
		found, err := o.queueStatus(ctx, queue)
		if err != nil {
			return Status{}, err
		}
		s.Queues = append(s.Queues, found)
	}
	answered, workers := s.workers(workflows.TaskQueue) > 0, s.workers(workflows.QueueC4C)
	for _, tenant := range q.Tenants {
		s.Caps = append(s.Caps, o.callCap(ctx, tenant, q.Calls, answered, workers))
	}
	return s, nil
}

// workers is how many processes poll a queue.
func (s Status) workers(queue string) int {
	return s.Queues[slices.IndexFunc(s.Queues, func(q QueueStatus) bool { return q.Queue == queue })].Workers
}

// holdersWithin is how long to wait for a worker to say who holds how many calls. The rest of the screen is known.
const holdersWithin = 3 * time.Second

// callCap reads who shares the calls to a tenant. Only a worker of the role workflows can say who holds how many.
func (o *Operator) callCap(ctx context.Context, tenant string, calls int, answered bool, workers int) CallCap {
	limit := CallCap{Tenant: tenant, Allowed: calls, Workers: workers, CallShares: CallShares{Holders: []CallShare{}}}
	nobody := o.Language.Say("no worker of the role workflows answers")
	if !answered {
		limit.Note = nobody
		return limit
	}
	ctx, cancel := context.WithTimeout(ctx, holdersWithin)
	defer cancel()
	ledger, asked, err := workflows.LedgerOf(
		o.Temporal.QueryWorkflow(ctx, workflows.ShareC4CID(tenant), "", workflows.QuerySlots))
	if !asked {
		return limit
	}
	switch {
	case ctx.Err() != nil:
		limit.Note = nobody
	case err != nil:
		limit.Note = err.Error()
	}
	limit.CallShares = SharesOf(ledger, o.now())
	return limit
}

func (o *Operator) accountStatus(ctx context.Context, account string) (AccountStatus, error) {
	a := AccountStatus{Account: account}
	open, err := o.find(ctx, Filter{Account: account})
	if err != nil {
		return a, err
	}
	a.take(o.Language, open)
	if a.Retrying, err = o.retrying(ctx, open); err != nil {
		return a, err
	}
	if a.Token, err = o.tokenStatus(ctx, account); err != nil {
		return a, err
	}
	for _, last := range []struct {
		types []string
		into  **time.Time
	}{
		{[]string{workflows.TypeOnboardFollower}, &a.LastFollow},
		{[]string{workflows.TypeCreateTicket}, &a.LastMessage},
		{[]string{workflows.TypeDeliverReply}, &a.LastReply},
	} {
		f := Filter{Account: account, Types: last.types, States: []string{workflows.StateSynced}}
		found, err := o.latest(ctx, f)
		if err != nil {
			return a, err
		}
		if found != nil {
			at := found.GetCloseTime().AsTime()
			*last.into = &at
		}
	}
	return a, nil
}

// take counts the unfinished syncs, oldest first.
func (a *AccountStatus) take(l wording.Language, open []Sync) {
	for _, state := range unfinished {
		a.States = append(a.States, StateCount{State: state})
	}
	a.Causes = openCauses(l, open)
	a.Parked = slices.DeleteFunc(countCauses(l, open), func(c CauseCount) bool {
		return c.State != workflows.StateNeedsAttention ||
			slices.ContainsFunc(a.Causes, func(stops OpenCause) bool { return stops.Cause == c.Cause })
	})
	for _, s := range open {
		if s.resumes() != "" {
			continue
		}
		a.States[slices.Index(unfinished, s.State)].Count++
		if s.State == workflows.StateHeld {
			a.Window.take(s)
			continue
		}
		if a.Oldest == nil {
			a.Oldest = &s
		}
	}
}

// retriesFor is how long a sync may retry before that is worth a word.
const retriesFor = time.Minute

// retrying reads what the oldest sync that retries has met. Only the oldest few are asked, so that a backlog does not
// make the question long.
func (o *Operator) retrying(ctx context.Context, open []Sync) (*Retrying, error) {
	asked := 0
	for _, s := range open {
		if s.State != workflows.StateStuck && s.State != workflows.StateSyncing {
			continue
		}
		if asked++; asked > 5 || o.now().Sub(s.StartedAt) < retriesFor {
			return nil, nil
		}
		found, _, err := o.describe(ctx, s.ID)
		if errors.Is(err, ErrNoSuchSync) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, p := range found.GetPendingActivities() {
			if said := o.said(p.GetLastFailure()); said != nil {
				cause := activities.CauseOf(said.Type).In(o.Language)
				return &Retrying{ID: s.ID, Since: s.StartedAt, Cause: said.Type, Meaning: cause.Explain(said.Failure),
					Remedy: cause.Remedy}, nil
			}
		}
	}
	return nil, nil
}

// openCause reads the row of a cause.
func (s Sync) openCause(l wording.Language) OpenCause {
	cause := activities.CauseOf(s.resumes()).In(l)
	return OpenCause{ID: s.ID, Cause: cause.Type, Since: s.StartedAt, Meaning: cause.Meaning, Remedy: cause.Remedy}
}

// resumes is the cause that the row represents; empty if it is the row of a sync.
func (s Sync) resumes() string {
	if s.Type != workflows.TypeResumeCause {
		return ""
	}
	return s.ID[strings.LastIndex(s.ID, "/")+1:]
}

func (w *WindowStatus) take(s Sync) {
	w.Held++
	switch s.Cause {
	case activities.ErrorWeChatWindowClosed:
		w.Closed++
	case activities.ErrorWeChatWindowUsedUp:
		w.UsedUp++
	}
	if w.Oldest == nil {
		w.Oldest = &s.StartedAt
	}
}

// latest is the row that closed last; nil: there is none. Visibility returns the latest first.
func (o *Operator) latest(ctx context.Context, f Filter) (*workflowpb.WorkflowExecutionInfo, error) {
	q, err := f.Query(o.now())
	if err != nil {
		return nil, err
	}
	page, err := o.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: o.Namespace, PageSize: 10, Query: q + ` AND ExecutionStatus = "Completed"`,
	})
	if err != nil {
		return nil, fmt.Errorf("list syncs: %w", err)
	}
	var last *workflowpb.WorkflowExecutionInfo
	for _, info := range page.GetExecutions() {
		if last == nil || info.GetCloseTime().AsTime().After(last.GetCloseTime().AsTime()) {
			last = info
		}
	}
	return last, nil
}

// tokenStatus reads the account's health: the last check of its token.
func (o *Operator) tokenStatus(ctx context.Context, account string) (TokenStatus, error) {
	open, err := o.find(ctx, Filter{Account: account, Types: []string{workflows.TypeMaintainToken}})
	if err != nil {
		return TokenStatus{}, err
	}
	if len(open) > 0 {
		first := open[0]
		return TokenStatus{ID: first.ID, State: first.State, Cause: first.shownCause(), At: &first.StartedAt}, nil
	}
	info, err := o.latest(ctx, Filter{Account: account, Types: []string{workflows.TypeMaintainToken},
		States: []string{AllStates}})
	if err != nil || info == nil {
		return TokenStatus{}, err
	}
	at := info.GetCloseTime().AsTime()
	last := syncOf(info)
	return TokenStatus{ID: last.ID, State: last.State, At: &at}, nil
}

// pollerWithin is the greatest age of a live worker's last poll: a poll lasts a minute.
const pollerWithin = 2 * time.Minute

func (o *Operator) queueStatus(ctx context.Context, queue string) (QueueStatus, error) {
	kind := enumspb.TASK_QUEUE_TYPE_ACTIVITY
	if queue == workflows.TaskQueue {
		kind = enumspb.TASK_QUEUE_TYPE_WORKFLOW
	}
	found, err := o.Temporal.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: o.Namespace, TaskQueue: &taskqueuepb.TaskQueue{Name: queue}, TaskQueueType: kind, ReportStats: true,
	})
	if err != nil {
		return QueueStatus{}, fmt.Errorf("describe queue %s: %w", queue, err)
	}
	var workers []string
	for _, poller := range found.GetPollers() {
		if o.now().Sub(poller.GetLastAccessTime().AsTime()) < pollerWithin {
			workers = append(workers, poller.GetIdentity())
		}
	}
	slices.Sort(workers)
	stats := found.GetStats()
	return QueueStatus{
		Queue: queue, Workers: len(slices.Compact(workers)), Backlog: stats.GetApproximateBacklogCount(),
		Age: stats.GetApproximateBacklogAge().AsDuration(),
	}, nil
}
