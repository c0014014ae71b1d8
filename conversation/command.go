package conversation

import "github.com/wechat-c4c/wechat-c4c/conversation/window"

// Command is something that is to be done. Commands of one step are carried out in order.
type Command interface{ command() }

// StartOnboard starts OnboardFollower.
type StartOnboard struct {
	ID         string
	CreateTime int64
	Known      Known
	// LookFirst is set where C4C may know the follower although the conversation does not.
	LookFirst bool
	// Scene is the QR code by which the follower came, to be noted at the customer; empty: none.
	Scene string
	// Asked is set where a message waits for it.
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
	Wait         bool   // it is started early and waits for its turn
}

// StartReply starts DeliverReply.
type StartReply struct {
	ID  string
	Ask ReplyAsk
}

// Grant gives a sync its turn. One that is closed comes back as [Closed].
type Grant struct {
	WorkflowID string
	Turn       Turn
}

// Watch asks a sync that may still run to report its end by signal, and where it stands if it waits for something. It
// comes back as [Watched], or as [Closed] with the outcome as far as Temporal knows it.
type Watch struct{ WorkflowID string }

// MarkStuck tells a sync that it has been trying for long.
type MarkStuck struct{ WorkflowID string }

// GiveUp tells a held reply that the follower left.
type GiveUp struct{ WorkflowID string }

// Uncarry tells a held reply to leave the texts of others to themselves.
type Uncarry struct{ WorkflowID string }

// NoteKind is what an internal note for the service agent is about.
type NoteKind string

// Kinds of notes that a conversation leaves.
const (
	NoteGone          NoteKind = "gone"           // the follower left
	NoteWindowEnding  NoteKind = "ending"         // the window closes on a message that nobody answered
	NoteWindowLow     NoteKind = "low"            // the window is nearly spent
	NoteSurvey        NoteKind = "survey"         // the follower has answered the survey
	NoteSurveyChanged NoteKind = "survey_changed" // and has changed the answer
	NoteOrigin        NoteKind = "origin"         // by which QR code the follower came
	NoteUntold        NoteKind = "untold"         // an automatic text was not sent
	NoteLost          NoteKind = "lost"           // a reply was terminated: nobody knows how much of it arrived
)

// StartNote leaves an internal note in a ticket.
type StartNote struct {
	Kind     NoteKind
	Key      string // what the note is about: one note per key
	TicketID string
	ObjectID string
	Customer NoteCustomer
	// IfOpen is the ticket's key where the note is worth something only as long as the ticket is open.
	IfOpen string

	Until int64  // of notes about the window, seconds since 1970
	Left  int    // messages left, of NoteWindowLow
	Score int    // of the survey
	Scene string // of NoteOrigin
	Words string // how the reply begins, with its mark-up, of NoteLost; the text of NoteUntold, where it has its own

	Status string // whose text it was, of NoteUntold
	Survey bool   // it was the question about a ticket, of NoteUntold
}

// Announce starts the notice that an answer waits.
type Announce struct {
	TicketID     string
	Since        int64
	Count        int
	Customer     NoteCustomer
	Subscription NoticeForm
	Template     NoticeForm
}

// EndNotice tells a notice that no answer waits any more.
type EndNotice struct{}

// TellBackfill tells the backfill what became of the follower.
type TellBackfill struct{ Run, Outcome string }

// ShowTicket lets operators find the conversation by its ticket.
type ShowTicket struct{ TicketID string }

// CountSpent counts a customer-service message by what allowed it.
type CountSpent struct{ Trigger window.Trigger }

// CountMissed counts a reply that C4C's push did not bring.
type CountMissed struct{}

// CountUnfetched counts a file of the follower that stays at WeChat.
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
