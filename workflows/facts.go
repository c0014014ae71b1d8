package workflows

import "github.com/wechat-c4c/wechat-c4c/activities"

// Facts are what the conversation knows of its follower in C4C, so that no call has to ask again.
type Facts struct {
	Profile  activities.Profile  `json:"profile"`
	Customer activities.Customer `json:"customer"`
	Thread   Thread              `json:"thread"`

	// Anew says that the profile takes the place of one that C4C no longer has: customer and thread of that one are gone, too.
	Anew bool `json:"anew,omitempty"`
	// Aside says that the thread is not the chat's, but one of the page or one that the chat has left.
	Aside bool `json:"aside,omitempty"`
	// Ticket is what a sync heard of its ticket; nil: nothing.
	Ticket *TicketState `json:"ticket,omitempty"`
}

// Thread is the chain of social media activities that one ticket holds.
type Thread struct {
	RootMessageID  string `json:"root_message_id,omitempty"` // SocialMediaMessageID of its first message
	RootUUID       string `json:"root_uuid,omitempty"`       // C4C's key of that message; empty: not known
	TicketID       string `json:"ticket_id,omitempty"`       // the number people know
	TicketObjectID string `json:"ticket_object_id,omitempty"`
}

// learn takes over what a sync found out. Profile, its bond and customer do not change once known, unless C4C has lost them.
func (f *Facts) learn(found Facts) {
	if found.Anew && found.Profile.ID != f.Profile.ID {
		*f = Facts{}
	}
	if f.Profile.CustomerID == "" && found.Profile.ID != "" {
		f.Profile = found.Profile
	}
	if f.Customer.ID == "" {
		f.Customer = found.Customer
	}
	if found.Thread.RootMessageID != "" && (!found.Aside || f.Thread.RootMessageID == "") {
		f.Thread = found.Thread
	}
}

// noteCustomer names the follower's customer for notes.
func (f *Facts) noteCustomer() NoteCustomer {
	id := f.Profile.CustomerID
	if id == "" {
		id = f.Customer.ID
	}
	return NoteCustomer{ObjectID: f.Customer.ObjectID, ID: id}
}
