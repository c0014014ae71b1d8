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

// ConversationInput starts a conversation. What is below the identity is carried over by continue-as-new.
type ConversationInput struct {
	Account     string `json:"account"`
	OpenID      string `json:"openid"`
	FollowerKey string `json:"follower_key"`
	// Erased is when the follower was erased before this conversation began, in seconds since 1970; 0: never.
	Erased int64               `json:"erased,omitempty"`
	State  *conversation.State `json:"state,omitempty"`
	// Policy is the account's as it was last recorded.
	Policy *conversation.Policy `json:"policy,omitempty"`
	// Taken is what had arrived when the run before ended and the state has not heard of.
	Taken *Taken `json:"taken,omitempty"`
}

// Conversation is the single writer of all that concerns one follower of one account. It takes what the follower does
// and what the service agents answer, and runs one sync after the other in two lanes: messages (with follows) and
// replies.
//
// What it decides stands in package conversation; this is the shell around it, which brings events in and carries
// commands out. It never ends: it continues as new when its history has grown, when it is cancelled, and when it has
// been idle for a while, so that at rest it is a handful of events.
func (w *Workflows) Conversation(ctx workflow.Context, in ConversationInput) error {
	c := &shell{in: in, workflows: w, language: languageOf(ctx), cancelled: ctx, limits: cmp.Or(w.limits, defaultLimits)}
	// To cancel a conversation loses nothing: neither what waits in it nor the syncs that it has started.
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

// idleAfter is how long a conversation has nothing to do before it lets go of its history.
const idleAfter = 10 * time.Minute

// restEvents is how long the history of a conversation at rest may be without being let go.
const restEvents = 10

// shell carries one run of a conversation. It decides nothing.
type shell struct {
	in        ConversationInput
	workflows *Workflows
	ctx       workflow.Context // never cancelled
	cancelled workflow.Context
	limits    limits
	state     conversation.State
	policy    conversation.Policy
	language  wording.Language

	happened []conversation.Event       // outcomes of what was carried out, and timers
	queue    [][]conversation.Command   // what is still to be carried out; several are syncs to start together
	open     int                        // commands of which Temporal has not said that they are carried out
	starts   map[string]workflow.Future // of syncs, not confirmed yet
	children map[string]bool            // syncs that this run has started and that have not ended
	gathers  bool                       // what is started is gathered
	gathered []SyncStart
	timers   []time.Time // when those under way fire
	acted    time.Time   // when something last happened
	updated  bool        // an update has changed the state
	renewing bool
}

// run takes what happens, until it is time to continue as new.
func (c *shell) run() error {
	inbox := c.openInbox()
	stop := false
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		c.cancelled.Done().Receive(ctx, nil)
		stop = true
	})
	c.step(c.in.Taken.events()...)
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

// step lets the state take what has happened and carries out what it wants done. It never yields.
func (c *shell) step(events ...conversation.Event) {
	if len(events) == 0 {
		return
	}
	c.policy = c.workflows.policy(c.ctx, c.in.Account)
	commands := c.state.Step(workflow.Now(c.ctx), c.policy, events...)
	if slices.ContainsFunc(events, happens) || len(commands) > 0 {
		c.acted = workflow.Now(c.ctx)
	}
	c.queue = append(c.queue, grouped(commands)...)
	c.carry()
}

// limits are what one run of a conversation has under way at most. Temporal takes 2,000 signals that are not confirmed,
// and as many children that are not closed; above that it fails the workflow task, again and again.
type limits struct {
	open     int // commands that are not confirmed
	children int // syncs that are not closed; then another run, which has none, goes on
}

var defaultLimits = limits{open: 500, children: 1000}

// carry carries out what is to be done, as much at a time as Temporal takes.
func (c *shell) carry() {
	for len(c.queue) > 0 && c.open < c.limits.open {
		commands := c.queue[0]
		c.queue = c.queue[1:]
		if len(commands) == 1 && !(waits(commands[0]) && c.crowded()) {
			c.carryOut(commands[0])
		} else {
			c.startMany(commands)
		}
	}
}

// confirmed notes that Temporal has carried a command out.
func (c *shell) confirmed() {
	c.open--
	c.carry()
}

// crowded reports whether this run has so many children that another one should go on. What waits is not among them: it
// is left to StartWaiting.
func (c *shell) crowded() bool { return len(c.children) >= c.limits.children }

// happens reports whether an event is more than the passing of time.
func happens(event conversation.Event) bool {
	_, tick := event.(conversation.Tick)
	return !tick
}

// outcomes hands over what was carried out.
func (c *shell) outcomes() []conversation.Event {
	events := c.happened
	c.happened = nil
	return events
}

// setTimer makes sure that a timer fires when something is due. One that fires earlier stays: each timer stands in the
// history for good.
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

// idleAt is when a conversation that has nothing to do lets go of its history; zero: it has something to do, or hardly
// any history.
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
