package c4csim

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBody is the largest request the tenant reads: an attachment of some 30 MB in base64.
const maxBody = 48 << 20

// answer is the answer to an API call; it is complete before the first byte is sent, so that a fault can still
// swallow it.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	refused bool // the simulator's strictness refused it
	problem *problem
}

func newAnswer(status int, contentType string, body []byte) answer {
	a := answer{status: status, header: http.Header{}, body: body}
	if contentType != "" {
		a.header.Set("Content-Type", contentType)
	}
	return a
}

func (a answer) refuse() answer { a.refused = true; return a }

// call is one API request with its body read and its operation known.
type call struct {
	r         *http.Request
	body      []byte
	operation string // SOAP root, or OData method, blank and entity set
	envelope  *envelope
	soapErr   error
	odata     odataRequest
	odataErr  error
	fault     string
}

func (c *call) isSOAP() bool {
	return len(c.r.URL.Path) >= len(soapPath) && c.r.URL.Path[:len(soapPath)] == soapPath
}

func newCall(r *http.Request, body []byte) *call {
	c := &call{r: r, body: body}
	if c.isSOAP() {
		c.envelope, c.soapErr = parseEnvelope(body)
		if c.envelope != nil && c.envelope.root != nil {
			c.operation = c.envelope.root.name
		}
		return c
	}
	c.odata, c.odataErr = parseODataRequest(r)
	c.operation = c.odata.operation()
	return c
}

// serveAPI wraps a protocol: it counts, records, injects faults, checks the load and writes the answer.
func (s *Simulator) serveAPI(protocol func(*call) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		running := s.traffic.enter()
		defer s.traffic.leave()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			a := newAnswer(http.StatusBadRequest, "text/plain", nil)
			if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
				a = newAnswer(http.StatusRequestEntityTooLarge, "text/plain", nil)
			}
			s.finish(w, &call{r: r}, a.refuse())
			return
		}
		c := newCall(r, body)
		fate := s.faults.choose(r.Method, r.URL.Path, c.operation)
		c.fault = fate.kind()
		if fate.latency > 0 && !pause(r, fate.latency) {
			s.record(c, 0, false)
			panic(http.ErrAbortHandler)
		}
		if fate.rule != nil && fate.rule.Kind == kindDropBefore {
			s.drop(c, fate.rule)
		}
		if a, ok := s.injected(c, fate.rule); ok {
			s.opts.Logger.Info("fault", "kind", fate.rule.Kind, "operation", c.operation)
			s.finish(w, c, s.spoken(c, a))
			return
		}
		a := s.overloaded(running)
		if a.status == 0 {
			a = s.spoken(c, protocol(c))
		}
		if fate.rule != nil && fate.rule.Kind == kindDropAfterCommit {
			s.drop(c, fate.rule)
		}
		s.finish(w, c, a)
	}
}

func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// drop closes the connection without an answer.
func (s *Simulator) drop(c *call, rule *Rule) {
	s.opts.Logger.Info("fault", "kind", rule.Kind, "operation", c.operation)
	s.record(c, 0, false)
	panic(http.ErrAbortHandler)
}

func (s *Simulator) overloaded(running int) answer {
	s.mu.Lock()
	limit := s.set.MaxParallel
	s.mu.Unlock()
	if limit <= 0 || running <= limit {
		return answer{}
	}
	a := newAnswer(http.StatusServiceUnavailable, "text/html", []byte("<html><body>Service Unavailable</body></html>"))
	a.header.Set("Retry-After", "1")
	return a.refuse()
}

func (s *Simulator) finish(w http.ResponseWriter, c *call, a answer) {
	if a.refused {
		s.opts.Logger.Info("refused", "operation", c.operation, "status", a.status)
	}
	s.record(c, a.status, a.refused)
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the peer is gone; the record already exists
}

func (s *Simulator) record(c *call, status int, refused bool) {
	s.traffic.add(Request{Method: c.r.Method, Path: c.r.URL.Path, Operation: c.operation, Status: status, At: s.now(),
		Refused: refused, Fault: c.fault})
}

// Request is one API call in the history that GET /_sim/requests returns. Status 0: the connection was closed without
// an answer.
type Request struct {
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Operation string    `json:"operation"`
	Status    int       `json:"status"`
	At        time.Time `json:"at"`
	Refused   bool      `json:"refused"`
	Fault     string    `json:"fault,omitempty"` // kind of the fault rule that applied
}

// maxRequests limits the history; the oldest entries go first.
const maxRequests = 20_000

// traffic counts calls in flight and remembers calls that ended.
type traffic struct {
	mu       sync.Mutex
	inFlight int
	highest  int
	requests []Request
}

func (t *traffic) enter() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight++
	t.highest = max(t.highest, t.inFlight)
	return t.inFlight
}

func (t *traffic) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
}

func (t *traffic) add(r Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.requests) >= maxRequests {
		t.requests = append(t.requests[:0], t.requests[maxRequests/4:]...)
	}
	t.requests = append(t.requests, r)
}

func (t *traffic) history() ([]Request, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Request{}, t.requests...), t.highest
}

func (t *traffic) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests, t.highest = nil, t.inFlight
}
