package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// reviewAgain is how often a review that waits for a person checks whether there is still something to decide.
const reviewAgain = time.Hour

// maxReviewed is how many replies one run of a review delivers; then it continues as new.
const maxReviewed = maxMissed

// ReviewRepliesInput starts ReviewReplies.
type ReviewRepliesInput struct {
	Account string `json:"account"`
	Span    Gap    `json:"span"`
	// Approved continues a delivery that a person approved in an earlier run. Delivered replies are already started.
	Approved  *Command `json:"approved,omitempty"`
	Delivered int      `json:"delivered,omitempty"`
}

// Review is what a person is asked about, and the result.
type Review struct {
	Account   string    `json:"account"`
	Span      Gap       `json:"span"`
	Unknown   int       `json:"unknown"`         // replies of the span that no workflow has handled
	First     time.Time `json:"first,omitzero"`  // when the oldest of them was written
	Last      time.Time `json:"last,omitzero"`   // when the youngest of them was written
	SmaIDs    []string  `json:"sma_ids"`         // C4C's numbers of the oldest of them, at most maxShown
	Looked    time.Time `json:"looked,omitzero"` // when they were counted
	Approved  bool      `json:"approved"`
	Delivered int       `json:"delivered"` // replies started after a person approved
}

// maxShown is how many replies a review lists.
const maxShown = 20

// ReviewReplies asks a person about the replies of a span in which Temporal may not know what was delivered, because
// it was unavailable or was restored from a backup. It counts the replies that no workflow has handled and waits
// under the cause RepliesInDoubt. The update approve delivers them, skip drops them for good, retry counts again. It
// ends by itself if none is left, and as skipped if they are too old to be delivered.
func (w *Workflows) ReviewReplies(ctx workflow.Context, in ReviewRepliesInput) (Review, error) {
	wf := &review{in: in, comparison: newComparison(in.Account)}
	wf.found = Review{
		Account: in.Account, Span: in.Span, SmaIDs: []string{}, Approved: in.Approved != nil, Delivered: in.Delivered,
	}
	recorded := workflow.SideEffect(ctx, func(workflow.Context) any { return w.policyOf(in.Account).Reconcile })
	if err := recorded.Get(&wf.policy); err != nil {
		return wf.found, fmt.Errorf("read the recorded policy: %w", err)
	}
	title := say(ctx, "Replies of agents written from %s to %s, account %s",
		in.Span.From.UTC().Format(time.RFC3339), in.Span.To.UTC().Format(time.RFC3339), in.Account)
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account}, syncOptions{title: title}, wf)
	if err != nil {
		return wf.found, err
	}
	wf.sync, sync.selfRetry = sync, reviewAgain
	if err := wf.serve(ctx); err != nil {
		return wf.found, err
	}
	wf.receiveParked(ctx)
	if in.Approved != nil {
		sync.setState(ctx, StateSyncing, nil) // the previous run has ended as synced
	}
	err = sync.run(ctx)
	if more := wf.more; err == nil && more != nil {
		return wf.found, workflow.NewContinueAsNewError(ctx, TypeReviewReplies, *more)
	}
	if err == nil && sync.state == StateSynced {
		sync.describe(ctx, wf.summary(languageOf(ctx)))
	}
	return wf.found, err
}

type review struct {
	plainErrand
	*comparison
	in     ReviewRepliesInput
	policy ReconcilePolicy
	sync   *engine
	found  Review
	tooOld bool
	more   *ReviewRepliesInput // the input of the next run
}

// serve answers the query and accepts a person's approval.
func (wf *review) serve(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetQueryHandlerWithOptions(ctx, QueryReview, func() (Review, error) { return wf.found, nil },
			workflow.QueryHandlerOptions{Description: "The replies that are asked about."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateApprove,
			func(_ workflow.Context, c Command) error {
				wf.in.Approved, wf.found.Approved = &c, true
				wf.sync.accept(operatorCommand{name: CommandRetry, direct: true, Command: c})
				return nil
			},
			workflow.UpdateHandlerOptions{
				Description: `Deliver these replies: they have not reached the followers. ` +
					`Input: {"actor": "your name", "reason": "why"}.`,
				Validator: func(c Command) error { return wf.sync.checkCommand(UpdateApprove, c) },
			}),
	)
}

// final reports whether the replies have become too old before anyone decided.
func (wf *review) final(string) bool { return wf.tooOld }

// attempt counts the replies in question, and delivers them if a person has approved.
func (wf *review) attempt(ctx workflow.Context) error {
	if err := wf.awaitPush(ctx); err != nil {
		return err
	}
	now := workflow.Now(ctx)
	span, asked := wf.in.Span, wf.found
	if reach := now.Add(-wf.policy.Reach); wf.policy.Reach > 0 {
		span.From = latest(span.From, reach)
	}
	wf.found.Unknown, wf.found.First, wf.found.Last, wf.found.SmaIDs = 0, time.Time{}, time.Time{}, []string{}
	for skip := 0; ; {
		missed, next, last, err := wf.unknownIn(ctx, span, skip)
		if err != nil {
			return err
		}
		if err := wf.handlePart(ctx, missed); err != nil {
			return err
		}
		if skip = next; skip == 0 {
			break
		}
		if wf.missed >= maxReviewed {
			wf.more = &ReviewRepliesInput{
				Account: wf.in.Account, Span: Gap{From: latest(span.From, last), To: span.To},
				Approved: wf.in.Approved, Delivered: wf.found.Delivered,
			}
			break
		}
	}
	wf.found.Looked = now
	if wf.tooOld = wf.found.Unknown == 0 && asked.Unknown > 0 && span.From.After(asked.Last); wf.tooOld {
		return inDoubt("these replies are too old to be delivered")
	}
	if wf.in.Approved != nil || wf.found.Unknown == 0 {
		return nil
	}
	return inDoubt(wf.question())
}

// awaitPush waits until the push has had its time to deliver the span's youngest reply.
func (wf *review) awaitPush(ctx workflow.Context) error {
	if wait := wf.in.Span.To.Add(wf.policy.Grace).Sub(workflow.Now(ctx)); wait > 0 {
		_, err := awaitAtMost(ctx, wait, "let the push deliver the youngest reply", never)
		return err
	}
	return nil
}

// handlePart delivers the replies of one part if a person has approved, and otherwise counts them.
func (wf *review) handlePart(ctx workflow.Context, missed []activities.AgentReplyRef) error {
	if wf.in.Approved != nil {
		before := wf.missed
		err := wf.deliver(ctx, missed)
		wf.found.Delivered += wf.missed - before
		return err
	}
	for _, reply := range missed {
		if wf.found.Unknown++; wf.found.Unknown == 1 {
			wf.found.First = reply.CreatedAt
		}
		wf.found.Last = reply.CreatedAt
		if len(wf.found.SmaIDs) < maxShown {
			wf.found.SmaIDs = append(wf.found.SmaIDs, reply.SmaID)
		}
	}
	return nil
}

// question is what a person has to decide.
func (wf *review) question() string {
	return fmt.Sprintf("%d replies, written from %s to %s, have no workflow: were they delivered before Temporal lost "+
		"its memory of them? `skip` leaves them alone, the update `approve` delivers them, `retry` counts them once more",
		wf.found.Unknown, wf.found.First.UTC().Format(time.RFC3339), wf.found.Last.UTC().Format(time.RFC3339))
}

// summary describes the span's outcome to operators.
func (wf *review) summary(l wording.Language) string {
	if !wf.found.Approved {
		return l.Say("Every reply of this time has its workflow: there was nothing to decide.")
	}
	return l.Say("%s approved: %d replies are delivered. Each has a row of its own, route/….",
		wf.in.Approved.Actor, wf.found.Delivered)
}
