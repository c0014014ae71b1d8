package c4csim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const formType = "application/x-www-form-urlencoded"

// Push is one request the tenant sent: an agent's reply to the mashup URL, or an event notification.
type Push struct {
	Kind   string    `json:"kind"` // reply, event
	SMAID  string    `json:"sma_id,omitempty"`
	Path   string    `json:"path"`
	Sent   string    `json:"sent"` // the request body
	Status int       `json:"status"`
	Body   string    `json:"body"`
	Error  string    `json:"error,omitempty"`
	At     time.Time `json:"at"`
}

// mashupReply is the JSON in the field content; every value is a string, in this order.
type mashupReply struct {
	OriginalID       string `json:"original_id"`
	SMAID            string `json:"sma_id"`
	ServiceRequestNo string `json:"service_req_no"`
	AuthorName       string `json:"author_name"`
	AuthorEmail      string `json:"author_email"`
	CreatedAt        string `json:"sma_create_datetime"`
	Private          string `json:"private_ind"`
	Text             string `json:"text"`
}

// form is the body of the mashup's POST: content=<JSON>, with lower-case hex escapes and %20 for a blank.
func (m mashupReply) form() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(m) // strings always encode
	return []byte("content=" + escapeForm(strings.TrimSpace(b.String())))
}

func escapeForm(text string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// statusEvent is a ticket's change of user status.
type statusEvent struct {
	ticket, from, to, by, id string
	at                       time.Time
}

// current is the notification of Administrator → Event Notification.
func (e statusEvent) current(source string) any {
	return jsonObject{
		"specversion": "1.0", "type": "sap.c4c.notification", "source": source, "id": strings.ToLower(e.id),
		"event-type": typeUpdated, "event-type-version": "v1", "event-id": strings.ToLower(e.id),
		"event-time": e.at.Format(time.RFC3339),
		"data":       e.changed("ServiceRequestUserLifeCycleStatusCode", e.from, e.to),
	}
}

// typeUpdated is the event type of a changed ticket, typeBroker the one that a broker makes of it.
const (
	typeUpdated = "ServiceRequest.Root.Updated"
	typeBroker  = "sap.kyma.custom.c4c." + typeUpdated + ".v1"
)

// changed is the enhanced payload for one field.
func (e statusEvent) changed(field, from, to string) jsonObject {
	return jsonObject{"root-entity-id": e.ticket, "entity-id": e.ticket, "Changes": []jsonObject{{
		"node": "Root", "nodeID": e.ticket, "ParentNodeID": e.ticket, "Modification": "U", "ChangedBy": e.by,
		"ChangedFields": []jsonObject{{"Fieldname": field, "New": to, "Old": from}},
	}}}
}

// cloud is the event with only the envelope of CloudEvents.
//
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
func (e statusEvent) cloud(source, id string, data jsonObject) jsonObject {
	return jsonObject{
		"specversion": "1.0", "type": typeBroker, "source": source, "id": strings.ToLower(e.id) + id,
		"time":            e.at.Format(time.RFC3339),
		"datacontenttype": "application/json", "data": data,
	}
}

// sent is the event in the given form: the body's content, its content type, and additional headers.
func (e statusEvent) sent(form EventForm, baseURL string) (value any, contentType string, header http.Header) {
	status := e.changed("ServiceRequestUserLifeCycleStatusCode", e.from, e.to)
	switch form {
	case EventLegacy:
		return e.legacy(baseURL), "application/json", nil
	case EventCloud:
		header = http.Header{}
		for name, v := range e.cloud(baseURL, "", nil) {
			if text, isText := v.(string); isText && name != "datacontenttype" {
				header.Set("ce-"+name, text)
			}
		}
		return status, "application/json", header
	case EventBatch:
		by := e.changed("LastChangedBy", "", e.by)
		return []jsonObject{e.cloud(baseURL, "-1", by), e.cloud(baseURL, "-2", status)}, "application/cloudevents-batch+json",
			nil
	}
	return e.current(baseURL), "application/json", nil
}

// legacy is the notification of the OData feed.
func (e statusEvent) legacy(baseURL string) any {
	return struct {
		Object   string `json:"businessObject"`
		ID       string `json:"businessObjectId"`
		Event    string `json:"event"`
		Endpoint string `json:"odataServiceEndpoint"`
	}{"SERVICE_REQUEST", e.ticket, "U", strings.TrimRight(baseURL, "/") +
		"/sap/c4c/odata/v1/c4codata/ServiceRequestCollection('" + e.ticket + "')"}
}

// announce sends an event asynchronously; an event of a change set waits until the whole set is done. The caller
// holds the lock.
func (s *Simulator) announce(e *statusEvent) {
	if s.deferred != nil {
		s.deferred = append(s.deferred, e)
		return
	}
	s.after(0, func() { s.notify(s.ctx, e) })
}

// notify sends an event in the configured form; without a URL or with events off it returns nil.
func (s *Simulator) notify(ctx context.Context, e *statusEvent) *Push {
	s.mu.Lock()
	form := s.set.EventForm
	s.mu.Unlock()
	if e == nil || s.opts.EventURL == "" || form == EventOff {
		return nil
	}
	value, contentType, header := e.sent(form, s.opts.BaseURL)
	body, err := json.Marshal(value)
	if err != nil {
		return &Push{Kind: "event", Error: err.Error()}
	}
	p := s.push(ctx, outgoing{kind: "event", target: s.opts.EventURL, contentType: contentType, header: header,
		body: body})
	return &p
}

// outgoing is a request to push; header contains additional headers.
type outgoing struct {
	kind, smaID, target, contentType string
	header                           http.Header
	body                             []byte
}

// push sends one request, records it and never repeats it.
func (s *Simulator) push(ctx context.Context, m outgoing) Push {
	p := Push{Kind: m.kind, SMAID: m.smaID, Sent: string(m.body), At: s.now()}
	if u, err := url.Parse(m.target); err == nil {
		p.Path = u.Path
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	status, answer, err := s.post(ctx, m)
	p.Status, p.Body = status, answer
	if err != nil {
		p.Error = err.Error()
		s.opts.Logger.Info("push failed", "kind", m.kind, "error", p.Error)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pushed) >= maxRequests {
		s.pushed = append(s.pushed[:0], s.pushed[maxRequests/4:]...)
	}
	s.pushed = append(s.pushed, p)
	return p
}

func (s *Simulator) post(ctx context.Context, m outgoing) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.target, bytes.NewReader(m.body))
	if err != nil {
		return 0, "", errors.New("c4csim: push: the URL is not valid")
	}
	maps.Copy(r.Header, m.header)
	r.Header.Set("Content-Type", m.contentType)
	r.SetBasicAuth(s.webhookUser(m.target))
	answer, err := s.opts.HTTPClient.Do(r)
	if err != nil {
		if wrapped := new(url.Error); errors.As(err, &wrapped) {
			err = wrapped.Err // the URL may carry a secret
		}
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	return answer.StatusCode, string(text), err
}
