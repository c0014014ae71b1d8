package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// DefaultStuckAfter is how long a sync may retry by itself before operators see it as stuck.
const DefaultStuckAfter = 5 * time.Minute

// errSkipped says that a waiting sync was given up.
var errSkipped = errors.New("skipped")

// SyncInput is what every sync knows of itself.
type SyncInput struct {
	Account     string `json:"account"`
	OpenID      string `json:"openid,omitempty"`
	FollowerKey string `json:"follower_key,omitempty"`
}

// follower names the follower to an activity.
func (in SyncInput) follower() activities.Follower {
	return activities.Follower{Account: in.Account, OpenID: in.OpenID}
}

// errand is what one sync carries over: its own part beside what the engine does for all of them. Embed plainErrand for
// the usual answers.
type errand interface {
	// attempt carries it over. It remembers what is done and goes on from there.
	attempt(ctx workflow.Context) error
	// holds reports whether a failure makes it wait for the follower.
	holds(failure string) bool
	// final reports whether nothing is left to do after a failure: the sync then ends as skipped.
	final(failure string) bool
	// paused is told when it parks or holds.
	paused(ctx workflow.Context, state, failure string)
	// stuck is told when it is still being tried after a while.
	stuck(ctx workflow.Context)
	// outcome is what its conversation should know so far.
	outcome() conversation.Outcome
	// granted takes what has changed when it has its turn.
	granted(turn conversation.Turn)
	// amendable reports why an amendment does not help; nil: amend takes it.
	amendable(a Amendment) error
	amend(a Amendment)
}

// plainErrand answers as most errands do: nothing is held, final or amended, and no conversation waits for an outcome.
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

// sync is the engine of a sync: it carries an errand through retries, parking, turns and an operator's commands. Its
// state is what operators see.
type sync struct {
	errand
	in       SyncInput
	lane     conversation.LaneName // empty for a sync that no lane waits for
	order    conversation.Order    // its place in the lane
	urgency  urgency
	title    string // what is being synced, without personal data
	ticketID string

	state   string
	round   int              // how often it was tried again after parking or holding
	failed  bool             // SyncError is set
	failure syncFailure      // why it last parked or held
	command *operatorCommand // accepted, not yet carried out

	early   bool // it waits for its first turn
	away    bool // its conversation hears of it by reports alone
	alone   bool // no conversation watches it
	waiting bool // for its turn
	resting bool // for a word, parked or held
	gone    bool // the follower unfollowed
	left    bool // this sync found out that the follower had left
	expired bool // it was held for too long
	over    bool // its purpose is gone
	closed  bool // its final state is set
	told    bool // its conversation has been told of that, where it asked
	asleep  int  // how often it has waited in vain for a word

	released   time.Time // when a person, or the end of its cause, last had it try again
	stuckAfter time.Duration
	selfRetry  time.Duration // a parked sync tries again by itself after this time; 0: only on command
	expires    time.Time     // a held reply is given up then; zero: never
	interrupt  func()        // ends the attempt under way
	disarm     func()        // stops the clock after which it counts as stuck

	doubt bool // it may have been done after the backup that was restored

	asks  int                // how often it has waited for a turn or for the follower
	turn  *conversation.Turn // that it was given and has not taken
	stray bool               // it was given a turn that it did not ask for
}

// syncOf says what a sync is, for newSync.
type syncOf struct {
	title    string
	ticketID string
	lane     conversation.LaneName
	order    conversation.Order
	priority int    // of its activities on C4C's queue; 0: by when it was written
	early    bool   // it was started early: it waits for its turn
	sends    bool   // it brings something to the follower, which nobody can look up before it is repeated
	state    string // that its start options gave it; empty: syncing
}

// newSync makes a sync that takes commands.
func (w *Workflows) newSync(ctx workflow.Context, in SyncInput, of syncOf, errand errand) (*sync, error) {
	s := &sync{
		errand: errand, in: in, title: of.title, ticketID: of.ticketID, lane: of.lane, order: of.order,
		urgency: urgency{fixed: of.priority, written: of.order.At},
		early:   of.early, state: of.state, failed: of.state == StateHeld,
		stuckAfter: w.stuckAfter(), interrupt: func() {}, disarm: func() {},
	}
	switch {
	case s.early:
		s.state = StateWaiting
	case s.state == "":
		s.state = StateSyncing
	}
	err := errors.Join(
		s.listen(ctx, CommandRetry, "Try a sync that waits or is stuck again, now."),
		s.listen(ctx, CommandSkip, "Give a sync up."),
		s.listenAmend(ctx),
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

// errandFunc is an errand that has nothing but its attempt.
type errandFunc struct {
	plainErrand
	do func(ctx workflow.Context) error
}

func (e errandFunc) attempt(ctx workflow.Context) error { return e.do(ctx) }
