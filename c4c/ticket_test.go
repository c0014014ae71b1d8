package c4c

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTicket(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	stored := f.addTicket("Brake noise", "0001000123")
	want := Ticket{
		ObjectID: stored.text("ObjectID"), ID: stored.text("ID"), Name: "Brake noise", UserStatus: "1", Status: TicketOpen,
		CustomerID: "1000123", ContactID: "1000123", CreatedAt: time.UnixMilli(1490902810849).UTC(),
		ChangedAt: time.Date(2017, 3, 30, 19, 40, 11, 849026000, time.UTC),
		ETag:      stored["__metadata"].(map[string]any)["etag"].(string),
	}
	got, err := c.Ticket(t.Context(), strings.ToLower(want.ObjectID))
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = c.TicketByID(t.Context(), want.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, seen := range f.seen() {
		require.Contains(t, seen.query, "$select=", "a whole ticket is slow to read")
	}
	_, err = c.Ticket(t.Context(), "00163E0000001ED7FFFF000000000009")
	requireClass(t, err, ErrNotFound)
	_, err = c.TicketByID(t.Context(), "4711")
	requireClass(t, err, ErrNotFound)
	_, err = c.Ticket(t.Context(), "../x")
	requireClass(t, err, ErrRejected)
	_, err = c.TicketByID(t.Context(), "*")
	requireClass(t, err, ErrRejected)
}

func TestTicketOpen(t *testing.T) {
	t.Parallel()
	for status, open := range map[string]bool{TicketOpen: true, TicketInProcess: true, TicketCompleted: false,
		TicketClosed: false, "": false} {
		require.Equal(t, open, Ticket{Status: status}.Open(), status)
	}
}

func TestTicketOfActivity(t *testing.T) {
	t.Parallel()
	const set = "ServiceRequestBusinessTransactionDocumentReferenceCollection"
	c, f := setup(t, SocialSOAP)
	ticket, other := f.addTicket("ours", "1"), f.addTicket("other", "1")
	f.add(set, row{"ParentObjectID": other["ObjectID"], "TypeCode": "40", "ID": "59001"})
	f.add(set, row{"ParentObjectID": ticket["ObjectID"], "TypeCode": "1607", "ID": "59001"})
	got, err := c.TicketOfActivity(t.Context(), "59001")
	require.NoError(t, err)
	require.Equal(t, "ours", got.Name)
	require.Len(t, f.seen(), 1)
	_, err = c.TicketOfActivity(t.Context(), "59002")
	requireClass(t, err, ErrNotFound)
	_, err = c.TicketOfActivity(t.Context(), "")
	requireClass(t, err, ErrRejected)
}

func TestTicketOfActivityWithoutExpand(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	ticket := f.addTicket("ours", "1")
	answers := map[string]error{
		`{"d":{"results":[{"ObjectID":"A1","ID":"59001","TypeCode":"1607","ParentObjectID":"` + ticket.text("ObjectID") + `","ServiceRequest":{"__deferred":{"uri":"x"}}}]}}`: nil,
		`{"d":{"results":[{"ObjectID":"A1","ID":"59001","TypeCode":"1607","ParentObjectID":"00163E0000001ED7FFFF000000000009"}]}}`:                                            ErrNotFound,
		`{"d":{"results":[{"ObjectID":"A1","ID":"59001","TypeCode":"1607"}]}}`:                                                                                                ErrOutcomeUnknown,
		`{"d":{"results":[{"ObjectID":"A1","ID":"59001"}]}}`:                                                                                                                  ErrOutcomeUnknown,
		`{"d":{"results":[{"ObjectID":"A1","ID":"1","TypeCode":"1607"}]}}`:                                                                                                    ErrNotFound,
		`{"d":{"results":[{"ObjectID":"A1","ID":"59001","TypeCode":"40"}]}}`:                                                                                                  ErrNotFound,
		`{"d":{"results":[{"ObjectID":"A1","ID":"59001","TypeCode":"1607","ParentObjectID":"B1","ServiceRequest":{"ObjectID":"B2"}}]}}`:                                       ErrOutcomeUnknown,
	}
	for body, class := range answers {
		f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
			if strings.Contains(r.URL.Path, "Reference") {
				_, _ = w.Write([]byte(body))
				return
			}
			next(w, r)
		})
		got, err := c.TicketOfActivity(t.Context(), "59001")
		if class != nil {
			requireClass(t, err, class)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "ours", got.Name)
	}
}

func TestTickets(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	for i := range 25 {
		f.addTicket(fmt.Sprint("ticket ", i), "0001000123")
	}
	f.addTicket("of another", "1000124")
	page, err := c.Tickets(t.Context(), TicketQuery{CustomerID: "1000123"})
	require.NoError(t, err)
	require.Equal(t, 25, page.Total)
	require.Len(t, page.Tickets, 20)
	require.Equal(t, "ticket 24", page.Tickets[0].Name, "the newest first")
	page, err = c.Tickets(t.Context(), TicketQuery{CustomerID: "1000123", Top: 10, Skip: 20})
	require.NoError(t, err)
	require.Len(t, page.Tickets, 5)
	require.Equal(t, 25, page.Total)
	page, err = c.Tickets(t.Context(), TicketQuery{CustomerID: "1"})
	require.NoError(t, err)
	require.Equal(t, TicketPage{Tickets: []Ticket{}}, page)
	for _, q := range []TicketQuery{{}, {CustomerID: "*"}, {CustomerID: "1", Top: -1}, {CustomerID: "1", Top: 1001},
		{CustomerID: "1", Skip: -1}} {
		_, err = c.Tickets(t.Context(), q)
		requireClass(t, err, ErrRejected)
	}
	f.answer(200, jsonType, `{"d":{"results":[{"ObjectID":"A1","ID":"59001","TypeCode":"1607"},{"ObjectID":"A2"}]}}`)
	page, err = c.Tickets(t.Context(), TicketQuery{CustomerID: "1", Skip: 3})
	require.NoError(t, err)
	require.Equal(t, 5, page.Total, "without a count at least what has been seen")
}

func TestSetTicketStatus(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	key := f.addTicket("Brake noise", "1").text("ObjectID")
	ticket, err := c.Ticket(t.Context(), key)
	require.NoError(t, err)
	require.NoError(t, c.SetTicketStatus(t.Context(), key, ticket.ETag, "YJ"))
	require.Equal(t, "YJ", f.rows(ticketSet)[0].text("ServiceRequestUserLifeCycleStatusCode"))
	require.NoError(t, c.SetTicketStatus(t.Context(), key, "", "5"))
	requireClass(t, c.SetTicketStatus(t.Context(), key, `W/"old"`, "1"), ErrConflict)
	for _, status := range []string{"", "123"} {
		requireClass(t, c.SetTicketStatus(t.Context(), key, "", status), ErrRejected)
	}
	requireClass(t, c.SetTicketStatus(t.Context(), "", "", "5"), ErrRejected)
}

func TestTicketTexts(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.pageSize = 2
	key := f.addTicket("Brake noise", "1").text("ObjectID")
	for i, code := range []string{TextIncident, TextAgentReply, TextCustomerReply, TextInternalNote, TextCustomerReply} {
		require.NoError(t, c.AddTicketText(t.Context(), strings.ToLower(key), code, "zh", fmt.Sprintf("刹车\x00 %d", i)))
	}
	f.forget()
	texts, err := c.TicketTexts(t.Context(), key)
	require.NoError(t, err)
	require.Len(t, texts, 5)
	require.Equal(t, "刹车 0", texts[0].Text)
	require.Equal(t, TextIncident, texts[0].TypeCode)
	require.Equal(t, "ZH", texts[0].Language)
	require.Equal(t, "刹车 4", texts[4].Text)
	require.True(t, texts[4].CreatedAt.After(texts[0].CreatedAt))
	require.Len(t, f.seen(), 3, "pages are followed on the tenant, wherever their links point")

	f.rows(ticketSet)[0]["ServiceRequestLifeCycleStatusCode"] = TicketCompleted
	err = c.AddTicketText(t.Context(), key, TextCustomerReply, "", "brakes")
	requireClass(t, err, ErrReadOnly)
	requireRedacted(t, err, "brakes")
	_, err = c.TicketTexts(t.Context(), "00163E0000001ED7FFFF000000000009")
	requireClass(t, err, ErrNotFound)
	for _, args := range [][3]string{{"", "10008", "x"}, {key, "", "x"}, {key, "10008", "\x00"}} {
		requireClass(t, c.AddTicketText(t.Context(), args[0], args[1], "", args[2]), ErrRejected)
	}
	_, err = c.TicketTexts(t.Context(), "x")
	requireClass(t, err, ErrRejected)
}

func TestEndlessPages(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	key := f.addTicket("Brake noise", "1").text("ObjectID")
	f.answer(200, jsonType, `{"d":{"results":[],"__next":"https://x.invalid/y?$skiptoken=1"}}`)
	_, err := c.TicketTexts(t.Context(), key)
	require.ErrorIs(t, err, errTooLarge)
	require.Len(t, f.seen(), maxPages)
	for _, link := range []string{"https://x.invalid/y", ":"} {
		f.answer(200, jsonType, `{"d":{"results":[],"__next":"`+link+`"}}`)
		_, err = c.TicketTexts(t.Context(), key)
		require.ErrorIs(t, err, errUnreadable)
	}
}

// TestTicketNumberWithZeros: C4C writes numbers with zeros in front in some places and without in others.
func TestTicketNumberWithZeros(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ stored, asked string }{{"8000012", "0008000012"}, {"0008000012", "8000012"}} {
		c, f := setup(t, SocialOData)
		ticket := f.addTicket("brakes", "")
		ticket["ID"] = tt.stored
		f.addTicket("another", "")["ID"] = "18000012"
		got, err := c.TicketByID(t.Context(), tt.asked)
		require.NoError(t, err, tt.asked)
		require.Equal(t, tt.stored, got.ID)
	}
	c, f := setup(t, SocialOData)
	f.addTicket("brakes", "")["ID"] = "18000012"
	_, err := c.TicketByID(t.Context(), "8000012")
	require.ErrorIs(t, err, ErrNotFound, "another one that ends like it")
	f.forget()
	_, err = c.TicketByID(t.Context(), "12")
	require.ErrorIs(t, err, ErrNotFound)
	require.Len(t, f.seen(), 1)
}
