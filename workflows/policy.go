package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Policy is what an account decides about its conversations.
type Policy struct {
	// Settle is how long the first message after a pause waits for others: WeChat posts in parallel, and what
	// arrives within this time is taken in the order the follower sent it.
	Settle time.Duration `json:"settle"`
	// TellNumber tells the follower the number of a new ticket. It costs one of the messages WeChat allows.
	TellNumber bool `json:"tell_number"`
	// ResendUnknown sends a reply again when its outcome is unknown, at the risk that the follower reads it twice.
	ResendUnknown bool `json:"resend_unknown"`
	// ReopenStatus is the user status that sets a completed ticket back to work when the follower writes in it: on the page, by
	// its number, or in the chat where Tickets allows it. Empty: such a message opens a new ticket.
	ReopenStatus string `json:"reopen_status,omitempty"`
	// MediaMax is the largest file of a follower that is attached, in bytes; 0: 25 MB.
	MediaMax int64 `json:"media_max,omitempty"`
	// Voice is how the account speaks to its followers.
	Voice Voice `json:"voice,omitzero"`

	// Window is how the reply window is spent. The zero value, which stands in histories of older releases, leaves all to
	// WeChat's answers.
	Window WindowPolicy `json:"window,omitzero"`

	// Reconcile is how replies that C4C's push did not bring are found.
	Reconcile ReconcilePolicy `json:"reconcile,omitzero"`
	// Tickets is which ticket a message goes to. The zero value, which stands in histories of older releases, reuses an open one.
	Tickets TicketPolicy `json:"tickets,omitzero"`

	// Texts are not part of any decision and may change at any time.
	Texts Texts `json:"-"`
}

// Texts are the words a policy needs. {ticket} stands for the ticket's number.
type Texts struct {
	Language     string // language code of notes in C4C, ISO 639-1
	Placeholder  string // last name of a customer who has not registered
	TicketOpened string // tells the follower the number; holds {ticket}
	NoteGone     string // tells the agent that the follower unfollowed and replies no longer arrive
	// Tell the agent that a reply was given up: by a person, and because the follower unfollowed. {words} is its beginning.
	NoteSkipped, NoteReplyGone string

	Voice VoiceTexts // around agents' replies
	Media MediaTexts // about followers' files
	// Window are the words about replies that do not arrive at once.
	Window *WindowTexts
	// TicketLink is the address of a ticket on the H5 page; holds {ticket}. Empty where a plain link opens no page.
	TicketLink string
	Survey     SurveyTexts
	NoteOrigin string // tells the agent the scene of the QR code that the follower came by; holds {words}
}

// withTicket fills a ticket number into a text.
func withTicket(text, ticketID string) string { return strings.ReplaceAll(text, "{ticket}", ticketID) }

// Workflows are the workflow functions with the policies they follow.
type Workflows struct {
	// Policies by account name. An account without one gets the zero policy.
	Policies map[string]Policy
	// StuckAfter is how long a sync may retry by itself before operators see it as stuck; 0: DefaultStuckAfter. A sync that
	// is under way keeps what it began with.
	StuckAfter time.Duration

	// Counts are told of what happens.
	Counts Counts

	// suggested says that a conversation's history is long enough; nil: as Temporal suggests.
	suggested func(*workflow.Info) bool
}

// historyFull says that a conversation should continue as new.
func (w *Workflows) historyFull(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	if w.suggested != nil {
		return w.suggested(info)
	}
	return info.GetContinueAsNewSuggested()
}

// policy gives the account's policy. Its decisions are recorded, so that a changed setting never disturbs a replay.
func (w *Workflows) policy(ctx workflow.Context, account string) Policy {
	var recorded Policy
	current := w.Policies[account]
	value := workflow.MutableSideEffect(ctx, "policy",
		func(workflow.Context) any { return current },
		func(a, b any) bool { return decisions(a.(Policy)) == decisions(b.(Policy)) })
	if err := value.Get(&recorded); err != nil {
		recorded = current
	}
	recorded.Texts = current.Texts
	return recorded
}

func decisions(p Policy) Policy {
	p.Texts = Texts{}
	return p
}
