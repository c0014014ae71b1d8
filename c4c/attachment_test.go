package c4c

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// oneShot prevents reading the content other than as a stream.
type oneShot struct{ io.Reader }

func TestAttachment(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name  string
		size  int
		known bool
	}{
		{"empty", 0, false}, {"one byte", 1, true}, {"two bytes", 2, true}, {"three bytes", 3, true},
		{"one chunk", 24 << 10, true},
		{"over a chunk", 24<<10 + 1, true}, {"a photo", 1 << 20, true}, {"unknown size", 100_001, false},
	} {
		content := make([]byte, test.size)
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			key := f.addTicket("Brake noise", "1").text("ObjectID")
			a := NewAttachment{Name: `刹车 "1".jpg`, MimeType: "image/jpeg",
				Content: oneShot{iotest.HalfReader(bytes.NewReader(content))}}
			if test.known {
				a.Size = int64(test.size)
			}
			err := c.AddTicketAttachment(t.Context(), strings.ToLower(key), a)
			if test.size == 0 {
				requireClass(t, err, ErrRejected)
				return
			}
			require.NoError(t, err)
			stored := f.rows(attachmentSet)
			require.Len(t, stored, 1)
			got, err := base64.StdEncoding.DecodeString(stored[0].text("Binary"))
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
			require.Equal(t, "2", stored[0].text("CategoryCode"))
			require.Equal(t, "10001", stored[0].text("TypeCode"))
			require.Equal(t, test.known, f.seen()[0].header.Get("Content-Length") != "")

			list, err := c.TicketAttachments(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, `刹车 "1".jpg`, list[0].Name)
			require.Equal(t, "image/jpeg", list[0].MimeType)
			require.False(t, list[0].CreatedAt.IsZero())
			require.NotContains(t, f.seen()[1].query, "Binary")
		})
	}
}

// TestAttachmentNamedByItsContent: the name depends on what was read, but the length is known in advance.
func TestAttachmentNamedByItsContent(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 50_000} {
		c, f := setup(t, SocialSOAP)
		content := strings.Repeat("刹", 50_000)[:50_000]
		a := NewAttachment{Size: size, Content: strings.NewReader(content), NameOf: func(sum [sha256.Size]byte) string {
			return "image-" + hex.EncodeToString(sum[:8]) + ".jpg"
		}}
		require.NoError(t, c.AddTicketAttachment(t.Context(), f.addTicket("x", "1").text("ObjectID"), a))
		stored := f.rows(attachmentSet)
		require.Len(t, stored, 1)
		sum := sha256.Sum256([]byte(content))
		require.Equal(t, "image-"+hex.EncodeToString(sum[:8])+".jpg", stored[0].text("Name"))
		require.Equal(t, base64.StdEncoding.EncodeToString([]byte(content)), stored[0].text("Binary"))
		require.Equal(t, size > 0, f.seen()[0].header.Get("Content-Length") != "")
	}
}

func TestAttachmentThatBreaks(t *testing.T) {
	t.Parallel()
	broken := errors.New("wechat went away")
	for _, test := range []struct {
		name string
		a    NewAttachment
		want error
	}{
		{"reader fails",
			NewAttachment{Content: io.MultiReader(strings.NewReader(strings.Repeat("x", 50_000)), iotest.ErrReader(broken))},
			broken},
		{"reader fails at once", NewAttachment{Size: 9, Content: iotest.ErrReader(broken)}, broken},
		{"too short", NewAttachment{Size: 50_001, Content: strings.NewReader(strings.Repeat("x", 50_000))},
			errAttachmentSize},
		{"too long", NewAttachment{Size: 49_999, Content: strings.NewReader(strings.Repeat("x", 50_000))}, errAttachmentSize},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			test.a.Name = "a.jpg"
			err := c.AddTicketAttachment(t.Context(), f.addTicket("x", "1").text("ObjectID"), test.a)
			requireClass(t, err, ErrNotSent)
			require.ErrorIs(t, err, test.want)
			require.Empty(t, f.rows(attachmentSet))
		})
	}
}

func TestAttachmentRefused(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	key := f.addTicket("x", "1").text("ObjectID")
	content := func() io.Reader { return strings.NewReader("x") }
	for name, a := range map[string]NewAttachment{
		"no name": {Content: content()}, "no content": {Name: "a"},
		"negative size": {Name: "a", Size: -1, Content: content()},
	} {
		requireClass(t, c.AddTicketAttachment(t.Context(), key, a), ErrRejected)
		require.Empty(t, f.seen(), name)
	}
	requireClass(t, c.AddTicketAttachment(t.Context(), "?", NewAttachment{Name: "a", Content: content()}), ErrRejected)
	_, err := c.TicketAttachments(t.Context(), "?")
	requireClass(t, err, ErrRejected)
	_, err = c.TicketAttachments(t.Context(), "00163E0000001ED7FFFF000000000009")
	requireClass(t, err, ErrNotFound)
}

// TestAttachmentCSRF: a stream cannot be sent again, but the token is fresh for the next attempt.
func TestAttachmentCSRF(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	key := f.addTicket("x", "1").text("ObjectID")
	attach := func() error {
		return c.AddTicketAttachment(t.Context(), key, NewAttachment{Name: "a.txt", Content: strings.NewReader("x")})
	}
	require.NoError(t, attach())
	f.expireToken("token-1")
	requireClass(t, attach(), ErrUnavailable)
	require.NoError(t, attach())
	require.Equal(t, 2, f.fetches())
	require.Len(t, f.rows(attachmentSet), 2)
}

// TestAttachmentAnsweredEarly: C4C may refuse before it has read everything; the content is then the caller's again.
func TestAttachmentAnsweredEarly(t *testing.T) {
	t.Parallel()
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = io.WriteString(w, serviceDocument)
	}))
	content := &endless{}
	err := c.AddTicketAttachment(t.Context(), "A1", NewAttachment{Name: "a.bin", Content: content})
	require.Error(t, err)
	content.back.Store(true)
	require.NotErrorIs(t, err, ErrNotSent)
	c.odata.http.client.CloseIdleConnections()
	require.False(t, content.misused.Load())

	s := newJSONStream([]byte(`{"a":1}`), NewAttachment{Content: strings.NewReader("x"), Size: 1})
	require.NoError(t, s.stop())
	_, err = s.Read(make([]byte, 10))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// endless notices a read after the content was given back.
type endless struct{ back, misused atomic.Bool }

func (e *endless) Read(p []byte) (int, error) {
	if e.back.Load() {
		e.misused.Store(true)
	}
	return len(p), nil
}
