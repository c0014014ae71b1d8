package c4c

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	odataPath  = "sap/c4c/odata/v1/c4codataapi"
	csrfHeader = "x-csrf-token"
	maxPages   = 100 // of 1000 entities; a server that links its pages in a circle must come to an end
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

// Ping reads the service document of the OData service: address, user and password are good. It costs one call.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.odata.serviceRoot(ctx, "ping", "")
	return err
}

// write is a request that changes something.
type write struct {
	op     string
	method string
	path   string
	etag   string // If-Match; may be empty
	body   []byte
	stream *jsonStream // in place of body; it cannot be sent a second time
}

// read gets a path below the service root.
func (o *odata) read(ctx context.Context, op, path string, q query) (reply, error) {
	req, err := o.request(ctx, op, http.MethodGet, path, q, nil)
	if err != nil {
		return reply{}, err
	}
	r, err := o.http.do(op, req)
	if err != nil {
		return reply{}, err
	}
	return r, o.http.odataStatus(op, r)
}

// send sends a write and, where C4C asks for another CSRF token, sends it once more.
func (o *odata) send(ctx context.Context, w write) (reply, error) {
	g, err := o.session.get(ctx, 0)
	if err != nil {
		return reply{}, err
	}
	r, err := o.attempt(ctx, w, g)
	var refused *ODataError
	if !errors.As(err, &refused) || refused.Code != CodeCSRF {
		return r, err
	}
	if g, err = o.session.get(ctx, g.generation); err != nil {
		return reply{}, err
	}
	if w.stream != nil {
		return reply{}, refused
	}
	return o.attempt(ctx, w, g)
}

func (o *odata) attempt(ctx context.Context, w write, g grant) (reply, error) {
	var body io.Reader = bytes.NewReader(w.body)
	if w.stream != nil {
		body = w.stream
	}
	req, err := o.request(ctx, w.op, w.method, w.path, nil, body)
	if err != nil {
		return reply{}, err
	}
	if w.stream != nil {
		req.ContentLength = w.stream.length
	}
	req.Header.Set("Content-Type", "application/json")
	if w.etag != "" {
		req.Header.Set("If-Match", w.etag)
	}
	if g.token != "" {
		req.Header.Set(csrfHeader, g.token)
	}
	for _, c := range g.cookies {
		req.AddCookie(c)
	}
	send := o.http.do
	if w.stream != nil {
		send = o.http.doShort // C4C answers with the file itself
	}
	r, err := send(w.op, req)
	if err != nil {
		return reply{}, err
	}
	o.session.keep(g.generation, setCookies(r.header))
	return r, o.http.odataStatus(w.op, r)
}

// fetchGrant asks the service root, for C4C has failed on other paths. A fetch whose outcome is unknown leaves the write
// that wanted it unsent.
func (o *odata) fetchGrant(ctx context.Context) (grant, error) {
	r, err := o.serviceRoot(ctx, "csrf token", "fetch")
	if err != nil {
		var failed *TransportError
		if errors.As(err, &failed) && errors.Is(err, ErrOutcomeUnknown) {
			failed.Unsent = true
		}
		return grant{}, err
	}
	g := grant{token: r.header.Get(csrfHeader), cookies: mergeCookies(nil, setCookies(r.header))}
	if strings.EqualFold(g.token, "required") {
		g.token = ""
	}
	return g, nil
}

func (o *odata) serviceRoot(ctx context.Context, op, token string) (reply, error) {
	req, err := o.request(ctx, op, http.MethodGet, "/", nil, nil)
	if err != nil {
		return reply{}, err
	}
	if token != "" {
		req.Header.Set(csrfHeader, token)
	}
	r, err := o.http.do(op, req)
	if err != nil {
		return reply{}, err
	}
	if r.status == http.StatusNotFound {
		return reply{}, r.failure(op)
	}
	return r, o.http.odataStatus(op, r)
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

// setCookies reads the cookies of an answer by hand: the jar of net/http would drop secure ones without https.
func setCookies(h http.Header) []*http.Cookie { return (&http.Response{Header: h}).Cookies() }

// keyed is an entity; one without its key is none.
type keyed interface{ objectKey() string }

// identity is what every entity has.
type identity struct {
	ObjectID string   `json:"ObjectID"`
	Metadata metadata `json:"__metadata"`
}

func (i identity) objectKey() string { return i.ObjectID }

// readOne gets one entity.
func readOne[T keyed](ctx context.Context, o *odata, op, path string, q query) (T, error) {
	var none T
	p, err := readPage[T](ctx, o, op, path, q)
	switch {
	case err != nil:
		return none, err
	case len(p.items) == 0:
		return none, notFound(op)
	case p.items[0].objectKey() == "":
		return none, &TransportError{Op: op, Status: http.StatusOK, Err: errNoObject}
	}
	return p.items[0], nil
}

// readPage gets one page.
func readPage[T any](ctx context.Context, o *odata, op, path string, q query) (page[T], error) {
	r, err := o.read(ctx, op, path, q)
	if err != nil {
		return page[T]{}, err
	}
	p, err := decodePage[T](r.body)
	if err != nil {
		return page[T]{}, &TransportError{Op: op, Status: r.status, Err: err}
	}
	return p, nil
}

// readAll follows the pages to their end. Only the query of a link is used: its host need not be the one we reach C4C by,
// and must not get our password.
func readAll[T any](ctx context.Context, o *odata, op, path string, q query) ([]T, error) {
	var all []T
	for range maxPages {
		p, err := readPage[T](ctx, o, op, path, q)
		if err != nil {
			return nil, err
		}
		all = append(all, p.items...)
		if p.next == "" {
			return all, nil
		}
		link, err := url.Parse(p.next)
		if err != nil || link.RawQuery == "" {
			return nil, &TransportError{Op: op, Status: http.StatusOK, Err: errUnreadable}
		}
		q = query{}
		for name, values := range link.Query() {
			q[name] = values[0]
		}
	}
	return nil, &TransportError{Op: op, Status: http.StatusOK, Err: errTooLarge}
}

// create posts an entity and returns what C4C made of it.
func create[T keyed](ctx context.Context, o *odata, op, set string, in any) (T, error) {
	var none T
	body, err := json.Marshal(in)
	if err != nil {
		return none, &TransportError{Op: op, Unsent: true, Err: errors.New("request cannot be written as json")}
	}
	r, err := o.send(ctx, write{op: op, method: http.MethodPost, path: set, body: body})
	if err != nil {
		return none, err
	}
	p, err := decodePage[T](r.body)
	if err != nil || len(p.items) == 0 || p.items[0].objectKey() == "" {
		return none, &TransportError{Op: op, Status: r.status, Err: errNoObject}
	}
	return p.items[0], nil
}

// patch changes an entity.
func patch(ctx context.Context, o *odata, op, path, etag string, in any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return &TransportError{Op: op, Unsent: true, Err: errors.New("request cannot be written as json")}
	}
	_, err = o.send(ctx, write{op: op, method: http.MethodPatch, path: path, etag: etag, body: body})
	return err
}
