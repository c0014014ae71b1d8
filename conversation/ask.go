package conversation

import "time"

// TicketAsk is the part of CreateTicket's input that the conversation decides.
type TicketAsk struct {
	Message Inbound `json:"message"`
	Known   Known   `json:"known"`
	// Thread is where the message goes unless C4C refuses; zero: a new thread.
	Thread Thread `json:"thread,omitzero"`
	// Aside is set if Thread is not the chat's thread.
	Aside bool `json:"aside,omitempty"`
	// TellNumber sends the follower the number of a new ticket at once.
	TellNumber bool `json:"tell_number,omitempty"`
	// ReopenStatus is the account policy's ReopenStatus.
	ReopenStatus string `json:"reopen_status,omitempty"`
	// Choice is how to choose another thread.
	Choice TicketChoice `json:"choice,omitzero"`
	// Wait is set if the sync is started early and must wait for its turn.
	Wait bool `json:"wait,omitempty"`
}

// TicketChoice is how to choose the ticket of one message.
type TicketChoice struct {
	Reuse  TicketReuse   `json:"reuse,omitempty"`
	Within time.Duration `json:"within,omitempty"` // how recently completed a ticket must be for ReuseRecent
	// Known is the ticket's state from C4C's own event; nil: ask C4C whether the ticket is open.
	Known *TicketState `json:"known,omitempty"`
	// Address is the ticket number that the follower wrote in the text; nil: none.
	Address *TicketAddress `json:"address,omitempty"`
}

// TicketAddress is a ticket that the follower addresses by writing "<text>@<ticket number>".
type TicketAddress struct {
	TicketID  string `json:"ticket_id"`
	Text      string `json:"text"`      // without the number
	Otherwise Thread `json:"otherwise"` // where the message goes, as written, if the ticket is not the follower's
}

// ReplyAsk is the part of DeliverReply's input that the conversation decides.
type ReplyAsk struct {
	Reply Reply `json:"reply"`
	Order Order `json:"order"`
	// Hold starts the reply in the held state, behind others that wait for the follower.
	Hold bool `json:"hold,omitempty"`
	// Wait is set if the reply is started early and must wait for its turn.
	Wait bool `json:"wait,omitempty"`
	// Gone is set if the follower has unfollowed: nothing is sent, and the agent is informed.
	Gone bool `json:"gone,omitempty"`
	// ResendUnknown resends a part whose outcome is unknown.
	ResendUnknown bool `json:"resend_unknown,omitempty"`
	Carried
	// Customer is the customer that gets notes about the reply if its ticket does not accept them.
	Customer NoteCustomer `json:"customer,omitzero"`
	// DelayPolicy is what to do if the reply does not arrive at once; nil: nothing.
	DelayPolicy *DelayPolicy `json:"care,omitempty"`
	// Spare is set if the window has a message to spare: the reply may use one more to keep its form.
	Spare bool `json:"spare,omitempty"`
	// Status, Survey, Thanks and Number select the text of an automatic reply that has no text of its own.
	Status string `json:"status,omitempty"`
	Survey bool   `json:"survey,omitempty"`
	Thanks bool   `json:"thanks,omitempty"`
	Number bool   `json:"number,omitempty"`
}

// Carried is how a reply is merged with others when the window allows few messages.
type Carried struct {
	// With are the texts of later replies that go out with this one.
	With []CarriedText `json:"with,omitempty"`
	// Into is the reply that carried this one's text. Unknown is set if it is unknown whether that reply arrived.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
}

// CarriedText is the text of a reply that another reply carries.
type CarriedText struct {
	ID   string `json:"id"` // workflow id of the reply
	Text string `json:"text"`
}

// DelayPolicy is what to do about a reply that does not arrive at once. Recorded histories name it care.
type DelayPolicy struct {
	// ExpireAfter is how long a reply waits for the follower before it is given up; 0: no limit.
	ExpireAfter time.Duration `json:"expire_after,omitempty"`
	// AnnounceAfter is how long until the follower is notified that an answer waits; 0: never.
	AnnounceAfter time.Duration `json:"announce_after,omitempty"`
	// Announced is set if the follower was already notified of the replies ahead of this one.
	Announced bool `json:"announced,omitempty"`
}

// Turn lets a waiting sync continue, with what has changed since it was started.
type Turn struct {
	Known Known `json:"known"`
	// Ask is the number of the wait that this turn ends, so that a late turn can be ignored; 0: the sync did not ask.
	Ask    int         `json:"ask,omitempty"`
	Ticket *TicketTurn `json:"ticket,omitempty"` // of a message
	Reply  *ReplyTurn  `json:"reply,omitempty"`
}

// TicketTurn is what has changed for a message.
type TicketTurn struct {
	Thread     Thread       `json:"thread,omitzero"`
	Aside      bool         `json:"aside,omitempty"`
	TellNumber bool         `json:"tell_number,omitempty"`
	Ticket     *TicketState `json:"ticket,omitempty"` // the thread's ticket, from C4C's own event
}

// ReplyTurn is what has changed for a reply.
type ReplyTurn struct {
	Carried
	// Hold tells a reply that was started early to wait behind others that wait for the follower.
	Hold        bool         `json:"hold,omitempty"`
	Gone        bool         `json:"gone,omitempty"`
	DelayPolicy *DelayPolicy `json:"care,omitempty"`
	// Spare is as in ReplyAsk.
	Spare bool `json:"spare,omitempty"`
}
