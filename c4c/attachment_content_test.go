package c4c

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOpenAttachment(t *testing.T) {
	t.Parallel()
	content := make([]byte, 17<<20) // more than an answer of another kind may have
	content[0], content[len(content)-1] = 1, 2
	for _, of := range []AttachmentOwner{AttachmentOfTicket, AttachmentOfMessage} {
		t.Run(string(of), func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			set := map[AttachmentOwner]string{AttachmentOfTicket: attachmentSet, AttachmentOfMessage: messageFileSet}[of]
			file := f.add(set, row{"Name": "a.png", "MimeType": "image/png",
				"Binary": base64.StdEncoding.EncodeToString(content)})
			got, err := c.OpenAttachment(t.Context(), of, file.text("ObjectID"))
			require.NoError(t, err)
			all, err := io.ReadAll(got.Body)
			require.NoError(t, err)
			require.NoError(t, got.Body.Close())
			require.Equal(t, "image/png", got.ContentType)
			require.Equal(t, content, all)
		})
	}
}

func TestOpenAttachmentRefused(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	link := f.add(attachmentSet, row{"Name": "a link", "CategoryCode": "3"})
	empty := f.add(attachmentSet, row{"Name": "empty"})
	for _, tt := range []struct {
		name, key string
		want      error
	}{
		{"not there", "00163E0000001ED7FFFF000000000009", ErrNotFound},
		{"link", link.text("ObjectID"), ErrNotFound},
		{"empty", empty.text("ObjectID"), ErrNotFound},
		{"no key", "../x", ErrRejected},
	} {
		_, err := c.OpenAttachment(t.Context(), AttachmentOfTicket, tt.key)
		requireClass(t, err, tt.want)
	}
	f.answer(http.StatusServiceUnavailable, nil, "")
	_, err := c.OpenAttachment(t.Context(), AttachmentOfTicket, "00163E0000001ED7FFFF000000000009")
	requireClass(t, err, ErrUnavailable)
}

// TestOpenAttachmentHoldsItsSlot keeps downloads within the cap of parallel calls.
func TestOpenAttachmentHoldsItsSlot(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP, func(o *Options) { o.MaxParallel = 1 })
	file := f.add(attachmentSet, row{"Name": "a.png", "Binary": "aGVsbG8="})
	open, err := c.OpenAttachment(t.Context(), AttachmentOfTicket, file.text("ObjectID"))
	require.NoError(t, err)
	waiting, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	requireClass(t, c.Ping(waiting), ErrNotSent)
	require.NoError(t, open.Body.Close())
	require.NoError(t, c.Ping(t.Context()))
}

func TestAttachmentSizes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw  string
		want int64
	}{{`"2.000"`, 2048}, {`0.5`, 512}, {`""`, 0}, {`null`, 0}, {`"many"`, 0}, {`"-1"`, 0}} {
		got := attachments(AttachmentOfMessage, []attachmentEntity{{SizeInkB: json.RawMessage(tt.raw)}})
		require.Equal(t, tt.want, got[0].Size, tt.raw)
	}
}

// A call has seconds, but a file of 10 MB on a slow line takes longer.
func TestFilesMayTakeLongerThanCalls(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP, func(o *Options) { o.HTTPClient.Timeout = time.Second })
	ticket := f.addTicket("brakes", "91")
	file := f.add(messageFileSet, row{"Name": "a.png", "Binary": "aGVsbG8="})
	_, err := c.odata.session.get(t.Context())
	require.NoError(t, err)
	c.odata.http.client.Timeout = time.Nanosecond
	require.Error(t, c.Ping(t.Context()), "a call may not")
	require.Equal(t, fileTimeout, c.odata.http.files.Timeout)
	open, err := c.OpenAttachment(t.Context(), AttachmentOfMessage, file.text("ObjectID"))
	require.NoError(t, err)
	require.NoError(t, open.Body.Close())
	require.NoError(t, c.AddTicketAttachment(t.Context(), ticket.text("ObjectID"),
		NewAttachment{Name: "b.png", Content: strings.NewReader("x")}))
}
