package c4csim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// delay is a duration written in JSON as a string, e.g. "300ms".
type delay time.Duration

func (d delay) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *delay) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err == nil && v < 0 {
		err = fmt.Errorf("%s is negative", text)
	}
	*d = delay(v)
	return err
}

// switches is the tenant's current setup; GET and POST /_sim/switches read and change it.
type switches struct {
	EmptyOriginalID   bool      `json:"empty_original_id"`  // replies are pushed with an empty original_id
	LoseReplies       bool      `json:"lose_replies"`       // no reply is pushed: the mashup service is switched off
	EventForm         EventForm `json:"event_form"`         // current, legacy, cloud, batch, off
	TicketDelay       delay     `json:"ticket_delay"`       // between a new root activity and its ticket
	MaxParallel       int       `json:"max_parallel"`       // calls in flight beyond this get 503; 0: no limit
	RefuseCredentials bool      `json:"refuse_credentials"` // the technical user's password no longer works: 401
	Unauthorized      []string  `json:"unauthorized"`       // SOAP services, or "odata", without a role
	// a completed ticket accepts texts; this depends on the tenant's configuration
	CompletedNotes    bool   `json:"completed_takes_notes"`
	EmptyProfileReads bool   `json:"empty_profile_reads"` // the user lacks the Flexibility Change Log view
	ReplayErrors      bool   `json:"replay_errors"`       // a business error, too, is kept for its message header UUID
	SessionKind       string `json:"session_kind"`        // full, xsrf or none
	// of OData errors, regardless of the call; empty: the one that the call requests
	ErrorLanguage string `json:"error_language"`
	// no ticket is made from a new root activity: no rule requires one
	NoTickets bool `json:"no_tickets"`
	// a rule gives a new ticket this user status at once; empty: none does
	NewTicketStatus string `json:"new_ticket_status"`
}

func (s switches) unauthorized(service string) bool { return slices.Contains(s.Unauthorized, service) }

// merge changes the fields that the JSON object names.
func (s switches) merge(body []byte) (switches, error) {
	s.Unauthorized = slices.Clone(s.Unauthorized)
	if err := decodeStrict(body, &s); err != nil {
		return s, err
	}
	if !slices.Contains([]EventForm{EventCurrent, EventLegacy, EventCloud, EventBatch, EventOff}, s.EventForm) {
		return s, fmt.Errorf("event_form %q is not current, legacy, cloud, batch or off", s.EventForm)
	}
	if !slices.Contains([]string{SessionFull, SessionXSRF, SessionNone}, s.SessionKind) {
		return s, fmt.Errorf("session_kind %q is not full, xsrf or none", s.SessionKind)
	}
	if _, known := statusNamed(s.NewTicketStatus); !known && s.NewTicketStatus != "" {
		return s, fmt.Errorf("new_ticket_status: there is no user status %q", s.NewTicketStatus)
	}
	for _, service := range s.Unauthorized {
		if service != "odata" && !arranged[service] {
			return s, fmt.Errorf("unauthorized: there is no service %q", service)
		}
	}
	return s, nil
}

// MarshalJSON writes an empty list, not null.
func (s switches) MarshalJSON() ([]byte, error) {
	type plain switches
	if s.Unauthorized == nil {
		s.Unauthorized = []string{}
	}
	return json.Marshal(plain(s))
}
