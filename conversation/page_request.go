package conversation

import (
	"errors"
	"regexp"
	"unicode/utf8"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// WebEntry marks an Inbound as coming from the page: it does not open the reply window.
type WebEntry struct {
	// Register holds the customer's data; KindRegister only.
	Register *Registration `json:"register,omitempty"`
	// TicketID is the ticket that the message is for; empty: a new one.
	TicketID string  `json:"ticket_id,omitempty"`
	Subject  string  `json:"subject,omitempty"`
	Category string  `json:"category,omitempty"` // code of C4C's service category
	Pictures []Media `json:"pictures,omitempty"`
	// Fields are those of a new ticket that the tenant has added to the page's form.
	Fields []activities.OwnField `json:"fields,omitempty"`
	// Content is a hash of the submission, including the bytes of its pictures. Only the api can compute it.
	Content string `json:"content,omitempty"`
}

// Registration is what followers enter about themselves, and what they agreed to.
type Registration struct {
	Customer activities.CustomerData `json:"customer"`
	Consent  Consent                 `json:"consent"`
	// Keep lists the fields that the follower did not fill in, named as in SaveCustomerInput. They stay unchanged in
	// C4C.
	Keep []string `json:"keep,omitempty"`
	// Fields are those that the tenant has added to the page's form.
	Fields []activities.OwnField `json:"fields,omitempty"`
}

// Consent is the agreement to a version of the privacy notice.
type Consent struct {
	Version string `json:"version,omitempty"`
	At      int64  `json:"at,omitempty"` // seconds since 1970
}

// RegisterRequest asks to save the follower's data in their customer. Key is the submission's idempotency key.
type RegisterRequest struct {
	Key          string       `json:"key"`
	Content      string       `json:"content,omitempty"` // as in WebEntry
	OpenID       string       `json:"openid"`
	At           int64        `json:"at"` // seconds since 1970
	Registration Registration `json:"registration"`
}

// OpenTicketRequest asks for a new ticket.
type OpenTicketRequest struct {
	Key      string  `json:"key"`
	Content  string  `json:"content,omitempty"` // as in WebEntry
	OpenID   string  `json:"openid"`
	At       int64   `json:"at"`
	Subject  string  `json:"subject"`
	Category string  `json:"category,omitempty"`
	Text     string  `json:"text"`
	Pictures []Media `json:"pictures,omitempty"`
	// Fields are those that the tenant has added to the page's form.
	Fields []activities.OwnField `json:"fields,omitempty"`
}

// AddMessageRequest adds a message to one ticket.
type AddMessageRequest struct {
	Key      string  `json:"key"`
	Content  string  `json:"content,omitempty"` // as in WebEntry
	OpenID   string  `json:"openid"`
	At       int64   `json:"at"`
	TicketID string  `json:"ticket_id"`
	Text     string  `json:"text"`
	Pictures []Media `json:"pictures,omitempty"`
}

// SpendLinkRequest uses up a personal link.
type SpendLinkRequest struct {
	ID      string `json:"id"`
	Issued  int64  `json:"issued"`  // seconds since 1970
	Expires int64  `json:"expires"` // seconds since 1970
}

// webKeyForm is the form of keys that are safe in ids.
var webKeyForm = regexp.MustCompile(`^[A-Za-z0-9]{8,64}$`)

// Inbound is the submission as the conversation queues it.
func (r RegisterRequest) Inbound() Inbound {
	return Inbound{
		Key: submissionMark + r.Key, Kind: KindRegister, OpenID: r.OpenID, CreateTime: r.At, MsgID: WebMsgID(r.Key),
		MsgType: "registration", Web: &WebEntry{Register: &r.Registration, Content: r.Content},
	}
}

// Inbound is the submission as the conversation queues it.
func (r OpenTicketRequest) Inbound() Inbound {
	text := r.Subject
	if r.Text != "" {
		text += "\n\n" + r.Text
	}
	return Inbound{
		Key: submissionMark + r.Key, Kind: KindMessage, OpenID: r.OpenID, CreateTime: r.At, MsgID: WebMsgID(r.Key),
		MsgType: "ticket", Text: text,
		Web: &WebEntry{
			Subject: r.Subject, Category: r.Category, Pictures: r.Pictures, Fields: r.Fields, Content: r.Content,
		},
	}
}

// Inbound is the submission as the conversation queues it.
func (r AddMessageRequest) Inbound() Inbound {
	return Inbound{
		Key: submissionMark + r.Key, Kind: KindMessage, OpenID: r.OpenID, CreateTime: r.At, MsgID: WebMsgID(r.Key),
		MsgType: "web message", Text: r.Text, Web: &WebEntry{TicketID: r.TicketID, Pictures: r.Pictures, Content: r.Content},
	}
}

// SignOut is the event of signing out of the page in one browser.
func SignOut(openID string, session EndedSession) Inbound {
	return Inbound{Key: "session/" + session.ID, Kind: KindSignOut, OpenID: openID, MsgType: "sign out", Session: &session}
}

// maxWebText is the maximum length of a submitted text, in characters.
const maxWebText = 4000

// Check returns what is wrong with the request; nil: nothing.
func (r RegisterRequest) Check() error {
	if r.Registration.Customer.LastName == "" || r.Registration.Consent.Version == "" {
		return errors.New("a registration needs a name and the consent")
	}
	return checkWeb(r.Key, "")
}

// Check returns what is wrong with the request; nil: nothing.
func (r OpenTicketRequest) Check() error {
	if r.Subject == "" {
		return errors.New("a ticket needs a subject")
	}
	return checkWeb(r.Key, r.Text)
}

// Check returns what is wrong with the request; nil: nothing.
func (r AddMessageRequest) Check() error {
	if r.TicketID == "" || r.Text == "" {
		return errors.New("a message needs a ticket and a text")
	}
	return checkWeb(r.Key, r.Text)
}

func checkWeb(key, text string) error {
	if !webKeyForm.MatchString(key) || utf8.RuneCountInString(text) > maxWebText {
		return errors.New("the key needs 8 to 64 letters and digits, and the text has a limit")
	}
	return nil
}
