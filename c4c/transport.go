package c4c

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxAnswer = 16 << 20 // more than a page of 1000 tickets
	maxError  = 1 << 20
	// fileTimeout is the longest that a file of 10 MB may take, even if other calls have less: 500 kbit/s.
	fileTimeout = 3 * time.Minute

	maxNote = 500 // characters of a vendor's text that an error keeps
)

// transport sends all requests.
type transport struct {
	client      *http.Client
	files       *http.Client // the same for files, which take longer
	credentials *credentials
}

func newTransport(o Options) *transport {
	slots := cmp.Or(o.MaxParallel, defaultParallel)
	client := &http.Client{Timeout: defaultTimeout}
	if o.HTTPClient != nil {
		*client = *o.HTTPClient
	} else if own, ok := http.DefaultTransport.(*http.Transport); ok {
		own = own.Clone()
		own.MaxIdleConnsPerHost = slots
		client.Transport = own
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = &gate{next: client.Transport, slots: cmp.Or[Slots](o.Slots, make(channel, slots))}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	files := *client
	if files.Timeout > 0 {
		files.Timeout = max(files.Timeout, fileTimeout)
	}
	return &transport{client: client, files: &files, credentials: newCredentials(o)}
}

// maxShort is how much is kept of an answer that may return the uploaded file.
const maxShort = 32 << 10

// call sends a request, reads the answer and judges it. It is the only way to call C4C: without an error, the answer
// is what was asked for. With an error, the reply is nil if none came.
func (t *transport) call(a ask) (*reply, error) {
	r, err := t.once(a)
	if r == nil || !errors.Is(err, ErrUnauthorized) || a.want == wantToken || !t.credentials.renew(a.req) {
		return r, err
	}
	if !rewind(a.req) { // the next attempt has the other credentials
		return r, &TransportError{Op: a.op, Status: http.StatusUnauthorized, Err: errSession}
	}
	return t.once(a)
}

// rewind prepares a request to be sent again; false if its body is used up.
func rewind(req *http.Request) bool {
	if req.Body == nil || req.Body == http.NoBody {
		return true
	}
	if req.GetBody == nil {
		return false
	}
	body, err := req.GetBody()
	req.Body = body
	return err == nil
}

func (t *transport) once(a ask) (*reply, error) {
	resp, err := t.send(a)
	if err != nil {
		return nil, err
	}
	r, err := t.answer(a, resp)
	if err != nil && r.content != nil {
		_ = r.content.Close()
		r.content = nil
	}
	return r, err
}

// answer reads an answer and judges it.
func (t *transport) answer(a ask, resp *http.Response) (*reply, error) {
	r, err := t.receive(a, resp)
	if err == nil {
		err = t.judge(a, r)
	}
	return r, err
}

func (t *transport) send(a ask) (*http.Response, error) {
	req := a.req
	if err := req.Context().Err(); err != nil {
		return nil, &TransportError{Op: a.op, Unsent: true, Err: err}
	}
	var sent progress
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), sent.trace()))
	if a.want != wantToken { // it has its own
		if err := t.credentials.authorize(req.Context(), a.req); err != nil {
			return nil, err
		}
	}
	req.Header.Set("User-Agent", "wechat-c4c")
	req.Header.Set("Accept-Language", "en") // otherwise C4C would use its user's language
	client := t.client
	if a.want == wantStored || a.want == wantContent {
		client = t.files
	}
	resp, err := client.Do(req)
	if err != nil {
		_, waiting := errors.AsType[*waitError](err)
		return nil, &TransportError{Op: a.op, Unsent: waiting || sent.none(), Err: t.scrub(err)}
	}
	return resp, nil
}

// receive reads an answer to its end and closes it; of a file, only the beginning. Read failures within an error
// answer do not matter: its status is enough.
func (t *transport) receive(a ask, resp *http.Response) (*reply, error) {
	r := &reply{status: resp.StatusCode, header: resp.Header}
	coding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	r.lossy = coding != "" && coding != "identity" // the transport decodes the encoding it requests
	if a.want == wantContent && r.status == http.StatusOK {
		r.begin(resp)
		return r, nil
	}
	defer resp.Body.Close()
	limit := int64(maxAnswer)
	switch {
	case r.status >= 300:
		limit = maxError
	case a.want == wantStored:
		limit = maxShort
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	long := int64(len(body)) > limit
	if r.status < 300 {
		if err == nil && long && a.want != wantStored {
			err = errTooLarge
		}
		if err != nil {
			return r, &TransportError{Op: a.op, Status: r.status, Err: t.scrub(err)}
		}
	}
	text, whole := inUTF8(resp.Header.Get("Content-Type"), body)
	r.body, r.lossy = text, r.lossy || !whole
	if r.body == nil {
		r.body = []byte{}
	}
	if long && a.want == wantStored && storedStart.Match(text) {
		r.body, r.lossy = nil, false
	}
	return r, nil
}

// storedStart is the beginning of an answer that returns an object.
var storedStart = regexp.MustCompile(`^\s*\{\s*"d"\s*:\s*\{`)

// begin reads the beginning of a file before its content is passed on. Read errors are left to the content's reader.
func (r *reply) begin(resp *http.Response) {
	content := bufio.NewReaderSize(resp.Body, maxStart)
	start, err := content.Peek(maxStart)
	r.body, _ = inUTF8(resp.Header.Get("Content-Type"), start)
	r.length = resp.ContentLength
	if errors.Is(err, io.EOF) {
		r.length = int64(len(start)) // all of it
	}
	r.content = struct {
		io.Reader
		io.Closer
	}{content, resp.Body}
}

// scrub removes the address, which contains search values, and the secrets from an error.
func (t *transport) scrub(err error) error {
	if at, ok := errors.AsType[*url.Error](err); ok {
		err = at.Err
	}
	if text := err.Error(); t.credentials.redact(text) != text {
		return errors.New(t.credentials.redact(text))
	}
	return err
}

// note makes a vendor's text fit for an error.
func (t *transport) note(s string) string { return field(t.credentials.redact(s), maxNote) }

// progress tracks whether a request has been sent. If the transport reports nothing, the request counts as sent.
type progress struct{ dialed, wrote atomic.Bool }

func (p *progress) none() bool { return p.dialed.Load() && !p.wrote.Load() }

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// The transport only retries if no part of a write has reached the other side.
		GetConn:      func(string) { p.wrote.Store(false); p.dialed.Store(true) },
		WroteHeaders: func() { p.wrote.Store(true) },
	}
}

// gate limits the running calls, until their answers are closed.
type gate struct {
	next  http.RoundTripper
	slots Slots
}

// channel implements the slots of a client that shares them with no other.
type channel chan struct{}

// Acquire implements Slots.
func (c channel) Acquire(ctx context.Context) (context.Context, func(), error) {
	select {
	case c <- struct{}{}:
		return ctx, func() { <-c }, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// waitError reports that a request did not get through the gate in time.
type waitError struct{ cause error }

func (e *waitError) Error() string { return "waiting for other calls to end: " + e.cause.Error() }
func (e *waitError) Unwrap() error { return e.cause }

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	calling, done, err := g.slots.Acquire(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &waitError{cause: err}
	}
	release := sync.OnceFunc(done)
	resp, err := g.next.RoundTrip(req.WithContext(calling))
	if err != nil || resp.Body == nil {
		err = taken(req.Context(), calling, err)
		release()
		return resp, err
	}
	resp.Body = &slotBody{ReadCloser: resp.Body, release: release, asked: req.Context(), calling: calling}
	return resp, nil
}

// taken is why a call was given up although its caller still waits.
func taken(asked, calling context.Context, err error) error {
	if err != nil && !errors.Is(err, io.EOF) && asked.Err() == nil && calling.Err() != nil {
		return context.Cause(calling)
	}
	return err
}

type slotBody struct {
	io.ReadCloser
	release        func()
	asked, calling context.Context
}

func (b *slotBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	return n, taken(b.asked, b.calling, err)
}

func (b *slotBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}
