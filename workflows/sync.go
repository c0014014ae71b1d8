package workflows

import (
	"cmp"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// DefaultStuckAfter is how long a sync may retry by itself before operators see it as stuck.
const DefaultStuckAfter = 5 * time.Minute

// causeRetry is when a sync that parked under a cause which hits all syncs tries again by itself, should nobody have
// released it: the last net below ResumeCause.
const causeRetry = time.Hour

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

// sync carries one sync through retries, parking and an operator's commands. Its state is what operators see.
type sync struct {
	in       SyncInput
	lane     Lane   // empty for a sync that no lane waits for
	title    string // what is being synced, without personal data
	ticketID string

	state   string
	round   int              // how often it was retried after parking or holding
	failed  bool             // SyncError is set
	away    bool             // the lane went on without this sync
	gone    bool             // the follower unfollowed
	with    []string         // workflow ids of replies that this one carries
	left    bool             // this sync found out that the follower had left
	expired bool             // it was held for too long
	over    bool             // what a parked sync is for is no longer wanted
	spent   int              // customer-service messages sent and not reported yet
	command *operatorCommand // accepted, not yet carried out
	failure syncFailure      // why it last parked or held
	turns   workflow.ReceiveChannel
	disarm  workflow.CancelFunc

	stuckAfter time.Duration // see Workflows.StuckAfter

	selfRetry time.Duration                          // a parked sync tries again by itself after this time; 0: only on command
	expires   time.Time                              // a held reply is given up then; zero: never
	paused    func(workflow.Context, string, string) // what else is done when it parks or holds: state and error type
	stuck     func(workflow.Context)                 // what else is done when it is still trying after a while
	final     func(name string) bool                 // errors after which nothing is left to do: the sync ends as skipped; nil: none
	holds     func(name string) bool                 // errors that make a reply wait for the follower
	order     string                                 // where it belongs among others of its lane that want their turn
	facts     func() Facts                           // what was found out, for the conversation
	granted   func(GrantedTurn)                      // takes what else is said with the turn
	learn     func(Facts)                            // takes what the conversation knows when the turn comes
	amends    func(Amendment) error                  // says why an amendment does not help; nil: nothing can be amended
	amend     func(Amendment)                        // takes an amendment
}

// startSync makes a sync that takes commands. It begins in the state its start options gave it.
func (w *Workflows) startSync(ctx workflow.Context, in SyncInput, lane Lane, title, state string) (*sync, error) {
	s := &sync{
		in: in, lane: lane, title: title, state: state,
		stuckAfter: cmp.Or(w.StuckAfter, DefaultStuckAfter),

		turns:   workflow.GetSignalChannel(ctx, SignalTurn),
		disarm:  func() {},
		holds:   func(string) bool { return false },
		paused:  func(workflow.Context, string, string) {},
		stuck:   func(workflow.Context) {},
		facts:   func() Facts { return Facts{} },
		learn:   func(Facts) {},
		granted: func(GrantedTurn) {},
	}
	if err := s.listen(ctx, CommandRetry, "Try a parked or held sync again, now."); err != nil {
		return nil, err
	}
	if err := s.listen(ctx, CommandSkip, "Give a parked or held sync up."); err != nil {
		return nil, err
	}
	if err := s.listenAmend(ctx); err != nil {
		return nil, err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, SignalGone).Receive(ctx, nil)
		s.gone = true
	})
	s.describe(ctx, "")
	return s, nil
}

// until runs the attempt until it succeeds, is given up (both nil; the state tells them apart) or is cancelled.
// The attempt remembers what is done and goes on from there.
func (s *sync) until(ctx workflow.Context, attempt func(workflow.Context) error) error {
	for {
		s.arm(ctx)
		err := attempt(ctx)
		if err == nil {
			s.end(ctx, StateSynced, nil)
			return nil
		}
		if temporal.IsCanceledError(err) {
			return s.cancelled(ctx, err)
		}
		if failure := failureOf(err); s.final != nil && s.final(failure.Type) {
			s.failure = failure
			s.end(ctx, StateSkipped, &failure)
			return nil
		}
		if err := s.pause(ctx, err); err != nil {
			return s.leave(ctx, err)
		}
	}
}

// arm starts the clock after which a sync that is still trying counts as stuck.
func (s *sync) arm(ctx workflow.Context) {
	timerCtx, cancel := workflow.WithCancel(ctx)
	s.disarm = cancel
	workflow.Go(timerCtx, func(ctx workflow.Context) {
		timer := workflow.NewTimerWithOptions(ctx, s.stuckAfter, workflow.TimerOptions{Summary: "mark as stuck"})
		if timer.Get(ctx, nil) == nil && s.state == StateSyncing {
			s.set(ctx, StateStuck, nil)
			s.describe(ctx, "Still retrying by itself. The pending activity shows the last error and the next attempt.")
			ctx, _ := workflow.NewDisconnectedContext(ctx) // the clock is cancelled when the sync goes on, its note is not
			s.stuck(ctx)
		}
	})
}

// pause parks or holds the sync until it may try again. It returns errSkipped when it was given up.
func (s *sync) pause(ctx workflow.Context, cause error) error {
	s.disarm()
	s.dropTurns() // those of the attempt that just failed
	failure := failureOf(cause)
	s.failure = failure
	state, event := StateNeedsAttention, EventParked
	if s.holds(failure.Type) {
		state, event = StateHeld, EventHeld
	}
	s.set(ctx, state, &failure)
	s.describe(ctx, failure.markdown(s.amends != nil))
	s.report(ctx, event)
	s.paused(ctx, state, failure.Type)
	return s.resume(ctx)
}

// leave ends a wait: given up is no error, cancelled is.
func (s *sync) leave(ctx workflow.Context, err error) error {
	if errors.Is(err, errSkipped) {
		return nil
	}
	return s.cancelled(ctx, err)
}

// cancelled notes that an operator cancelled the sync; the workflow then closes as Canceled.
func (s *sync) cancelled(ctx workflow.Context, err error) error {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	s.end(ctx, StateSkipped, nil)
	return err
}

// end sets the final state and tells a lane that went on without this sync.
func (s *sync) end(ctx workflow.Context, state string, failure *syncFailure) {
	s.disarm()
	s.set(ctx, state, failure)
	s.describe(ctx, "")
	if s.away {
		s.report(ctx, EventEnded)
	}
}

// report tells the conversation what happened to this sync. It is false where no conversation listens.
func (s *sync) report(ctx workflow.Context, event Event) bool {
	return s.reportAs(ctx, event, s.state)
}

// makeWay lets the lane go on as if this sync had ended: what its order is for is done.
func (s *sync) makeWay(ctx workflow.Context) {
	s.reportAs(ctx, EventEnded, StateSynced)
	s.with = nil
}

func (s *sync) reportAs(ctx workflow.Context, event Event, state string) bool {
	if s.lane == "" {
		return false
	}
	s.away = true
	report := Report{
		WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, Lane: s.lane, Event: event, State: state, Order: s.order,
		Facts: s.facts(), TicketID: s.ticketID, Spent: s.spent, With: s.with, Left: s.left,
	}
	if event == EventParked || event == EventHeld {
		report.Failure = s.failure.Type
	}
	conversation := ConversationID(s.in.Account, s.in.FollowerKey)
	if err := workflow.SignalExternalWorkflow(ctx, conversation, "", SignalReport, report).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("no conversation took the report", "event", event)
		return false
	}
	s.spent = 0
	return true
}

// set changes the state that operators see.
func (s *sync) set(ctx workflow.Context, state string, failure *syncFailure) {
	s.state = state
	updates := []temporal.SearchAttributeUpdate{AttributeSyncState.ValueSet(state)}
	if s.ticketID != "" {
		updates = append(updates, AttributeTicketID.ValueSet(s.ticketID))
	}
	switch {
	case failure != nil:
		s.failed = true
		updates = append(updates, AttributeSyncError.ValueSet(failure.Type))
	case state == StateSynced && s.failed:
		updates = append(updates, AttributeSyncError.ValueUnset())
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not set", "error", err)
	}
}
