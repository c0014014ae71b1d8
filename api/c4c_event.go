package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Kinds of C4C's event notifications.
const (
	eventTicket = "ticket_event"
	eventOther  = "other_event" // of another object, or of a ticket's fields that nobody here asks for
	eventCheck  = "event_check"
)

// objectIDForm is a key of C4C, as it stands in events.
var objectIDForm = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)

// event is one notification of C4C.
type event struct {
	kind     string
	objectID string // of the ticket, in upper case; kind eventTicket only
	ticket   workflows.TicketEvent
	at       time.Time // zero: it does not say
}

// notification holds the fields of both forms. The older one names a business object, the newer one an event type.
type notification struct {
	Object   string `json:"businessObject"`
	ObjectID string `json:"businessObjectId"`
	Event    string `json:"event"` // C, U or D

	Type string          `json:"event-type"` // for instance ServiceRequest.Root.Updated
	ID   json.RawMessage `json:"event-id"`
	At   json.RawMessage `json:"event-time"`
	Data struct {
		RootID   string          `json:"root-entity-id"`
		EntityID string          `json:"entity-id"`
		Changes  json.RawMessage `json:"Changes"`
	} `json:"data"`
}

// change is one entry of Changes.
type change struct {
	Fields []struct {
		Name string `json:"Fieldname"`
	} `json:"ChangedFields"`
}

// parseEvent reads a notification of either form. Its failures name the field.
//
// Source: help.sap.com, SAP Cloud for Customer, Administrator Guide, "Event Notification" and "OData Feed
// Notification".
func parseEvent(body []byte) (event, error) {
	content := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	var n notification
	if err := json.Unmarshal(content, &n); err != nil || content[0] != '{' || !utf8.Valid(content) {
		return event{}, badField("body", "is not an event notification")
	}
	switch {
	case n.Type != "":
		return n.current()
	case n.Object != "":
		return n.legacy()
	}
	return event{}, badField("event-type", "is not there, and neither is businessObject")
}

// current reads the form of Administrator → Event Notification.
func (n notification) current() (event, error) {
	at, _ := time.Parse(time.RFC3339, optional(n.At))
	part := strings.Split(n.Type, ".")
	if part[0] != "ServiceRequest" || !n.concernsStatus() {
		return event{kind: eventOther, at: at}, nil
	}
	id := n.Data.RootID
	if id == "" && len(part) > 1 && part[1] == "Root" {
		id = n.Data.EntityID
	}
	created := len(part) == 3 && part[1] == "Root" && part[2] == "Created"
	return ticketEvent("root-entity-id", id, workflows.TicketEvent{ID: optional(n.ID), Created: created}, at)
}

// legacy reads the form of the OData feed. It has neither an id nor a time.
func (n notification) legacy() (event, error) {
	if !strings.EqualFold(n.Object, "SERVICE_REQUEST") {
		return event{kind: eventOther}, nil
	}
	return ticketEvent("businessObjectId", n.ObjectID, workflows.TicketEvent{Created: n.Event == "C"}, time.Time{})
}

// concernsStatus is false where the event says which fields changed and no status is among them: reading the ticket
// would tell nothing new.
func (n notification) concernsStatus() bool {
	var changes []change
	if json.Unmarshal(n.Data.Changes, &changes) != nil {
		return true // of another shape: the ticket says what changed
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

// optional is a text that need not be there, nor be one.
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

// receiveEvent takes what C4C notifies of. It is answered once Temporal or the spool has it; what concerns no ticket is answered
// alike. Whose account a ticket is of shows when it is read.
func (a accounts) receiveEvent(c echo.Context) error {
	h := a.addressee(c, "")
	body, err := readBody(c.Request())
	if err != nil {
		return err
	}
	e, err := parseEvent(body)
	if err != nil {
		return err
	}
	o := observed(c)
	o.kind, o.created, o.result = e.kind, e.at, resultIgnored
	if e.kind == eventTicket {
		e.ticket.Trace = traceParent(c.Request().Context())
		o.workflow = workflows.TicketChangedID(h.Account, e.objectID)
		outcome, err := h.handover.TicketChanged(c.Request().Context(), e.objectID, e.ticket)
		if err != nil {
			return unavailable(err)
		}
		o.result = accepted(outcome)
	}
	return c.String(http.StatusOK, "ok\n")
}

// checkEvents answers C4C's check of the address. It asks for no credentials, but refuses wrong ones: whoever sets the
// notification up learns it at once.
func (a accounts) checkEvents(c echo.Context) error {
	o := observed(c)
	o.kind = eventCheck
	req := c.Request()
	if _, _, basic := req.BasicAuth(); (basic || req.URL.Query().Has("secret")) && !a.match(req) {
		return &failure{status: http.StatusUnauthorized, result: "unauthorized", text: "credentials wrong"}
	}
	o.result = resultVerified
	return c.String(http.StatusOK, "ok\n")
}
