package operate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Receipt says what Erase did. It holds neither the openid nor the follower key.
type Receipt struct {
	ErasedAt  time.Time `json:"erased_at"`
	Actor     string    `json:"actor"`
	Reason    string    `json:"reason,omitempty"`
	Namespace string    `json:"namespace"`
	Account   string    `json:"account"`
	// FollowerKeySHA256 lets whoever knows the openid and the secret of the follower keys recognise the follower.
	FollowerKeySHA256 string         `json:"follower_key_sha256"`
	Closed            int            `json:"closed"`  // workflows that were running
	Deleted           int            `json:"deleted"` // histories
	ByType            map[string]int `json:"deleted_by_type"`
	Runs              []ErasedRun    `json:"runs"`
	// Complete says that the visibility store lists nothing of the follower any more.
	Complete  bool     `json:"complete"`
	Remaining []string `json:"remaining"` // what is left to do elsewhere
}

// ErasedRun is one deleted history.
type ErasedRun struct {
	Type      string    `json:"type"`
	RunID     string    `json:"run_id"`
	StartedAt time.Time `json:"started_at"`
}

// Inventory is what Erase would delete.
type Inventory struct {
	Running int            `json:"running"`
	Total   int            `json:"total"`
	ByType  map[string]int `json:"by_type"`
}

// remaining is what no command of ours can do.
var remaining = []string{
	"C4C: delete or depersonalise the individual customer, the social media user profile, the social media activities and the tickets with C4C's own data protection functions.",
	"WeChat: the conversation in the account's message archive at mp.weixin.qq.com and in the follower's phone; take the follower off tags and remarks, or have them unfollow.",
	"Backups of Temporal's database keep the deleted histories until they expire.",
	"If the follower writes again, a new conversation begins.",
}

// Inventory counts what is kept of a follower.
func (o *Operator) Inventory(ctx context.Context, s Subject) (Inventory, error) {
	runs, err := o.runsOf(ctx, s)
	if err != nil {
		return Inventory{}, err
	}
	i := Inventory{Total: len(runs), ByType: map[string]int{}}
	for _, run := range runs {
		i.ByType[run.Type]++
		if run.Open() {
			i.Running++
		}
	}
	return i, nil
}

// Erase closes the follower's conversation and open syncs and deletes all their histories, and those that routed replies
// to the follower. It returns when the visibility store lists none of them any more, or with an error when ctx ends
// before; the receipt says what was done so far. Erasing again is harmless.
func (o *Operator) Erase(ctx context.Context, s Subject, c workflows.Command) (Receipt, error) {
	hash := sha256.Sum256([]byte(s.Key))
	e := &erasure{o: o, subject: s, done: map[string]bool{}, routes: map[string]bool{}, receipt: Receipt{
		ErasedAt: o.now().UTC(), Actor: c.Actor, Reason: c.Reason, Namespace: o.Namespace, Account: s.Account,
		FollowerKeySHA256: hex.EncodeToString(hash[:]), ByType: map[string]int{}, Runs: []ErasedRun{}, Remaining: remaining,
	}}
	err := e.run(ctx)
	e.receipt.Complete = err == nil
	o.audit(ctx, entry{Action: "erase", Actor: c.Actor, Reason: c.Reason, Subject: e.receipt.FollowerKeySHA256, Counts: map[string]int{
		"closed": e.receipt.Closed, "deleted": e.receipt.Deleted,
	}})
	return e.receipt, err
}

type erasure struct {
	o       *Operator
	subject Subject
	receipt Receipt
	done    map[string]bool // runs that were deleted
	routes  map[string]bool // queries that find what routed replies
}

// quietRounds is how often in a row nothing may be found before all counts as gone: a conversation that was closed in the
// middle of its work may have started a last sync.
const quietRounds = 3

func (e *erasure) run(ctx context.Context) error {
	pause := time.NewTicker(cmp.Or(e.o.Poll, 250*time.Millisecond))
	defer pause.Stop()
	for quiet := 0; quiet < quietRounds; {
		runs, err := e.find(ctx)
		if err != nil {
			return err
		}
		quiet++
		if len(runs) > 0 {
			quiet = 0
		}
		if err := e.deleteAll(ctx, runs); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("erase: not complete, run it again: %w", context.Cause(ctx))
		case <-pause.C:
		}
	}
	return nil
}

// find lists what is left. The conversation is asked for by its id as well: the visibility store may not know it yet.
func (e *erasure) find(ctx context.Context) ([]Sync, error) {
	runs, err := e.o.runsOf(ctx, e.subject)
	if err != nil {
		return nil, err
	}
	if runs, err = e.withKnownRoutes(ctx, runs); err != nil {
		return nil, err
	}
	found, err := e.o.Temporal.DescribeWorkflowExecution(ctx, workflows.ConversationID(e.subject.Account, e.subject.Key), "")
	switch {
	case err == nil:
		return append(runs, syncOf(found.GetWorkflowExecutionInfo())), nil
	case isNotFound(err):
		return runs, nil
	}
	return nil, fmt.Errorf("erase: read the conversation: %w", err)
}

// withKnownRoutes keeps looking for what routed replies after the replies that named them are gone.
func (e *erasure) withKnownRoutes(ctx context.Context, runs []Sync) ([]Sync, error) {
	queries, err := routeQueries(e.subject.Account, runs)
	if err != nil {
		return nil, err
	}
	for _, q := range queries {
		e.routes[q] = true
	}
	for _, q := range slices.Sorted(maps.Keys(e.routes)) {
		if slices.Contains(queries, q) {
			continue
		}
		if err := e.o.each(ctx, q, func(info *workflowpb.WorkflowExecutionInfo) { runs = append(runs, syncOf(info)) }); err != nil {
			return nil, fmt.Errorf("erase: list: %w", err)
		}
	}
	return runs, nil
}

// deleteAll deletes every history once, that of the conversation first so that it starts nothing more. Temporal closes what
// runs and deletes it as soon as its close is processed; what was closed less than a minute ago takes about that long.
func (e *erasure) deleteAll(ctx context.Context, runs []Sync) error {
	slices.SortStableFunc(runs, func(a, b Sync) int { return conversationFirst(a) - conversationFirst(b) })
	for _, run := range runs {
		if e.done[run.RunID] {
			continue
		}
		_, err := e.o.Temporal.WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
			Namespace:         e.o.Namespace,
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: run.ID, RunId: run.RunID},
		})
		e.done[run.RunID] = err == nil || isNotFound(err)
		switch {
		case isNotFound(err):
			continue
		case err != nil:
			return fmt.Errorf("erase: delete a history of type %s: %w", run.Type, err)
		case run.Open():
			e.receipt.Closed++
		}
		e.receipt.Deleted++
		e.receipt.ByType[run.Type]++
		e.receipt.Runs = append(e.receipt.Runs, ErasedRun{Type: run.Type, RunID: run.RunID, StartedAt: run.StartedAt})
	}
	return nil
}

func conversationFirst(s Sync) int {
	if s.Type == workflows.TypeConversation {
		return 0
	}
	return 1
}

// runsOf finds every run that holds data of the follower, and what routed replies to the follower.
func (o *Operator) runsOf(ctx context.Context, s Subject) ([]Sync, error) {
	var own query
	own.in(workflows.AttributeFollowerKey.GetName(), []string{s.Key})
	if own.err != nil {
		return nil, own.err
	}
	var runs []Sync
	take := func(info *workflowpb.WorkflowExecutionInfo) { runs = append(runs, syncOf(info)) }
	if err := o.each(ctx, own.terms[0], take); err != nil {
		return nil, fmt.Errorf("erase: list: %w", err)
	}
	queries, err := routeQueries(s.Account, runs)
	if err != nil {
		return nil, err
	}
	for _, q := range queries {
		if err := o.each(ctx, q, take); err != nil {
			return nil, fmt.Errorf("erase: list: %w", err)
		}
	}
	slices.SortFunc(runs, func(a, b Sync) int { return cmp.Compare(a.RunID, b.RunID) })
	return slices.CompactFunc(runs, func(a, b Sync) bool { return a.RunID == b.RunID }), nil
}

// routeQueries find the workflows that looked for this follower before they knew the key: those of the same replies, and
// those of the follower's tickets.
func routeQueries(account string, runs []Sync) ([]string, error) {
	ids, tickets := map[string]bool{}, map[string]bool{}
	for _, run := range runs {
		if smaID, ok := strings.CutPrefix(run.ID, conversation.ReplyID(account, "")); ok {
			ids[workflows.RouteID(account, smaID)] = true
		}
		if run.TicketID != "" {
			tickets[run.TicketID] = true
		}
	}
	var queries []string
	var errs error
	for attribute, values := range map[string]map[string]bool{"WorkflowId": ids, workflows.AttributeTicketID.GetName(): tickets} {
		for part := range slices.Chunk(slices.Sorted(maps.Keys(values)), 50) {
			var q query
			q.in("WorkflowType", []string{workflows.TypeRouteReply})
			q.in(attribute, part)
			errs = errors.Join(errs, q.err)
			queries = append(queries, strings.Join(q.terms, " AND "))
		}
	}
	return queries, errs
}
