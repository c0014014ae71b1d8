package conversation

import "github.com/wechat-c4c/wechat-c4c/activities"

// Known is what the conversation knows about its follower in C4C, so that not every call has to ask again.
type Known struct {
	Profile  activities.Profile  `json:"profile,omitzero"`
	Customer activities.Customer `json:"customer,omitzero"`
	Thread   Thread              `json:"thread,omitzero"` // of the chat
}

// Thread is the chain of social media activities in one ticket.
type Thread struct {
	RootMessageID  string `json:"root_message_id,omitempty"` // SocialMediaMessageID of its first message
	RootUUID       string `json:"root_uuid,omitempty"`       // C4C's key of that message; empty: unknown
	TicketID       string `json:"ticket_id,omitempty"`       // the number that people see
	TicketObjectID string `json:"ticket_object_id,omitempty"`
}

// Found is what a sync reports to the conversation about the follower.
type Found struct {
	Profile  activities.Profile  `json:"profile,omitzero"`
	Customer activities.Customer `json:"customer,omitzero"`
	// Anew is set if the profile replaces one that C4C no longer has. The customer and thread of the old one are gone,
	// too.
	Anew bool `json:"anew,omitempty"`
	// Thread is where the message went. Aside is set if that is not the chat's thread, but one of the page or a former
	// one of the chat.
	Thread Thread `json:"thread,omitzero"`
	Aside  bool   `json:"aside,omitempty"`
	// Ticket is the ticket's state in C4C; nil: not reported.
	Ticket *TicketState `json:"ticket,omitempty"`
	// Pictures are the message's pictures, once its ticket is known.
	Pictures []WebPicture `json:"pictures,omitempty"`
}

// TicketState is a ticket's state in C4C, and when C4C reported it.
type TicketState struct {
	activities.Ticket
	At  int64 `json:"at"`            // seconds since 1970
	Own bool  `json:"own,omitempty"` // we set this status ourselves: it is no news to the follower
	New bool  `json:"new,omitempty"` // C4C has just made the ticket for a message of the follower
}

// TicketChange is the state of a ticket after an event of C4C.
type TicketChange struct {
	TicketState
	Created bool `json:"created,omitempty"` // the ticket is new
}

// NoteCustomer names a customer in C4C, by key or by number.
type NoteCustomer struct {
	ObjectID string `json:"object_id,omitempty"`
	ID       string `json:"id,omitempty"`
}

// Learn adds what a sync found out about the follower. A known profile, its bond and customer do not change, unless
// C4C has lost them.
func (k *Known) Learn(found Found) {
	if found.Anew && found.Profile.ID != k.Profile.ID {
		*k = Known{}
	}
	if k.Profile.CustomerID == "" && found.Profile.ID != "" {
		k.Profile = found.Profile
	}
	if k.Customer.ID == "" {
		k.Customer = found.Customer
	}
	switch {
	case found.Thread.RootMessageID == "":
	case found.Thread.RootMessageID == k.Thread.RootMessageID:
		k.Thread.complete(found.Thread)
	case !found.Aside || k.Thread.RootMessageID == "":
		k.Thread = found.Thread
	}
}

// complete adds what is new about the same thread.
func (t *Thread) complete(found Thread) {
	if t.RootUUID == "" {
		t.RootUUID = found.RootUUID
	}
	if found.TicketID != "" {
		t.TicketID, t.TicketObjectID = found.TicketID, found.TicketObjectID
	}
}

// NoteCustomer names the follower's customer, for notes.
func (k *Known) NoteCustomer() NoteCustomer {
	id := k.Profile.CustomerID
	if id == "" {
		id = k.Customer.ID
	}
	return NoteCustomer{ObjectID: k.Customer.ObjectID, ID: id}
}

// learn adds what a sync found out. If the sync is not the active one, its knowledge is older than ours: it then only
// completes what is known about the same thread.
func (s *step) learn(found Found, active bool) {
	if found.Ticket != nil {
		s.Tickets.learn(*found.Ticket)
	}
	s.Page.keep(found, s.now.Unix())
	if !active {
		if found.Thread.RootMessageID != "" && found.Thread.RootMessageID == s.Known.Thread.RootMessageID {
			s.Known.Thread.complete(found.Thread)
		}
		return
	}
	s.Known.Learn(found)
}
