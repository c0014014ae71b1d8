package wechatsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The largest request body: a 10 MB video and its multipart frame.
const maxRequestBody = 11 << 20

// call is one API request while it is handled. Handlers run under the simulator's lock.
type call struct {
	s     *Simulator
	r     *http.Request
	query url.Values
	body  []byte
	now   time.Time
}

// answer is what a handler returns when it is not plain JSON.
type answer struct {
	status      int
	contentType string
	disposition string
	location    string
	body        []byte
}

// serveAPI records, applies the fault rules, and handles one API request.
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	record := s.begin(r)
	drop := false
	defer func() { s.finish(record, drop) }()

	effect := s.misbehave(r.Context(), r.Method+" "+r.URL.Path)
	record.Fault = effect.kind
	switch effect.kind {
	case faultDropBefore:
		drop = true
		panic(http.ErrAbortHandler)
	case faultHTTP:
		record.Status, record.Refused = effect.status, true
		http.Error(w, http.StatusText(effect.status), effect.status)
		return
	}
	var result answer
	switch effect.kind {
	case faultErrcode, faultFault, faultLock:
		result = s.refuseAnswer(record, s.faultRefusal(effect.errcode, r))
	default:
		result = s.handle(record, r)
	}
	if effect.kind == faultDropAfterCommit {
		drop = true
		panic(http.ErrAbortHandler)
	}
	record.Status = result.status
	result.write(w)
}

// handle finds the endpoint, checks what every API checks, and runs it.
func (s *Simulator) handle(record *requestRecord, r *http.Request) answer {
	ep, known := endpoints[r.URL.Path]
	if !known {
		if strings.HasPrefix(r.URL.Path, "/cgi-bin/") || strings.HasPrefix(r.URL.Path, "/sns/") ||
			strings.HasPrefix(r.URL.Path, "/customservice/") || strings.HasPrefix(r.URL.Path, "/wxa") {
			return s.refuseAnswer(record, refuse(40066))
		}
		record.Refused = true
		return answer{status: http.StatusNotFound, contentType: "text/plain", body: []byte("404 page not found")}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody+1))
	if err != nil || len(body) > maxRequestBody {
		return s.refuseAnswer(record, refuse(45001))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{s: s, r: r, query: r.URL.Query(), body: body, now: s.now()}
	if err := ep.check(c); err != nil {
		return s.refuseAnswerLocked(record, err)
	}
	reply, err := ep.handle(c)
	if err != nil {
		return s.refuseAnswerLocked(record, err)
	}
	if a, ok := reply.(answer); ok {
		return a
	}
	return jsonAnswer(reply)
}

// check runs before every endpoint: it checks method, address, token, account type and quota.
func (ep endpoint) check(c *call) error {
	if ep.method != "" && c.r.Method != ep.method {
		return refuse(map[string]int{http.MethodGet: 43001, http.MethodPost: 43002}[ep.method])
	}
	if ip := clientIP(c.r); !ep.web && !c.s.allowed(ip) {
		return refuseIP(ip)
	}
	if ep.token {
		if err := c.s.state.checkToken(c.query.Get("access_token"), c.now); err != nil {
			return err
		}
	}
	if !ep.permits(c.s.settings.AccountType) {
		if ep.web {
			return nil // the page itself shows the error
		}
		return refuse(48001)
	}
	if !ep.web && !c.s.spend(c.r.URL.Path, c.now) {
		return refuse(45009)
	}
	return nil
}

func (s *Simulator) allowed(ip string) bool {
	return len(s.settings.IPWhitelist) == 0 || slices.Contains(s.settings.IPWhitelist, ip)
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// faultRefusal returns a rule's errcode in WeChat's wording.
func (s *Simulator) faultRefusal(code int, r *http.Request) *refusal {
	if code == 40164 {
		return refuseIP(clientIP(r))
	}
	return refuse(code)
}

func (s *Simulator) refuseAnswer(record *requestRecord, err error) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuseAnswerLocked(record, err)
}

func (s *Simulator) refuseAnswerLocked(record *requestRecord, err error) answer {
	var no *refusal
	if !errors.As(err, &no) {
		no = refuse(-1)
	}
	record.Refused, record.Errcode = true, no.code
	s.log.Info("wechat simulator refused", "path", record.Path, "errcode", no.code)
	return jsonAnswer(map[string]any{"errcode": no.code, "errmsg": no.message + " rid: " + s.rid(s.now())})
}

// ok is the answer of successful calls that return nothing else.
func ok() map[string]any { return map[string]any{"errcode": 0, "errmsg": "ok"} }

func jsonAnswer(value any) answer {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return answer{status: http.StatusInternalServerError, contentType: "text/plain", body: []byte(err.Error())}
	}
	// WeChat really says "encoding", which is no parameter of this media type.
	return answer{status: http.StatusOK, contentType: "application/json; encoding=utf-8",
		body: bytes.TrimSpace(buf.Bytes())}
}

func (a answer) write(w http.ResponseWriter) {
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	if a.disposition != "" {
		w.Header().Set("Content-disposition", a.disposition)
	}
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// escaped finds \uXXXX whose backslash is not itself escaped.
var escaped = regexp.MustCompile(`(^|[^\\])(\\\\)*\\u[0-9a-fA-F]{4}`)

// decode reads the JSON body into target, refusing what WeChat refuses.
func (c *call) decode(target any) error {
	switch {
	case len(c.body) == 0:
		return refuse(44002)
	case escaped.Match(c.body):
		return refuse(40033)
	case !utf8.Valid(c.body):
		return refuse(47001)
	}
	if err := json.Unmarshal(c.body, target); err != nil {
		return refuse(47001)
	}
	return nil
}

// base returns the address under which the caller reached the simulator.
func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
