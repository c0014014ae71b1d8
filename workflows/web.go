package workflows

import (
	"errors"
	"regexp"
	"unicode/utf8"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Types of the errors with which UpdateSpendLink refuses.
const (
	ErrorLinkSpent    = "LinkSpent"
	ErrorFollowerGone = "FollowerGone"
)

// MaxFile is the largest file that the page shows, in bytes.
const MaxFile = activities.MaxFile

// ErrorC4CNotFound is the type of the error of a read whose object is not there, or not the follower's.
const ErrorC4CNotFound = activities.ErrorC4CNotFound

// The page's reads go to activities without a workflow between: what they take and return are the activities' own types.
type (
	// CustomerData is what followers say of themselves.
	CustomerData = activities.CustomerData
	// CustomerQuery asks for the follower's customer.
	CustomerQuery = activities.CustomerQuery
	// CustomerView is the follower's customer.
	CustomerView = activities.CustomerView
	// TicketsQuery asks for a page of the follower's tickets.
	TicketsQuery = activities.TicketsQuery
	// TicketList is a page of tickets, the newest first.
	TicketList = activities.TicketList
	// TicketLine is a ticket in a list.
	TicketLine = activities.TicketLine
	// TicketQuery asks for one ticket of the follower, by its number.
	TicketQuery = activities.TicketQuery
	// TicketThread is a ticket with what follower and agents wrote and sent along.
	TicketThread = activities.TicketThread
	// ThreadItem is one line of a ticket's thread.
	ThreadItem = activities.ThreadItem
	// ThreadFile is a file of a thread, kept in C4C.
	ThreadFile = activities.ThreadFile
	// Follower names whom a read is about.
	Follower = activities.Follower
	// CarryFileInput names an attachment in C4C and the api process that waits for it.
	CarryFileInput = activities.CarryFileInput
)

// WebEntry is what makes an Inbound one of the page: it comes without opening the reply window.
type WebEntry struct {
	// Register holds the customer's data; KindRegister only.
	Register *Registration `json:"register,omitempty"`
	// TicketID is the ticket that a message is for; empty: a new one.
	TicketID string  `json:"ticket_id,omitempty"`
	Subject  string  `json:"subject,omitempty"`
	Category string  `json:"category,omitempty"` // code of C4C's service category
	Pictures []Media `json:"pictures,omitempty"`
}

// Registration is what followers say of themselves, and what they agreed to.
type Registration struct {
	Customer CustomerData `json:"customer"`
	Consent  Consent      `json:"consent"`
	// Keep names what they said nothing of, as SaveCustomerInput has it; it stays as it is in C4C.
	Keep []string `json:"keep,omitempty"`
}

// Consent is the agreement to a version of the privacy notice.
type Consent struct {
	Version string `json:"version,omitempty"`
	At      int64  `json:"at,omitempty"` // seconds since 1970
}

// RegisterRequest asks for the follower's data to be entered in their customer. Key is the submission's idempotency key.
type RegisterRequest struct {
	Key          string       `json:"key"`
	OpenID       string       `json:"openid"`
	At           int64        `json:"at"` // seconds since 1970
	Registration Registration `json:"registration"`
}

// OpenTicketRequest asks for a ticket of its own.
type OpenTicketRequest struct {
	Key      string  `json:"key"`
	OpenID   string  `json:"openid"`
	At       int64   `json:"at"`
	Subject  string  `json:"subject"`
	Category string  `json:"category,omitempty"`
	Text     string  `json:"text"`
	Pictures []Media `json:"pictures,omitempty"`
}

// AddMessageRequest adds a message to one ticket.
type AddMessageRequest struct {
	Key      string  `json:"key"`
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

// WebResult says what became of a submission. Without a ticket number it is received and still on its way.
type WebResult struct {
	Key      string `json:"key"`
	Done     bool   `json:"done,omitempty"`
	TicketID string `json:"ticket_id,omitempty"`
}

// WebView is what the query "web" shows the page's server. It holds media ids, which must not reach a browser.
type WebView struct {
	Gone       bool         `json:"gone"`
	Ended      int64        `json:"ended"` // sessions from before this second are over
	CustomerID string       `json:"customer_id"`
	Consent    Consent      `json:"consent"`
	Pictures   []WebPicture `json:"pictures"`
	Results    []WebResult  `json:"results"`
}

// WebPicture is a picture of the follower that WeChat still keeps.
type WebPicture struct {
	TicketID string `json:"ticket_id"`
	MsgID    string `json:"msg_id"`
	MediaID  string `json:"media_id"`
	Until    int64  `json:"until"` // seconds since 1970
}

// webKeyForm keeps keys fit for ids.
var webKeyForm = regexp.MustCompile(`^[A-Za-z0-9]{8,64}$`)

// Inbound is the submission as the conversation queues it.
func (r RegisterRequest) Inbound() Inbound {
	return Inbound{
		Key: "web/" + r.Key, Kind: KindRegister, OpenID: r.OpenID, CreateTime: r.At, MsgID: WebMsgID(r.Key),
		MsgType: "registration", Web: &WebEntry{Register: &r.Registration},
	}
}

// Inbound is the submission as the conversation queues it.
func (r OpenTicketRequest) Inbound() Inbound {
	text := r.Subject
	if r.Text != "" {
		text += "\n\n" + r.Text
	}
	return Inbound{
		Key: "web/" + r.Key, Kind: KindMessage, OpenID: r.OpenID, CreateTime: r.At, MsgID: WebMsgID(r.Key), MsgType: "ticket",
		Text: text, Web: &WebEntry{Subject: r.Subject, Category: r.Category, Pictures: r.Pictures},
	}
}

// Inbound is the submission as the conversation queues it.
func (r AddMessageRequest) Inbound() Inbound {
	return Inbound{
		Key: "web/" + r.Key, Kind: KindMessage, OpenID: r.OpenID, CreateTime: r.At, MsgID: WebMsgID(r.Key), MsgType: "web message",
		Text: r.Text, Web: &WebEntry{TicketID: r.TicketID, Pictures: r.Pictures},
	}
}

// maxWebText bounds the text of a submission, in characters.
const maxWebText = 4000

func (r RegisterRequest) check() error {
	if r.Registration.Customer.LastName == "" || r.Registration.Consent.Version == "" {
		return errors.New("a registration needs a name and the consent")
	}
	return checkWeb(r.Key, "")
}

func (r OpenTicketRequest) check() error {
	if r.Subject == "" {
		return errors.New("a ticket needs a subject")
	}
	return checkWeb(r.Key, r.Text)
}

func (r AddMessageRequest) check() error {
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
