package workflows

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// ConversationInput starts a conversation. The fields below the identity are carried over by continue-as-new.
type ConversationInput struct {
	Account     string `json:"account"`
	OpenID      string `json:"openid"`
	FollowerKey string `json:"follower_key"`
	// Erased is when the follower was erased before this conversation began, in seconds since 1970; 0: never.
	Erased int64 `json:"erased,omitempty"`
	// Succeeds is set if it took the place of a conversation whose follower was being erased. It ends at once if nothing
	// has arrived for it.
	Succeeds bool                `json:"succeeds,omitempty"`
	State    *conversation.State `json:"state,omitempty"`
	// Policy is the account's policy as last recorded.
	Policy *conversation.Policy `json:"policy,omitempty"`
	// Taken is what had arrived before the previous run ended and was not applied to the state.
	Taken *Taken `json:"taken,omitempty"`
}

// Conversation is the single writer of everything about one follower of one account. It handles what the follower
// does and what the service agents answer, and runs syncs one at a time in two lanes: messages (with follows) and
// replies.
//
// Its decisions are made in package conversation. This is the shell that brings events in and carries commands out.
// It does not end: it continues as new when its history has grown, when it is cancelled, and when it has been idle for
// a while, so that at rest it is only a handful of events.
func (w *Workflows) Conversation(ctx workflow.Context, in ConversationInput) error {
	c := &shell{in: in, workflows: w, language: languageOf(ctx), cancelled: ctx, limits: cmp.Or(w.limits, defaultLimits)}
	// Cancelling a conversation loses nothing: neither what waits in it nor the syncs that it has started.
	c.ctx, _ = workflow.NewDisconnectedContext(ctx)
	if in.State != nil {
		c.state = *in.State
	}
	if in.Policy != nil {
		c.policy = *in.Policy
	}
	c.state.Who = conversation.Identity{Account: in.Account, OpenID: in.OpenID, FollowerKey: in.FollowerKey}
	c.state.Erased = in.Erased
	c.acted = workflow.Now(ctx)
	if err := errors.Join(c.serveQueries(), c.serveUpdates()); err != nil {
		return err
	}
	return c.run()
}

// idleAfter is how long a conversation is idle before it drops its history.
const idleAfter = 10 * time.Minute

// restEvents is the history length up to which an idle conversation keeps its history.
const restEvents = 10

// shell runs one run of a conversation. It makes no decisions.
type shell struct {
	in        ConversationInput
	workflows *Workflows
	ctx       workflow.Context // never cancelled
	cancelled workflow.Context
	limits    limits
	state     conversation.State
	policy    conversation.Policy
	language  wording.Language

	happened    []conversation.Event       // outcomes of what was carried out, and timers
	queue       [][]conversation.Command   // still to be carried out; several commands are syncs to start together
	unconfirmed int                        // commands that Temporal has not confirmed
	starts      map[string]workflow.Future // of syncs, not confirmed yet
	children    map[string]bool            // syncs started by this run that have not ended
	gathers     bool                       // collect starts instead of making them
	gathered    []SyncStart
	timers      []time.Time // when the pending timers fire
	acted       time.Time   // when something last happened
	updated     bool        // an update has changed the state
	renewing    bool
}

// run handles events until it is time to continue as new.
func (c *shell) run() error {
	inbox := c.openInbox()
	stop := false
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		c.cancelled.Done().Receive(ctx, nil)
		stop = true
	})
	c.step(c.in.Taken.events()...)
	if c.in.Succeeds {
		came := inbox.drain() // reports are those of syncs that are being erased
		c.step((&Taken{Inbound: came.Inbound, Replies: came.Replies}).events()...)
		if c.state.Untouched() { // Temporal refuses this end if something has arrived meanwhile
			return nil
		}
	}
	c.watchRunning()
	for {
		c.setTimer()
		renew := func() bool {
			return !c.state.Loaded() && (stop || c.crowded() || c.workflows.historyFull(c.ctx) || c.idle())
		}
		err := workflow.Await(c.ctx, func() bool { return len(c.happened) > 0 || inbox.waiting() || c.updated || renew() })
		if err != nil {
			return err
		}
		c.updated = false
		c.step(append(c.outcomes(), inbox.drain().events()...)...)
		if renew() {
			if err := c.renew(inbox); err != nil {
				return err
			}
		}
	}
}

// step applies events to the state and carries out the commands. It never yields.
func (c *shell) step(events ...conversation.Event) {
	if len(events) == 0 {
		return
	}
	c.policy = c.workflows.recordedPolicy(c.ctx, c.in.Account)
	commands := c.state.Step(workflow.Now(c.ctx), c.policy, events...)
	if slices.ContainsFunc(events, moreThanTick) || len(commands) > 0 {
		c.acted = workflow.Now(c.ctx)
	}
	c.queue = append(c.queue, grouped(commands)...)
	c.carryOutQueue()
}

// limits is the most that one run of a conversation has pending. Temporal accepts 2,000 unconfirmed signals and as
// many open children; beyond that it fails the workflow task again and again.
type limits struct {
	unconfirmed int // unconfirmed commands
	children    int // open syncs; beyond that the next run, which has none, continues
}

var defaultLimits = limits{unconfirmed: 500, children: 1000}

// carryOutQueue carries out the commands, as many at a time as Temporal accepts.
func (c *shell) carryOutQueue() {
	for len(c.queue) > 0 && c.unconfirmed < c.limits.unconfirmed {
		commands := c.queue[0]
		c.queue = c.queue[1:]
		if len(commands) == 1 && !(startsWaitingSync(commands[0]) && c.crowded()) {
			c.carryOut(commands[0])
		} else {
			c.startMany(commands)
		}
	}
}

// confirmed records that Temporal has carried out a command.
func (c *shell) confirmed() {
	c.unconfirmed--
	c.carryOutQueue()
}

// crowded reports whether this run has so many children that the next one should continue. Waiting syncs are not
// among them: StartWaiting starts those.
func (c *shell) crowded() bool { return len(c.children) >= c.limits.children }

// moreThanTick reports whether an event is more than the passing of time.
func moreThanTick(event conversation.Event) bool {
	_, tick := event.(conversation.Tick)
	return !tick
}

// outcomes returns and clears the outcomes of commands.
func (c *shell) outcomes() []conversation.Event {
	events := c.happened
	c.happened = nil
	return events
}

// setTimer makes sure that a timer fires when something is due. An earlier timer is kept, since every timer stays in
// the history anyway.
func (c *shell) setTimer() {
	due := c.state.Due(c.policy)
	if rest := c.idleAt(); due.IsZero() || !rest.IsZero() && rest.Before(due) {
		due = rest
	}
	if due.IsZero() {
		return
	}
	now := workflow.Now(c.ctx)
	for _, at := range c.timers {
		if !at.After(due) {
			return
		}
	}
	wait := max(due.Sub(now), time.Millisecond)
	at := now.Add(wait)
	c.timers = append(c.timers, at)
	timer := workflow.NewTimerWithOptions(c.ctx, wait, workflow.TimerOptions{Summary: c.language.Say("something is due")})
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		if timer.Get(ctx, nil) != nil {
			return
		}
		if i := slices.Index(c.timers, at); i >= 0 {
			c.timers = slices.Delete(c.timers, i, i+1)
		}
		c.happened = append(c.happened, conversation.Tick{})
	})
}

// idleAt is when an idle conversation drops its history; zero: it is not idle, or has hardly any history.
func (c *shell) idleAt() time.Time {
	if !c.state.AtRest() || workflow.GetInfo(c.ctx).GetCurrentHistoryLength() <= restEvents {
		return time.Time{}
	}
	return c.acted.Add(cmp.Or(c.workflows.IdleAfter, idleAfter))
}

func (c *shell) idle() bool {
	at := c.idleAt()
	return !at.IsZero() && !workflow.Now(c.ctx).Before(at)
}
