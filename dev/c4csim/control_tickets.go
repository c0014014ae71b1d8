package c4csim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

// ticketView is a ticket as GET /_sim/tickets shows it.
type ticketView struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	// user status code: 1 Open, 2 In Process, 4 Customer Action, YJ Technician Underway, 5 Completed, 6 Closed
	Status      string           `json:"status"`
	CustomerID  string           `json:"customer_id"`
	Thread      []messageView    `json:"thread"`
	Attachments []attachmentView `json:"attachments"`
	Notes       []noteView       `json:"notes"`
	// Fields are the extension fields that are set.
	Fields map[string]string `json:"fields,omitempty"`
}

// messageView is one activity of a thread. An agent's has no message_id.
type messageView struct {
	ID          string           `json:"id"` // of the activity (SMA)
	MessageID   string           `json:"message_id"`
	Text        string           `json:"text"`
	From        string           `json:"from"` // follower, agent
	Private     bool             `json:"private"`
	At          time.Time        `json:"at"`
	Author      string           `json:"author,omitempty"`
	Attachments []attachmentView `json:"attachments,omitempty"`
}

type attachmentView struct {
	Name     string `json:"name"`
	MimeType string `json:"mime_type"`
	Size     int    `json:"size"`
	SHA256   string `json:"sha256"`
	ObjectID string `json:"object_id"` // GET /_sim/attachments/{object_id} is the file
	URL      string `json:"url,omitempty"`
}

type noteView struct {
	TypeCode string    `json:"type_code"`
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
}

func (s *Simulator) viewTicket(t *row) ticketView {
	v := ticketView{
		ID: t.text("ID"), Subject: t.text("Name"), Status: t.text("ServiceRequestUserLifeCycleStatusCode"),
		CustomerID: t.text("BuyerPartyID"),
		Thread:     []messageView{}, Attachments: s.viewAttachments(typeTicketAttachment, t.id), Notes: []noteView{},
		Fields: extensions(t),
	}
	for _, a := range s.activitiesOf(t) {
		m := messageView{
			ID: a.text("ID"), MessageID: a.text("SocialMediaMessageID"), Text: a.text("Text"), From: "agent",
			Private: a.flag("PrivateSocialMediaMessageIndicator"),
			At:      a.time("SocialMediaMessageCreationDateTime"), Author: a.text("SocialMediaMessageAuthor"),
			Attachments: s.viewAttachments(typeActivityAttachment, a.id),
		}
		if a.text("InitiatorCode") == "2" {
			m.From = "follower"
		}
		v.Thread = append(v.Thread, m)
	}
	for _, n := range s.db.find(typeTicketText, "ParentObjectID", t.id) {
		v.Notes = append(v.Notes, noteView{TypeCode: n.text("TypeCode"), Text: n.text("Text"), At: n.time("CreatedOn")})
	}
	return v
}

func (s *Simulator) viewAttachments(typ, parent string) []attachmentView {
	out := []attachmentView{}
	for _, a := range s.db.find(typ, "ParentObjectID", parent) {
		sum := sha256.Sum256(a.bytes("Binary"))
		out = append(out, attachmentView{
			Name: a.text("Name"), MimeType: a.text("MimeType"), Size: len(a.bytes("Binary")), SHA256: hex.EncodeToString(sum[:]),
			ObjectID: a.id, URL: a.text("LinkWebURI"),
		})
	}
	return out
}

func (s *Simulator) listTickets(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.settle()
	views := []ticketView{}
	for _, t := range s.db.all(typeTicket) {
		views = append(views, s.viewTicket(t))
	}
	s.mu.Unlock()
	respond(w, http.StatusOK, views)
}

func (s *Simulator) showTicket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.settle()
	t := s.ticketNamed(r.PathValue("id"))
	var v ticketView
	if t != nil {
		v = s.viewTicket(t)
	}
	s.mu.Unlock()
	if t == nil {
		respondProblem(w, problemNotFound())
		return
	}
	respond(w, http.StatusOK, v)
}

func (s *Simulator) listCustomers(w http.ResponseWriter, _ *http.Request) {
	type view struct {
		ID        string   `json:"id"`
		FirstName string   `json:"first_name"`
		LastName  string   `json:"last_name"`
		Mobile    string   `json:"mobile"`
		NickName  string   `json:"nick_name"`
		ObjectID  string   `json:"object_id"`
		Notes     []string `json:"notes"`
		// Fields are the extension fields that are set.
		Fields map[string]string `json:"fields,omitempty"`
	}
	s.mu.Lock()
	views := []view{}
	for _, c := range s.db.all(typeCustomer) {
		v := view{c.text("CustomerID"), c.text("FirstName"), c.text("LastName"), c.text("Mobile"), c.text("NickName"), c.id,
			[]string{}, extensions(c)}
		for _, n := range s.db.find(typeCustomerText, "ParentObjectID", c.id) {
			v.Notes = append(v.Notes, n.text("Text"))
		}
		views = append(views, v)
	}
	s.mu.Unlock()
	respond(w, http.StatusOK, views)
}

func (s *Simulator) listProfiles(w http.ResponseWriter, _ *http.Request) {
	type view struct {
		ID         string `json:"id"`
		OpenID     string `json:"openid"`
		CustomerID string `json:"customer_id"`
	}
	s.mu.Lock()
	views := []view{}
	for _, p := range s.db.all(typeProfile) {
		v := view{ID: p.text("ID")}
		if accounts := s.accountsOf(p); len(accounts) > 0 {
			v.OpenID = accounts[0]
		}
		if c := s.customerOf(p); c != nil {
			v.CustomerID = c.text("CustomerID")
		}
		views = append(views, v)
	}
	s.mu.Unlock()
	respond(w, http.StatusOK, views)
}

func (s *Simulator) postReply(w http.ResponseWriter, r *http.Request) {
	var in agentReply
	if !readControl(w, r, &in) {
		return
	}
	if in.AuthorName == "" {
		in.AuthorName = "Service Agent"
	}
	out, p := s.reply(r.Context(), r.PathValue("id"), in)
	if p != nil {
		respondProblem(w, p)
		return
	}
	respond(w, http.StatusOK, out)
}

// postTicket opens a ticket like an agent who takes a phone call: it has no thread. Customer may be empty.
func (s *Simulator) postTicket(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Subject    string `json:"subject"`
		CustomerID string `json:"customer_id"`
	}{}
	if !readControl(w, r, &in) {
		return
	}
	s.mu.Lock()
	if in.CustomerID != "" && s.db.first(typeCustomer, "CustomerID", in.CustomerID) == nil {
		s.mu.Unlock()
		respondProblem(w, problemNotFound())
		return
	}
	t := s.addTicket(map[string]any{"Name": in.Subject, "BuyerPartyID": in.CustomerID,
		"BuyerMainContactPartyID": in.CustomerID})
	v := s.viewTicket(t)
	s.mu.Unlock()
	s.changed()
	respond(w, http.StatusOK, v)
}

// postPush pushes the reply with this sma_id, which may have been lost before.
func (s *Simulator) postPush(w http.ResponseWriter, r *http.Request) {
	out, p := s.pushLate(r.Context(), r.PathValue("id"))
	if p != nil {
		respondProblem(w, p)
		return
	}
	respond(w, http.StatusOK, out)
}

// postReplyText corrects a reply afterwards: {"text"}. The tenant sends no push for that.
func (s *Simulator) postReplyText(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Text string `json:"text"`
	}{}
	if !readControl(w, r, &in) {
		return
	}
	s.mu.Lock()
	a := s.db.first(typeActivity, "ID", r.PathValue("id"))
	if a != nil {
		s.db.set(a, s.now(), "Text", in.Text)
	}
	s.mu.Unlock()
	if a == nil {
		respondProblem(w, problemNotFound())
		return
	}
	s.changed()
	w.WriteHeader(http.StatusNoContent)
}

// postStatus changes the status as an agent does; unlike the API it may reopen a closed ticket.
func (s *Simulator) postStatus(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Status string `json:"status"`
	}{}
	if !readControl(w, r, &in) {
		return
	}
	st, known := statusNamed(in.Status)
	if !known {
		respondError(w, fmt.Errorf("status %q is not configured", in.Status))
		return
	}
	s.mu.Lock()
	s.settle()
	t := s.ticketNamed(r.PathValue("id"))
	var event *statusEvent
	if t != nil {
		event = s.changeStatus(t, st, "AGENT01")
	}
	s.mu.Unlock()
	if t == nil {
		respondProblem(w, problemNotFound())
		return
	}
	respond(w, http.StatusOK, map[string]any{"status": st.Code, "text": st.Text, "event": s.notify(r.Context(), event)})
}

// postNote adds a text to a ticket as an agent would, by default an internal comment.
func (s *Simulator) postNote(w http.ResponseWriter, r *http.Request) {
	in := noteView{TypeCode: "10011"}
	if !readControl(w, r, &in) {
		return
	}
	if textTypes[in.TypeCode] == "" || in.Text == "" {
		respondError(w, fmt.Errorf("a note needs a text and a configured type_code"))
		return
	}
	s.mu.Lock()
	t := s.ticketNamed(r.PathValue("id"))
	if t != nil {
		s.addChild(draft{typ: entityTypes[typeTicketText], props: map[string]any{"ParentObjectID": t.id,
			"TypeCode": in.TypeCode, "Text": in.Text}}, t)
	}
	s.mu.Unlock()
	if t == nil {
		respondProblem(w, problemNotFound())
		return
	}
	s.changed()
	w.WriteHeader(http.StatusNoContent)
}
