package c4c

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// want is the kind of answer that a call needs.
type want int

const (
	wantEntities want = iota // OData: the content of "d"
	wantService              // OData: the service document
	wantBatch                // OData: a multipart answer
	wantCreated              // OData: the created object
	wantChanged              // OData: 204, or the object
	wantStored               // OData: 201 or 204 for a file; the object may be as long as the file
	wantContent              // the bytes of a file
	wantEnvelope             // a SOAP envelope without a fault
	wantToken                // an access token of OAuth
)

// ask is one call.
type ask struct {
	op   string
	req  *http.Request
	want want
	mime string // of a file that is known to look like a page or an error
}

// isFile reports whether the content has the type of the expected file.
func (a ask) isFile(r *reply) bool {
	return a.mime != "" && mediaType(a.mime) == mediaType(r.header.Get("Content-Type"))
}

// mediaType is a content type without its parameters.
func mediaType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// reply is an answer. Only judge decides whether it is the requested one.
type reply struct {
	status int
	header http.Header
	body   []byte // in UTF-8 where lossless
	lossy  bool   // body is not UTF-8 and could not be converted

	d       json.RawMessage // content of "d", for wantEntities and wantCreated
	content io.ReadCloser   // for wantContent; the caller closes it
	length  int64           // of content; -1: unknown
}

// judge checks an answer. It returns nil if it is what was asked for, otherwise a typed error: for a refusal, a page
// instead of an answer, a dead session, or an unreadable answer. Every answer of C4C passes through here.
func (t *transport) judge(a ask, r *reply) error {
	switch a.want {
	case wantEnvelope:
		return t.judgeSOAP(a.op, r)
	case wantToken:
		return t.judgeToken(a.op, r)
	}
	return t.judgeOData(a, r)
}

func (t *transport) judgeSOAP(op string, r *reply) error {
	if fault, ok := parseFault(r.body); ok && r.status/100 != 3 {
		return t.fault(op, *r, fault)
	}
	switch {
	case r.status >= 300, r.isPage():
		return r.failure(op)
	case r.lossy || !isEnvelope(r.body):
		return r.unreadable(op)
	}
	return nil
}

// isEnvelope reports whether the first element is SOAP's envelope. gosoap reads its content.
func isEnvelope(document []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local == "Envelope"
		}
	}
}

func (t *transport) judgeOData(a ask, r *reply) error {
	if err := t.odataStatus(a, r); err != nil {
		return err
	}
	if r.lossy {
		return r.unreadable(a.op)
	}
	switch a.want {
	case wantService:
		if r.status != http.StatusOK || !isServiceDocument(r) {
			return r.unreadable(a.op)
		}
	case wantEntities:
		if r.status != http.StatusOK || isNull(r.d) {
			return r.unreadable(a.op)
		}
	case wantBatch:
		if !r.isBatch() {
			return r.unreadable(a.op)
		}
	case wantContent:
		if r.status == http.StatusNoContent {
			return notFound(a.op) // an attachment without content
		}
		if r.status != http.StatusOK {
			return r.unreadable(a.op)
		}
	case wantCreated:
		if r.status != http.StatusOK && r.status != http.StatusCreated || isNull(r.d) {
			return r.missing(a.op)
		}
	case wantChanged, wantStored:
		one, err := decodePage[identity](r.d)
		shown := err == nil && len(one.items) == 1 || a.want == wantStored && r.body == nil // longer than is kept
		if r.status != http.StatusNoContent && (!shown || r.status != http.StatusOK && r.status != http.StatusCreated) {
			return r.unreadable(a.op)
		}
	}
	return nil
}

// isServiceDocument requires a list, under OData's name for it or as the results of a set. It also accepts the Atom
// form.
func isServiceDocument(r *reply) bool {
	var d struct {
		Sets    []json.RawMessage `json:"EntitySets"`
		Results []json.RawMessage `json:"results"`
	}
	if !isNull(r.d) {
		return json.Unmarshal(r.d, &d) == nil && (d.Sets != nil || d.Results != nil)
	}
	var atom struct {
		XMLName xml.Name `xml:"service"`
	}
	return xml.Unmarshal(r.body, &atom) == nil
}

// pageStart is how a page begins, whatever its content type.
var pageStart = regexp.MustCompile(`(?is)^(?:\s+|<!--.*?-->|<\?[^>]*>)*<(?:!doctype\s+html|html|head|body)\b`)

const (
	maxPageStart = 4 << 10
	maxStart     = 32 << 10 // of a file: enough for an error object
)

func (r *reply) isPage() bool {
	if r.status == http.StatusNoContent {
		return false
	}
	return strings.Contains(strings.ToLower(r.header.Get("Content-Type")), "html") ||
		pageStart.Match(r.start())
}

// start is the part in which a page or a text can be recognised.
func (r *reply) start() []byte { return r.body[:min(len(r.body), maxPageStart)] }

// failure is the error for an answer of which only the status is informative.
func (r *reply) failure(op string) *TransportError {
	e := &TransportError{Op: op, Status: r.status, RetryAfter: r.retryAfter(time.Now())}
	if r.isPage() && r.status != http.StatusUnauthorized { // then the status says it all
		e.Err = errWebPage
	}
	return e
}

func (r *reply) unreadable(op string) error {
	return &TransportError{Op: op, Status: r.status, Err: errUnreadable}
}

// missing is the error of a write whose answer lacks the object.
func (r *reply) missing(op string) error {
	return &TransportError{Op: op, Status: r.status, Err: errNoObject}
}

func (r *reply) retryAfter(now time.Time) time.Duration {
	value := strings.TrimSpace(r.header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
