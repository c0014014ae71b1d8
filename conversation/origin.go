package conversation

import "strings"

// originLife is how long after a scan a new ticket is still attributed to it, in seconds.
const originLife = 7 * 24 * 60 * 60

// Origin is the QR code that a follower scanned last.
type Origin struct {
	Scene string `json:"scene,omitempty"`
	At    int64  `json:"at,omitempty"` // CreateTime of the scan, seconds since 1970
	// AtCustomer and Ticket are where agents can read it: on the customer, and in the first ticket after the scan.
	AtCustomer bool   `json:"at_customer,omitempty"`
	Ticket     string `json:"ticket,omitempty"`
}

// recordScene keeps the scene of a follow or a scan.
func (o *Origin) recordScene(in Inbound) {
	if (in.Kind == KindFollow || in.Kind == KindScan) && in.EventKey != "" && in.CreateTime >= o.At {
		*o = Origin{Scene: in.EventKey, At: in.CreateTime}
	}
}

// forCustomer is the scene that an onboarding should record on the customer; empty: none, or already recorded.
func (o *Origin) forCustomer() string {
	if o.AtCustomer {
		return ""
	}
	o.AtCustomer = o.Scene != ""
	return o.Scene
}

// noteOrigin tells the agents, in the ticket that a chat message opened, which QR code brought the follower.
func (s *step) noteOrigin(opened Thread, msgID string, sentAt int64) {
	origin := &s.Origin
	if origin.Scene == "" || origin.Ticket != "" || sentAt < origin.At || sentAt-origin.At > originLife {
		return
	}
	if opened.TicketID == "" || msgID == "" || !strings.HasSuffix(opened.RootMessageID, ":"+msgID) {
		return
	}
	origin.Ticket = opened.TicketID
	s.note(StartNote{
		Kind: NoteOrigin, Key: "origin/" + msgID, TicketID: opened.TicketID, ObjectID: opened.TicketObjectID,
		Scene: origin.Scene,
	})
}
