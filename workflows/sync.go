package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// DefaultStuckAfter is how long a sync may retry by itself before it is shown to operators as stuck.
const DefaultStuckAfter = 5 * time.Minute

// errSkipped reports that a waiting sync was given up.
var errSkipped = errors.New("skipped")

// SyncInput identifies a sync's account and follower.
type SyncInput struct {
	Account     string `json:"account"`
	OpenID      string `json:"openid,omitempty"`
	FollowerKey string `json:"follower_key,omitempty"`
}

// follower is the follower as an activity's input.
func (in SyncInput) follower() activities.Follower {
	return activities.Follower{Account: in.Account, OpenID: in.OpenID}
}

// errand is what one particular sync does, apart from what the engine does for all syncs. Embed plainErrand for the
// usual answers.
type errand interface {
	// attempt carries it out. It remembers what is done and continues from there.
	attempt(ctx workflow.Context) error
	// holds reports whether the sync waits for the follower after this failure.
	holds(failure string) bool
	// final reports whether nothing remains to be done after this failure; the sync then ends as skipped.
	final(failure string) bool
	// paused is called when the sync parks or is held.
	paused(ctx workflow.Context, state, failure string)
	// stuck is called when the sync has been retrying for a while.
	stuck(ctx workflow.Context)
	// outcome is what its conversation should know so far.
	outcome() conversation.Outcome
	// granted takes what has changed when the sync gets its turn.
	granted(turn conversation.Turn)
	// amendable returns why an amendment does not help; nil: amend may be called.
	amendable(a Amendment) error
	amend(a Amendment)
}

// plainErrand has the usual answers: nothing is held, final or amended, and no conversation waits for an outcome.
type plainErrand struct{}

// errNoAmendment refuses every amendment.
const errNoAmendment = refusal("nothing of this sync can be amended")

func (plainErrand) holds(string) bool                       { return false }
func (plainErrand) final(string) bool                       { return false }
func (plainErrand) paused(workflow.Context, string, string) {}
func (plainErrand) stuck(workflow.Context)                  {}
func (plainErrand) outcome() (out conversation.Outcome)     { return out }
func (plainErrand) granted(conversation.Turn)               {}
func (plainErrand) amendable(Amendment) error               { return errNoAmendment }
func (plainErrand) amend(Amendment)                         {}

// engine runs one sync: it takes an errand through retries, parking, turns and an operator's commands. Its
// state is what operators see.
type engine struct {
	errand
	in       SyncInput
	lane     conversation.LaneName // empty for a sync that no lane waits for
	order    conversation.Order    // its place in the lane
	urgency  urgency
	title    string // what is synced, without personal data
	ticketID string

	state   string
	round   int              // how often it was retried after parking or being held
	failed  bool             // SyncError is set
	failure syncFailure      // why it last parked or was held
	command *operatorCommand // accepted, not yet carried out
	skipped *operatorCommand // the skip that was carried out; nil: none

	early       bool // waits for its first turn
	reportsEnd  bool // its conversation learns of its end only from a report
	unwatched   bool // no conversation watches it
	waiting     bool // for its turn
	resting     bool // for a command, parked or held
	gone        bool // the follower unfollowed
	foundGone   bool // WeChat told this sync that the follower had unfollowed
	expired     bool // it was held for too long
	pointless   bool // nothing is to be done any more: it ends as skipped
	aborted     bool // a person cancelled it
	closed      bool // its final state is set
	endReported bool // its conversation has the final state, if it had asked for a report
	vainWaits   int  // how often it has waited in vain for a command

	released       time.Time // when a person, or the end of its cause, last made it retry
	stuckAfter     time.Duration
	selfRetry      time.Duration // a parked sync retries by itself after this time; 0: only on command
	expires        time.Time     // when a held reply is given up; zero: never
	interrupt      func()        // ends the attempt under way
	stopStuckTimer func()        // stops the clock after which the sync counts as stuck

	doubt bool // it may have been delivered after the restored backup was made

	waits     int                // how often it has waited for a turn or for the follower
	turn      *conversation.Turn // given but not taken yet
	strayTurn bool               // it was given a turn that it did not ask for
}

// syncOptions describe a sync, for newSync.
type syncOptions struct {
	title    string
	ticketID string
	lane     conversation.LaneName
	order    conversation.Order
	priority int    // of its activities on C4C's queue; 0: by age
	early    bool   // it was started early and waits for its turn
	sends    bool   // it sends something to the follower, and nobody can look up whether it arrived
	state    string // set by its start options; empty: syncing
}

// newSync makes the engine of a sync, which accepts commands from now on.
func (w *Workflows) newSync(ctx workflow.Context, in SyncInput, of syncOptions, errand errand) (*engine, error) {
	s := &engine{
		errand: errand, in: in, title: of.title, ticketID: of.ticketID, lane: of.lane, order: of.order,
		urgency: urgency{fixed: of.priority, written: of.order.At},
		early:   of.early, state: of.state, failed: of.state == StateHeld,
		stuckAfter: w.stuckAfter(), interrupt: func() {}, stopStuckTimer: func() {},
	}
	switch {
	case s.early:
		s.state = StateWaiting
	case s.state == "":
		s.state = StateSyncing
	}
	err := errors.Join(
		s.serveCommand(ctx, CommandRetry, "Try a sync that waits or is stuck again, now."),
		s.serveCommand(ctx, CommandSkip, "Give a sync up."),
		s.serveAmend(ctx),
	)
	if err != nil {
		return nil, err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, SignalGone).Receive(ctx, nil)
		s.gone = true
	})
	if of.sends {
		workflow.Go(ctx, s.receiveDoubts)
	}
	if s.lane != "" {
		workflow.Go(ctx, s.receiveTurns)
		workflow.Go(ctx, s.answerWatches)
		workflow.Go(ctx, s.awaitStuck)
	}
	s.describe(ctx, "")
	return s, nil
}

// errandFunc is an errand with nothing but an attempt.
type errandFunc struct {
	plainErrand
	do func(ctx workflow.Context) error
}

func (e errandFunc) attempt(ctx workflow.Context) error { return e.do(ctx) }
