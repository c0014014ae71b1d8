package c4csim

import (
	"context"
	"net/http"
	"time"
)

// agentReply is what an agent sends from the desk or through POST /_sim/tickets/{id}/replies.
type agentReply struct {
	Text        string   `json:"text"`
	AuthorName  string   `json:"author_name"`
	AuthorEmail string   `json:"author_email"`
	Private     bool     `json:"private"`
	Attachments []upload `json:"attachments"`
	// Repeat pushes the same reply that many times, one after the other; 0 is once.
	Repeat int `json:"repeat"`
	// Lost keeps the push from leaving the tenant: C4C's mashup fails, and the push is not repeated.
	Lost bool `json:"lost"`
	// EmptyOriginalID overrides the switch of that name for this reply.
	EmptyOriginalID *bool `json:"empty_original_id"`
}

// upload is a file in base64.
type upload struct {
	Name     string `json:"name"`
	MimeType string `json:"mime_type"`
	Content  []byte `json:"content"`
}

// replyResult answers a reply: its ids and the api's answer to the push. Status 0 with an error: no answer; without:
// no push.
type replyResult struct {
	SMAID     string `json:"sma_id"`
	MessageID string `json:"message_id"`
	Pushed    bool   `json:"pushed"`
	Status    int    `json:"status"`
	Body      string `json:"body"`
	Error     string `json:"error,omitempty"`
}

// reply stores an agent's answer in the ticket's thread and pushes it, once and without retry.
func (s *Simulator) reply(ctx context.Context, ticketID string, in agentReply) (replyResult, *problem) {
	s.mu.Lock()
	out, payload, p := s.prepareReply(ticketID, in)
	lost := in.Lost || s.set.LoseReplies
	s.mu.Unlock()
	if p != nil || lost {
		return out, p
	}
	target := s.channelOfActivity(payload.SMAID).MashupURL
	if target == "" {
		return out, nil
	}
	for range max(in.Repeat, 1) {
		out = s.pushReply(ctx, target, payload)
	}
	return out, nil
}

// pushReply posts a reply to the mashup's URL, once.
func (s *Simulator) pushReply(ctx context.Context, target string, payload mashupReply) replyResult {
	result := s.push(ctx, outgoing{kind: "reply", smaID: payload.SMAID, target: target, contentType: formType,
		body: payload.form()})
	s.changed() // the desk shows how the push went
	return replyResult{SMAID: payload.SMAID, Pushed: true, Status: result.Status, Body: result.Body, Error: result.Error}
}

// pushLate pushes a reply that is already in its thread, like a delayed push.
func (s *Simulator) pushLate(ctx context.Context, smaID string) (replyResult, *problem) {
	s.mu.Lock()
	payload, p := s.payloadOf(smaID)
	s.mu.Unlock()
	if p != nil {
		return replyResult{}, p
	}
	return s.pushReply(ctx, s.channelOfActivity(smaID).MashupURL, payload), nil
}

// payloadOf is what the mashup posts for an agent's activity.
func (s *Simulator) payloadOf(smaID string) (mashupReply, *problem) {
	a := s.db.first(typeActivity, "ID", smaID)
	if a == nil || a.text("InitiatorCode") != "1" {
		return mashupReply{}, problemNotFound()
	}
	reply := mashupReply{
		SMAID: smaID, AuthorName: a.text("SocialMediaMessageAuthor"), Text: a.text("Text"),
		CreatedAt: a.time("SocialMediaMessageCreationDateTime").Format(time.RFC3339),
		Private:   map[bool]string{true: "TRUE", false: "FALSE"}[a.flag("PrivateSocialMediaMessageIndicator")],
	}
	if parent := s.parentOf(a); parent != nil && parent != a && !s.set.EmptyOriginalID {
		reply.OriginalID = parent.text("SocialMediaMessageID")
	}
	if t := s.ticketOfActivity(a); t != nil {
		reply.ServiceRequestNo = t.text("ID")
	}
	return reply, nil
}

func (s *Simulator) prepareReply(ticketID string, in agentReply) (replyResult, mashupReply, *problem) {
	s.settle()
	t := s.ticketNamed(ticketID)
	switch {
	case t == nil:
		return replyResult{}, mashupReply{}, problemNotFound()
	case !openTicket(t):
		p := problemReadOnly("Ticket " + t.text("ID"))
		p.status = http.StatusConflict
		return replyResult{}, mashupReply{}, p
	case in.Text == "" && len(in.Attachments) == 0:
		return replyResult{}, mashupReply{}, invalid("Text is missing")
	}
	at, original, p := s.placeOfReply(t)
	if p != nil {
		return replyResult{}, mashupReply{}, p
	}
	a := s.addActivity(at, "1", newActivity{
		categoryCode: "003", author: in.AuthorName, text: in.Text, private: in.Private, channelCode: s.opts.ChannelCode,
	})
	s.refer(t, a)
	for _, u := range in.Attachments {
		s.attach(typeActivityAttachment, a.id, u)
	}
	s.db.set(t, s.now(), "RequestAssignmentStatusCode", "2")
	s.changed()
	empty := s.set.EmptyOriginalID
	if in.EmptyOriginalID != nil {
		empty = *in.EmptyOriginalID
	}
	if empty {
		original = ""
	}
	return replyResult{SMAID: a.text("ID")}, mashupReply{
		OriginalID: original, SMAID: a.text("ID"), ServiceRequestNo: t.text("ID"), AuthorName: in.AuthorName,
		AuthorEmail: in.AuthorEmail,
		CreatedAt:   s.now().Format(time.RFC3339), Private: map[bool]string{true: "TRUE", false: "FALSE"}[in.Private],
		Text: in.Text,
	}, nil
}

// placeOfReply puts an answer under the follower's last message. A ticket without one (over OData) starts a thread
// with the customer's profile, and its reply names no original.
func (s *Simulator) placeOfReply(t *row) (place, string, *problem) {
	var last *row
	for _, a := range s.activitiesOf(t) {
		if a.text("InitiatorCode") == "2" {
			last = a
		}
	}
	if last != nil {
		profile := s.db.get(typeProfile, undashed(last.text("SocialMediaUserProfileUUID")))
		return place{profile: profile, parent: last, root: s.rootOf(last)}, last.text("SocialMediaMessageID"), nil
	}
	profiles := s.profilesOfCustomer(t.text("BuyerMainContactPartyID"))
	if len(profiles) == 0 {
		profiles = s.profilesOfCustomer(t.text("BuyerPartyID"))
	}
	if len(profiles) == 0 {
		p := invalid("The ticket has no social media thread and its customer no social media user profile")
		p.status = http.StatusConflict
		return place{}, "", p
	}
	return place{profile: profiles[0]}, "", nil
}

// profilesOfCustomer lists the profiles bound to a customer's number.
func (s *Simulator) profilesOfCustomer(number string) []*row {
	if number == "" {
		return nil
	}
	return filterRows(s.db.all(typeProfile), func(p *row) bool {
		c := s.customerOf(p)
		return c != nil && c.text("CustomerID") == number
	})
}

// attach attaches a file to a ticket or an activity.
func (s *Simulator) attach(typ, parent string, u upload) *row {
	now := s.now()
	r := s.db.add(typ, now, map[string]any{
		"ParentObjectID": parent, "TypeCode": "10001", "CategoryCode": "2", "MimeType": u.MimeType, "Name": u.Name,
		"Binary": u.Content, "CreatedOn": now,
	})
	s.db.assign(r, "UUID", r.uuid())
	return r
}
