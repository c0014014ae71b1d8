package c4c

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxAnswer = 16 << 20 // more than a page of 1000 tickets
	maxError  = 1 << 20
	// fileTimeout is the longest time that a file of 10 MB may take, also where calls may take less: 500 kbit/s.
	fileTimeout = 3 * time.Minute

	maxNote = 500 // characters of a vendor's text that an error keeps
)

// transport is the one place from which requests leave.
type transport struct {
	client   *http.Client
	files    *http.Client // the same for files, which take longer
	user     string
	password string
	secrets  *strings.Replacer
}

// reply is an answer that has been read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
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
	client.Transport = &gate{next: client.Transport, slots: make(chan struct{}, slots)}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	files := *client
	if files.Timeout > 0 {
		files.Timeout = max(files.Timeout, fileTimeout)
	}
	return &transport{client: client, files: &files, user: o.User, password: o.Password, secrets: newRedactor(o.User, o.Password)}
}

// newRedactor finds the password as it is and in the forms in which an answer may quote it.
func newRedactor(user, password string) *strings.Replacer {
	quoted, _ := json.Marshal(password)
	var pairs []string
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte(user + ":" + password)), password, html.EscapeString(password),
		string(quoted[1 : len(quoted)-1]), url.QueryEscape(password), url.PathEscape(password),
	} {
		pairs = append(pairs, secret, "***")
	}
	return strings.NewReplacer(pairs...)
}

// do sends a request and reads the answer. Its error is a *TransportError; the status is the caller's to judge.
func (t *transport) do(op string, req *http.Request) (reply, error) {
	resp, err := t.send(op, req, t.client)
	if err != nil {
		return reply{}, err
	}
	return t.read(op, resp)
}

// maxShort is how much of an answer doShort keeps.
const maxShort = 32 << 10

// doShort is do for an answer that may give back what was sent: of a long one only the header remains.
func (t *transport) doShort(op string, req *http.Request) (reply, error) {
	resp, err := t.open(op, req)
	if err != nil {
		return reply{}, err
	}
	if resp.StatusCode >= 300 {
		return t.read(op, resp)
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, header: resp.Header}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxShort+1))
	if err != nil {
		return reply{}, &TransportError{Op: op, Status: r.status, Err: t.scrub(err)}
	}
	if len(body) <= maxShort {
		r.body = body
	}
	return r, nil
}

// open sends a request that has to do with a file, and leaves the answer's body to the caller, who closes it.
func (t *transport) open(op string, req *http.Request) (*http.Response, error) {
	return t.send(op, req, t.files)
}

func (t *transport) send(op string, req *http.Request, client *http.Client) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, &TransportError{Op: op, Unsent: true, Err: err}
	}
	var sent progress
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), sent.trace()))
	req.SetBasicAuth(t.user, t.password)
	req.Header.Set("User-Agent", "wechat-c4c")
	resp, err := client.Do(req)
	if err != nil {
		_, waiting := errors.AsType[*waitError](err)
		return nil, &TransportError{Op: op, Unsent: waiting || sent.none(), Err: t.scrub(err)}
	}
	return resp, nil
}

// read reads an answer to its end and closes it.
func (t *transport) read(op string, resp *http.Response) (reply, error) {
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, header: resp.Header}
	limit := int64(maxAnswer)
	if r.status >= 300 {
		limit = maxError
	}
	var err error
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if r.status >= 300 {
		return r, nil
	}
	if err == nil && int64(len(r.body)) > limit {
		err = errTooLarge
	}
	if err != nil {
		return reply{}, &TransportError{Op: op, Status: r.status, Err: t.scrub(err)}
	}
	return r, nil
}

// scrub takes the address, which holds search values, and the secrets out of an error.
func (t *transport) scrub(err error) error {
	if at, ok := errors.AsType[*url.Error](err); ok {
		err = at.Err
	}
	if text := err.Error(); t.secrets.Replace(text) != text {
		return errors.New(t.secrets.Replace(text))
	}
	return err
}

// note makes a vendor's text fit for an error.
func (t *transport) note(s string) string { return field(t.secrets.Replace(s), maxNote) }

// failure is the error for an answer of which only the status says something.
func (r reply) failure(op string) *TransportError {
	e := &TransportError{Op: op, Status: r.status, RetryAfter: r.retryAfter(time.Now())}
	if r.isPage() {
		e.Err = errWebPage
	}
	return e
}

func (r reply) isPage() bool {
	return strings.Contains(strings.ToLower(r.header.Get("Content-Type")), "html") && r.status != http.StatusNoContent
}

func (r reply) retryAfter(now time.Time) time.Duration {
	value := strings.TrimSpace(r.header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// progress tells whether a request has left. Without word from the transport it is taken as sent.
type progress struct{ dialed, wrote atomic.Bool }

func (p *progress) none() bool { return p.dialed.Load() && !p.wrote.Load() }

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// The transport only starts over where nothing of a write has reached the other side.
		GetConn:      func(string) { p.wrote.Store(false); p.dialed.Store(true) },
		WroteHeaders: func() { p.wrote.Store(true) },
	}
}

// gate caps the calls under way, until their answers are closed.
type gate struct {
	next  http.RoundTripper
	slots chan struct{}
}

// waitError says that a request did not get through the gate in time.
type waitError struct{ cause error }

func (e *waitError) Error() string { return "waiting for other calls to end: " + e.cause.Error() }
func (e *waitError) Unwrap() error { return e.cause }

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case g.slots <- struct{}{}:
	case <-req.Context().Done():
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &waitError{cause: req.Context().Err()}
	}
	release := sync.OnceFunc(func() { <-g.slots })
	resp, err := g.next.RoundTrip(req)
	if err != nil || resp.Body == nil {
		release()
		return resp, err
	}
	resp.Body = &slotBody{ReadCloser: resp.Body, release: release}
	return resp, nil
}

type slotBody struct {
	io.ReadCloser
	release func()
}

func (b *slotBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}
