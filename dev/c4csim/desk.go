package c4csim

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed desk
var deskFiles embed.FS

// maxDeskTickets limits the list on the desk; the most recently changed ticket comes first.
const maxDeskTickets = 200

func (s *Simulator) deskRoutes(mux *http.ServeMux) {
	assets, err := fs.Sub(deskFiles, "desk")
	if err != nil {
		panic(err) // the directory is embedded
	}
	files := http.FileServerFS(assets)
	serve := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'")
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	}
	mux.HandleFunc("GET /{$}", serve)
	mux.Handle("GET /desk/", http.StripPrefix("/desk", http.HandlerFunc(serve)))
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /_sim/desk", s.showDesk)
	mux.HandleFunc("GET /_sim/desk/{id}", s.showDeskTicket)
	mux.HandleFunc("GET /_sim/stream", s.stream)
	mux.HandleFunc("GET /_sim/attachments/{id}", s.showAttachment)
}

// deskRow is a ticket in the desk's list.
type deskRow struct {
	ID         string    `json:"id"`
	Subject    string    `json:"subject"`
	Status     string    `json:"status"`
	StatusText string    `json:"status_text"`
	LifeCycle  string    `json:"life_cycle"`
	Customer   string    `json:"customer"`
	Waiting    bool      `json:"waiting"` // the agent has to act next
	LockedBy   string    `json:"locked_by"`
	CreatedAt  time.Time `json:"created_at"`
	ChangedAt  time.Time `json:"changed_at"`
}

// deskTicket is what the desk shows of the chosen ticket.
type deskTicket struct {
	ticketView
	deskHead
	Deliveries map[string]Push `json:"deliveries"` // by id of the activity
}

type deskHead struct {
	StatusText string            `json:"status_text"`
	LifeCycle  string            `json:"life_cycle"`
	Priority   string            `json:"priority"`
	LockedBy   string            `json:"locked_by"`
	CreatedAt  time.Time         `json:"created_at"`
	ChangedAt  time.Time         `json:"changed_at"`
	Customer   map[string]string `json:"customer"`
	// CustomerFields are the customer's extension fields that are set.
	CustomerFields map[string]string `json:"customer_fields,omitempty"`

	OpenID    string `json:"openid"`
	ProfileID string `json:"profile_id"`
}

func (s *Simulator) lockHolder(id string) string {
	if l, locked := s.locks[id]; locked && l.until.After(s.now()) {
		return l.user
	}
	return ""
}

func (s *Simulator) showDesk(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.settle()
	tickets := s.db.all(typeTicket)
	total := len(tickets)
	slices.SortStableFunc(tickets, func(a, b *row) int { return b.changed.Compare(a.changed) })
	rows := []deskRow{}
	for _, t := range tickets[:min(total, maxDeskTickets)] {
		customer := t.text("BuyerPartyName")
		if c := s.db.first(typeCustomer, "CustomerID", t.text("BuyerPartyID")); c != nil {
			customer = c.text("FormattedName")
		}
		rows = append(rows, deskRow{
			ID: t.text("ID"), Subject: t.text("Name"), Status: t.text("ServiceRequestUserLifeCycleStatusCode"),
			StatusText: t.text("ServiceRequestUserLifeCycleStatusCodeText"),
			LifeCycle:  t.text("ServiceRequestLifeCycleStatusCode"), Customer: customer,
			Waiting:  t.text("RequestAssignmentStatusCode") == "1" && openTicket(t),
			LockedBy: s.lockHolder(t.id), CreatedAt: t.time("CreationDateTime"), ChangedAt: t.changed,
		})
	}
	s.mu.Unlock()
	respond(w, http.StatusOK, map[string]any{"tickets": rows, "total": total, "statuses": userStatuses,
		"channel": s.opts.ChannelID, "now": s.now()})
}

func (s *Simulator) showDeskTicket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.ticketNamed(r.PathValue("id"))
	if t == nil {
		respondProblem(w, problemNotFound())
		return
	}
	v := deskTicket{ticketView: s.viewTicket(t), Deliveries: map[string]Push{}}
	v.deskHead = deskHead{
		StatusText: t.text("ServiceRequestUserLifeCycleStatusCodeText"),
		LifeCycle:  t.text("ServiceRequestLifeCycleStatusCode"),
		Priority:   t.text("ServicePriorityCodeText"), LockedBy: s.lockHolder(t.id), CreatedAt: t.time("CreationDateTime"),
		ChangedAt: t.changed,
	}
	s.describeCustomer(&v.deskHead, t)
	for _, p := range s.pushed {
		if slices.ContainsFunc(v.Thread, func(m messageView) bool { return p.SMAID != "" && m.ID == p.SMAID }) {
			v.Deliveries[p.SMAID] = p
		}
	}
	respond(w, http.StatusOK, v)
}

// describeCustomer fills in the facts about the follower behind a ticket.
func (s *Simulator) describeCustomer(v *deskHead, t *row) {
	for _, a := range s.activitiesOf(t) {
		if p := s.db.get(typeProfile, undashed(a.text("SocialMediaUserProfileUUID"))); p != nil {
			v.ProfileID = p.text("ID")
			if accounts := s.accountsOf(p); len(accounts) > 0 {
				v.OpenID = accounts[0]
			}
			break
		}
	}
	c := s.db.first(typeCustomer, "CustomerID", t.text("BuyerPartyID"))
	if c == nil || t.text("BuyerPartyID") == "" {
		return
	}
	v.Customer = map[string]string{
		"id": c.text("CustomerID"), "name": c.text("FormattedName"), "role": c.text("RoleCodeText"),
		"mobile": c.text("Mobile"), "phone": c.text("Phone"),
		"email": c.text("Email"), "address": strings.Trim(c.text("Street")+", "+c.text("City"), ", "),
		"nick_name": c.text("NickName"),
	}
	v.CustomerFields = extensions(c)
}

// showAttachment is the file of an attachment. Only pictures are shown; everything else is a download.
func (s *Simulator) showAttachment(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.db.get(typeTicketAttachment, r.PathValue("id"))
	if a == nil {
		a = s.db.get(typeActivityAttachment, r.PathValue("id"))
	}
	if a == nil {
		respondProblem(w, problemNotFound())
		return
	}
	kind := a.text("MimeType")
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind) {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(a.bytes("Binary")) // the peer is gone
}

// changed notifies the desks of a change.
func (s *Simulator) changed() { s.desk.tell() }

// stream sends a server-sent event "change" whenever the tenant changed, at most ten times a second.
func (s *Simulator) stream(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // not every server supports it
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	signal, leave := s.desk.join()
	defer leave()
	text := "retry: 1000\n\nevent: change\ndata: {}\n\n"
	ping := time.NewTicker(15 * time.Second)
	defer ping.Stop()
	for {
		if _, err := w.Write([]byte(text)); err != nil || control.Flush() != nil {
			return
		}
		select {
		case <-signal:
			text = "event: change\ndata: {}\n\n"
			if !pause(r, 100*time.Millisecond) {
				return
			}
		case <-ping.C:
			text = ": ping\n\n"
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// broadcaster wakes every open desk. A desk that has not read yet is not woken twice.
type broadcaster struct {
	mu      sync.Mutex
	waiting map[chan struct{}]bool
}

func (b *broadcaster) join() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[chan struct{}]bool{}
	}
	b.waiting[c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, c)
	}
}

func (b *broadcaster) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
