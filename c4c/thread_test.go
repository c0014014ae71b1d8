package c4c

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTicketMessages(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{true, false} {
		c, f := setup(t, SocialSOAP)
		profile := f.addProfile("oAlice", "Alice")
		f.delayed = true
		root := f.addActivity("wx:a:oAlice:1", "first", profile, nil)
		root["InitiatorCode"], root["PrivateSocialMediaMessageIndicator"] = "2", true
		root["SocialMediaMessageCreationDateTime"] = "/Date(1490902810000)/"
		answer := f.addActivity("", "answer", profile, root)
		answer["InitiatorCode"], answer["SocialMediaMessageAuthor"] = "1", "Chen Li"
		f.add(messageFileSet, row{"ParentObjectID": answer["ObjectID"], "Name": "sketch.png", "MimeType": "image/png",
			"SizeInkB": "1.500", "Binary": "aGVsbG8="})
		f.add(messageFileSet, row{"ParentObjectID": answer["ObjectID"], "Name": "a link", "CategoryCode": "3",
			"LinkWebURI": "https://www.example.com/parts"})
		note := f.addActivity("", "note", profile, root)
		note["InitiatorCode"], note["PrivateSocialMediaMessageIndicator"] = "1", true
		f.addActivity("wx:a:oAlice:9", "another thread", profile, nil)
		ticket := f.addTicket("first", "1")
		reference := row{"ParentObjectID": ticket["ObjectID"], "TypeCode": "1607", "ID": root["ID"]}
		if named {
			reference["UUID"] = root["UUID"]
		}
		f.add(referenceSet, row{"ParentObjectID": ticket["ObjectID"], "TypeCode": "1607", "ID": answer["ID"],
			"UUID": answer["UUID"]})
		f.add(referenceSet, reference)

		got, err := c.TicketMessages(t.Context(), ticket.text("ObjectID"))
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.Equal(t, ThreadMessage{
			Activity: Activity{ID: root.text("ID"), UUID: root.text("UUID"), MessageID: "wx:a:oAlice:1",
				RootUUID: root.text("UUID"), Text: "first"}, FromCustomer: true,
			Private: true, CreatedAt: time.Unix(1490902810, 0).UTC(), Files: []MessageAttachment{},
		}, got[0])
		require.Len(t, got[1].Files, 2)
		file, link := got[1].Files[0], got[1].Files[1]
		require.Equal(t, Attachment{Of: AttachmentOfMessage, ObjectID: file.ObjectID, Name: "sketch.png",
			MimeType: "image/png", Size: 1536}, file.Attachment)
		require.Empty(t, file.Link)
		require.Equal(t, "https://www.example.com/parts", link.Link)
		require.NotContains(t, f.seen()[len(f.seen())-1].query, "Binary", "no content in a list")
		require.Equal(t, "Chen Li", got[1].Author)
		require.False(t, got[1].FromCustomer || got[1].Private)
		require.True(t, got[2].Private)
		require.Len(t, f.seen(), map[bool]int{true: 2, false: 3}[named])
	}
}

func TestThreadRoot(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		profile := f.addProfile("oAlice", "Alice")
		root := f.addActivity("wx:a:oAlice:1", "first", profile, nil)
		f.addActivity("wx:a:oAlice:2", "second", profile, root)
		want := Activity{
			ID: root.text("ID"), UUID: root.text("UUID"), MessageID: "wx:a:oAlice:1", RootUUID: root.text("UUID"), Text: "first",
		}
		for _, test := range []struct {
			of    string
			calls map[string]int // whether the message is known over SOAP, which says nothing of threads, or over OData
		}{
			{"wx:a:oAlice:1", map[string]int{SocialSOAP: 1, SocialOData: 0}},
			{"wx:a:oAlice:2", map[string]int{SocialSOAP: 2, SocialOData: 1}},
		} {
			message, err := c.Social().FindActivity(t.Context(), test.of)
			require.NoError(t, err)
			f.forget()
			got, err := c.ThreadRoot(t.Context(), message)
			require.NoError(t, err)
			got.ProfileID = ""
			require.Equal(t, want, got)
			require.Len(t, f.seen(), test.calls[social])
		}
		_, err := c.ThreadRoot(t.Context(), Activity{MessageID: "wx:a:oAlice:3"})
		requireClass(t, err, ErrNotFound)
	}
}

func TestTicketWithoutMessages(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	got, err := c.TicketMessages(t.Context(), f.addTicket("by phone", "1").text("ObjectID"))
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = c.TicketMessages(t.Context(), "../x")
	requireClass(t, err, ErrRejected)
	f.answer(503, nil, "")
	_, err = c.TicketMessages(t.Context(), "00163E0000001ED7FFFF000000000009")
	requireClass(t, err, ErrUnavailable)
}

func TestChangeTicket(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	ticket := f.addTicket("old", "1")
	key := ticket.text("ObjectID")
	require.NoError(t, c.ChangeTicket(t.Context(), key, "", TicketChange{Name: "new\nname", CategoryID: "CA_1"}))
	require.Equal(t, "new name", ticket.text("Name"))
	require.Equal(t, "CA_1", ticket.text("ServiceIssueCategoryID"))
	require.NoError(t, c.ChangeTicket(t.Context(), key, "", TicketChange{CategoryID: "CA_2"}))
	require.Equal(t, "new name", ticket.text("Name"))
	f.forget()
	require.NoError(t, c.ChangeTicket(t.Context(), key, "", TicketChange{}))
	require.Empty(t, f.seen())
	requireClass(t, c.ChangeTicket(t.Context(), key, `W/"old"`, TicketChange{Name: "x"}), ErrConflict)
	requireClass(t, c.ChangeTicket(t.Context(), "../x", "", TicketChange{Name: "x"}), ErrRejected)
}
