package conversation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// Policy is what an account decides about its conversations. It holds no words: what is decided never depends on a
// text.
type Policy struct {
	// Settle is how long the first message after a pause waits for others: WeChat posts in parallel, and what
	// arrives within this time is taken in the order the follower sent it.
	Settle time.Duration `json:"settle"`
	// TellNumber tells the follower the number of a new ticket. It costs one of the messages WeChat allows.
	TellNumber bool `json:"tell_number"`
	// ResendUnknown sends a reply again when its outcome is unknown, at the risk that the follower reads it twice.
	ResendUnknown bool `json:"resend_unknown"`
	// ReopenStatus is the user status that sets a completed ticket back to work when the follower writes in it: on the
	// page, by its number, or in the chat where Tickets allows it. Empty: such a message opens a new ticket.
	ReopenStatus string `json:"reopen_status,omitempty"`
	// FilesPerDay is how many files of the chat are fetched from WeChat for one follower in a day of Beijing; 0: all.
	FilesPerDay int `json:"files_per_day,omitempty"`
	// StuckAfter is how long a sync may retry by itself before operators see it as stuck.
	StuckAfter time.Duration `json:"stuck_after"`
	// Window is how the reply window is spent.
	Window WindowPolicy `json:"window,omitzero"`
	// Tickets is which ticket a message goes to.
	Tickets TicketPolicy `json:"tickets,omitzero"`
}

// WindowPolicy is what an account decides about the reply window. The zero value leaves all to WeChat's answers.
type WindowPolicy struct {
	window.Rules
	// ExpireAfter is how long a reply waits for the follower before it is given up; 0: for ever.
	ExpireAfter time.Duration `json:"expire_after,omitempty"`
	// AnnounceAfter is how long a reply waits before the follower is told that it does.
	AnnounceAfter time.Duration `json:"announce_after,omitempty"`
	// RemindBefore is how long before the window closes on a message that nobody answered the agent is told; 0: never,
	// nor that the window is nearly spent.
	RemindBefore time.Duration `json:"remind_before,omitempty"`
	// Template and Subscription are the notices that an answer waits; those without an id are not sent.
	Template     NoticeForm `json:"template,omitzero"`
	Subscription NoticeForm `json:"subscription,omitzero"`
	// AutomaticLife is how long an automatic text waits for a message to spare; 0: a day.
	AutomaticLife time.Duration `json:"automatic_life,omitempty"`
}

// NoticeForm is a template and what its keywords say, as "keyword=source" separated by commas. Sources are ticket,
// text, time and count, or words in double quotes.
type NoticeForm struct {
	TemplateID string `json:"template_id,omitempty"`
	Fields     string `json:"fields,omitempty"`
}

// TicketReuse decides when a message of the chat joins the ticket that the chat is about.
type TicketReuse string

// Policies of reuse. The empty one is ReuseOpen.
const (
	ReuseOpen   TicketReuse = "open"   // while the ticket is open
	ReuseRecent TicketReuse = "recent" // also when it was completed a short time ago: the message sets it back to work
	ReuseNever  TicketReuse = "never"  // each message opens a ticket of its own
)

// EventsUse decides whether C4C is trusted to tell of changes by itself.
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
	// StatusTexts are what followers are told of a changed status. They are part of the decision: where there is none,
	// nothing is sent.
	StatusTexts StatusTexts `json:"status_texts,omitempty"`
	// Survey asks for the follower's satisfaction after completion; SurveyThanks thanks for the answer.
	Survey       bool `json:"survey,omitempty"`
	SurveyThanks bool `json:"survey_thanks,omitempty"`
}

// StatusTexts are texts by user status, written as one text so that policies can be compared: entries of a code and its
// text.
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

// Of is the text of a status; empty: none.
func (t StatusTexts) Of(status string) string {
	for entry := range strings.SplitSeq(string(t), recordSeparator) {
		if code, text, ok := strings.Cut(entry, unitSeparator); ok && code == status {
			return text
		}
	}
	return ""
}
