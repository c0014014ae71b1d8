package c4csim

import (
	"maps"
	"strings"
	"time"
)

// referenceType is the business transaction document type by which a ticket refers to a social media activity.
const referenceType = "1607"

// Types of ticket texts (notes).
var textTypes = map[string]string{
	"10004": "Incident Description", "10007": "Reply to Customer", "10008": "Reply from Customer",
	"10011": "Internal Comment",
}

// userStatus is one entry of the tenant's configured ticket statuses and the fixed life cycle status behind it.
type userStatus struct {
	Code       string `json:"code"`
	Text       string `json:"text"`
	lifeCycle  string // 1 open, 2 in process, 3 completed, 4 closed
	assignment string // 1 processor action, 2 requestor action
}

var userStatuses = []userStatus{
	{"1", "Open", "1", "1"}, {"2", "In Process", "2", "1"}, {"4", "Customer Action", "2", "2"},
	{"YJ", "Technician Underway", "2", "1"}, {"5", "Completed", "3", "2"}, {"6", "Closed", "4", "2"},
}

var lifeCycles = map[string]string{"1": "Open", "2": "In Process", "3": "Completed", "4": "Closed"}

// statusNamed finds a status by code or by its text.
func statusNamed(name string) (userStatus, bool) {
	for _, st := range userStatuses {
		if st.Code == name || strings.EqualFold(st.Text, name) {
			return st, true
		}
	}
	return userStatus{}, false
}

func openTicket(t *row) bool {
	code := t.text("ServiceRequestLifeCycleStatusCode")
	return code == "1" || code == "2"
}

// pendingTicket is a ticket that the system has not created yet.
type pendingTicket struct {
	activity string // ObjectID of the root
	due      time.Time
}

// expectTicket schedules the ticket of a new root activity.
func (s *Simulator) expectTicket(root *row) {
	if s.set.NoTickets {
		return
	}
	wait := time.Duration(s.set.TicketDelay)
	s.pending = append(s.pending, pendingTicket{activity: root.id, due: s.now().Add(wait)})
	if wait <= 0 {
		s.settle()
		return
	}
	s.after(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle()
	})
}

// settle creates the tickets that are due by the simulator's clock.
func (s *Simulator) settle() {
	now := s.now()
	var later []pendingTicket
	for _, p := range s.pending {
		if p.due.After(now) {
			later = append(later, p)
		} else if root := s.db.get(typeActivity, p.activity); root != nil {
			s.createTicketFrom(root)
		}
	}
	s.pending = later
}

// createTicketFrom makes the ticket of a thread: subject from the text, parties from the profile's bond, a reference
// per activity.
func (s *Simulator) createTicketFrom(root *row) {
	props := map[string]any{"Name": subject(root.text("Text")), "DataOriginTypeCode": "9"}
	customer := s.customerOf(s.db.get(typeProfile, undashed(root.text("SocialMediaUserProfileUUID"))))
	if customer != nil {
		props["BuyerPartyID"], props["BuyerMainContactPartyID"] = customer.text("CustomerID"), customer.text("CustomerID")
	}
	t := s.addTicket(props)
	for _, a := range s.threadOf(root) {
		s.refer(t, a)
	}
	if st, known := statusNamed(s.set.NewTicketStatus); known {
		if event := s.changeStatus(t, st, "Workflow"); event != nil {
			s.announce(event)
		}
	}
	s.changed()
}

// addTicket inserts a ticket with the defaults of every new one.
func (s *Simulator) addTicket(props map[string]any) *row {
	now := s.now()
	defaults := map[string]any{
		"ID": s.db.number(typeTicket), "ProcessingTypeCode": "SRRQ", "ProcessingTypeCodeText": "Service Request",
		"DataOriginTypeCode":  "1",
		"ServicePriorityCode": "3", "ServicePriorityCodeText": "Normal", "EscalationStatusCode": "1", "CreationDateTime": now,
		"LastChangeDateTime": now, "EntityLastChangedOn": now, "CreatedBy": "Technical User",
		"LastChangedBy":                        "Technical User",
		"RequestInitialReceiptdatetimecontent": now.Format(time.RFC3339), "RequestInitialReceiptdatetimeZoneCode": "UTC",
	}
	maps.Copy(defaults, props)
	t := s.db.add(typeTicket, now, defaults)
	s.db.assign(t, "UUID", t.uuid())
	code, _ := props["ServiceRequestUserLifeCycleStatusCode"].(string)
	st, known := statusNamed(code)
	if !known {
		st = userStatuses[0]
	}
	s.applyStatus(t, st)
	s.nameParties(t)
	return t
}

// nameParties fills the read-only names behind the party numbers.
func (s *Simulator) nameParties(t *row) {
	for _, party := range []string{"BuyerParty", "BuyerMainContactParty", "ReportedForParty", "ReportedParty"} {
		if c := s.db.first(typeCustomer, "CustomerID", t.text(party+"ID")); c != nil && t.text(party+"ID") != "" {
			s.db.assign(t, party+"Name", c.text("FormattedName"))
			s.db.assign(t, party+"UUID", c.uuid())
		}
	}
}

// subject is the first line of a text, within the length of a ticket's name.
func subject(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(strings.TrimSpace(line)); len(runes) > 255 {
		return string(runes[:255])
	} else if len(runes) > 0 {
		return string(runes)
	}
	return "Social media message"
}

// refer adds the document reference from a ticket to an activity.
func (s *Simulator) refer(ticket, activity *row) {
	s.db.add(typeReference, s.now(), map[string]any{
		"ParentObjectID": ticket.id, "TypeCode": referenceType, "TypeCodeText": "Social Media Activity",
		"ID": activity.text("ID"), "UUID": activity.uuid(),
	})
}

// ticketOfActivity is the ticket that refers to an activity, or nil.
func (s *Simulator) ticketOfActivity(activity *row) *row {
	for _, ref := range s.db.find(typeReference, "ID", activity.text("ID")) {
		if ref.text("TypeCode") == referenceType {
			return s.db.get(typeTicket, ref.text("ParentObjectID"))
		}
	}
	return nil
}

// activitiesOf lists all activities that a ticket refers to, in the order they came.
func (s *Simulator) activitiesOf(ticket *row) []*row {
	var out []*row
	for _, ref := range s.db.find(typeReference, "ParentObjectID", ticket.id) {
		if a := s.db.get(typeActivity, undashed(ref.text("UUID"))); a != nil && ref.text("TypeCode") == referenceType {
			out = append(out, a)
		}
	}
	return out
}

// ticketNamed finds a ticket by number or ObjectID.
func (s *Simulator) ticketNamed(id string) *row {
	if t := s.db.first(typeTicket, "ID", id); t != nil {
		return t
	}
	return s.db.get(typeTicket, id)
}

// applyStatus sets the user status and everything that follows from it.
func (s *Simulator) applyStatus(t *row, st userStatus) {
	now := s.now()
	for name, v := range map[string]any{
		"ServiceRequestUserLifeCycleStatusCode": st.Code, "ServiceRequestUserLifeCycleStatusCodeText": st.Text,
		"ServiceRequestLifeCycleStatusCode": st.lifeCycle, "ServiceRequestLifeCycleStatusCodeText": lifeCycles[st.lifeCycle],
		"RequestAssignmentStatusCode": st.assignment, "LastChangeDateTime": now, "EntityLastChangedOn": now,
	} {
		s.db.assign(t, name, v)
	}
	switch st.lifeCycle {
	case "3":
		s.db.assign(t, "RequestFinisheddatetimeContent", now.Format(time.RFC3339))
	case "4":
		s.db.assign(t, "RequestCloseddatetimeContent", now.Format(time.RFC3339))
	}
	s.db.touch(t, now)
}

// changeStatus is applyStatus for a ticket that exists; it returns the notification to send, nil if nothing changed.
func (s *Simulator) changeStatus(t *row, st userStatus, by string) *statusEvent {
	old := t.text("ServiceRequestUserLifeCycleStatusCode")
	s.applyStatus(t, st)
	s.db.assign(t, "LastChangedBy", by)
	s.changed()
	if old == st.Code {
		return nil
	}
	return &statusEvent{ticket: t.id, from: old, to: st.Code, by: by, id: dashed(s.db.objectID()), at: s.now()}
}

// lock prevents everyone but its holder from changing an object.
type lock struct {
	user  string
	until time.Time
}

// lockedProblem is the error of changing a locked object; nil if it is not locked.
func (s *Simulator) lockedProblem(id string) *problem {
	l, locked := s.locks[id]
	if !locked || !l.until.After(s.now()) {
		return nil
	}
	p := problemLocked(l.user)
	return &p
}
