package conversation

import "github.com/wechat-c4c/wechat-c4c/conversation/window"

// Command is something to be done. The commands of one step are carried out in order.
type Command interface{ command() }

// StartOnboard starts OnboardFollower.
type StartOnboard struct {
	ID         string
	CreateTime int64
	Known      Known
	// LookFirst is set if C4C may know the follower although the conversation does not.
	LookFirst bool
	// Scene is the QR code that brought the follower, to be recorded on the customer; empty: none.
	Scene string
	// Asked is set if a message waits for the onboarding.
	Asked bool
}

// StartTicket starts CreateTicket.
type StartTicket struct {
	ID  string
	Ask TicketAsk
}

// StartRegister starts RegisterCustomer.
type StartRegister struct {
	ID           string
	Order        Order
	Known        Known
	Registration Registration
	Key          string // of the submission
	Wait         bool   // started early; waits for its turn
}

// StartReply starts DeliverReply.
type StartReply struct {
	ID  string
	Ask ReplyAsk
}

// Grant gives a sync its turn. If the sync is closed, the answer is [Closed].
type Grant struct {
	WorkflowID string
	Turn       Turn
}

// Watch asks a sync that may still run to report its end by signal, and its state if it is waiting. The answer is
// [Watched], or [Closed] with the outcome that Temporal has.
type Watch struct{ WorkflowID string }

// MarkStuck tells a sync that it has been retrying for a long time.
type MarkStuck struct{ WorkflowID string }

// GiveUp tells a held reply that the follower has unfollowed.
type GiveUp struct{ WorkflowID string }

// Uncarry tells a held reply not to carry the texts of others.
type Uncarry struct{ WorkflowID string }

// NoteKind is the subject of an internal note for the service agent.
type NoteKind string

// Kinds of notes that a conversation leaves for agents.
const (
	NoteGone          NoteKind = "gone"           // the follower has unfollowed
	NoteWindowEnding  NoteKind = "ending"         // the window is about to close on an unanswered message
	NoteWindowLow     NoteKind = "low"            // the window has few messages remaining
	NoteSurvey        NoteKind = "survey"         // the follower has answered the survey
	NoteSurveyChanged NoteKind = "survey_changed" // the follower has changed the answer
	NoteOrigin        NoteKind = "origin"         // which QR code brought the follower
	NoteBarred        NoteKind = "barred"         // the account may not send the numbers of tickets
	NoteUntold        NoteKind = "untold"         // an automatic text was not sent
	NoteLost          NoteKind = "lost"           // a reply was terminated: it is unknown how much of it arrived
)

// StartNote leaves an internal note in a ticket.
type StartNote struct {
	Kind     NoteKind
	Key      string // what the note is about; there is one note per key
	TicketID string
	ObjectID string
	Customer NoteCustomer
	// IfOpen is the key of the ticket if the note is only useful while that ticket is open.
	IfOpen string

	Until int64  // of notes about the window, seconds since 1970
	Left  int    // messages remaining, of NoteWindowLow
	Score int    // of the survey
	Scene string // of NoteOrigin
	Words string // of NoteLost: how the reply begins, with its mark-up; of NoteUntold: the text, if it has one of its own

	Status string // of NoteUntold: the status whose text it was
	Survey bool   // of NoteUntold: it was the survey question about a ticket
	Number bool   // of NoteUntold: it was the number of a new ticket
	Unsure bool   // of NoteUntold: it may have arrived all the same
}

// Announce starts the notice that tells the follower an answer waits.
type Announce struct {
	TicketID     string
	Since        int64
	Count        int
	Customer     NoteCustomer
	Subscription NoticeForm
	Template     NoticeForm
}

// EndNotice tells a notice that no answer is waiting any more.
type EndNotice struct{}

// TellBackfill reports a follower's outcome to the backfill.
type TellBackfill struct{ Run, Outcome string }

// ShowTicket lets operators find the conversation by its ticket.
type ShowTicket struct{ TicketID string }

// CountSpent counts a customer-service message by what allowed it.
type CountSpent struct{ Trigger window.Trigger }

// CountMissed counts a reply that C4C's push did not deliver.
type CountMissed struct{}

// CountUnfetched counts a follower's file that was not fetched from WeChat.
type CountUnfetched struct{}

func (StartOnboard) command()   {}
func (StartTicket) command()    {}
func (StartRegister) command()  {}
func (StartReply) command()     {}
func (Grant) command()          {}
func (Watch) command()          {}
func (MarkStuck) command()      {}
func (GiveUp) command()         {}
func (Uncarry) command()        {}
func (StartNote) command()      {}
func (Announce) command()       {}
func (EndNotice) command()      {}
func (TellBackfill) command()   {}
func (ShowTicket) command()     {}
func (CountSpent) command()     {}
func (CountMissed) command()    {}
func (CountUnfetched) command() {}

func (c StartOnboard) weight() int  { return len(c.Scene) }
func (c StartTicket) weight() int   { return c.Ask.Message.size() }
func (c StartRegister) weight() int { return len(c.Key) }
func (c StartReply) weight() int    { return c.Ask.Reply.size() }
