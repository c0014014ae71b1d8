package c4csim

import (
	"net/http"
	"time"
)

// lockTarget finds the ticket or customer that a lock endpoint names.
func (s *Simulator) lockTarget(r *http.Request) *row {
	id := r.PathValue("id")
	if t := s.ticketNamed(id); t != nil {
		return t
	}
	if c := s.db.first(typeCustomer, "CustomerID", id); c != nil {
		return c
	}
	return s.db.get(typeCustomer, id)
}

// postLock opens an object in edit mode: {"user":"AGENT01","seconds":600}; both optional.
func (s *Simulator) postLock(w http.ResponseWriter, r *http.Request) {
	in := struct {
		User    string `json:"user"`
		Seconds int    `json:"seconds"`
	}{User: "AGENT01", Seconds: 600}
	if !readControl(w, r, &in) {
		return
	}
	s.mu.Lock()
	target := s.lockTarget(r)
	if target != nil {
		s.locks[target.id] = lock{user: in.User, until: s.now().Add(time.Duration(in.Seconds) * time.Second)}
	}
	s.mu.Unlock()
	s.answerLock(w, target)
}

func (s *Simulator) deleteLock(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	target := s.lockTarget(r)
	if target != nil {
		delete(s.locks, target.id)
	}
	s.mu.Unlock()
	s.answerLock(w, target)
}

func (s *Simulator) answerLock(w http.ResponseWriter, target *row) {
	if target == nil {
		respondProblem(w, problemNotFound())
		return
	}
	s.changed()
	w.WriteHeader(http.StatusNoContent)
}
