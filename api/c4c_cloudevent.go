package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	// maxEvents is the most events in one call.
	maxEvents = 500
	// eventsAtOnce is how many of them are handed over in parallel.
	eventsAtOnce = 8
)

// notification has the fields of all forms. The oldest form names a business object. The current one has an event
// type inside a CloudEvents envelope. A pure CloudEvent has only that envelope.
//
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
type notification struct {
	Object   string `json:"businessObject"`
	ObjectID string `json:"businessObjectId"`
	Event    string `json:"event"` // C, U or D

	Type string          `json:"event-type"` // for instance ServiceRequest.Root.Updated
	ID   json.RawMessage `json:"event-id"`
	At   json.RawMessage `json:"event-time"`
	Data json.RawMessage `json:"data"`

	CloudType  json.RawMessage `json:"type"`
	CloudID    json.RawMessage `json:"id"`
	CloudTime  json.RawMessage `json:"time"`
	Subject    json.RawMessage `json:"subject"`
	DataBase64 []byte          `json:"data_base64"`
}

// eventData says what changed.
type eventData struct {
	RootID   string          `json:"root-entity-id"`
	EntityID string          `json:"entity-id"`
	Changes  json.RawMessage `json:"Changes"`
}

// change is one entry of Changes.
type change struct {
	Fields []struct {
		Name string `json:"Fieldname"`
	} `json:"ChangedFields"`
}

func (n notification) eventType() string {
	if n.Type != "" {
		return n.Type
	}
	return optional(n.CloudType)
}

// data reads what changed. A broker may have encoded the object as a text.
func (n notification) data() eventData {
	raw := []byte(n.Data)
	if len(n.DataBase64) > 0 {
		raw = n.DataBase64
	}
	if text := optional(raw); text != "" {
		raw = []byte(text)
	}
	var d eventData
	_ = json.Unmarshal(raw, &d) // without its members there is no key, which is reported
	return d
}

// parseEvents reads one notification or a list of them: CloudEvents in their structured, binary and batched forms,
// and C4C's own forms, single or in a list. If some cannot be read, it returns the others and the first error.
//
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
func parseEvents(header http.Header, body []byte) ([]event, error) {
	contentType := header.Get("Content-Type")
	content, ok := inUTF8(contentType, bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))))
	switch {
	case !ok || len(content) == 0:
		return nil, badField("body", "is not an event notification")
	case header.Get("Ce-Type") != "" && !strings.HasPrefix(contentType, "application/cloudevents"):
		e, err := inHeaders(header, content).event()
		return single(e, err)
	case content[0] != '[':
		e, err := parseEvent(content)
		return single(e, err)
	}
	var list []json.RawMessage
	if json.Unmarshal(content, &list) != nil {
		return nil, badField("body", "is not a list of event notifications")
	}
	if len(list) > maxEvents {
		return nil, &failure{
			status: http.StatusRequestEntityTooLarge, result: "too_large",
			text: fmt.Sprintf("body holds more than %d events: send fewer in one call", maxEvents),
		}
	}
	var events []event
	var unread error
	for i, raw := range list {
		e, err := parseEvent(raw)
		switch {
		case err == nil:
			events = append(events, e)
		case unread == nil:
			failed := *failureOf(err)
			failed.text = fmt.Sprintf("event %d: %s", i+1, failed.text)
			unread = &failed
		}
	}
	return events, unread
}

func single(e event, err error) ([]event, error) {
	if err != nil {
		return nil, err
	}
	return []event{e}, nil
}

// inHeaders is an event in binary form: the headers contain its attributes, the body its data.
func inHeaders(header http.Header, data []byte) notification {
	attribute := func(name string) json.RawMessage {
		text, _ := json.Marshal(header.Get(name)) // a text can always be encoded
		return text
	}
	n := notification{CloudType: attribute("Ce-Type"), CloudID: attribute("Ce-Id"), CloudTime: attribute("Ce-Time"),
		Subject: attribute("Ce-Subject")}
	if json.Valid(data) {
		n.Data = data
	}
	return n
}

// byTicket returns the events that concern tickets, one per ticket: the ticket itself is read later, however often it
// changed.
func byTicket(events []event) []event {
	at := map[string]int{}
	var tickets []event
	for _, e := range events {
		i, known := at[e.objectID]
		switch {
		case e.kind != eventTicket:
		case known:
			e.ticket.Created = e.ticket.Created || tickets[i].ticket.Created
			tickets[i] = e
		default:
			at[e.objectID] = len(tickets)
			tickets = append(tickets, e)
		}
	}
	return tickets
}

// originForm is the form of a host that asks whether it may send events.
var originForm = regexp.MustCompile(`^[A-Za-z0-9.:-]{1,253}$`)

// agreeToEvents answers a broker that asks, before it sends CloudEvents, whether it may. Like the check of the
// address, this needs no credentials, but wrong ones are refused.
//
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
func (a accounts) agreeToEvents(c echo.Context) error {
	req, header := c.Request(), c.Response().Header()
	if err := a.checkCredentials(c); err != nil {
		return err
	}
	origin := req.Header.Get("WebHook-Request-Origin")
	if !originForm.MatchString(origin) {
		return badField("WebHook-Request-Origin", "is not the name of a host")
	}
	header.Set("Allow", "GET, POST, OPTIONS")
	header.Set("WebHook-Allowed-Origin", origin)
	if req.Header.Get("WebHook-Request-Rate") != "" {
		header.Set("WebHook-Allowed-Rate", "*")
	}
	return c.NoContent(http.StatusOK)
}
