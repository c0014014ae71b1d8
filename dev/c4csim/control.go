package c4csim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// controlRoutes are the endpoints with which tests and the desk control the tenant. None of them is part of the
// product or of C4C.
func (s *Simulator) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/tickets", s.listTickets)
	mux.HandleFunc("POST /_sim/tickets", s.postTicket)
	mux.HandleFunc("GET /_sim/tickets/{id}", s.showTicket)
	mux.HandleFunc("POST /_sim/tickets/{id}/replies", s.postReply)
	mux.HandleFunc("POST /_sim/replies/{id}/push", s.postPush)
	mux.HandleFunc("POST /_sim/replies/{id}/text", s.postReplyText)
	mux.HandleFunc("POST /_sim/tickets/{id}/status", s.postStatus)
	mux.HandleFunc("POST /_sim/tickets/{id}/notes", s.postNote)
	mux.HandleFunc("POST /_sim/tickets/{id}/lock", s.postLock)
	mux.HandleFunc("DELETE /_sim/tickets/{id}/lock", s.deleteLock)
	mux.HandleFunc("GET /_sim/customers", s.listCustomers)
	mux.HandleFunc("POST /_sim/customers/{id}/lock", s.postLock)
	mux.HandleFunc("DELETE /_sim/customers/{id}/lock", s.deleteLock)
	mux.HandleFunc("GET /_sim/profiles", s.listProfiles)
	mux.HandleFunc("GET /_sim/requests", s.listRequests)
	mux.HandleFunc("DELETE /_sim/requests", s.forgetRequests)
	mux.HandleFunc("GET /_sim/pushes", s.listPushes)
	mux.HandleFunc("POST /_sim/faults", s.postFaults)
	mux.HandleFunc("DELETE /_sim/faults", s.deleteFaults)
	mux.HandleFunc("GET /_sim/switches", s.showSwitches)
	mux.HandleFunc("POST /_sim/switches", s.postSwitches)
	mux.HandleFunc("POST /_sim/csrf/expire", s.expireCSRF)
	mux.HandleFunc("POST /_sim/reset", s.postReset)
	mux.HandleFunc("GET /_sim/clock", s.showClock)
	mux.HandleFunc("POST /_sim/clock", s.postClock)
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the peer is gone
}

// respondError answers an invalid control request.
func respondError(w http.ResponseWriter, err error) {
	respond(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
}

func respondProblem(w http.ResponseWriter, p *problem) {
	respond(w, p.status, map[string]string{"error": p.text})
}

// decodeStrict reads one JSON object into v and refuses fields it does not know. An empty body leaves v as it is.
func decodeStrict(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// readControl reads a control request's body into v and answers 400 itself if it cannot.
func readControl(w http.ResponseWriter, r *http.Request, v any) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = decodeStrict(body, v)
	}
	if err != nil {
		respondError(w, err)
	}
	return err == nil
}

func (s *Simulator) listRequests(w http.ResponseWriter, _ *http.Request) {
	requests, highest := s.traffic.history()
	w.Header().Set("X-Sim-Max-Parallel", strconv.Itoa(highest))
	respond(w, http.StatusOK, requests)
}

// forgetRequests empties the history; X-Sim-Max-Parallel starts again with the calls in flight.
func (s *Simulator) forgetRequests(w http.ResponseWriter, _ *http.Request) {
	s.traffic.reset()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) listPushes(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	pushed := append([]Push{}, s.pushed...)
	s.mu.Unlock()
	respond(w, http.StatusOK, pushed)
}

// postFaults replaces the rules by a new set.
func (s *Simulator) postFaults(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Seed  *int64 `json:"seed"`
		Rules []Rule `json:"rules"`
	}{}
	if !readControl(w, r, &in) {
		return
	}
	for i := range in.Rules {
		if err := in.Rules[i].validate(); err != nil {
			respondError(w, fmt.Errorf("rule %d: %w", i+1, err))
			return
		}
	}
	seed := s.opts.Seed
	if in.Seed != nil {
		seed = *in.Seed
	}
	s.faults.use(seed, in.Rules)
	s.opts.Logger.Info("fault rules", "seed", seed, "rules", len(in.Rules))
	respond(w, http.StatusOK, map[string]any{"seed": seed, "rules": len(in.Rules)})
}

func (s *Simulator) deleteFaults(w http.ResponseWriter, _ *http.Request) {
	s.faults.use(s.opts.Seed, nil)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) showSwitches(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	respond(w, http.StatusOK, set)
}

func (s *Simulator) postSwitches(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		respondError(w, err)
		return
	}
	s.mu.Lock()
	set, err := s.set.merge(body)
	if err == nil {
		s.set = set
	}
	s.mu.Unlock()
	if err != nil {
		respondError(w, err)
		return
	}
	respond(w, http.StatusOK, set)
}

// expireCSRF ends all OData sessions, so that a write with one of them is refused: with the 403 that asks for a new
// token, or in another of the ways in deaths.
func (s *Simulator) expireCSRF(w http.ResponseWriter, r *http.Request) {
	in := struct {
		As string `json:"as"`
	}{As: "required"}
	if !readControl(w, r, &in) {
		return
	}
	if deaths[in.As] == nil {
		respondError(w, fmt.Errorf("as %q is not one of %s", in.As, strings.Join(deathNames(), ", ")))
		return
	}
	s.mu.Lock()
	s.endSessions(in.As)
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) postReset(w http.ResponseWriter, _ *http.Request) {
	s.Reset()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) showClock(w http.ResponseWriter, _ *http.Request) {
	respond(w, http.StatusOK, map[string]time.Time{"now": s.now()})
}

// postClock moves the clock forward and creates the tickets that become due.
func (s *Simulator) postClock(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Advance string `json:"advance"`
	}{}
	if !readControl(w, r, &in) {
		return
	}
	d, err := time.ParseDuration(strings.TrimSpace(in.Advance))
	if err != nil || d < 0 {
		respondError(w, fmt.Errorf("advance %q is not a duration such as 48h", in.Advance))
		return
	}
	s.offset.Add(int64(d))
	s.mu.Lock()
	s.settle()
	s.mu.Unlock()
	s.changed()
	s.showClock(w, r)
}
