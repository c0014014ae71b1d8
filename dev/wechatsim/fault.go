package wechatsim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The kinds of faults, the same as those of the C4C simulator.
const (
	faultErrcode         = "errcode"           // refuse with errcode, do nothing
	faultFault           = "fault"             // refuse with -1: WeChat has no SOAP faults
	faultLock            = "lock"              // likewise: WeChat locks nothing
	faultHTTP            = "http"              // answer with an HTTP status, do nothing
	faultLatency         = "latency"           // wait ms, then continue
	faultDropBefore      = "drop_before"       // cut the connection, do nothing
	faultDropAfterCommit = "drop_after_commit" // do it, then cut the connection
)

// faultRule is one rule of POST /_sim/faults.
type faultRule struct {
	// Match is a prefix of "METHOD /path" or of "/path" for API calls, or of
	// "PUSH type" for pushes ("PUSH text", "PUSH subscribe"); empty is every API call.
	Match   string `json:"match"`
	Kind    string `json:"kind"`
	Errcode int    `json:"errcode,omitempty"` // of kind errcode; 0 is -1, system error
	Status  int    `json:"status,omitempty"`  // of kind http; 0 is 503
	// MS is the wait of kind latency; with any other kind it comes first.
	MS    int `json:"ms,omitempty"`
	Times int `json:"times,omitempty"` // how often it applies; 0 is no limit
	// Probability is the chance that a match is hit; 0 is always.
	Probability float64 `json:"probability,omitempty"`
}

// fault is an active rule. Each has its own random source, so that what one rule does depends only on its own matches.
type fault struct {
	faultRule
	Matched int `json:"matched"`
	Fired   int `json:"fired"`
	random  *rand.Rand
}

func (f faultRule) validate() error {
	switch f.Kind {
	case faultErrcode, faultFault, faultLock:
	case faultHTTP:
		if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
			return fmt.Errorf("status %d is not an error", f.Status)
		}
	case faultLatency:
		if f.MS == 0 {
			return fmt.Errorf("kind latency needs ms")
		}
	case faultDropBefore, faultDropAfterCommit:
	default:
		return fmt.Errorf("kind %q is not one of errcode, http, fault, latency, drop_before, drop_after_commit, lock",
			f.Kind)
	}
	answers := []string{faultErrcode, faultHTTP, faultFault, faultLock}
	if strings.HasPrefix(f.Match, "PUSH") && slices.Contains(answers, f.Kind) {
		return fmt.Errorf("a push can only be late (latency), lost (drop_before) or lose its answer (drop_after_commit)")
	}
	if f.Probability < 0 || f.Probability > 1 {
		return fmt.Errorf("probability must lie between 0 and 1")
	}
	if f.Times < 0 || f.MS < 0 {
		return fmt.Errorf("times and ms must not be negative")
	}
	return nil
}

// effect is what the rules do to one request: after the delay, one of the kinds.
type effect struct {
	kind    string
	status  int
	errcode int
}

// misbehave applies the rules in order, waits for latencies and returns the first other effect.
func (s *Simulator) misbehave(ctx context.Context, request string) effect {
	result, delay := s.drawFaults(request)
	if delay <= 0 {
		return result
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return result
}

func (s *Simulator) drawFaults(request string) (effect, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var result effect
	var delay time.Duration
	for _, f := range s.faults {
		if !f.matches(request) {
			continue
		}
		if f.Kind != faultLatency && result.kind != "" {
			continue
		}
		if !f.draw() {
			continue
		}
		delay += time.Duration(f.MS) * time.Millisecond
		if f.Kind != faultLatency {
			result = f.effect()
		}
	}
	return result, delay
}

func (f *fault) effect() effect {
	e := effect{kind: f.Kind, status: cmp.Or(f.Status, http.StatusServiceUnavailable), errcode: -1}
	if f.Kind == faultErrcode {
		e.errcode = cmp.Or(f.Errcode, -1)
	}
	return e
}

func (f *fault) matches(request string) bool {
	if f.Match == "" || f.Match == "*" {
		return !strings.HasPrefix(request, "PUSH")
	}
	if strings.HasPrefix(f.Match, "/") {
		_, path, _ := strings.Cut(request, " ")
		return strings.HasPrefix(path, f.Match)
	}
	return strings.HasPrefix(request, f.Match)
}

func (f *fault) draw() bool {
	if f.Times > 0 && f.Fired >= f.Times {
		return false
	}
	f.Matched++
	if f.Probability > 0 && f.random.Float64() >= f.Probability {
		return false
	}
	f.Fired++
	return true
}
