package c4c

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTicketRoot(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	profile := f.addProfile("oAlice", "Alice")
	root := f.addActivity("wx:a:oAlice:1", "first", profile, nil)
	answer := f.addActivity("", "answer", profile, root)
	ticket := f.addTicket("first", "0001000123")
	ticket["RequestFinisheddatetimeContent"] = "2017-04-02T00:00:00Z"
	for _, a := range []row{answer, root} {
		f.add(referenceSet, row{"ParentObjectID": ticket["ObjectID"], "TypeCode": "1607", "ID": a["ID"], "UUID": a["UUID"]})
	}
	f.add(referenceSet, row{"ParentObjectID": ticket["ObjectID"], "TypeCode": "40", "ID": "1"})

	got, message, err := c.TicketRoot(t.Context(), ticket.text("ObjectID"))
	require.NoError(t, err)
	require.Equal(t, ticket.text("ID"), got.ID)
	require.Equal(t, "1000123", got.CustomerID)
	require.Equal(t, 2017, got.FinishedAt.Year())
	require.Equal(t, Activity{ID: root.text("ID"), UUID: root.text("UUID"), MessageID: "wx:a:oAlice:1",
		RootUUID: root.text("UUID"), Text: "first"}, message)
	require.Len(t, f.seen(), 2)

	f.forget()
	byPhone := f.addTicket("by phone", "1")
	f.add(referenceSet, row{"ParentObjectID": byPhone["ObjectID"], "TypeCode": "40", "ID": "7"})
	got, message, err = c.TicketRoot(t.Context(), byPhone.text("ObjectID"))
	require.NoError(t, err)
	require.Equal(t, "by phone", got.Name)
	require.Empty(t, message)
	require.Len(t, f.seen(), 1, "a ticket of another channel costs one call")

	_, _, err = c.TicketRoot(t.Context(), "00163E0000001ED7FFFF000000000009")
	requireClass(t, err, ErrNotFound)
	_, _, err = c.TicketRoot(t.Context(), "../x")
	requireClass(t, err, ErrRejected)
	f.answer(503, nil, "")
	_, _, err = c.TicketRoot(t.Context(), byPhone.text("ObjectID"))
	requireClass(t, err, ErrUnavailable)
}
