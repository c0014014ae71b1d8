package workflows

import "github.com/wechat-c4c/wechat-c4c/activities"

// Facts are what the conversation knows of its follower in C4C, so that no call has to ask again.
type Facts struct {
	Profile  activities.Profile  `json:"profile"`
	Customer activities.Customer `json:"customer"`
	Thread   Thread              `json:"thread"`
}

// Thread is the chain of social media activities that one ticket holds.
type Thread struct {
	RootMessageID  string `json:"root_message_id,omitempty"` // SocialMediaMessageID of its first message
	TicketID       string `json:"ticket_id,omitempty"`       // the number people know
	TicketObjectID string `json:"ticket_object_id,omitempty"`
}

// learn takes over what a sync found out. Profile, its bond and customer never change once known.
func (f *Facts) learn(found Facts) {
	if f.Profile.CustomerID == "" && found.Profile.ID != "" {
		f.Profile = found.Profile
	}
	if f.Customer.ID == "" {
		f.Customer = found.Customer
	}
	if found.Thread.RootMessageID != "" {
		f.Thread = found.Thread
	}
}
