// Package c4csim simulates the parts of SAP Cloud for Customer that a WeChat connector uses: the social media SOAP
// services, a part of the OData V2 service c4codataapi, tickets that the system creates by itself, the pushes a tenant
// sends, and an agent's desk in the browser.
//
// It is strict where the real system is strict, keeps its state, misbehaves on request with a seed, and keeps a
// history of requests. README.md lists every control endpoint, every fault, and what is not simulated. The package
// shares no code with the connector: a mistake on one side cannot cancel out a mistake on the other.
//
// Sources: help.sap.com/docs/sap-cloud-for-customer (A2X services, Social Media Channels, Event Notification) and
// github.com/SAP-archive/C4CODATAAPIDEVGUIDE (OData).
package c4csim

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Credentials and channel of the development stack; they are the defaults of [Options].
const (
	DevUser            = "wechat"
	DevPassword        = "dev-password"
	DevChannelID       = "WECHAT"
	DevChannelCode     = "008"
	DevWebhookUser     = "c4c"
	DevWebhookPassword = "dev-c4c-key"
)

// NoDelay, as [Options.TicketDelay], makes tickets appear together with their root activity.
const NoDelay time.Duration = -1

// EventForm is the form of the notification that a ticket's status change sends.
type EventForm string

// The forms of an event notification.
const (
	EventCurrent EventForm = "current" // Administrator → Event Notification, e.g. ServiceRequest.Root.Updated
	EventLegacy  EventForm = "legacy"  // OData Feed Notification to External System
	EventCloud   EventForm = "cloud"   // a CloudEvent in binary form, as a broker between C4C and its consumer sends it
	EventBatch   EventForm = "batch"   // a batch of CloudEvents: one for each field that changed
	EventOff     EventForm = "off"
)

// Options configures a [Simulator]. The zero value is the development stack's C4C without pushes.
type Options struct {
	// User and Password are the technical user's Basic credentials for SOAP and OData. Empty: DevUser, DevPassword.
	User, Password string
	// ChannelID is the social media channel (SocialMediaActivityProviderID, ExternalPartyAccountID), at most 35
	// characters; ChannelCode its SocialMediaChannelCode, three digits. Empty: DevChannelID, DevChannelCode.
	ChannelID, ChannelCode string
	// OAuth is the client that may get access tokens. Nil: none is registered.
	OAuth *OAuthClient
	// Channels are further channels of the tenant, one for each further account.
	Channels []Channel
	// MashupURL receives agents' replies, EventURL status changes. Empty: nothing is sent.
	MashupURL, EventURL string
	// WebhookUser and WebhookPassword are sent with both pushes. Empty: DevWebhookUser, DevWebhookPassword.
	WebhookUser, WebhookPassword string
	// EventForm is the form of event notifications. Empty: EventCurrent.
	EventForm EventForm
	// EmptyOriginalID leaves original_id empty in pushed replies, as newer C4C releases do.
	EmptyOriginalID bool
	// TicketDelay is the time between a new root activity and its ticket. Zero: 300 ms; NoDelay: none.
	TicketDelay time.Duration
	// IdempotencyWindow is how long the answer to a message header UUID is kept. Zero: 1 hour.
	IdempotencyWindow time.Duration
	// CSRFLifetime is how long an OData session and its token last after their last use. Zero: 30 minutes.
	CSRFLifetime time.Duration
	// MaxParallel refuses calls beyond this number in flight with 503. Zero: calls are only counted.
	MaxParallel int
	// Seed determines injected faults and moves all ids into a range of its own. The same seed and calls give the same
	// ids and faults.
	Seed int64
	// StateFile keeps customers, profiles, activities and tickets across a restart and a kill: a journal next to it
	// stores each change before it is answered; New and Close rewrite the file. Empty: nothing is stored.
	StateFile string
	// BaseURL is the tenant's address in legacy event notifications. Empty: http://127.0.0.1:8091.
	BaseURL string
	// Logger gets one line per refusal, fault and failed push; never a text, name or credential. Nil: nothing is
	// logged.
	Logger *slog.Logger
	// Clock is the time the simulator starts from; POST /_sim/clock moves it. Nil: time.Now.
	Clock func() time.Time
	// HTTPClient sends the pushes. Nil: a client with a timeout of 10 seconds.
	HTTPClient *http.Client
}

func (o Options) withDefaults() Options {
	text := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	span := func(p *time.Duration, v time.Duration) {
		if *p == 0 {
			*p = v
		}
	}
	text(&o.User, DevUser)
	text(&o.Password, DevPassword)
	text(&o.ChannelID, DevChannelID)
	text(&o.ChannelCode, DevChannelCode)
	text(&o.WebhookUser, DevWebhookUser)
	text(&o.WebhookPassword, DevWebhookPassword)
	text((*string)(&o.EventForm), string(EventCurrent))
	text(&o.BaseURL, "http://127.0.0.1:8091")
	span(&o.TicketDelay, 300*time.Millisecond)
	span(&o.IdempotencyWindow, time.Hour)
	span(&o.CSRFLifetime, 30*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{Timeout: 10 * time.Second}
	}
	return o
}

// Simulator is one C4C tenant in memory. It is an [http.Handler] and safe for concurrent use. [New] makes one, and
// [Simulator.Close] ends it.
type Simulator struct {
	opts   Options
	mux    *http.ServeMux
	ctx    context.Context
	cancel context.CancelFunc
	pushes sync.WaitGroup

	offset  atomic.Int64 // nanoseconds the clock was moved by POST /_sim/clock
	traffic traffic
	faults  faultRules
	desk    broadcaster

	mu       guarded // guards everything below
	journal  *os.File
	db       *store
	set      switches
	sessions map[string]*session

	tokens     map[string]time.Time // access tokens with their expiry
	assertions map[string]bool      // ids of used assertions, each valid once
	dead       map[string]string    // cookie of an ended session to the way in which it is answered
	answered   map[string]storedAnswer
	pending    []pendingTicket
	deferred   []*statusEvent  // of the running change set; nil: there is none
	locks      map[string]lock // by ObjectID of a ticket or customer
	pushed     []Push
}

// New makes a tenant, empty unless Options.StateFile says otherwise. An unreadable state file is logged and ignored.
// It starts no listener.
func New(o Options) *Simulator {
	s := &Simulator{opts: o.withDefaults()}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.faults.use(s.opts.Seed, nil)
	s.db = newStore(s.opts.Seed)
	s.forget()
	if s.opts.StateFile != "" {
		if err := s.open(); err != nil {
			s.opts.Logger.Warn("c4c simulator starts without what it kept", "error", err)
		}
	}
	s.mux = s.routes()
	s.opts.Logger.Info("c4c simulator", "seed", s.opts.Seed, "channel", s.opts.ChannelID, "ticket_delay",
		s.opts.TicketDelay)
	return s
}

// Close stops pushes and timers, waits for them, and writes Options.StateFile if one is set. The simulator still
// answers afterwards but sends nothing.
func (s *Simulator) Close() error {
	s.cancel()
	s.pushes.Wait()
	if s.opts.StateFile == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save()
}

// Reset forgets everything but the number ranges, and returns to the options, as POST /_sim/reset does.
func (s *Simulator) Reset() {
	s.offset.Store(0)
	s.faults.use(s.opts.Seed, nil)
	s.traffic.reset()
	s.forget()
	s.changed()
}

// ServeHTTP answers SOAP under /sap/bc/srt/scs/sap/, OData under /sap/c4c/odata/v1/c4codataapi/, the agent's desk at /
// and the control endpoints under /_sim/.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Simulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc(soapPath, s.serveAPI(s.soap))
	mux.HandleFunc(oauthPath, s.serveAPI(s.giveToken))
	mux.HandleFunc(odataPath, s.serveAPI(s.odata))
	mux.HandleFunc(odataPath[:len(odataPath)-1], s.serveAPI(s.odata))
	s.controlRoutes(mux)
	s.deskRoutes(mux)
	return mux
}

// now is the simulator's time, in UTC.
func (s *Simulator) now() time.Time {
	return s.opts.Clock().Add(time.Duration(s.offset.Load())).UTC()
}

// forget empties the tenant and resets every switch; ids continue, so that no number is used twice, even across a
// reset.
func (s *Simulator) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db.clear()
	s.db.seedCodeLists()
	s.set = switches{
		EmptyOriginalID: s.opts.EmptyOriginalID, EventForm: s.opts.EventForm,
		SessionKind: SessionFull, TicketDelay: delay(max(s.opts.TicketDelay, 0)), MaxParallel: s.opts.MaxParallel,
	}
	s.sessions = map[string]*session{}
	s.tokens, s.assertions = map[string]time.Time{}, map[string]bool{}
	s.dead = map[string]string{}
	s.answered = map[string]storedAnswer{}
	s.pending = nil
	s.locks = map[string]lock{}
	s.pushed = nil
}

// after runs f once the delay of real time is over, unless the simulator is closed first.
func (s *Simulator) after(d time.Duration, f func()) {
	if s.ctx.Err() != nil {
		return
	}
	s.pushes.Go(func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			f()
		case <-s.ctx.Done():
		}
	})
}
