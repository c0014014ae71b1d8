package wechatsim

import (
	"embed"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed page
var pageFiles embed.FS

// phoneItems is the most lines of a thread that the phone reads.
const phoneItems = 300

// phoneRoutes serves the follower's phone: the page, its assets, its data and the
// stream that tells it to read again.
func (s *Simulator) phoneRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.servePage("phone.html", "text/html; charset=utf-8"))
	mux.HandleFunc("GET /favicon.ico", s.servePage("icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /_sim/page/phone.css", s.servePage("phone.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /_sim/page/phone.js", s.servePage("phone.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /_sim/page/icon.svg", s.servePage("icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /_sim/phone", s.phoneState)
	mux.HandleFunc("GET /_sim/events", s.phoneEvents)
	mux.HandleFunc("GET /_sim/media/{id}", s.phoneMedia)
}

func (s *Simulator) servePage(name, contentType string) http.HandlerFunc {
	data, err := pageFiles.ReadFile(path.Join("page", name))
	if err != nil {
		panic(err) // embedded: missing only when the program was built wrong
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(data)
	}
}

// phoneState returns everything the page shows: account, people, menu and the newest items.
func (s *Simulator) phoneState(w http.ResponseWriter, r *http.Request) {
	openid := r.URL.Query().Get("openid")
	s.mu.Lock()
	now := s.now()
	people := []map[string]any{}
	for _, id := range s.state.Order[max(0, len(s.state.Order)-50):] {
		f := s.state.Followers[id]
		people = append(people, map[string]any{"openid": id, "nickname": f.Nickname, "subscribed": f.Subscribed})
	}
	out := map[string]any{
		"account": map[string]any{
			"name": s.settings.AccountName, "type": s.settings.AccountType,
			"original_id": s.options.OriginalID, "appid": s.options.AppID,
		},
		"now": now, "ahead": s.offset.String(), "people": people,
		"thread": []item{}, "subscribed": false, "typing": false, "window": []grant{},
	}
	if f, known := s.state.Followers[openid]; known {
		out["me"] = map[string]any{"openid": f.OpenID, "nickname": f.Nickname}
		out["subscribed"], out["window"] = f.Subscribed, f.window(now)
		out["typing"] = now.Before(f.TypingUntil)
		out["thread"] = append([]item{}, f.Thread[max(0, len(f.Thread)-phoneItems):]...)
		if f.Subscribed {
			out["menu"] = s.state.menuOf(f)
		}
		out["pushes"] = s.lastPushes(openid, 6)
	}
	s.mu.Unlock()
	respond(w, out)
}

// lastPushes returns the newest attempts for openid, newest first.
func (s *Simulator) lastPushes(openid string, n int) []pushRecord {
	records := []pushRecord{}
	for i := len(s.pushLog) - 1; i >= 0 && len(records) < n; i-- {
		if s.pushLog[i].OpenID == openid {
			records = append(records, s.pushLog[i])
		}
	}
	return records
}

// phoneEvents is a server-sent event stream: one "changed" for one or several changes.
func (s *Simulator) phoneEvents(w http.ResponseWriter, r *http.Request) {
	flusher := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	sub := s.events.subscribe(r.URL.Query().Get("openid"))
	defer s.events.unsubscribe(sub)
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	fmt.Fprint(w, "retry: 1000\n\nevent: changed\ndata: {}\n\n")
	for {
		if err := flusher.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case _, open := <-sub.changed:
			if !open {
				return
			}
			fmt.Fprint(w, "event: changed\ndata: {}\n\n")
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		}
	}
}

// phoneMedia shows a file on the phone, even an expired one.
func (s *Simulator) phoneMedia(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m, found := s.state.Media[r.PathValue("id")]
	s.mu.Unlock()
	if !found {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.ContentType)
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(m.Data)
}
