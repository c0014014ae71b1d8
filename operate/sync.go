package operate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// pageSize is how many rows one visibility query returns.
const pageSize = 1000

// Sync is one row of a list: what the visibility store knows about the sync.
type Sync struct {
	ID          string    `json:"id"`
	RunID       string    `json:"run_id"`
	Type        string    `json:"type"`
	State       string    `json:"state"`
	Cause       string    `json:"cause,omitempty"` // error type of the last failure that parked or held it
	TicketID    string    `json:"ticket_id,omitempty"`
	Account     string    `json:"account,omitempty"`
	FollowerKey string    `json:"follower_key,omitempty"`
	StartedAt   time.Time `json:"started_at"`
	Status      string    `json:"status"` // of the workflow: Running, Completed, Terminated, …
}

// Open reports whether the workflow is still running.
func (s Sync) Open() bool { return s.Status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING.String() }

// StateCount is how many syncs are in a state.
type StateCount struct {
	State string `json:"state"`
	Count int    `json:"count"`
}

// CauseCount is how many syncs are in a state for the same reason. Cause is empty for syncs that a person skipped
// before anything went wrong, and for replies that wait behind others.
type CauseCount struct {
	State   string `json:"state"`
	Cause   string `json:"cause"`
	Meaning string `json:"meaning"`
	Remedy  string `json:"remedy,omitempty"`
	Count   int    `json:"count"`
}

// Listing is what `sync list` shows: the syncs, oldest first, and total counts.
type Listing struct {
	Syncs []Sync `json:"syncs"`
	// Matched counts the syncs that the filter selects. Syncs may contain fewer.
	Matched int `json:"matched"`
	// States counts by state what the rest of the filter selects.
	States []StateCount `json:"states"`
	// Causes counts the selected syncs that are not, or were not, carried out: parked, held, skipped.
	Causes []CauseCount `json:"causes"`
	// Open are the selected causes that stop all syncs of an account.
	Open []OpenCause `json:"open_causes"`
	// Language is the language of the table.
	Language wording.Language `json:"-"`
}

// List finds the syncs that the filter selects, at most limit of them (0: all), the oldest first, and counts them.
func (o *Operator) List(ctx context.Context, f Filter, limit int) (Listing, error) {
	syncs, err := o.find(ctx, f)
	if err != nil {
		return Listing{}, err
	}
	l := Listing{
		Syncs: syncs, Matched: len(syncs), Language: o.Language,
		Causes: countCauses(o.Language, syncs), Open: openCauses(o.Language, syncs),
	}
	if limit > 0 && limit < len(syncs) {
		l.Syncs = syncs[:limit]
	}
	for _, state := range States {
		f.States = []string{state}
		n, err := o.count(ctx, f)
		if err != nil {
			return Listing{}, err
		}
		l.States = append(l.States, StateCount{State: state, Count: n})
	}
	return l, nil
}

// find reads page by page and sorts the rows itself, because SQL visibility cannot sort by our attributes.
func (o *Operator) find(ctx context.Context, f Filter) ([]Sync, error) {
	q, err := f.Query(o.now())
	if err != nil {
		return nil, err
	}
	syncs := []Sync{}
	err = o.each(ctx, q, func(info *workflowpb.WorkflowExecutionInfo) { syncs = append(syncs, syncOf(info)) })
	if err != nil {
		return nil, fmt.Errorf("list syncs: %w", err)
	}
	slices.SortFunc(syncs, func(a, b Sync) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return syncs, nil
}

// each calls take for every workflow that the query finds.
func (o *Operator) each(ctx context.Context, q string, take func(*workflowpb.WorkflowExecutionInfo)) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: o.Namespace, PageSize: pageSize, Query: q}
	for {
		page, err := o.Temporal.ListWorkflow(ctx, request)
		if err != nil {
			return err
		}
		for _, info := range page.GetExecutions() {
			take(info)
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil
		}
	}
}

// count counts the syncs that the filter selects, without the rows that represent causes.
func (o *Operator) count(ctx context.Context, f Filter) (int, error) {
	q, err := f.Query(o.now())
	if err != nil {
		return 0, err
	}
	q += ` AND WorkflowType != "` + workflows.TypeResumeCause + `"`
	answer, err := o.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: o.Namespace,
		Query: q})
	if err != nil {
		return 0, fmt.Errorf("count syncs: %w", err)
	}
	return int(answer.GetCount()), nil
}

func syncOf(info *workflowpb.WorkflowExecutionInfo) Sync {
	attributes := info.GetSearchAttributes()
	return Sync{
		ID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(), Type: info.GetType().GetName(),
		State:       keyword(attributes, workflows.AttributeSyncState.GetName()),
		Cause:       keyword(attributes, workflows.AttributeSyncError.GetName()),
		TicketID:    keyword(attributes, workflows.AttributeTicketID.GetName()),
		Account:     keyword(attributes, workflows.AttributeAccount.GetName()),
		FollowerKey: keyword(attributes, workflows.AttributeFollowerKey.GetName()),
		StartedAt:   info.GetStartTime().AsTime(), Status: info.GetStatus().String(),
	}
}

// openCauses finds the rows that represent causes, with what waits under each.
func openCauses(l wording.Language, syncs []Sync) []OpenCause {
	open := []OpenCause{}
	for _, sync := range syncs {
		if sync.resumes() == "" || !sync.Open() {
			continue
		}
		cause := sync.openCause(l)
		for _, other := range syncs {
			if other.State == workflows.StateNeedsAttention && other.Account == sync.Account && other.Cause == cause.Cause &&
				other.resumes() == "" {
				cause.Waiting++
			}
		}
		open = append(open, cause)
	}
	return open
}

// countCauses counts why syncs are not carried out: by state, in the order of States, the most frequent cause first.
func countCauses(l wording.Language, syncs []Sync) []CauseCount {
	counts := map[CauseCount]int{}
	for _, sync := range syncs {
		if sync.resumes() != "" {
			continue
		}
		switch of := (CauseCount{State: sync.shownState(), Cause: sync.Cause}); of.State {
		case workflows.StateNeedsAttention, workflows.StateHeld, workflows.StateSkipped:
			if of.Cause != "" {
				cause := activities.CauseOf(of.Cause).In(l)
				of.Meaning, of.Remedy = cause.Meaning, cause.Remedy
			}
			counts[of]++
		}
	}
	causes := []CauseCount{}
	for of, n := range counts {
		of.Count = n
		causes = append(causes, of)
	}
	slices.SortFunc(causes, func(a, b CauseCount) int {
		return cmp.Or(cmp.Compare(slices.Index(States, a.State), slices.Index(States, b.State)),
			cmp.Compare(b.Count, a.Count), cmp.Compare(a.Cause, b.Cause))
	})
	return causes
}
