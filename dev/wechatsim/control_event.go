package wechatsim

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// delivery is how often and with what time a push goes out; all control endpoints
// that push take it.
type delivery struct {
	CreateTime moment `json:"create_time"`
	Repeat     int    `json:"repeat"`   // deliver the same push this many times; 0 is 1
	Parallel   bool   `json:"parallel"` // the repeats at once instead of one after the other
	Tamper     string `json:"tamper"`   // signature, ciphertext, appid: spoil it
}

// moment is a time in seconds since 1970, given as a number, as a string with a number, or as RFC 3339.
type moment int64

// UnmarshalJSON accepts all forms.
func (m *moment) UnmarshalJSON(data []byte) error {
	var text looseText
	if err := text.UnmarshalJSON(data); err != nil || text == "" {
		return err
	}
	if at, err := time.Parse(time.RFC3339, string(text)); err == nil {
		*m = moment(at.Unix())
		return nil
	}
	seconds, err := strconv.ParseInt(string(text), 10, 64)
	*m = moment(seconds)
	return err
}

func (d delivery) validate() error {
	switch d.Tamper {
	case "", "signature", "ciphertext", "appid":
	default:
		return bad("tamper is not one of signature, ciphertext, appid")
	}
	if d.Repeat < 0 || d.Repeat > 1000 {
		return bad("repeat must lie between 0 and 1000")
	}
	return nil
}

// eventRequest is the body of the event endpoints; each uses some of it.
type eventRequest struct {
	delivery
	Scene      looseText `json:"scene"`
	Ticket     string    `json:"ticket"`
	Key        looseText `json:"key"`
	Type       string    `json:"type"`   // click: also scancode_push, scancode_waitmsg
	Result     string    `json:"result"` // what the menu's scanner read
	URL        string    `json:"url"`
	MenuID     int64     `json:"menu_id"`
	Latitude   float64   `json:"latitude"`
	Longitude  float64   `json:"longitude"`
	Precision  float64   `json:"precision"`
	TemplateID string    `json:"template_id"`
	Status     string    `json:"status"`
}

// happening is an event on the phone that will be pushed.
type happening struct {
	fields    []field
	replyable bool
	line      string // what the thread shows, "" nothing
}

// controlEvent applies the event to the follower and pushes it.
func (s *Simulator) controlEvent(event string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in eventRequest
		if err := read(r, &in); err != nil {
			respondError(w, err)
			return
		}
		if err := in.validate(); err != nil {
			respondError(w, err)
			return
		}
		openid := r.PathValue("openid")
		s.mu.Lock()
		p, err := s.happen(openid, event, in)
		s.mu.Unlock()
		s.events.publish("")
		if err != nil {
			respondError(w, err)
			return
		}
		respond(w, s.deliverAll(r.Context(), p, in.delivery))
	}
}

// happen applies the event. The caller holds the lock.
func (s *Simulator) happen(openid, event string, in eventRequest) (*push, error) {
	now := s.now()
	f := s.state.person(openid)
	if event != "subscribe" && event != "scan" && !f.present(now) {
		return nil, conflict("%s: this person does not follow the account", event)
	}
	h, err := s.apply(f, event, in, now)
	if err != nil {
		return nil, err
	}
	if h.line != "" {
		f.add(item{From: "follower", Kind: "event", Type: event, Content: h.line, At: now})
	}
	created := int64(in.CreateTime)
	if created == 0 {
		created = now.Unix()
	}
	fields := s.eventFields(openid, created, h.fields)
	p, err := s.newPush(openid, fields)
	if err != nil {
		return nil, err
	}
	p.replyable, p.silent = h.replyable, !f.Subscribed
	return p, s.spoil(p, fields, in.Tamper)
}

func (s *Simulator) apply(f *follower, event string, in eventRequest, now time.Time) (happening, error) {
	switch event {
	case "subscribe":
		return s.applySubscribe(f, string(in.Scene), in.Ticket, now)
	case "unsubscribe":
		f.unsubscribe(now)
		return happening{fields: []field{{"Event", "unsubscribe"}, {"EventKey", ""}}, line: "unsubscribe"}, nil
	case "scan":
		return s.applyScan(f, in, now)
	case "click":
		return applyClick(f, in, now)
	case "view":
		f.act(now)
		fields := []field{{"Event", "VIEW"}, {"EventKey", cmp.Or(in.URL, sampleURL)}, {"MenuId", in.MenuID}}
		if in.MenuID == 0 {
			fields = fields[:2]
		}
		return happening{fields: fields}, nil
	case "location":
		if s.settings.AccountType != ServiceVerified {
			return happening{}, conflict("location: only a verified service account gets LOCATION events")
		}
		return happening{replyable: true, fields: []field{
			{"Event", "LOCATION"}, {"Latitude", in.Latitude}, {"Longitude", in.Longitude}, {"Precision", in.Precision},
		}}, nil
	}
	return s.applySubscription(f, in)
}

func (s *Simulator) applySubscribe(f *follower, scene, ticket string, now time.Time) (happening, error) {
	f.subscribe(now, scene)
	h := happening{fields: []field{{"Event", "subscribe"}, {"EventKey", ""}}, replyable: true, line: "subscribe"}
	if scene != "" {
		if ticket == "" {
			ticket = "gQ" + s.text(94)
		}
		h.fields = []field{{"Event", "subscribe"}, {"EventKey", "qrscene_" + scene}, {"Ticket", ticket}}
	}
	return h, nil
}

// applyScan turns a scan into a subscribe if the person does not follow yet.
func (s *Simulator) applyScan(f *follower, in eventRequest, now time.Time) (happening, error) {
	if s.settings.AccountType != ServiceVerified {
		return happening{}, conflict("scan: only a verified service account has parametric QR codes")
	}
	scene := string(in.Scene)
	if in.Ticket != "" {
		code, found := s.state.QRCodes[in.Ticket]
		if !found || !code.Expires.IsZero() && !now.Before(code.Expires) {
			return happening{}, conflict("scan: this code does not exist or has expired")
		}
		scene = code.Scene
	}
	if scene == "" {
		return happening{}, bad("scan needs a scene or a ticket")
	}
	if !f.Subscribed {
		return s.applySubscribe(f, scene, in.Ticket, now)
	}
	f.act(now)
	f.open(grantScan, shortGrant, now)
	ticket := in.Ticket
	if ticket == "" {
		ticket = "gQ" + s.text(94)
	}
	return happening{replyable: true, line: "scan " + scene, fields: []field{
		{"Event", "SCAN"}, {"EventKey", scene}, {"Ticket", ticket},
	}}, nil
}

func applyClick(f *follower, in eventRequest, now time.Time) (happening, error) {
	if in.Key == "" {
		return happening{}, bad("click needs a key")
	}
	f.act(now)
	f.open(grantMenu, shortGrant, now)
	switch in.Type {
	case "", "click":
		return happening{replyable: true, fields: []field{{"Event", "CLICK"}, {"EventKey", string(in.Key)}}}, nil
	case "scancode_push", "scancode_waitmsg":
		return happening{replyable: in.Type == "scancode_waitmsg", fields: []field{
			{"Event", in.Type}, {"EventKey", string(in.Key)},
			{"ScanCodeInfo", []field{{"ScanType", "qrcode"}, {"ScanResult", in.Result}}},
		}}, nil
	}
	return happening{}, bad("type is not one of click, scancode_push, scancode_waitmsg")
}

// applySubscription applies the answer to the subscription notification pop-up: accept stores a credit, reject refuses,
// revoke switches the template off later.
func (s *Simulator) applySubscription(f *follower, in eventRequest) (happening, error) {
	if _, found := s.state.template(in.TemplateID, true); !found {
		return happening{}, bad("template_id is no subscription template of the account")
	}
	scene := string(in.Scene)
	if scene == "" {
		scene = "1"
	}
	switch in.Status {
	case "accept":
		f.Credits[in.TemplateID]++
	case "reject":
	case "revoke":
		f.Credits[in.TemplateID] = 0
		return happening{fields: subscriptionRevoked(in.TemplateID)}, nil
	default:
		return happening{}, bad("status is not one of accept, reject, revoke")
	}
	return happening{fields: subscriptionChoice(in.TemplateID, in.Status, scene)}, nil
}

// eventFields puts the common header before an event's own elements. The caller holds the lock.
func (s *Simulator) eventFields(openid string, created int64, event []field) []field {
	return append(s.head(openid, created, "event"), event...)
}

func (s *Simulator) head(openid string, created int64, msgType string) []field {
	return []field{
		{"ToUserName", s.options.OriginalID}, {"FromUserName", openid},
		{"CreateTime", created}, {"MsgType", msgType},
	}
}

// spoil seals p again as a forger or a broken connection would.
func (s *Simulator) spoil(p *push, fields []field, tamper string) error {
	if tamper == "" {
		return nil
	}
	p.silent = true
	if !p.json() {
		return s.seal(p, renderXML(fields), tamper)
	}
	plain, err := renderJSON(fields)
	if err != nil {
		return err
	}
	return s.seal(p, plain, tamper)
}

// deliverAll delivers p as often as requested and sums up the outcomes. A push continues even if the caller
// disconnects.
func (s *Simulator) deliverAll(ctx context.Context, p *push, d delivery) outcome {
	ctx = context.WithoutCancel(ctx)
	if d.Repeat <= 1 {
		return s.deliver(ctx, p)
	}
	outcomes := make([]outcome, d.Repeat)
	if d.Parallel {
		var all sync.WaitGroup
		for i := range outcomes {
			all.Go(func() { outcomes[i] = s.deliver(ctx, p) })
		}
		all.Wait()
	} else {
		for i := range outcomes {
			outcomes[i] = s.deliver(ctx, p)
		}
	}
	total := outcomes[len(outcomes)-1]
	total.Attempts, total.Pushes = 0, outcomes
	var failures []string
	for _, o := range outcomes {
		total.Attempts += o.Attempts
		if o.Error != "" {
			failures = append(failures, o.Error)
		}
	}
	total.Error = strings.Join(failures, "; ")
	return total
}
