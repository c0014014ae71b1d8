package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Kinds of C4C's event notifications.
const (
	eventTicket = "ticket_event"
	eventOther  = "other_event" // of another object, or of ticket fields that are not used here
	eventCheck  = "event_check"
)

// objectIDForm is the form of C4C's keys in events.
var objectIDForm = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)

// event is one notification of C4C.
type event struct {
	kind     string
	objectID string // of the ticket, in upper case; kind eventTicket only
	ticket   workflows.TicketEvent
	at       time.Time // zero: not stated
}

// parseEvent reads one notification in any form. Its errors name the field.
//
// Source: help.sap.com, SAP Cloud for Customer, Administrator Guide, "Event Notification" and "OData Feed
// Notification".
func parseEvent(body []byte) (event, error) {
	var n notification
	if err := json.Unmarshal(body, &n); err != nil || body[0] != '{' {
		return event{}, badField("body", "is not an event notification")
	}
	return n.event()
}

func (n notification) event() (event, error) {
	switch {
	case n.eventType() != "":
		return n.current()
	case n.Object != "":
		return n.legacy()
	}
	return event{}, badField("event-type", "is not there, and neither is type or businessObject")
}

// current reads the form of Administrator → Event Notification, which CloudEvents share. A broker may have put a
// prefix and a suffix around the type, for instance sap.kyma.custom.c4c.ServiceRequest.Root.Updated.v1.
func (n notification) current() (event, error) {
	at, _ := time.Parse(time.RFC3339, cmp.Or(optional(n.At), optional(n.CloudTime)))
	part := strings.Split(n.eventType(), ".")
	ticket, data := slices.Index(part, "ServiceRequest"), n.data()
	if ticket < 0 || !data.concernsStatus() {
		return event{kind: eventOther, at: at}, nil
	}
	part = part[ticket+1:]
	root := len(part) > 0 && part[0] == "Root"
	id := data.RootID
	if id == "" && root {
		id = cmp.Or(data.EntityID, optional(n.Subject))
	}
	e := workflows.TicketEvent{ID: cmp.Or(optional(n.ID), optional(n.CloudID)), Created: root && len(part) > 1 &&
		part[1] == "Created"}
	return ticketEvent("root-entity-id", id, e, at)
}

// legacy reads the form of the OData feed. It has neither an id nor a time.
func (n notification) legacy() (event, error) {
	if !strings.EqualFold(n.Object, "SERVICE_REQUEST") {
		return event{kind: eventOther}, nil
	}
	return ticketEvent("businessObjectId", n.ObjectID, workflows.TicketEvent{Created: n.Event == "C"}, time.Time{})
}

// concernsStatus reports whether a status may have changed. It is false if the event lists the changed fields and
// none is a status: reading the ticket would then bring nothing new.
func (d eventData) concernsStatus() bool {
	var changes []change
	if json.Unmarshal(d.Changes, &changes) != nil {
		return true // another form: reading the ticket shows what changed
	}
	named := false
	for _, c := range changes {
		for _, field := range c.Fields {
			if strings.Contains(strings.ToLower(field.Name), "status") {
				return true
			}
			named = named || field.Name != ""
		}
	}
	return !named
}

// optional returns a text that may be missing or of another type.
func optional(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

func ticketEvent(field, objectID string, e workflows.TicketEvent, at time.Time) (event, error) {
	objectID = strings.ReplaceAll(objectID, "-", "")
	if !objectIDForm.MatchString(objectID) {
		return event{}, badField(field, "is not the key of an object")
	}
	if !c4cIDForm.MatchString(e.ID) {
		e.ID = ""
	}
	return event{kind: eventTicket, objectID: strings.ToUpper(objectID), ticket: e, at: at}, nil
}

// receiveEvent receives C4C's notifications, one event or several. It answers once Temporal or the spool has all of
// them. Events that concern no ticket get the same answer. The ticket's account is found out when the ticket is read.
// An unreadable event does not hold back the others of its call; the answer names it.
func (a accounts) receiveEvent(c echo.Context) error {
	h := a.addressee(c, "")
	req := c.Request()
	body, err := readBody(req)
	if err != nil {
		return err
	}
	events, unread := parseEvents(req.Header, body)
	if len(events) == 0 && unread != nil {
		return unread
	}
	o := observed(c)
	o.kind, o.result = eventOther, resultIgnored
	for _, e := range events {
		if o.created.IsZero() || !e.at.IsZero() && e.at.Before(o.created) {
			o.created = e.at
		}
	}
	tickets := byTicket(events)
	results := make([]string, len(tickets))
	var group errgroup.Group // one failure does not stop the others
	group.SetLimit(eventsAtOnce)
	for i, e := range tickets {
		o.kind, o.workflow = eventTicket, workflows.TicketChangedID(h.Account, e.objectID)
		e.ticket.Trace = traceParent(req.Context())
		group.Go(func() error {
			outcome, err := h.handover.TicketChanged(req.Context(), e.objectID, e.ticket)
			results[i] = resultOf(outcome)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return unavailable(err)
	}
	if unread != nil {
		return unread
	}
	for _, result := range []string{resultDuplicate, resultAccepted, resultSpooled} {
		if slices.Contains(results, result) {
			o.result = result
		}
	}
	return c.String(http.StatusOK, "ok\n")
}

// checkEvents answers C4C's check of the address. It needs no credentials, but refuses wrong ones, so that the person
// who sets up the notification notices at once.
func (a accounts) checkEvents(c echo.Context) error {
	if err := a.checkCredentials(c); err != nil {
		return err
	}
	return c.String(http.StatusOK, "ok\n")
}

// checkCredentials refuses wrong credentials, and records that the address was checked.
func (a accounts) checkCredentials(c echo.Context) error {
	o := observed(c)
	o.kind = eventCheck
	req := c.Request()
	if _, _, basic := req.BasicAuth(); (basic || req.URL.Query().Has("secret")) && !a.match(req) {
		return &failure{status: http.StatusUnauthorized, result: "unauthorized", text: "credentials wrong"}
	}
	o.result = resultVerified
	return nil
}
