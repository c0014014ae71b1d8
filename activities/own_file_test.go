package activities

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// TestOnlyOurFilesAreTheFollowers: agents save, annotate and re-attach followers' files, and attach files of their
// own. None of these is the follower's, and none of their names is shown.
func TestOnlyOurFilesAreTheFollowers(t *testing.T) {
	t.Parallel()
	const mark = "0123456789abcdef"
	ours := "image-web-k0000000000000001-1-" + mark + ".png"
	for name, theirs := range map[string]bool{
		ours: true,
		"voice-web-k0000000000000001-2-" + mark + ".amr":                     true,
		strings.TrimSuffix(ours, ".png") + "-ours INTERNAL reject claim.pdf": false,
		strings.TrimSuffix(ours, ".png") + " (1).png":                        false,
		"Kopie von " + ours:                 false,
		"marked " + ours:                    false,
		ours + ".pdf":                       false,
		"image-web-k0000000000000001-1.png": false,
		"image-web-k0000000000000001-1-" + strings.ToUpper(mark) + ".png": false,
		"report-web-k0000000000000001-1-" + mark + ".png":                 false,
		"image-web-k00000000000000012-1-" + mark + ".png":                 false,
		"image-x-web-k0000000000000001-1-" + mark + ".png":                false,
		"INTERNAL fraud suspicion Li Lei.pdf":                             false,
	} {
		thread := TicketThread{Items: []ThreadItem{{MessageID: "wx:acme:oAlice:web-k0000000000000001"}}}
		thread.addOwnFiles("acme", []c4c.Attachment{{Of: c4c.AttachmentOfTicket, ObjectID: "F1", Name: name}})
		require.Equal(t, theirs, len(thread.Items[0].Files) == 1, name)
	}
}

// TestACopyUnderTheSameNameIsNotShown: the file that was there first is the connector's.
func TestACopyUnderTheSameNameIsNotShown(t *testing.T) {
	t.Parallel()
	name, at := "image-7-1-0123456789abcdef.png", time.Unix(1_800_000_000, 0)
	thread := TicketThread{Items: []ThreadItem{{MessageID: testMessageID}}}
	thread.addOwnFiles("acme", []c4c.Attachment{
		{ObjectID: "copy", Name: name, CreatedAt: at.Add(time.Hour)}, {ObjectID: "ours", Name: name, CreatedAt: at},
	})
	require.Equal(t, []ThreadFile{{ObjectID: "ours", Name: "image-7-1.png", Mark: "0123456789abcdef"}},
		thread.Items[0].Files)
}

// TestFilesOfThreadsThatAreNotOurs: in a thread without a message of this account, the connector has attached
// nothing.
func TestFilesOfThreadsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "7", "other:7", "wx:other:oAlice:7", "wx:acme:oAlice", "wx:acme:oAlice:"} {
		thread := TicketThread{Items: []ThreadItem{{MessageID: id}}}
		thread.addOwnFiles("acme", []c4c.Attachment{{Name: "image-7-1-0123456789abcdef.png"},
			{Name: "image--1-0123456789abcdef.png"}})
		require.Empty(t, thread.Items[0].Files, id)
	}
	fromAgent := TicketThread{Items: []ThreadItem{{MessageID: testMessageID, FromAgent: true}}}
	fromAgent.addOwnFiles("acme", []c4c.Attachment{{Name: "image-7-1-0123456789abcdef.png"}})
	require.Empty(t, fromAgent.Items[0].Files)
}

// TestFilesOnTheFollowersMessage: the connector attaches to the ticket; a file on a follower's message is an agent's.
func TestFilesOnTheFollowersMessage(t *testing.T) {
	t.Parallel()
	files := []c4c.MessageAttachment{{Attachment: c4c.Attachment{ObjectID: "F1", Name: "INTERNAL.pdf"}}}
	require.Empty(t, itemOf(c4c.ThreadMessage{FromCustomer: true, Files: files}).Files)
	require.Len(t, itemOf(c4c.ThreadMessage{Files: files}).Files, 1)
}

func TestMarks(t *testing.T) {
	t.Parallel()
	name := ownFile{"image-web-k-1", markOf(sha256.Sum256([]byte("x"))), ".jpg"}.String()
	require.Equal(t, "image-web-k-1-2d711642b726b044.jpg", name)
	own, ok := parseOwnFile(name)
	require.True(t, ok)
	require.Equal(t, name, own.String())
	require.True(t, own.of("web-k"))
}
