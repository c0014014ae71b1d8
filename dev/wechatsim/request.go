package wechatsim

import (
	"net/http"
	"strings"
	"time"
)

// requestsKept is how many requests the history keeps; older ones are dropped.
const requestsKept = 20_000

// requestRecord is one API request as GET /_sim/requests shows it: no query, so no
// token and no secret, and no body.
type requestRecord struct {
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Operation string    `json:"operation"` // path without its first part: "message/custom/send"
	Status    int       `json:"status"`    // 0 while under way, or when the connection was cut
	At        time.Time `json:"at"`
	Refused   bool      `json:"refused"`
	Errcode   int       `json:"errcode,omitempty"`
	Fault     string    `json:"fault,omitempty"` // kind of the fault rule that applied
}

func (s *Simulator) begin(r *http.Request) *requestRecord {
	_, operation, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parallel++
	s.highest = max(s.highest, s.parallel)
	return &requestRecord{Method: r.Method, Path: r.URL.Path, Operation: operation, At: s.now()}
}

// finish records the request once it can no longer change.
func (s *Simulator) finish(record *requestRecord, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parallel--
	if dropped {
		record.Status = 0
	}
	if len(s.requests) >= requestsKept {
		s.requests = append(s.requests[:0], s.requests[requestsKept/2:]...)
	}
	s.requests = append(s.requests, record)
}
