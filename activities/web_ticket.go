package activities

import (
	"context"
	"errors"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// TicketsQuery asks for a page of the follower's tickets.
type TicketsQuery struct {
	CustomerQuery
	Top  int `json:"top"`
	Skip int `json:"skip,omitempty"`
}

// TicketLine is a ticket in a list.
type TicketLine struct {
	ID        string    `json:"id"`
	Subject   string    `json:"subject"`
	Status    string    `json:"status"` // C4C's life cycle: 1 open, 2 in process, 3 completed, 4 closed
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
	Category  string    `json:"category,omitempty"` // code of the service category
	// Waits reports that the ticket is open and waits for the follower.
	Waits bool `json:"waits,omitempty"`
}

// TicketList is a page of tickets, those changed last first.
type TicketList struct {
	Tickets []TicketLine `json:"tickets"`
	Total   int          `json:"total"` // on all pages together
}

// ReadTickets reads a page of the follower's tickets. A follower without a customer has no tickets.
func (a *C4C) ReadTickets(ctx context.Context, in TicketsQuery) (TicketList, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return TicketList{}, err
	}
	list := TicketList{Tickets: []TicketLine{}} // clients want a list, not null
	id, err := customerID(ctx, client, in.CustomerQuery)
	if err != nil || id == "" {
		return list, fromC4C(ctx, err)
	}
	page, err := client.Tickets(ctx, c4c.TicketQuery{CustomerID: id, Top: in.Top, Skip: in.Skip})
	if err != nil {
		return TicketList{}, fromC4C(ctx, err)
	}
	list.Total = page.Total
	for _, t := range page.Tickets {
		list.Tickets = append(list.Tickets, lineOf(t))
	}
	return list, nil
}

func lineOf(t c4c.Ticket) TicketLine {
	return TicketLine{
		ID: t.ID, Subject: t.Name, Status: t.Status, CreatedAt: t.CreatedAt, ChangedAt: t.ChangedAt,
		Category: t.CategoryID, Waits: t.AtCustomer && t.Open(),
	}
}

// TicketQuery asks for one ticket of the follower, by its number.
type TicketQuery struct {
	Follower
	CustomerID string `json:"customer_id,omitempty"`
	TicketID   string `json:"ticket_id"`
	// Properties are further ones to read, for the fields that the tenant has added to the page's form.
	Properties []string `json:"properties,omitempty"`
}

// errNotTheirs is the same error for a ticket that does not exist and for another person's.
var errNotTheirs = errors.New("the follower has no such ticket")

// theirTicket finds the follower's ticket. Another person's ticket is not found.
func (a *C4C) theirTicket(ctx context.Context, client *c4c.Client, in TicketQuery) (c4c.Ticket, error) {
	id, err := customerID(ctx, client, CustomerQuery{Follower: in.Follower, CustomerID: in.CustomerID})
	if err != nil {
		return c4c.Ticket{}, fromC4C(ctx, err)
	}
	ticket, _, err := readWithOwn(ctx, in.Properties, func(more ...string) (c4c.Ticket, error) {
		return client.TicketByID(ctx, in.TicketID, more...)
	})
	if err != nil && !errors.Is(err, c4c.ErrNotFound) {
		return c4c.Ticket{}, fromC4C(ctx, err)
	}
	if err != nil || id == "" || ticket.CustomerID != id && ticket.ContactID != id {
		return c4c.Ticket{}, permanent(ErrorC4CNotFound, errNotTheirs)
	}
	return ticket, nil
}

// ThreadItem is one line of a ticket's thread.
type ThreadItem struct {
	MessageID string    `json:"message_id,omitempty"` // SocialMediaMessageID of a follower's message
	FromAgent bool      `json:"from_agent,omitempty"`
	Author    string    `json:"author,omitempty"` // the agent's name
	Text      string    `json:"text"`
	At        time.Time `json:"at"`
	// Files are what an agent attached to an answer, or what the connector attached for the follower's message.
	Files []ThreadFile `json:"files,omitempty"`
}

// ThreadFile is a file of a thread, kept in C4C.
type ThreadFile struct {
	Of       string `json:"of"`        // what it is attached to: ticket, message
	ObjectID string `json:"object_id"` // C4C's key of the attachment
	Name     string `json:"name"`
	MimeType string `json:"mime_type,omitempty"`
	Size     int64  `json:"size,omitempty"` // bytes; 0: unknown
	// Link is an address on the web; empty: a file.
	Link string `json:"link,omitempty"`
	// Mark is the beginning of the content's SHA-256, in hex, if the follower sent the file. Other content is not
	// theirs.
	Mark string `json:"mark,omitempty"`
}

// TicketThread is a ticket with what the follower and agents wrote and attached, the oldest first. It excludes
// private notes, and files that agents attach to the ticket or to a follower's message, which are for agents only.
type TicketThread struct {
	Ticket TicketLine   `json:"ticket"`
	Items  []ThreadItem `json:"items"`
	// Answerable reports that the ticket has a thread that a message can join.
	Answerable bool `json:"answerable"`
	// Fields are the values of the further properties; nil: C4C does not show them.
	Fields map[string]string `json:"fields,omitempty"`
}

// ReadTicketThread reads one ticket of the follower. Another person's ticket is C4CNotFound.
func (a *C4C) ReadTicketThread(ctx context.Context, in TicketQuery) (TicketThread, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return TicketThread{}, err
	}
	ticket, err := a.theirTicket(ctx, client, in)
	if err != nil {
		return TicketThread{}, err
	}
	thread := TicketThread{Ticket: lineOf(ticket), Fields: ticket.More}
	messages, err := client.TicketMessages(ctx, ticket.ObjectID)
	if err != nil {
		return TicketThread{}, fromC4C(ctx, err)
	}
	thread.Answerable = len(messages) > 0 && messages[0].MessageID != ""
	for _, m := range messages {
		if m.FromCustomer || !m.Private {
			thread.Items = append(thread.Items, itemOf(m))
		}
	}
	if len(messages) == 0 {
		if thread.Items, err = textsOf(ctx, client, ticket.ObjectID); err != nil {
			return TicketThread{}, fromC4C(ctx, err)
		}
	}
	files, err := client.TicketAttachments(ctx, ticket.ObjectID)
	thread.addOwnFiles(in.Account, files)
	return thread, fromC4C(ctx, err)
}

// itemOf is a message with the files that an agent attached. Files that agents attach to a follower's message are for
// agents only.
func itemOf(m c4c.ThreadMessage) ThreadItem {
	item := ThreadItem{MessageID: m.MessageID, FromAgent: !m.FromCustomer, Author: m.Author, Text: m.Text, At: m.CreatedAt}
	if item.FromAgent {
		item.Files = messageFiles(m.Files)
	}
	return item
}

func messageFiles(attachments []c4c.MessageAttachment) []ThreadFile {
	var files []ThreadFile
	for _, a := range attachments {
		file := threadFile(a.Attachment)
		file.Link = a.Link
		files = append(files, file)
	}
	return files
}

func threadFile(a c4c.Attachment) ThreadFile {
	return ThreadFile{Of: string(a.Of), ObjectID: a.ObjectID, Name: a.Name, MimeType: a.MimeType, Size: a.Size}
}

// textsOf are the texts of a ticket that did not come from WeChat.
func textsOf(ctx context.Context, client *c4c.Client, objectID string) ([]ThreadItem, error) {
	texts, err := client.TicketTexts(ctx, objectID)
	var items []ThreadItem
	for _, text := range texts {
		switch text.TypeCode {
		case c4c.TextIncident, c4c.TextCustomerReply:
			items = append(items, ThreadItem{Text: text.Text, At: text.CreatedAt})
		case c4c.TextAgentReply:
			items = append(items, ThreadItem{Text: text.Text, At: text.CreatedAt, FromAgent: true, Author: text.AuthorName})
		}
	}
	return items, err
}

// FoundThread is the thread of a ticket.
type FoundThread struct {
	Ticket        Ticket `json:"ticket"`
	RootMessageID string `json:"root_message_id"` // empty: the ticket has no thread
	RootUUID      string `json:"root_uuid,omitempty"`
}

// FindThread finds the thread of one ticket of the follower. Another person's ticket is C4CNotFound.
func (a *C4C) FindThread(ctx context.Context, in TicketQuery) (FoundThread, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return FoundThread{}, err
	}
	ticket, err := a.theirTicket(ctx, client, in)
	if err != nil {
		return FoundThread{}, err
	}
	found := FoundThread{Ticket: ticketOf(ticket)}
	messages, err := client.TicketMessages(ctx, ticket.ObjectID)
	if len(messages) > 0 {
		found.RootMessageID, found.RootUUID = messages[0].MessageID, messages[0].UUID
	}
	return found, fromC4C(ctx, err)
}

// ReopenTicketInput reopens a completed ticket.
type ReopenTicketInput struct {
	Account    string `json:"account"`
	ObjectID   string `json:"object_id"`
	UserStatus string `json:"user_status"` // a status that the tenant's configuration maps to open or in process
}

func (in ReopenTicketInput) account() string { return in.Account }

// ReopenTicket sets the status of a ticket.
func (a *C4C) ReopenTicket(ctx context.Context, in ReopenTicketInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	return fromC4C(ctx, client.SetTicketStatus(ctx, in.ObjectID, "", in.UserStatus))
}

// DescribeTicketInput is what the follower chose for a new ticket.
type DescribeTicketInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id"`
	Subject  string `json:"subject"`
	Category string `json:"category,omitempty"` // code of the service category
	// Fields are those that the tenant has added to the page's form.
	Fields []OwnField `json:"fields,omitempty"`
}

func (in DescribeTicketInput) account() string { return in.Account }

// DescribeTicket sets subject, category and the tenant's own fields of a ticket.
func (a *C4C) DescribeTicket(ctx context.Context, in DescribeTicketInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	return withOwn(ctx, in.Fields, func(own c4c.Properties) error {
		return client.ChangeTicket(ctx, in.ObjectID, "", c4c.TicketChange{
			Name: in.Subject, CategoryID: in.Category, More: own,
		})
	})
}
