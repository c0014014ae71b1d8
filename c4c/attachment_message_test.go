package c4c

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessageAttachments(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	profile := f.addProfile("oAlice", "")
	answer := f.addActivity("", "answer", profile, nil)
	other := f.addActivity("", "another answer", profile, nil)
	f.add(messageFileSet, row{
		"ParentObjectID": answer["ObjectID"], "Name": "sketch.png", "MimeType": "image/png", "CategoryCode": "2",
		"SizeInkB": "1.500", "Binary": "aGVsbG8=",
	})
	f.add(messageFileSet, row{"ParentObjectID": answer["ObjectID"], "Name": "manual", "CategoryCode": "3",
		"LinkWebURI": "https://x.example/m"})

	got, err := c.MessageAttachments(t.Context(), answer.text("ID"))
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, Attachment{Of: AttachmentOfMessage, ObjectID: got[0].ObjectID, Name: "sketch.png",
		MimeType: "image/png", Size: 1536}, got[0].Attachment)
	require.Empty(t, got[0].Link)
	require.Equal(t, "manual", got[1].Name)
	require.Equal(t, "https://x.example/m", got[1].Link)
	require.Len(t, f.seen(), 1, "one call")
	require.NotContains(t, f.seen()[0].query, "Binary", "no content in a list")

	none, err := c.MessageAttachments(t.Context(), other.text("ID"))
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = c.MessageAttachments(t.Context(), "1")
	requireClass(t, err, ErrNotFound)
	_, err = c.MessageAttachments(t.Context(), "it's\x00")
	requireClass(t, err, ErrRejected)
}
