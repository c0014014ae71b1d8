package c4c

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	odataPath  = "sap/c4c/odata/v1/c4codataapi"
	csrfHeader = "x-csrf-token"
	maxPages   = 100 // of 1000 entities; stops at a server that links its pages in a circle
)

// odata calls the OData V2 service c4codataapi.
type odata struct {
	http    *transport
	root    *url.URL
	session *csrfSession
}

func newOData(t *transport, base *url.URL) *odata {
	o := &odata{http: t, root: base.JoinPath(odataPath)}
	o.session = newCSRFSession(o.fetchGrant)
	return o
}

// Ping reads the service document of the OData service, which verifies address, user and password. It costs one call.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.odata.serviceRoot(ctx, "ping", "")
	return err
}

// nobody is a key that no object has: C4C's keys contain the time and the system.
const nobody = "00000000000000000000000000000000"

// TryWrite verifies that C4C accepts this client's writes. It sends an empty change to a ticket that does not exist:
// that changes nothing and uses the same session as other writes. [ErrNotFound] is the good answer, and the only one.
// C4C checks token and session first, for every request that is not a read.
//
// Source: help.sap.com, OData API of C4C, CSRF token validation.
func (c *Client) TryWrite(ctx context.Context) error {
	const op = "try a write"
	r, err := c.odata.send(ctx, write{
		op: op, method: http.MethodPatch, path: ticketSet + "('" + nobody + "')", want: wantChanged, body: []byte("{}"),
	})
	if err != nil {
		return err
	}
	return &TransportError{Op: op, Status: r.status, Err: errOther}
}

// write is a request that changes something.
type write struct {
	op     string
	method string
	path   string
	want   want
	etag   string // If-Match; may be empty
	body   []byte
	kind   string      // content type; empty: JSON
	stream *jsonStream // instead of body; it cannot be sent a second time
}

// read gets a path below the service root.
func (o *odata) read(ctx context.Context, op, path string, q query) (*reply, error) {
	req, err := o.request(ctx, op, http.MethodGet, path, q, nil)
	if err != nil {
		return nil, err
	}
	return o.http.call(ask{op: op, req: req, want: wantEntities})
}

// send sends a write. An answer that may be due to the session ends the session. If C4C has executed nothing, the
// write is sent once more with a fresh session, unless its session already was fresh and C4C did not refuse the
// token.
func (o *odata) send(ctx context.Context, w write) (*reply, error) {
	g, err := o.session.get(ctx)
	if err != nil {
		return nil, err
	}
	r, err := o.attempt(ctx, w, g)
	if !suspect(err) {
		return r, err
	}
	o.session.drop(g.generation)
	switch {
	case !unexecuted(err) || g.asked && !isToken(err):
		return r, err
	case w.stream != nil: // it cannot be sent again: the next attempt shows whether the session was the reason
		return r, &ODataError{
			Op: w.op, Status: Status(err), Code: CodeSession, Message: "refused, perhaps because of its session",
		}
	}
	if g, err = o.session.get(ctx); err != nil {
		return nil, err
	}
	if r, err = o.attempt(ctx, w, g); suspect(err) {
		o.session.drop(g.generation)
	}
	return r, err
}

func (o *odata) attempt(ctx context.Context, w write, g grant) (*reply, error) {
	var body io.Reader = bytes.NewReader(w.body)
	if w.stream != nil {
		body = w.stream
	}
	req, err := o.request(ctx, w.op, w.method, w.path, nil, body)
	if err != nil {
		return nil, err
	}
	if w.stream != nil {
		req.ContentLength = w.stream.length
	}
	req.Header.Set("Content-Type", cmp.Or(w.kind, "application/json"))
	if w.etag != "" {
		req.Header.Set("If-Match", w.etag)
	}
	if g.token != "" {
		req.Header.Set(csrfHeader, g.token)
	}
	for _, c := range g.cookies {
		req.AddCookie(c)
	}
	r, err := o.http.call(ask{op: w.op, req: req, want: w.want})
	if r != nil {
		o.session.keep(g.generation, setCookies(r.header))
	}
	return r, err
}

// fetchGrant uses the service root, because C4C has failed on other paths. If a fetch has an unknown outcome, the
// write that needed it counts as not sent.
func (o *odata) fetchGrant(ctx context.Context) (grant, error) {
	r, err := o.serviceRoot(ctx, "csrf token", "fetch")
	if err != nil {
		var failed *TransportError
		if errors.As(err, &failed) && errors.Is(err, ErrOutcomeUnknown) {
			failed.Unsent = true
		}
		return grant{}, err
	}
	g := grant{token: r.header.Get(csrfHeader), cookies: mergeCookies(nil, setCookies(r.header), time.Now())}
	if strings.EqualFold(g.token, "required") {
		g.token = ""
	}
	return g, nil
}

func (o *odata) serviceRoot(ctx context.Context, op, token string) (*reply, error) {
	req, err := o.request(ctx, op, http.MethodGet, "/", nil, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set(csrfHeader, token)
	}
	return o.http.call(ask{op: op, req: req, want: wantService})
}

func (o *odata) request(ctx context.Context, op, method, path string, q query, body io.Reader) (*http.Request, error) {
	address := strings.TrimSuffix(o.root.String(), "/") + "/" + strings.TrimPrefix(path, "/")
	if len(q) > 0 {
		address += "?" + q.encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, &TransportError{Op: op, Unsent: true, Err: errors.New("address cannot be used")}
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// setCookies parses an answer's cookies itself: net/http's jar would drop secure ones without https.
func setCookies(h http.Header) []*http.Cookie { return (&http.Response{Header: h}).Cookies() }
