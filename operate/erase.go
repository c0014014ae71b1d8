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

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Receipt records what Erase did. It contains neither the openid nor the follower key.
type Receipt struct {
	ErasedAt  time.Time `json:"erased_at"`
	Actor     string    `json:"actor"`
	Reason    string    `json:"reason,omitempty"`
	Namespace string    `json:"namespace"`
	Account   string    `json:"account"`
	// FollowerKeySHA256 lets anyone who knows the openid and the secret of the follower keys recognise the follower.
	FollowerKeySHA256 string         `json:"follower_key_sha256"`
	Closed            int            `json:"closed"`  // runs that were still running
	Deleted           int            `json:"deleted"` // histories of workflows, and results of the page's reads
	ByType            map[string]int `json:"deleted_by_type"`
	Runs              []ErasedRun    `json:"runs"`
	// RepliesKeptOut counts the replies whose ids stay reserved, so that nothing delivers or stores them again.
	RepliesKeptOut int `json:"replies_kept_out"`
	// RepliesUnread counts replies in the conversation that none of our keys decrypts: their ids are unknown.
	RepliesUnread int `json:"replies_unread,omitempty"`
	// Left lists the runs that could not be deleted.
	Left []ErasedRun `json:"left,omitempty"`
	// MarkedUntil is the earliest time at which the mark of the erasure expires. Until then, older events of the
	// follower are ignored.
	MarkedUntil time.Time `json:"marked_until,omitzero"`
	// Complete reports whether nothing of the follower is listed any more and nothing comes back by itself.
	Complete bool `json:"complete"`
	// Verified is the result of a later check; nil: there was none.
	Verified  *Verification `json:"verified,omitempty"`
	Remaining []string      `json:"remaining"` // what remains to be done elsewhere
}

// ErasedRun is one run of a workflow or activity.
type ErasedRun struct {
	Type      string    `json:"type"`
	RunID     string    `json:"run_id"`
	StartedAt time.Time `json:"started_at"`
}

// Verification is what a later check found of an erased follower.
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

// remaining lists what none of our commands can do.
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
	"What the follower writes from the next second on is kept, in a new conversation. In C4C it joins the customer and " +
		"the profile that are there, until you delete those.",
	"A mark that the follower was erased, and when, is kept until marked_until and then for the namespace's retention: " +
		"by it sessions, personal links and messages from before count for nothing. It holds a hash of the follower key.",
	"A reply that an agent writes in one of the follower's tickets from now on, or one that has not reached the " +
		"connector yet, is new: it is delivered, and begins a new conversation. Close the tickets in C4C first.",
	"The ids of the replies that were deleted stay taken until the namespace's retention is over, so that they are not " +
		"delivered again. They hold C4C's number of the reply and nothing else.",
}

// Inventory counts what is stored about a follower.
func (o *Operator) Inventory(ctx context.Context, s Subject) (Inventory, error) {
	records, err := o.records(ctx, s, newTrail(), nil)
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

// Erase closes the follower's conversation and open syncs. It deletes all their histories, the histories of workflows
// that routed replies to the follower, and what the page has read. The ids of deleted replies stay reserved, so that
// neither a comparison nor a repeated push brings them back. Erase continues past runs that cannot be deleted. It
// returns when nothing is listed any more, or with an error if ctx ends first or something remains; the receipt then
// contains what was done so far. What the follower does once Erase has begun belongs to a new conversation, which is
// spared. Erasing again is harmless, and deletes that, too.
func (o *Operator) Erase(ctx context.Context, s Subject, c workflows.Command) (Receipt, error) {
	return o.EraseBefore(ctx, s, time.Time{}, c)
}

// EraseBefore is Erase for a follower who was marked as erased at the given time; zero: it marks them.
func (o *Operator) EraseBefore(ctx context.Context, s Subject, marked time.Time, c workflows.Command) (Receipt, error) {
	e := &erasure{
		o: o, subject: s, trail: newTrail(), open: map[string]bool{}, done: map[string]bool{}, kept: map[string]bool{},
		read: map[string]bool{}, spared: map[string]bool{}, marked: marked, receipt: Receipt{
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

// ErrCameBack reports that data of an erased follower exists again.
var ErrCameBack = errors.New("something of the follower is there again: they or an agent wrote; erase again if need be")

// Verify checks again, and fails with [ErrCameBack] if it finds something.
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
	kept    map[string]bool // replies whose ids are reserved
	read    map[string]bool // runs of the conversation whose replies are known
	marked  time.Time       // when the follower was marked as erased, by Temporal's clock
	spared  map[string]bool // whether a run belongs to the time after the mark, as far as it was looked up
	unbegun bool            // the next conversation has not begun: it may still end by itself
}

// quietRounds is how many rounds in a row must find nothing before everything counts as gone: a conversation closed
// in the middle of its work may have started a last sync. stuckRounds is how often to try runs that cannot be
// deleted.
const (
	quietRounds = 3
	stuckRounds = 20
)

// run marks the follower as erased before it deletes anything, so that an interrupted erasure leaves no session
// valid.
func (e *erasure) run(ctx context.Context) error {
	if e.marked.IsZero() {
		var err error
		e.marked, err = handover.MarkErased(ctx, e.o.Temporal, e.o.Language, e.subject.Account, e.subject.Key)
		if err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	e.receipt.MarkedUntil = e.marked.Add(workflows.ErasureLife).UTC().Truncate(time.Second)
	if err := e.handOn(ctx); err != nil {
		return err
	}
	return e.eraseUntilQuiet(ctx)
}

func (e *erasure) poll() time.Duration { return cmp.Or(e.o.Poll, 250*time.Millisecond) }

func (e *erasure) eraseUntilQuiet(ctx context.Context) error {
	pause := time.NewTicker(e.poll())
	defer pause.Stop()
	for quiet, stuck := 0, 0; quiet < quietRounds; {
		found, err := e.find(ctx)
		if err != nil {
			return err
		}
		quiet++
		if len(found) > 0 || e.unbegun {
			quiet = 0
		}
		left, err := e.eraseAll(ctx, found)
		e.receipt.Left = left
		stuck++
		if len(left) < len(found) || err == nil { // Temporal is still working on it
			stuck = 0
		}
		if stuck == stuckRounds {
			return fmt.Errorf("erase: not complete, %d runs are left: %w", len(left), err)
		}
		select {
		case <-ctx.Done():
			if e.unbegun {
				err = errors.Join(err, errUnbegun)
			}
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

// eraseAll erases every record once, the conversation first so that it starts nothing new. It tries each record and
// returns those that remain.
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

// erase reserves the ids of the replies in a record, then deletes the record.
func (e *erasure) erase(ctx context.Context, r record, run ErasedRun) error {
	if err := e.keepRepliesOut(ctx, r); err != nil {
		return err
	}
	err := e.o.delete(ctx, r)
	if err != nil && !isNotFound(err) {
		return err
	}
	e.done[r.RunID] = true
	if err != nil || isVacant(r) {
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

// delete makes Temporal close a running run, and delete it once the close is processed. A run closed less than a
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
