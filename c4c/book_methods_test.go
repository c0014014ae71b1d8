package c4c

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is a tenant in which every method succeeds.
type world struct {
	profile                                   Profile
	customer, ticket, ticketFile, messageFile string // keys
	ticketID, activityID, reply               string
}

const worldMessage = "wx:default:" + testOpenID + ":1"

// settle fills the fake.
func (f *fake) settle() world {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.addProfile(testOpenID, "Lei")
	p["AccountInternalID"] = "1000123"
	c := f.add(customerSet, row{"CustomerID": "1000123", "NickName": testOpenID, "LastName": "Li",
		"LifeCycleStatusCode": "2"})
	f.add(customerTextSet, row{"ParentObjectID": c["ObjectID"], "Text": "note"})
	root := f.addActivity(worldMessage, "my brakes squeal", p, nil)
	root["InitiatorCode"] = "2"
	ticket := f.sets[ticketSet][0]
	ticket["BuyerPartyID"] = "1000123"
	f.add(textSet, row{"ParentObjectID": ticket["ObjectID"], "TypeCode": TextIncident, "Text": "squeal"})
	reply := f.addActivity("", "come by", p, root)
	reply["InitiatorCode"], reply["SocialMediaActivityProviderID"] = initiatorAgent, testChannel
	reply[replyTime] = "/Date(1490902810000)/"
	binary := row{"Name": "a.png", "MimeType": "image/png", "Binary": "aGVsbG8=", "ParentObjectID": ticket["ObjectID"]}
	file := f.add(attachmentSet, binary)
	binary["ParentObjectID"] = reply["ObjectID"]
	return world{
		profile:  Profile{ID: p.text("ID"), UUID: dashed(p.text("ObjectID")), OpenID: testOpenID},
		customer: c.text("ObjectID"), ticket: ticket.text("ObjectID"), ticketFile: file.text("ObjectID"),
		messageFile: f.add(messageFileSet, binary).text("ObjectID"),
		ticketID:    ticket.text("ID"), activityID: root.text("ID"), reply: reply.text("UUID"),
	}
}

// method is one method that calls C4C, in a successful call.
type method struct {
	name string // of the method; two entries may have the same
	call func(ctx context.Context, c *Client, w world) (any, error)

	content bool // it returns bytes as they are
	silent  bool // 204 is an answer that it waits for
	blind   bool // what it creates does not say whose it is
}

// methods lists all of them; TestBookHasEveryMethod keeps the list complete.
func methods() []method {
	none := func(err error) (any, error) { return nil, err }
	stored := func(c *Client, ctx context.Context, key string, of AttachmentOwner) (any, error) {
		file, err := c.OpenAttachment(ctx, of, key)
		if err != nil {
			return nil, err
		}
		defer file.Body.Close()
		content, err := io.ReadAll(file.Body)
		return string(content), err
	}
	type ctx = context.Context
	return []method{
		{name: "CreateProfile", blind: true, call: func(x ctx, c *Client, _ world) (any, error) {
			return c.Social().CreateProfile(x, requestID("a"), NewProfile{OpenID: testOpenID})
		}},
		{name: "BindProfile", silent: true, call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.Social().BindProfile(x, requestID("b"), w.profile, Customer{ID: "1000123"}))
		}},
		{name: "BindProfile", silent: true, call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.Social().BindProfile(x, requestID("b"), Profile{OpenID: testOpenID}, Customer{ID: "1000123"}))
		}},
		{name: "FindProfile", call: func(x ctx, c *Client, _ world) (any, error) {
			return c.Social().FindProfile(x, testOpenID)
		}},
		{name: "ProfileByID", call: func(x ctx, c *Client, w world) (any, error) {
			return c.Social().ProfileByID(x, w.profile.ID)
		}},
		{name: "CreateActivity", blind: true, call: func(x ctx, c *Client, w world) (any, error) {
			return c.Social().CreateActivity(x, requestID("c"), newMessage(w.profile, "wx:default:"+testOpenID+":2", "again"))
		}},
		// the other interface's key, and a thread
		{name: "CreateActivity", blind: true, call: func(x ctx, c *Client, w world) (any, error) {
			m := newMessage(Profile{UUID: w.profile.UUID}, "wx:default:"+testOpenID+":2", "again")
			m.RootMessageID = worldMessage
			return c.Social().CreateActivity(x, requestID("c"), m)
		}},
		{name: "FindActivity", call: func(x ctx, c *Client, _ world) (any, error) {
			return c.Social().FindActivity(x, worldMessage)
		}},
		{name: "FindCustomer", call: func(x ctx, c *Client, _ world) (any, error) { return c.FindCustomer(x, testOpenID) }},
		{name: "FindFollower", call: func(x ctx, c *Client, _ world) (any, error) { return c.FindFollower(x, testOpenID) }},
		{name: "CustomerByID", call: func(x ctx, c *Client, _ world) (any, error) { return c.CustomerByID(x, "1000123") }},
		{name: "CreateCustomer", call: func(x ctx, c *Client, _ world) (any, error) {
			return c.CreateCustomer(x, NewCustomer{LastName: "Li", NickName: testOpenID})
		}},
		{name: "UpdateCustomer", silent: true, call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.UpdateCustomer(x, w.customer, "", CustomerChange{LastName: new("Li")}))
		}},
		{name: "AddCustomerText", call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.AddCustomerText(x, w.customer, "note"))
		}},
		{name: "CustomerTexts", call: func(x ctx, c *Client, w world) (any, error) { return c.CustomerTexts(x, w.customer) }},
		{name: "ProfilesOfCustomer", call: func(x ctx, c *Client, _ world) (any, error) {
			return c.ProfilesOfCustomer(x, "1000123")
		}},
		{name: "Ticket", call: func(x ctx, c *Client, w world) (any, error) { return c.Ticket(x, w.ticket) }},
		{name: "TicketByID", call: func(x ctx, c *Client, w world) (any, error) { return c.TicketByID(x, w.ticketID) }},
		{name: "TicketOfActivity", call: func(x ctx, c *Client, w world) (any, error) {
			return c.TicketOfActivity(x, w.activityID)
		}},
		{name: "TicketRoot", call: func(x ctx, c *Client, w world) (any, error) {
			ticket, message, err := c.TicketRoot(x, w.ticket)
			if message == (Activity{}) {
				ticket = Ticket{}
			}
			return ticket, err
		}},
		{name: "Tickets", call: func(x ctx, c *Client, _ world) (any, error) {
			page, err := c.Tickets(x, TicketQuery{CustomerID: "1000123"})
			return page.Tickets, err
		}},
		{name: "TicketMessages", call: func(x ctx, c *Client, w world) (any, error) { return c.TicketMessages(x, w.ticket) }},
		{name: "ChangeTicket", silent: true, call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.ChangeTicket(x, w.ticket, "", TicketChange{Name: "brakes"}))
		}},
		{name: "SetTicketStatus", silent: true, call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.SetTicketStatus(x, w.ticket, "", "5"))
		}},
		{name: "AddTicketText", call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.AddTicketText(x, w.ticket, TextCustomerReply, "", "again"))
		}},
		{name: "TicketTexts", call: func(x ctx, c *Client, w world) (any, error) { return c.TicketTexts(x, w.ticket) }},
		{name: "AddTicketAttachment", silent: true, call: func(x ctx, c *Client, w world) (any, error) {
			return none(c.AddTicketAttachment(x, w.ticket, NewAttachment{Name: "a.jpg", Content: strings.NewReader("brakes")}))
		}},
		{name: "TicketAttachments", call: func(x ctx, c *Client, w world) (any, error) {
			return c.TicketAttachments(x, w.ticket)
		}},
		{name: "MessageAttachments", call: func(x ctx, c *Client, w world) (any, error) {
			return c.MessageAttachments(x, w.activityID)
		}},
		{name: "OpenAttachment", content: true, call: func(x ctx, c *Client, w world) (any, error) {
			return stored(c, x, w.ticketFile, AttachmentOfTicket)
		}},
		{name: "OpenAttachment", content: true, call: func(x ctx, c *Client, w world) (any, error) {
			return stored(c, x, w.messageFile, AttachmentOfMessage)
		}},
		{name: "AgentReplies", call: func(x ctx, c *Client, _ world) (any, error) {
			page, err := c.AgentReplies(x, AgentReplyQuery{From: time.Unix(1490902000, 0), To: time.Unix(1490903000, 0)})
			return page.Replies, err
		}},
		{name: "ThreadRoot", call: func(x ctx, c *Client, _ world) (any, error) {
			return c.ThreadRoot(x, Activity{MessageID: worldMessage})
		}},
		{name: "AgentReply", call: func(x ctx, c *Client, w world) (any, error) { return c.AgentReply(x, w.reply, "") }},
		{name: "TryWrite", call: func(x ctx, c *Client, _ world) (any, error) {
			if err := c.TryWrite(x); !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			return none(nil)
		}},
		{name: "Ping", call: func(x ctx, c *Client, _ world) (any, error) { return none(c.Ping(x)) }},
	}
}

// TestBookHasEveryMethod: a method that is never fed strange answers could bypass the gate.
func TestBookHasEveryMethod(t *testing.T) {
	t.Parallel()
	var listed, existing []string
	for _, m := range methods() {
		listed = append(listed, m.name)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[*Client](), reflect.TypeFor[Social]()} {
		for i := range of.NumMethod() {
			existing = append(existing, of.Method(i).Name)
		}
	}
	slices.Sort(listed)
	slices.Sort(existing)
	existing = slices.DeleteFunc(existing, func(name string) bool { // those that make no calls
		return slices.Contains([]string{"Social", "Timeout", "KnowsRepeats", "Authorize"}, name)
	})
	require.Equal(t, existing, slices.Compact(listed))
}

// TestBookMethodsSucceed: if C4C answers correctly, every method of the book succeeds.
func TestBookMethodsSucceed(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		w := f.settle()
		for _, m := range methods() {
			got, err := m.call(t.Context(), c, w)
			require.NoError(t, err, m.name)
			if m.name != "MessageAttachments" { // the first message has none
				require.False(t, isNothing(got), "%s: %v", m.name, got)
			}
		}
	}
}

// isNothing reports whether a method returned an empty result instead of an object.
func isNothing(got any) bool {
	v := reflect.ValueOf(got)
	return got != nil && (v.Kind() == reflect.Slice && v.Len() == 0 || v.IsZero())
}
