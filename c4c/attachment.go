package c4c

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	attachmentSet        = "ServiceRequestAttachmentFolderCollection"
	attachmentNavigation = "ServiceRequestAttachmentFolder"
	attachmentFields     = "ObjectID,ParentObjectID,Name,MimeType,CategoryCode,CreatedOn"
	attachmentLink       = "3"
	attachmentStandard   = "10001"
	attachmentDocument   = "2"
)

var errAttachmentSize = errors.New("content does not have the size that was given")

// NewAttachment is a file to attach to a ticket.
type NewAttachment struct {
	Name string // required, with its extension, unless NameOf is set
	// NameOf returns the name from the content's SHA-256, after all the content has been read; nil: Name is the name.
	// All names it returns must have the same length, at most 255 characters.
	NameOf   func(sum [sha256.Size]byte) string
	MimeType string // default application/octet-stream; the tenant's configuration determines which are allowed
	Size     int64  // bytes of Content; 0: unknown
	Content  io.Reader
}

// Attachment is a file attached to a ticket or to a message, without its content.
type Attachment struct {
	Of        AttachmentOwner
	ObjectID  string
	Name      string
	MimeType  string
	Size      int64 // bytes, as rounded by C4C; 0: not stated, as for those of tickets
	CreatedAt time.Time
}

type attachmentEntity struct {
	identity
	ParentObjectID string `json:"ParentObjectID"`

	Name      string          `json:"Name"`
	MimeType  string          `json:"MimeType"`
	Category  string          `json:"CategoryCode"`
	SizeInkB  json.RawMessage `json:"SizeInkB"` // a number, possibly quoted
	CreatedOn timestamp       `json:"CreatedOn"`
}

type newAttachmentEntity struct {
	ParentObjectID string `json:"ParentObjectID"`
	Type           string `json:"TypeCode"`
	Category       string `json:"CategoryCode"`
	Name           string `json:"Name,omitempty"` // otherwise it follows the content
	MimeType       string `json:"MimeType"`
}

// AddTicketAttachment attaches a file to a ticket. The content is read once and never held in memory as a whole. If
// reading it fails, the error is [ErrNotSent] and wraps the reader's, because C4C does not accept partial files. The
// tenant limits size and type; what it refuses is [ErrRejected]. The CSRF token cannot be renewed half-way: the error
// is then [ErrUnavailable], and the next attempt has a fresh token. Attaching again attaches a second time.
//
// Source: help.sap.com, OData API of C4C, ServiceRequestAttachmentFolderCollection.
func (c *Client) AddTicketAttachment(ctx context.Context, objectID string, a NewAttachment) error {
	const op = "add ticket attachment"
	key, err := entityKey(op, objectID)
	if err != nil {
		return err
	}
	name := field(a.Name, 255)
	if a.NameOf != nil {
		name = ""
	}
	switch {
	case name == "" && a.NameOf == nil:
		return &ArgumentError{Op: op, Field: "Name", Reason: "is empty"}
	case a.Content == nil:
		return &ArgumentError{Op: op, Field: "Content", Reason: "is missing"}
	case a.Size < 0:
		return &ArgumentError{Op: op, Field: "Size", Reason: "is negative"}
	}
	head, err := json.Marshal(newAttachmentEntity{
		ParentObjectID: key, Type: attachmentStandard, Category: attachmentDocument, Name: name,
		MimeType: cmp.Or(field(a.MimeType, 255), "application/octet-stream"),
	})
	if err != nil {
		return &TransportError{Op: op, Unsent: true, Err: errNotJSON}
	}
	stream := newJSONStream(head, a)
	r, err := c.odata.send(ctx, write{
		op: op, method: http.MethodPost, path: attachmentSet, want: wantStored, stream: stream,
	})
	if failed := stream.stop(); err != nil && failed != nil {
		return &TransportError{Op: op, Unsent: true, Err: c.odata.http.scrub(failed)}
	}
	if err != nil || r.d == nil {
		return err
	}
	return shows(op, r, func(e attachmentEntity) likeness { return sameKey(e.ParentObjectID, key) })
}

// TicketAttachments returns the attachments of a ticket without their content. Having none is not an error.
func (c *Client) TicketAttachments(ctx context.Context, objectID string) ([]Attachment, error) {
	const op = "ticket attachments"
	path, err := entity(op, ticketSet, objectID)
	if err != nil {
		return nil, err
	}
	found, err := readAll[attachmentEntity](ctx, c.odata, op, path+"/"+attachmentNavigation, query{
		"$select": attachmentFields,
	})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(e attachmentEntity) bool {
		return sameKey(e.ParentObjectID, objectID) == unlike
	})
	return attachments(AttachmentOfTicket, found), nil
}

// jsonStream is a JSON object whose last member, Binary, is streamed from a reader and encoded in base64. Only a name
// that depends on the content follows it. The transport may still be reading when C4C answers early; stop ends that
// before the caller gets the content back.
type jsonStream struct {
	mu      sync.Mutex
	parts   io.Reader
	source  *base64Reader
	length  int64 // -1: unknown
	stopped bool
}

func newJSONStream(head []byte, a NewAttachment) *jsonStream {
	start, end := strings.TrimSuffix(string(head), "}")+`,"Binary":"`, `"}`
	source := &base64Reader{content: a.Content, size: a.Size}
	s := &jsonStream{source: source, length: -1}
	last := io.Reader(strings.NewReader(end))
	if a.NameOf != nil {
		sum := sha256.New()
		source.content = io.TeeReader(a.Content, sum)
		end = nameAfter(a.NameOf([sha256.Size]byte{}))
		last = &lateReader{text: func() string { return nameAfter(a.NameOf([sha256.Size]byte(sum.Sum(nil)))) }}
	}
	s.parts = io.MultiReader(strings.NewReader(start), source, last)
	if a.Size > 0 {
		s.length = int64(len(start)+len(end)) + (a.Size+2)/3*4
	}
	return s
}

// nameAfter ends the object with the member Name.
func nameAfter(name string) string {
	text, err := json.Marshal(name)
	if err != nil { // encoding a string never fails
		return `"}`
	}
	return `","Name":` + string(text) + "}"
}

// lateReader reads a text that is only known when it is read.
type lateReader struct {
	text func() string
	rest *strings.Reader
}

// Read requests the text on the first call.
func (l *lateReader) Read(p []byte) (int, error) {
	if l.rest == nil {
		l.rest = strings.NewReader(l.text())
	}
	return l.rest.Read(p)
}

// Read reads the next part of the object.
func (s *jsonStream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return 0, io.ErrClosedPipe
	}
	return s.parts.Read(p)
}

// stop returns the error that reading the content ended with, if any.
func (s *jsonStream) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	return s.source.failed
}

// base64Reader encodes what it reads, without a goroutine.
type base64Reader struct {
	content io.Reader
	size    int64 // 0: unknown
	read    int64
	chunk   []byte // of content; encoded is its base64 form, and both are reused for each chunk
	encoded []byte
	pending []byte // the part of encoded that has not been read yet
	done    bool
	failed  error
}

// Read reads whole groups of three bytes, so that padding occurs only at the end.
func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.pending) == 0 {
		if b.failed != nil {
			return 0, b.failed
		}
		if b.done {
			return 0, io.EOF
		}
		b.fill()
	}
	n := copy(p, b.pending)
	b.pending = b.pending[n:]
	return n, nil
}

func (b *base64Reader) fill() {
	if b.chunk == nil {
		b.chunk = make([]byte, 24<<10)
	}
	n, err := io.ReadFull(b.content, b.chunk)
	b.read += int64(n)
	b.done = err == io.EOF || err == io.ErrUnexpectedEOF
	switch {
	case err != nil && !b.done:
		b.failed = err
	case b.size > 0 && (b.read > b.size || b.done && b.read < b.size):
		b.failed = errAttachmentSize
	default:
		b.encoded = base64.StdEncoding.AppendEncode(b.encoded[:0], b.chunk[:n])
		b.pending = b.encoded
	}
}
