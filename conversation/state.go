package conversation

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// State is what a conversation knows. Each part has its own type and file, and only the methods in that file write
// it.
type State struct {
	Who   Identity `json:"who"`
	Known Known    `json:"known,omitzero"`
	Seen  Seen     `json:"seen,omitempty"`
	// Replied remembers accepted replies and automatic texts apart from Seen, so that nothing the follower writes
	// displaces them: a reply that another one carries has no sync yet whose id could reject a repeat.
	Replied Seen `json:"replied,omitempty"`
	// Erased is when the follower was erased before the conversation began, in seconds since 1970; 0: never.
	Erased int64 `json:"erased,omitempty"`

	Presence Presence `json:"presence,omitzero"`
	Messages Lane     `json:"messages,omitzero"`
	Replies  Lane     `json:"replies,omitzero"`
	Held     Held     `json:"held,omitzero"`
	// Automatic are automatic texts that wait until the window has a message to spare.
	Automatic []Automatic `json:"automatic,omitempty"`
	Window    Window      `json:"window,omitzero"`
	Told      Told        `json:"told,omitzero"`
	Tickets   Tickets     `json:"tickets,omitzero"`
	Origin    Origin      `json:"origin,omitzero"`
	Page      Page        `json:"page,omitzero"`
	Fetched   Fetched     `json:"fetched,omitzero"`

	// More is when to begin what the last step could not begin, in milliseconds since 1970; 0: the step began
	// everything.
	More int64 `json:"more,omitempty"`
	// Shown is the ticket by which operators find the conversation.
	Shown string `json:"shown,omitempty"`
	// Unused counts events that the state could not use.
	Unused int `json:"unused,omitempty"`
}

// Step applies events in order and returns the commands to carry out, in order. The events of one step arrived
// together: nothing begins before all of them are applied.
func (s *State) Step(now time.Time, policy Policy, events ...Event) []Command {
	st := &step{State: s, now: now, policy: policy}
	for _, event := range events {
		event.apply(st)
	}
	st.advance()
	return st.commands
}

// step is one call of Step in progress.
type step struct {
	*State
	now      time.Time
	policy   Policy
	commands []Command
	begun    int // syncs
	weight   int // size of their inputs, in bytes
}

func (s *step) do(c Command) {
	s.commands = append(s.commands, c)
	if c, ok := c.(weighty); ok {
		s.begun++
		s.weight += c.weight()
	}
}

// weighty is a command that starts something.
type weighty interface{ weight() int }

// advance lets both lanes begin what they may, and does everything that is due.
func (s *step) advance() {
	s.More = 0
	s.doDue()
	for !s.startedEnough() && s.runMessages() {
	}
	for !s.startedEnough() && s.runReplies() {
	}
	s.relieve()
	s.Messages.clearPassed(s.now)
	s.Replies.clearPassed(s.now)
	s.showTicket()
}

// lane finds a lane by its name; nil: no such lane.
func (s *State) lane(name LaneName) *Lane {
	switch name {
	case LaneMessages:
		return &s.Messages
	case LaneReplies:
		return &s.Replies
	}
	return nil
}

// grant gives a sync its turn.
func (s *step) grant(l *Lane, id string, turn Turn) {
	turn.Known = s.Known
	s.do(Grant{WorkflowID: id, Turn: turn})
	if l.isActive(id) {
		l.Ready, l.Early = 0, 0
	}
}

// begin makes a sync the active one of its lane.
func (s *step) begin(l *Lane, a Active) {
	l.dropTurn(a.WorkflowID)
	a.Since, a.Openings = s.now.Unix(), s.Window.Openings
	l.Active, l.Ready, l.Early = &a, 0, 0
}

// updateLedger records what a sync sent, and what WeChat said about the window. A refusal counts only if the
// follower has done nothing since the sync began.
func (s *step) updateLedger(l *Lane, id string, out Outcome) {
	for range min(out.Spent, maxSpent) {
		s.do(CountSpent{Trigger: s.Window.Ledger.Spend(s.policy.Window.Rules, s.now)})
	}
	if l.isActive(id) && l.Active.Openings == s.Window.Openings {
		s.Window.recordRefusal(out.Failure)
	}
}

// maxSpent limits what one report may spend: no reply has more messages.
const maxSpent = 1000

// showTicket lets operators find the conversation by its ticket.
func (s *step) showTicket() {
	if ticketID := s.Known.Thread.TicketID; ticketID != "" && ticketID != s.Shown {
		s.Shown = ticketID
		s.do(ShowTicket{TicketID: ticketID})
	}
}

// recordRefusal closes the window, or uses it up, if WeChat has refused a message for that reason.
func (w *Window) recordRefusal(failure string) {
	switch failure {
	case activities.ErrorWeChatWindowClosed:
		w.Ledger.Close()
	case activities.ErrorWeChatWindowUsedUp:
		w.Ledger.UseUp()
	}
}

// Window is the reply window and what the agent has been told about it.
type Window struct {
	Ledger window.Ledger `json:"ledger,omitzero"`
	// Openings is how often the follower has opened the window.
	Openings int `json:"openings,omitempty"`
	// Asked is set while the follower's last message is unanswered.
	Asked bool `json:"asked,omitempty"`
	// Low is the end of the window for which the agent was told that few messages remain; seconds since 1970.
	Low int64 `json:"low,omitempty"`
}
