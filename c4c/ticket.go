package c4c

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	ticketSet    = "ServiceRequestCollection"
	referenceSet = "ServiceRequestBusinessTransactionDocumentReferenceCollection"
)

var ticketFields = propertiesOf[ticketEntity]()

// Life cycle of a ticket ([Ticket.Status]). The tenant's configuration maps the user status, which agents set, to it.
const (
	TicketOpen      = "1"
	TicketInProcess = "2"
	TicketCompleted = "3"
	TicketClosed    = "4"
)

// requestorAction is the RequestAssignmentStatusCode of a ticket that waits for its customer; 1 means the processor.
const requestorAction = "2"

const (
	defaultTop = 20
	maxTop     = 1000
)

// Ticket is a service request.
type Ticket struct {
	ObjectID   string // OData key, 32 hexadecimal digits in upper case
	ID         string // the number that agents and customers see
	Name       string // subject
	UserStatus string // configured in the tenant; 1 open, 5 completed in SAP's delivery
	Status     string // life cycle: TicketOpen, …
	CustomerID string // BuyerPartyID without leading zeros
	ContactID  string // BuyerMainContactPartyID without leading zeros
	CreatedAt  time.Time
	ChangedAt  time.Time
	FinishedAt time.Time // when it was last completed; zero: never, or not stated
	ETag       string    // for SetTicketStatus
	CategoryID string    // service category; empty: none
	// AtCustomer reports that the ticket waits for its customer (RequestAssignmentStatusCode 2, requestor action).
	AtCustomer bool
	// More are the further properties that the caller has asked for; see [Client.TicketByID].
	More map[string]string
}

// Open reports whether the ticket is open or in process.
func (t Ticket) Open() bool { return t.Status == TicketOpen || t.Status == TicketInProcess }

// TicketQuery selects tickets, the newest first.
type TicketQuery struct {
	CustomerID string // required
	Top        int    // 0: 20; at most 1000
	Skip       int
}

// TicketPage is a part of a customer's tickets.
type TicketPage struct {
	Tickets []Ticket
	Total   int // on all pages together
}

type ticketEntity struct {
	identity
	ID         string    `json:"ID"`
	Name       string    `json:"Name"`
	UserStatus string    `json:"ServiceRequestUserLifeCycleStatusCode"`
	Status     string    `json:"ServiceRequestLifeCycleStatusCode"`
	CustomerID string    `json:"BuyerPartyID"`
	ContactID  string    `json:"BuyerMainContactPartyID"`
	CreatedAt  timestamp `json:"CreationDateTime"`
	ChangedAt  timestamp `json:"LastChangeDateTime"`
	FinishedAt timestamp `json:"RequestFinisheddatetimeContent"`
	Assignment string    `json:"RequestAssignmentStatusCode"`
	CategoryID string    `json:"ServiceIssueCategoryID"`
}

type referenceEntity struct {
	identity
	ID             string               `json:"ID"`
	TypeCode       string               `json:"TypeCode"`
	ParentObjectID string               `json:"ParentObjectID"`
	Ticket         nested[ticketEntity] `json:"ServiceRequest"`
}

// Ticket returns the ticket with this key, or [ErrNotFound].
//
// Source: help.sap.com, OData API of C4C, ServiceRequestCollection.
func (c *Client) Ticket(ctx context.Context, objectID string) (Ticket, error) {
	const op = "ticket"
	path, err := entity(op, ticketSet, objectID)
	if err != nil {
		return Ticket{}, err
	}
	e, err := readKey[ticketEntity](ctx, c.odata, op, path, objectID, query{"$select": ticketFields})
	if err != nil {
		return Ticket{}, err
	}
	return e.ticket(), nil
}

// TicketByID returns the ticket with this number, or [ErrNotFound]. Leading zeros make no difference. more names
// further properties to read, such as extension fields: a date comes as 2006-01-02, yes and no as true and false. If
// C4C does not know one of them, the error is [ErrRejected].
func (c *Client) TicketByID(ctx context.Context, id string, more ...string) (Ticket, error) {
	const op = "ticket by id"
	filter, err := equal(op, "ID", id)
	if err != nil {
		return Ticket{}, err
	}
	like := func(e withMore[ticketEntity]) likeness { return sameNumber(e.entity.ID, id) }
	fields := selecting(ticketFields, more)
	e, err := readOne(ctx, c.odata, op, ticketSet, query{"$filter": filter, "$select": fields}, like)
	if short := number(id); errors.Is(err, ErrNotFound) && len(short) >= minNumber &&
		strings.Trim(short, "0123456789") == "" {
		// C4C may store leading zeros that it does not show, or the other way round.
		padded := "ID eq '" + short + "' or ID eq '*0" + short + "'"
		e, err = readOne(ctx, c.odata, op, ticketSet, query{"$filter": padded, "$select": fields, "$top": "50"}, like)
	}
	if err != nil {
		return Ticket{}, err
	}
	ticket := e.entity.ticket()
	ticket.More = e.more(more)
	return ticket, nil
}

// minNumber is the length from which a ticket's number is also searched with leading zeros: too many other numbers
// would end like a shorter one.
const minNumber = 4

// TicketOfActivity returns the ticket that refers to an activity (by its ID), in one call. C4C makes the ticket a
// little after the activity; until then the error is [ErrNotFound].
func (c *Client) TicketOfActivity(ctx context.Context, activityID string) (Ticket, error) {
	const op = "ticket of activity"
	id, err := equal(op, "ID", activityID)
	if err != nil {
		return Ticket{}, err
	}
	kind, err := equal(op, "TypeCode", TicketReferenceType)
	if err != nil {
		return Ticket{}, err
	}
	e, err := readOne[referenceEntity](ctx, c.odata, op, referenceSet, query{
		"$filter": id + " and " + kind, "$expand": "ServiceRequest",
	}, func(e referenceEntity) likeness {
		return min(sameNumber(e.ID, activityID), same(e.TypeCode, TicketReferenceType))
	})
	if err != nil {
		return Ticket{}, err
	}
	switch {
	case len(e.Ticket) > 0 && e.Ticket[0].ObjectID != "":
		if sameKey(e.ParentObjectID, e.Ticket[0].ObjectID) == unlike {
			return Ticket{}, &TransportError{Op: op, Status: 200, Err: errOther}
		}
		return e.Ticket[0].ticket(), nil
	case e.ParentObjectID == "":
		return Ticket{}, &TransportError{Op: op, Status: 200, Err: errNoObject}
	}
	return c.Ticket(ctx, e.ParentObjectID)
}

// Tickets returns a part of a customer's tickets, those changed last first. Having none is not an error.
func (c *Client) Tickets(ctx context.Context, q TicketQuery) (TicketPage, error) {
	const op = "tickets"
	filter, err := equal(op, "BuyerPartyID", q.CustomerID)
	if err != nil {
		return TicketPage{}, err
	}
	if q.Top < 0 || q.Top > maxTop || q.Skip < 0 {
		return TicketPage{}, &ArgumentError{Op: op, Field: "Top or Skip", Reason: "is out of range"}
	}
	p, err := readPage[ticketEntity](ctx, c.odata, op, ticketSet, query{
		"$filter": filter, "$select": ticketFields, "$orderby": "LastChangeDateTime desc", "$inlinecount": "allpages",
		"$top": strconv.Itoa(cmp.Or(q.Top, defaultTop)), "$skip": strconv.Itoa(q.Skip),
	})
	if err != nil {
		return TicketPage{}, err
	}
	result := TicketPage{Total: max(p.total, q.Skip+len(p.items)), Tickets: make([]Ticket, 0, len(p.items))}
	if p.total >= 0 {
		result.Total = p.total
	}
	for _, e := range p.items {
		if sameNumber(e.CustomerID, q.CustomerID) == alike { // nobody may see another customer's tickets
			result.Tickets = append(result.Tickets, e.ticket())
		}
	}
	return result, nil
}

// SetTicketStatus sets the user status of a ticket. With an etag it fails with [ErrConflict] if the ticket has
// changed since it was read.
func (c *Client) SetTicketStatus(ctx context.Context, objectID, etag, userStatus string) error {
	const op = "set ticket status"
	path, err := entity(op, ticketSet, objectID)
	if err != nil {
		return err
	}
	if userStatus == "" || units(userStatus) > 2 {
		return &ArgumentError{Op: op, Field: "userStatus", Reason: "must have one or two characters"}
	}
	return patch(ctx, c.odata, op, path, etag, map[string]string{"ServiceRequestUserLifeCycleStatusCode": userStatus})
}

func (e ticketEntity) ticket() Ticket {
	return Ticket{
		ObjectID: objectID(e.ObjectID), ID: e.ID, Name: e.Name, UserStatus: e.UserStatus, Status: e.Status,
		CustomerID: number(e.CustomerID), ContactID: number(e.ContactID),
		CreatedAt: e.CreatedAt.Time, ChangedAt: e.ChangedAt.Time, FinishedAt: e.FinishedAt.Time, ETag: e.Metadata.ETag,
		CategoryID: e.CategoryID, AtCustomer: e.Assignment == requestorAction,
	}
}
