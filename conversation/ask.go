package conversation

import "time"

// TicketAsk is what CreateTicket is asked to do with a message.
type TicketAsk struct {
	Message Inbound `json:"message"`
	Known   Known   `json:"known"`
	// Thread is where the message goes unless C4C says no; zero: a new one.
	Thread Thread `json:"thread,omitzero"`
	// Aside is set where Thread is not the chat's.
	Aside bool `json:"aside,omitempty"`
	// TellNumber tells the follower the number of a new ticket.
	TellNumber bool `json:"tell_number,omitempty"`
	// ReopenStatus is that of the account's policy.
	ReopenStatus string `json:"reopen_status,omitempty"`
	// Choice is how another thread is chosen.
	Choice TicketChoice `json:"choice,omitzero"`
	// Wait is set where the sync is started early: it waits for its turn.
	Wait bool `json:"wait,omitempty"`
}

// TicketChoice is how the ticket of one message is chosen.
type TicketChoice struct {
	Reuse  TicketReuse   `json:"reuse,omitempty"`
	Within time.Duration `json:"within,omitempty"` // what ReuseRecent takes for a short time
	// Known is the ticket as C4C told of it by itself; nil: C4C is asked whether the ticket is open.
	Known *TicketState `json:"known,omitempty"`
	// Address is the ticket that the follower named in the text; nil: none.
	Address *TicketAddress `json:"address,omitempty"`
}

// TicketAddress is what a follower means who writes "<text>@<ticket number>".
type TicketAddress struct {
	TicketID  string `json:"ticket_id"`
	Text      string `json:"text"`      // without the number
	Otherwise Thread `json:"otherwise"` // where the message goes, as it was written, should the ticket not be theirs
}

// ReplyAsk is what DeliverReply is asked to do.
type ReplyAsk struct {
	Reply Reply `json:"reply"`
	Order Order `json:"order"`
	// Hold starts the reply as held, behind others that wait for the follower.
	Hold bool `json:"hold,omitempty"`
	// Wait is set where the reply is started early: it waits for its turn.
	Wait bool `json:"wait,omitempty"`
	// Gone is set where the follower has unfollowed: nothing is sent and the agent is told.
	Gone bool `json:"gone,omitempty"`
	// ResendUnknown sends a part again whose outcome is unknown.
	ResendUnknown bool `json:"resend_unknown,omitempty"`
	Carried
	// Customer is where notes about the reply go that its ticket does not take.
	Customer NoteCustomer `json:"customer,omitzero"`
	// Care is what is done when the reply does not arrive at once; nil: nothing.
	Care *ReplyCare `json:"care,omitempty"`
	// Spare is set where the window has a message to spare: the reply may take one more for the sake of its form.
	Spare bool `json:"spare,omitempty"`
	// Status, Survey and Thanks name the text of an automatic reply that has none of its own.
	Status string `json:"status,omitempty"`
	Survey bool   `json:"survey,omitempty"`
	Thanks bool   `json:"thanks,omitempty"`
}

// Carried is what a reply has to do with those around it where the window allows few messages.
type Carried struct {
	// With are texts of replies behind this one that go out with it.
	With []CarriedText `json:"with,omitempty"`
	// Into is the reply that the text of this one went out with; Unknown is set where nobody knows whether it arrived.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
}

// CarriedText is the text of a reply that another one takes along.
type CarriedText struct {
	ID   string `json:"id"` // workflow id of the reply
	Text string `json:"text"`
}

// ReplyCare is what is done about a reply that does not arrive at once.
type ReplyCare struct {
	// ExpireAfter is how long a reply waits for the follower before it is given up; 0: for ever.
	ExpireAfter time.Duration `json:"expire_after,omitempty"`
	// AnnounceAfter is when the follower is told that an answer waits; 0: never.
	AnnounceAfter time.Duration `json:"announce_after,omitempty"`
	// Announced is set where the follower was told of those in front.
	Announced bool `json:"announced,omitempty"`
}

// Turn lets a waiting sync go on, with what has changed since it was started.
type Turn struct {
	Known Known `json:"known"`
	// Ask is which wait of the sync it ends, so that one which comes late is known to be over; 0: it was not asked for.
	Ask    int         `json:"ask,omitempty"`
	Ticket *TicketTurn `json:"ticket,omitempty"` // of a message
	Reply  *ReplyTurn  `json:"reply,omitempty"`
}

// TicketTurn is what has changed for a message.
type TicketTurn struct {
	Thread     Thread       `json:"thread,omitzero"`
	Aside      bool         `json:"aside,omitempty"`
	TellNumber bool         `json:"tell_number,omitempty"`
	Ticket     *TicketState `json:"ticket,omitempty"` // the thread's, as C4C told of it by itself
}

// ReplyTurn is what has changed for a reply.
type ReplyTurn struct {
	Carried
	// Hold tells a reply that was started early to wait behind others that wait for the follower.
	Hold bool       `json:"hold,omitempty"`
	Gone bool       `json:"gone,omitempty"`
	Care *ReplyCare `json:"care,omitempty"`
	// Spare is as in ReplyAsk.
	Spare bool `json:"spare,omitempty"`
}
