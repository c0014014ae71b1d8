package wechatsim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Simulator is one Official Account with its followers. It is an http.Handler and
// safe for concurrent use. Create it with New.
type Simulator struct {
	options Options
	log     *slog.Logger
	control http.Handler
	events  *broadcaster

	ctx    context.Context // ends with Close: pushes under way are abandoned
	stop   context.CancelFunc
	pushes sync.WaitGroup // receipts in the background

	mu       guarded  // guards all below
	file     *os.File // the journal; nil: nothing is kept
	random   *rand.Rand
	offset   time.Duration // what POST /_sim/clock added
	settings settings
	state    *state
	faults   []*fault
	requests []*requestRecord
	parallel int    // API calls under way
	highest  int    // most of them at once
	holder   string // openid of the phone that OAuth pages are opened on, "" unknown
	pushLog  []pushRecord
}

// New returns a running simulator; Close stops it. It panics if the options are contradictory, which is a programming
// error.
func New(options Options) *Simulator {
	options.fillDefaults()
	if err := options.settings().validate(); err != nil {
		panic(err)
	}
	s := &Simulator{options: options, log: options.Logger, events: newBroadcaster()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.forget()
	if options.StateFile != "" {
		st, err := loadState(options.StateFile)
		if err != nil {
			s.log.Warn("wechat simulator starts without what it kept", "error", err)
		}
		s.state = st
		if err := s.save(); err != nil {
			s.log.Warn("wechat simulator keeps nothing", "error", err)
		} else {
			s.mu.keep = s.writeDown
		}
	}
	s.control = s.controlRoutes()
	s.log.Info("wechat simulator", "seed", options.Seed, "account_type", options.AccountType, "mode", options.Mode)
	return s
}

// Close abandons running pushes, waits for their goroutines and writes Options.StateFile if one is set.
func (s *Simulator) Close() error {
	s.stop()
	s.events.close()
	s.pushes.Wait()
	if s.options.StateFile == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save()
}

// Reset forgets followers, tokens, menus, faults, request history and the moved
// clock, and returns to the options: the same as POST /_sim/reset.
func (s *Simulator) Reset() {
	s.mu.Lock()
	s.forget()
	s.mu.Unlock()
	s.events.publish("")
}

func (s *Simulator) forget() {
	s.random = rand.New(rand.NewPCG(uint64(s.options.Seed), 0x9e3779b97f4a7c15))
	s.offset = 0
	s.settings = s.options.settings()
	s.state = newState()
	s.faults, s.requests, s.pushLog = nil, nil, nil
	s.highest = s.parallel
	s.holder = ""
}

// SetCallbackURL sends the pushes to another address.
func (s *Simulator) SetCallbackURL(callback string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.settings
	next.CallbackURL = callback
	if err := next.validate(); err != nil {
		return err
	}
	s.settings = next
	s.options.CallbackURL = callback
	return nil
}

// Advance moves the simulator's clock forward (or back): windows, tokens, media and
// codes age. It is what POST /_sim/clock does.
func (s *Simulator) Advance(d time.Duration) {
	s.mu.Lock()
	s.offset += d
	s.mu.Unlock()
	s.events.publish("")
}

// now is the simulator's time. The caller holds the lock.
func (s *Simulator) now() time.Time { return s.options.Clock().Add(s.offset) }

// ServeHTTP sends "/" to the phone, "/_sim/" to the control endpoints and everything else to WeChat's paths.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/" || r.URL.Path == "/favicon.ico" || strings.HasPrefix(r.URL.Path, "/_sim/"):
		s.control.ServeHTTP(w, r)
	default:
		s.serveAPI(w, r)
	}
}

// text returns n random characters for tokens and ids. The caller holds the lock.
func (s *Simulator) text(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[s.random.IntN(len(alphabet))]
	}
	return string(b)
}

// rid is the request id that every answer with an errcode carries.
func (s *Simulator) rid(now time.Time) string {
	return fmt.Sprintf("%08x-%08x-%08x", uint32(now.Unix()), s.random.Uint32(), s.random.Uint32())
}
