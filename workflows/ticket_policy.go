package workflows

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// EventsUse says whether C4C is trusted to tell of changes by itself.
type EventsUse string

// Uses of C4C's event notifications. The empty one is EventsOff.
const (
	EventsOff  EventsUse = "false" // C4C is asked before a ticket is reused
	EventsOn   EventsUse = "true"  // it is not: C4C would have told
	EventsAuto EventsUse = "auto"  // as soon as an event has come
)

// TicketPolicy is what an account decides about its followers' tickets.
type TicketPolicy struct {
	Reuse  TicketReuse   `json:"reuse,omitempty"`
	Within time.Duration `json:"within,omitempty"` // ReuseRecent: how long a completed ticket is set back to work
	Events EventsUse     `json:"events,omitempty"`
	// StatusTexts are what followers are told of a changed status. They are part of the decision: where there is none, nothing
	// is sent.
	StatusTexts StatusTexts `json:"status_texts,omitempty"`
	// Survey asks for the follower's satisfaction after completion; SurveyThanks thanks for the answer.
	Survey       bool `json:"survey,omitempty"`
	SurveyThanks bool `json:"survey_thanks,omitempty"`
}

// StatusTexts are texts by user status, written as one text so that policies can be compared: entries of a code and its text.
type StatusTexts string

// Separators of ASCII: between entries, and between a code and its text.
const (
	recordSeparator = "\x1e"
	unitSeparator   = "\x1f"
)

// NewStatusTexts writes texts by user status; {ticket} stands for the ticket's number.
func NewStatusTexts(texts map[string]string) StatusTexts {
	plain := strings.NewReplacer(recordSeparator, "", unitSeparator, "")
	var entries []string
	for _, code := range slices.Sorted(maps.Keys(texts)) {
		entries = append(entries, plain.Replace(code)+unitSeparator+plain.Replace(texts[code]))
	}
	return StatusTexts(strings.Join(entries, recordSeparator))
}

// of is the text of a status; empty: none.
func (t StatusTexts) of(status string) string {
	for entry := range strings.SplitSeq(string(t), recordSeparator) {
		if code, text, ok := strings.Cut(entry, unitSeparator); ok && code == status {
			return text
		}
	}
	return ""
}
