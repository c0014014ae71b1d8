package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Receipt is what Erase did. It holds neither the openid nor the follower key.
type Receipt struct {
	ErasedAt  time.Time `json:"erased_at"`
	Actor     string    `json:"actor"`
	Reason    string    `json:"reason,omitempty"`
	Namespace string    `json:"namespace"`
	Account   string    `json:"account"`
	// FollowerKeySHA256 lets whoever knows the openid and the secret of the follower keys recognise the follower.
	FollowerKeySHA256 string         `json:"follower_key_sha256"`
	Closed            int            `json:"closed"`  // what was running
	Deleted           int            `json:"deleted"` // histories of workflows, and results of the page's reads
	ByType            map[string]int `json:"deleted_by_type"`
	Runs              []ErasedRun    `json:"runs"`
	// RepliesKeptOut counts the replies whose ids stay taken, so that nothing delivers or stores them again.
	RepliesKeptOut int `json:"replies_kept_out"`
	// RepliesUnread counts replies in the conversation that no key of ours decrypts: their ids are not known.
	RepliesUnread int `json:"replies_unread,omitempty"`
	// Left is what could not be deleted.
	Left []ErasedRun `json:"left,omitempty"`
	// MarkedUntil is how long the mark of the erasure is kept at least, by which what is from before counts for nothing.
	MarkedUntil time.Time `json:"marked_until,omitzero"`
	// Complete reports whether nothing of the follower is listed any more, and nothing of it comes back by itself.
	Complete bool `json:"complete"`
	// Verified is a later look; nil: there was none.
	Verified  *Verification `json:"verified,omitempty"`
	Remaining []string      `json:"remaining"` // what is left to do elsewhere
}

// ErasedRun is one run of a workflow or activity.
type ErasedRun struct {
	Type      string    `json:"type"`
	RunID     string    `json:"run_id"`
	StartedAt time.Time `json:"started_at"`
}

// Verification is what there was of an erased follower at a later time.
type Verification struct {
	At    time.Time      `json:"at"`
	Found map[string]int `json:"found_by_type"`
}

// Inventory is what Erase would delete.
type Inventory struct {
	Running int            `json:"running"`
	Total   int            `json:"total"`
	ByType  map[string]int `json:"by_type"`
}

// remaining is what no command of ours can do.
var remaining = []string{
	"C4C: delete or depersonalise the individual customer, the social media user profile, the social media activities " +
		"and the tickets with C4C's own data protection functions.",
	"WeChat: the conversation in the account's message archive at mp.weixin.qq.com and in the follower's phone; " +
		"take the follower off tags and remarks, or have them unfollow.",
	"Temporal: histories that name many followers at once (a backfill, a comparison of replies, the release of a cause) " +
		"hold openids or ids, encrypted, until the namespace's retention is over.",
	"Backups of Temporal's database keep the deleted histories until they expire.",
	"The spools of the api processes: agents' replies that wait there are handed over afterwards, what the follower did " +
		"before is dropped then; spool list shows it.",
	"The api processes: sessions of the page end within ten seconds; what was read for the page leaves " +
		"their memory within the hour, and at once when they restart.",
	"If the follower writes again, a new conversation begins.",
	"A mark that the follower was erased, and when, is kept until marked_until and then for the namespace's retention: " +
		"by it sessions, personal links and messages from before count for nothing. It holds a hash of the follower key.",
	"A reply that an agent writes in one of the follower's tickets from now on, or one that has not reached the " +
		"connector yet, is new: it is delivered, and begins a new conversation. Close the tickets in C4C first.",
	"The ids of the replies that were deleted stay taken until the namespace's retention is over, so that they are not " +
		"delivered again. They hold C4C's number of the reply and nothing else.",
}

// Inventory counts what is kept of a follower.
func (o *Operator) Inventory(ctx context.Context, s Subject) (Inventory, error) {
	records, err := o.records(ctx, s, newTrail())
	if err != nil {
		return Inventory{}, err
	}
	i := Inventory{Total: len(records), ByType: map[string]int{}}
	for _, r := range records {
		i.ByType[r.Type]++
		if r.Open() {
			i.Running++
		}
	}
	return i, nil
}

// Erase closes the follower's conversation and open syncs and deletes all their histories, those that routed replies to
// the follower, and what the page has read. The ids of deleted replies stay taken, so that neither a comparison nor a
// repeated push brings them back. It goes past what cannot be deleted, and returns when nothing is listed any more, or
// with an error when ctx ends before or something stays; the receipt holds what was done so far. Erasing again is
// harmless.
func (o *Operator) Erase(ctx context.Context, s Subject, c workflows.Command) (Receipt, error) {
	e := &erasure{
		o: o, subject: s, trail: newTrail(), open: map[string]bool{}, done: map[string]bool{}, kept: map[string]bool{},
		read: map[string]bool{}, receipt: Receipt{
			ErasedAt: o.now().UTC(), Actor: c.Actor, Reason: c.Reason, Namespace: o.Namespace, Account: s.Account,
			FollowerKeySHA256: workflows.HashKey(s.Key), ByType: map[string]int{}, Runs: []ErasedRun{},
			Remaining: remaining,
		},
	}
	err := e.run(ctx)
	e.receipt.Complete = err == nil
	o.audit(ctx, entry{
		Action: "erase", Actor: c.Actor, Reason: c.Reason, Subject: e.receipt.FollowerKeySHA256,
		Counts: map[string]int{"closed": e.receipt.Closed, "deleted": e.receipt.Deleted},
	})
	return e.receipt, err
}

// ErrCameBack is the error where something of an erased follower is there again.
var ErrCameBack = errors.New("something of the follower is there again: they or an agent wrote; erase again if need be")

// Verify looks once more, and fails with [ErrCameBack] when it finds something.
func (o *Operator) Verify(ctx context.Context, s Subject) (*Verification, error) {
	found, err := o.Inventory(ctx, s)
	if err != nil {
		return nil, err
	}
	v := &Verification{At: o.now().UTC(), Found: found.ByType}
	if found.Total > 0 {
		return v, ErrCameBack
	}
	return v, nil
}

type erasure struct {
	o       *Operator
	subject Subject
	receipt Receipt
	trail   trail
	open    map[string]bool // runs that were running when they were found
	done    map[string]bool // runs that were deleted
	kept    map[string]bool // replies whose ids are taken
	read    map[string]bool // runs of the conversation whose replies are known
}

// quietRounds is how often in a row nothing may be found before all counts as gone: a conversation that was closed in
// the middle of its work may have started a last sync. stuckRounds is how often what cannot be deleted is tried.
const (
	quietRounds = 3
	stuckRounds = 20
)

// run marks the follower as erased before anything is deleted, so that an erasure that is cut short leaves no session
// alive, and once more when all is gone: what began in between is over as well.
func (e *erasure) run(ctx context.Context) error {
	if err := e.mark(ctx); err != nil {
		return err
	}
	if err := e.eraseUntilQuiet(ctx); err != nil {
		return err
	}
	return e.mark(ctx)
}

func (e *erasure) eraseUntilQuiet(ctx context.Context) error {
	pause := time.NewTicker(cmp.Or(e.o.Poll, 250*time.Millisecond))
	defer pause.Stop()
	for quiet, stuck := 0, 0; quiet < quietRounds; {
		found, err := e.find(ctx)
		if err != nil {
			return err
		}
		quiet++
		if len(found) > 0 {
			quiet = 0
		}
		left, err := e.eraseAll(ctx, found)
		e.receipt.Left = left
		stuck++
		if len(left) < len(found) || err == nil { // Temporal is still at work
			stuck = 0
		}
		if stuck == stuckRounds {
			return fmt.Errorf("erase: not complete, %d runs are left: %w", len(left), err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("erase: not complete, run it again: %w", context.Cause(ctx)), err)
		case <-pause.C:
		}
	}
	if n := e.receipt.RepliesUnread; n > 0 {
		return fmt.Errorf("erase: all is deleted, but %d replies could not be read, so they may be delivered again: "+
			"was a key taken out of the ring?", n)
	}
	return nil
}

// eraseAll erases every record once, the conversation first so that it starts nothing more. It tries each, and returns
// those that stay.
func (e *erasure) eraseAll(ctx context.Context, records []record) (left []ErasedRun, errs error) {
	slices.SortStableFunc(records, func(a, b record) int { return conversationFirst(a) - conversationFirst(b) })
	for _, r := range records {
		e.open[r.RunID] = e.open[r.RunID] || r.Open()
		if e.done[r.RunID] {
			continue
		}
		run := ErasedRun{Type: r.Type, RunID: r.RunID, StartedAt: r.StartedAt}
		if err := e.erase(ctx, r, run); err != nil {
			left, errs = append(left, run), errors.Join(errs, fmt.Errorf("erase a %s: %w", r.Type, err))
		}
	}
	return left, errs
}

// erase deletes one record, after the ids of the replies in it were taken.
func (e *erasure) erase(ctx context.Context, r record, run ErasedRun) error {
	if err := e.keepRepliesOut(ctx, r); err != nil {
		return err
	}
	err := e.o.delete(ctx, r)
	if err != nil && !isNotFound(err) {
		return err
	}
	e.done[r.RunID] = true
	if err != nil {
		return nil
	}
	if e.open[r.RunID] {
		e.receipt.Closed++
	}
	e.receipt.Deleted++
	e.receipt.ByType[r.Type]++
	e.receipt.Runs = append(e.receipt.Runs, run)
	return nil
}

// delete has Temporal close what runs and delete it as soon as its close is processed; what was closed less than a
// minute ago takes about that long.
func (o *Operator) delete(ctx context.Context, r record) error {
	if r.activity {
		_, err := o.Temporal.WorkflowService().DeleteActivityExecution(ctx, &workflowservice.DeleteActivityExecutionRequest{
			Namespace: o.Namespace, ActivityId: r.ID, RunId: r.RunID,
		})
		return err
	}
	_, err := o.Temporal.WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: o.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: r.ID, RunId: r.RunID},
	})
	return err
}

func conversationFirst(r record) int {
	if r.Type == workflows.TypeConversation {
		return 0
	}
	return 1
}
