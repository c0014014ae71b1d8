package workflows

import "github.com/wechat-c4c/wechat-c4c/activities"

// Error types for requests that C4C does not carry out.
const (
	ErrorC4CReadOnly = activities.ErrorC4CReadOnly
	ErrorC4CRejected = activities.ErrorC4CRejected
)

// MaxFile is the largest file that the page shows, in bytes.
const MaxFile = activities.MaxFile

// ErrorC4CNotFound is the error type of a read whose object does not exist or is not the follower's.
const ErrorC4CNotFound = activities.ErrorC4CNotFound

// The page's reads go directly to activities, without a workflow. Their inputs and results are the activities' own
// types.
type (
	// CustomerData is what followers enter about themselves.
	CustomerData = activities.CustomerData
	// OwnField is what a follower entered in a field that the tenant has added to the page's forms.
	OwnField = activities.OwnField
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
	// TicketThread is a ticket with everything that the follower and agents wrote and attached.
	TicketThread = activities.TicketThread
	// ThreadItem is one line of a ticket's thread.
	ThreadItem = activities.ThreadItem
	// ThreadFile is a file of a thread, kept in C4C.
	ThreadFile = activities.ThreadFile
	// Follower is the follower that a read is about.
	Follower = activities.Follower
	// CloseTicketInput is a ticket that its follower considers done.
	CloseTicketInput = activities.CloseTicketInput
	// EraseInput identifies, without the openid, a follower to be erased.
	EraseInput = activities.EraseInput
	// CarryFileInput names an attachment in C4C and the api process that waits for it.
	CarryFileInput = activities.CarryFileInput
)

// Beijing is the zone in which a day of China begins.
var Beijing = activities.Beijing

// Kinds of the page's own fields.
const (
	OwnText   = activities.OwnText
	OwnNumber = activities.OwnNumber
	OwnDate   = activities.OwnDate
	OwnChoice = activities.OwnChoice
	OwnYesNo  = activities.OwnYesNo
)

// PlainNumber is a decimal number as the page shows it; see activities.PlainNumber.
func PlainNumber(number string) string { return activities.PlainNumber(number) }

// RelayKey derives, from a secret that api and workers share, the key with which an api process requests files.
func RelayKey(secret []byte) []byte { return activities.RelayKey(secret) }
