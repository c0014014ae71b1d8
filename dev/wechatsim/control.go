package wechatsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// controlRoutes is everything that does not exist at WeChat.
func (s *Simulator) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	for _, event := range []string{"subscribe", "unsubscribe", "scan", "click", "view", "location", "subscription"} {
		mux.HandleFunc("POST /_sim/followers/{openid}/"+event, s.controlEvent(event))
	}
	mux.HandleFunc("POST /_sim/followers/{openid}/messages", s.controlMessage)
	mux.HandleFunc("GET /_sim/followers/{openid}/inbox", s.controlInbox)
	mux.HandleFunc("GET /_sim/followers/{openid}/window", s.controlWindow)
	mux.HandleFunc("GET /_sim/followers/{openid}", s.controlFollower)
	mux.HandleFunc("PATCH /_sim/followers/{openid}", s.controlChangeFollower)
	mux.HandleFunc("GET /_sim/followers", s.controlFollowers)
	mux.HandleFunc("POST /_sim/followers", s.controlSeedFollowers)
	mux.HandleFunc("POST /_sim/push", s.controlPush)
	mux.HandleFunc("GET /_sim/pushes", s.controlPushes)
	mux.HandleFunc("POST /_sim/verify", s.controlVerify)
	mux.HandleFunc("GET /_sim/faults", s.controlFaults)
	mux.HandleFunc("POST /_sim/faults", s.controlSetFaults)
	mux.HandleFunc("DELETE /_sim/faults", s.controlClearFaults)
	mux.HandleFunc("GET /_sim/requests", s.controlRequests)
	mux.HandleFunc("DELETE /_sim/requests", s.controlClearRequests)
	mux.HandleFunc("POST /_sim/reset", s.controlReset)
	mux.HandleFunc("GET /_sim/clock", s.controlClock)
	mux.HandleFunc("POST /_sim/clock", s.controlAdvance)
	mux.HandleFunc("GET /_sim/settings", s.controlSettings)
	mux.HandleFunc("PATCH /_sim/settings", s.controlChangeSettings)
	mux.HandleFunc("GET /_sim/tokens", s.controlTokens)
	mux.HandleFunc("POST /_sim/tokens/revoke", s.controlRevoke)
	mux.HandleFunc("POST /_sim/holder", s.controlHolder)
	s.phoneRoutes(mux)
	return mux
}

// problem is the error of a control request that cannot be executed.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func bad(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &problem{http.StatusConflict, fmt.Sprintf(format, args...)}
}

func respond(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value)
}

func respondError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if p, ok := errors.AsType[*problem](err); ok {
		status = p.status
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

// read decodes a control body. An empty one leaves target unchanged. An unknown member is an error, so that misspelt
// ones are noticed.
func read(r *http.Request, target any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, 32<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(target); err != nil && !errors.Is(err, io.EOF) {
		return bad("body: %v", err)
	}
	return nil
}

func (s *Simulator) controlFaults(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	rules := make([]fault, 0, len(s.faults))
	for _, f := range s.faults {
		rules = append(rules, *f)
	}
	s.mu.Unlock()
	respond(w, map[string]any{"rules": rules})
}

// controlSetFaults replaces the active rules.
func (s *Simulator) controlSetFaults(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Seed  *int64      `json:"seed"`
		Rules []faultRule `json:"rules"`
	}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	seed := s.options.Seed
	if in.Seed != nil {
		seed = *in.Seed
	}
	for i, rule := range in.Rules {
		if err := rule.validate(); err != nil {
			respondError(w, bad("rule %d: %v", i, err))
			return
		}
	}
	s.mu.Lock()
	s.faults = nil
	for i, rule := range in.Rules {
		s.faults = append(s.faults, &fault{faultRule: rule, random: rand.New(rand.NewPCG(uint64(seed), uint64(i)))})
	}
	n := len(s.faults)
	s.mu.Unlock()
	s.log.Info("wechat simulator faults", "seed", seed, "in_force", n)
	respond(w, map[string]any{"seed": seed, "in_force": n})
}

func (s *Simulator) controlClearFaults(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.faults = nil
	s.mu.Unlock()
	respond(w, map[string]any{"in_force": 0})
}

func (s *Simulator) controlRequests(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	records := make([]requestRecord, 0, len(s.requests))
	for _, record := range s.requests {
		records = append(records, *record)
	}
	w.Header().Set("X-Sim-Max-Parallel", strconv.Itoa(s.highest))
	s.mu.Unlock()
	respond(w, records)
}

func (s *Simulator) controlClearRequests(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.requests, s.highest = nil, s.parallel
	s.mu.Unlock()
	respond(w, map[string]any{"ok": true})
}

func (s *Simulator) controlPushes(w http.ResponseWriter, r *http.Request) {
	openid := r.URL.Query().Get("openid")
	s.mu.Lock()
	records := []pushRecord{}
	for _, record := range s.pushLog {
		if openid == "" || record.OpenID == openid {
			records = append(records, record)
		}
	}
	s.mu.Unlock()
	respond(w, records)
}

func (s *Simulator) controlReset(w http.ResponseWriter, _ *http.Request) {
	s.Reset()
	respond(w, map[string]any{"ok": true})
}

func (s *Simulator) controlClock(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	now, offset := s.now(), s.offset
	s.mu.Unlock()
	respond(w, map[string]any{"now": now, "ahead": offset.String()})
}

func (s *Simulator) controlAdvance(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil {
		respondError(w, bad("advance is no duration such as 90s or 48h: %q", in.Advance))
		return
	}
	s.Advance(d)
	s.controlClock(w, r)
}

func (s *Simulator) controlSettings(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	current := s.settings
	s.mu.Unlock()
	respond(w, current)
}

// controlChangeSettings changes only the members in the request.
func (s *Simulator) controlChangeSettings(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	next := s.settings
	s.mu.Unlock()
	next.Quotas = map[string]int{}
	if err := read(r, &next); err != nil {
		respondError(w, err)
		return
	}
	if err := next.validate(); err != nil {
		respondError(w, bad("%v", err))
		return
	}
	s.mu.Lock()
	for path, limit := range s.settings.Quotas {
		if _, given := next.Quotas[path]; !given {
			next.Quotas[path] = limit
		}
	}
	s.settings = next
	s.mu.Unlock()
	s.events.publish("")
	respond(w, next)
}

func (s *Simulator) controlTokens(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	now := s.now()
	show := func(slot tokenSlot) map[string]any {
		token := *slot.current()
		return map[string]any{"access_token": token.Value, "valid": token.valid(now),
			"expires_in": max(token.remaining(now), 0)}
	}
	out := map[string]any{"stable": show(s.state.Stable), "classic": show(s.state.Classic), "forced": len(s.state.Forced)}
	s.mu.Unlock()
	respond(w, out)
}

// controlRevoke makes every token unknown at once. With sticky, stable_token keeps returning the revoked one in normal
// mode, so that only force_refresh helps.
func (s *Simulator) controlRevoke(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Sticky bool `json:"sticky"`
	}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	s.mu.Lock()
	s.state.Stable.revoke()
	s.state.Classic.revoke()
	s.state.Stable.Sticky = in.Sticky
	s.mu.Unlock()
	s.controlTokens(w, r)
}

// controlHolder sets whose phone OAuth pages are opened on if no cookie identifies it.
func (s *Simulator) controlHolder(w http.ResponseWriter, r *http.Request) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	s.mu.Lock()
	s.holder = in.OpenID
	if in.OpenID != "" {
		s.state.person(in.OpenID)
	}
	s.mu.Unlock()
	respond(w, map[string]any{"openid": in.OpenID})
}
