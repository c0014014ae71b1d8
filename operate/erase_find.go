package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// record is a run that contains data of a follower: a workflow, or an activity that the page's reads run without a
// workflow.
type record struct {
	Sync
	activity bool
	parent   *commonpb.WorkflowExecution // the workflow that started it; nil: none did
}

func recordOf(info *workflowpb.WorkflowExecutionInfo) record {
	return record{Sync: syncOf(info), parent: info.GetParentExecution()}
}

// find lists what remains. It also looks up the conversation by its id, because the visibility store may not know it
// yet.
func (e *erasure) find(ctx context.Context) ([]record, error) {
	found, err := e.o.records(ctx, e.subject, e.trail, e.beforeMark)
	if err != nil {
		return nil, err
	}
	conversation, err := e.conversation(ctx)
	if err != nil {
		return nil, err
	}
	if conversation == nil {
		e.unbegun = false
		return found, nil
	}
	last, err := e.beforeMark(ctx, []record{recordOf(conversation)})
	if err != nil {
		return nil, err
	}
	if len(last) == 0 {
		e.unbegun, err = e.begins(ctx, conversation)
	}
	return distinct(append(found, last...)), err
}

// conversation describes the follower's last conversation; nil: there is none.
func (e *erasure) conversation(ctx context.Context) (*workflowpb.WorkflowExecutionInfo, error) {
	id := workflows.ConversationID(e.subject.Account, e.subject.Key)
	found, err := e.o.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("erase: read the conversation: %w", err)
	}
	return found.GetWorkflowExecutionInfo(), nil
}

// records finds every run that contains data of the follower, and the workflows that routed replies to the follower.
// only selects among them; nil: all.
func (o *Operator) records(ctx context.Context, s Subject, t trail,
	only func(context.Context, []record) ([]record, error)) ([]record, error) {
	if only == nil {
		only = func(_ context.Context, all []record) ([]record, error) { return all, nil }
	}
	var own query
	own.in(workflows.AttributeFollowerKey.GetName(), []string{s.Key})
	if own.err != nil {
		return nil, own.err
	}
	var found []record
	err := o.each(ctx, own.terms[0], func(info *workflowpb.WorkflowExecutionInfo) {
		found = append(found, recordOf(info))
	})
	if err != nil {
		return nil, fmt.Errorf("erase: list: %w", err)
	}
	if found, err = only(ctx, found); err != nil {
		return nil, err
	}
	t.follow(s.Account, found)
	var more []record
	for _, q := range t.queries(s.Account) {
		err := o.each(ctx, q, func(info *workflowpb.WorkflowExecutionInfo) {
			if route := recordOf(info); t.leadsTo(route.Sync) {
				more = append(more, route)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("erase: list: %w", err)
		}
	}
	reads, err := o.reads(ctx, own.terms[0])
	if err != nil {
		return nil, fmt.Errorf("erase: list what the page has read: %w", err)
	}
	if more, err = only(ctx, append(more, reads...)); err != nil {
		return nil, err
	}
	return distinct(append(found, more...)), nil
}

// reads lists the activities that ran without a workflow. A server without that feature has no such list.
func (o *Operator) reads(ctx context.Context, q string) ([]record, error) {
	listed, err := o.Temporal.ListActivities(ctx, client.ListActivitiesOptions{Query: q})
	if err != nil {
		return nil, err
	}
	var found []record
	for a, err := range listed.Results {
		if _, unknown := errors.AsType[*serviceerror.Unimplemented](err); unknown {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, record{activity: true, Sync: Sync{
			ID: a.ActivityID, RunID: a.ActivityRunID, Type: a.ActivityType, StartedAt: a.ScheduleTime, Status: a.Status.String(),
		}})
	}
	return found, nil
}

func distinct(records []record) []record {
	slices.SortStableFunc(records, func(a, b record) int { return cmp.Compare(a.RunID, b.RunID) })
	return slices.CompactFunc(records, func(a, b record) bool { return a.RunID == b.RunID })
}

// trail leads to the workflows that looked for a follower before they knew the key: those of the same replies, and
// those of the follower's tickets. It outlives the runs that named them.
type trail struct{ ids, tickets map[string]bool }

func newTrail() trail { return trail{ids: map[string]bool{}, tickets: map[string]bool{}} }

func (t trail) follow(account string, records []record) {
	for _, r := range records {
		if smaID, ok := strings.CutPrefix(r.ID, conversation.ReplyID(account, "")); ok {
			t.ids[workflows.RouteID(account, smaID)] = true
		}
		if r.TicketID != "" {
			t.tickets[r.TicketID] = true
		}
	}
}

func (t trail) leadsTo(route Sync) bool { return t.ids[route.ID] || t.tickets[route.TicketID] }

// queries find everything that the trail leads to. If a value cannot be quoted in a query, they find more than that.
func (t trail) queries(account string) []string {
	var queries []string
	ask := func(attribute string, values []string) {
		q := query{terms: []string{fmt.Sprintf("WorkflowType = %q", workflows.TypeRouteReply)}}
		q.in(attribute, values)
		queries = append(queries, strings.Join(q.terms, " AND "))
	}
	odd := false
	for attribute, values := range map[string]map[string]bool{
		"WorkflowId": t.ids, workflows.AttributeTicketID.GetName(): t.tickets,
	} {
		all := slices.Sorted(maps.Keys(values))
		plain := slices.DeleteFunc(slices.Clone(all), func(value string) bool { return !quotable(value) })
		odd = odd || len(plain) < len(all)
		for part := range slices.Chunk(plain, 50) {
			ask(attribute, part)
		}
	}
	if odd {
		ask(workflows.AttributeAccount.GetName(), []string{account})
	}
	return queries
}
