package wechatsim

import (
	"fmt"
	"net/http"
	"time"
)

// summary is a follower without the thread, as the control endpoints show it.
type summary struct {
	follower
	Window []grant `json:"window"`
}

func (f *follower) summary(now time.Time) summary {
	plain := *f
	plain.Grants, plain.Thread = nil, nil
	return summary{follower: plain, Window: f.window(now)}
}

func (s *Simulator) controlInbox(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	items := []item{}
	if f, known := s.state.Followers[r.PathValue("openid")]; known {
		items = f.inbox()
	}
	s.mu.Unlock()
	respond(w, items)
}

func (s *Simulator) controlWindow(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	grants := []grant{}
	if f, known := s.state.Followers[r.PathValue("openid")]; known {
		grants = f.window(s.now())
	}
	s.mu.Unlock()
	respond(w, grants)
}

func (s *Simulator) controlFollower(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, known := s.state.Followers[r.PathValue("openid")]
	var out summary
	if known {
		out = f.summary(s.now())
	}
	s.mu.Unlock()
	if !known {
		respondError(w, &problem{http.StatusNotFound, "nobody of this openid has been seen"})
		return
	}
	respond(w, out)
}

func (s *Simulator) controlFollowers(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	out := make([]summary, 0, len(s.state.Order))
	for _, openid := range s.state.Order {
		out = append(out, s.state.Followers[openid].summary(s.now()))
	}
	s.mu.Unlock()
	respond(w, out)
}

// controlChangeFollower sets what a person sets on the phone, and what an operator
// sets in the console (blacklisted). It pushes nothing.
func (s *Simulator) controlChangeFollower(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Nickname    *string `json:"nickname"`
		Language    *string `json:"language"`
		Platform    *string `json:"platform"`
		Refuses     *bool   `json:"refuses"`
		Blacklisted *bool   `json:"blacklisted"`
	}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	openid := r.PathValue("openid")
	s.mu.Lock()
	f := s.state.person(openid)
	set(&f.Nickname, in.Nickname)
	set(&f.Language, in.Language)
	set(&f.Platform, in.Platform)
	set(&f.Refuses, in.Refuses)
	set(&f.Blacklisted, in.Blacklisted)
	out := f.summary(s.now())
	s.mu.Unlock()
	s.events.publish("")
	respond(w, out)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// controlSeedFollowers creates long-time followers: nothing is pushed, as when an account with followers begins to use
// the callback.
func (s *Simulator) controlSeedFollowers(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Count   int      `json:"count"`
		Prefix  string   `json:"prefix"`
		OpenIDs []string `json:"openids"`
	}{Prefix: "oSeed"}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	if in.Count < 0 || in.Count > 100_000 {
		respondError(w, bad("count must lie between 0 and 100000"))
		return
	}
	openids := in.OpenIDs
	for i := range in.Count {
		openids = append(openids, fmt.Sprintf("%s%0*d", in.Prefix, max(28-len(in.Prefix), 6), i))
	}
	s.mu.Lock()
	for _, openid := range openids {
		f := s.state.person(openid)
		f.Subscribed, f.SubscribedAt, f.AddScene = true, s.now().Add(-30*24*time.Hour), "ADD_SCENE_SEARCH"
	}
	s.mu.Unlock()
	s.events.publish("")
	respond(w, map[string]any{"openids": openids})
}
