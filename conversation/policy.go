package conversation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// Policy is what an account has configured for its conversations. It contains no wording: decisions never depend on a
// text.
type Policy struct {
	// Settle is how long the first message after a pause waits for others. WeChat posts in parallel; what arrives
	// within this time is taken in the order in which the follower sent it.
	Settle time.Duration `json:"settle"`
	// TellNumber sends the follower the number of a new ticket. It costs one of the messages that WeChat allows.
	TellNumber bool `json:"tell_number"`
	// ResendUnknown resends a reply whose outcome is unknown, at the risk that the follower reads it twice.
	ResendUnknown bool `json:"resend_unknown"`
	// ReopenStatus is the user status that reopens a completed ticket when the follower writes in it: on the page, by
	// its number, or in the chat if Tickets allows it. Empty: such a message opens a new ticket.
	ReopenStatus string `json:"reopen_status,omitempty"`
	// FilesPerDay is how many files of one follower's chat are fetched from WeChat per day in Beijing; 0: no limit.
	FilesPerDay int `json:"files_per_day,omitempty"`
	// StuckAfter is how long a sync may retry by itself before it is shown to operators as stuck.
	StuckAfter time.Duration `json:"stuck_after"`
	// Window is how to spend the reply window.
	Window WindowPolicy `json:"window,omitzero"`
	// Tickets is how to choose a message's ticket.
	Tickets TicketPolicy `json:"tickets,omitzero"`
}

// WindowPolicy is what an account has configured for the reply window. The zero value relies on WeChat's answers
// alone.
type WindowPolicy struct {
	window.Rules
	// ExpireAfter is how long a reply waits for the follower before it is given up; 0: no limit.
	ExpireAfter time.Duration `json:"expire_after,omitempty"`
	// AnnounceAfter is how long a reply waits before the follower is notified of it.
	AnnounceAfter time.Duration `json:"announce_after,omitempty"`
	// RemindBefore is how long before the window closes on an unanswered message the agent is warned. 0: never; then no
	// note says either that few messages remain.
	RemindBefore time.Duration `json:"remind_before,omitempty"`
	// Template and Subscription are the notices that an answer waits. A notice without an id is not sent.
	Template     NoticeForm `json:"template,omitzero"`
	Subscription NoticeForm `json:"subscription,omitzero"`
	// AutomaticLife is how long an automatic text waits until the window has a message to spare; 0: a day.
	AutomaticLife time.Duration `json:"automatic_life,omitempty"`
}

// NoticeForm is a template and the content of its keywords, as "keyword=source" separated by commas. Sources are
// ticket, text, time and count, or words in double quotes.
type NoticeForm struct {
	TemplateID string `json:"template_id,omitempty"`
	Fields     string `json:"fields,omitempty"`
}

// TicketReuse decides when a message of the chat joins the ticket that the chat is about.
type TicketReuse string

// Values of TicketReuse. The empty value means ReuseOpen.
const (
	ReuseOpen   TicketReuse = "open"   // while the ticket is open
	ReuseRecent TicketReuse = "recent" // also if it was completed recently: the message reopens it
	ReuseNever  TicketReuse = "never"  // each message opens a new ticket
)

// EventsUse decides whether to rely on C4C's event notifications.
type EventsUse string

// Values of EventsUse. The empty value means EventsOff.
const (
	EventsOff  EventsUse = "false" // C4C is asked before a ticket is reused
	EventsOn   EventsUse = "true"  // C4C is not asked: it would have sent an event
	EventsAuto EventsUse = "auto"  // like EventsOn, as soon as an event has come
)

// TicketPolicy is what an account has configured for its followers' tickets.
type TicketPolicy struct {
	Reuse  TicketReuse   `json:"reuse,omitempty"`
	Within time.Duration `json:"within,omitempty"` // ReuseRecent: how long after completion a ticket is reopened
	Events EventsUse     `json:"events,omitempty"`
	// StatusTexts are the texts sent to followers when a status changes. Deciding needs them: without a text nothing is
	// sent.
	StatusTexts StatusTexts `json:"status_texts,omitempty"`
	// Survey asks how satisfied the follower is after completion, and thanks for the answer.
	Survey bool `json:"survey,omitempty"`
}

// StatusTexts are texts by user status, encoded in one string so that policies can be compared.
type StatusTexts string

// ASCII separators: between entries, and between a status code and its text.
const (
	recordSeparator = "\x1e"
	unitSeparator   = "\x1f"
)

// NewStatusTexts encodes texts by user status; {ticket} is replaced by the ticket's number.
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
