package codec

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often the issuer is asked for the same document. Every token that is signed with an unknown key makes the
// verifier fetch the issuer's keys, and anybody can invent such tokens.
const (
	keysEvery = 10 * time.Second
	keysBurst = 3
)

var errAskedLately = errors.New("codec: the issuer was asked a moment ago")

// seldom returns a client that requests one address no more often than that.
func seldom(client *http.Client) *http.Client {
	limited := *client
	next := limited.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	limited.Transport = &seldomTransport{next: next, limits: map[string]*rate.Limiter{}}
	return &limited
}

type seldomTransport struct {
	next http.RoundTripper

	mu     sync.Mutex
	limits map[string]*rate.Limiter // by address; the issuer has only a few
}

// RoundTrip fails without a call if the address was requested too often.
func (t *seldomTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	address := req.URL.String()
	t.mu.Lock()
	limit := t.limits[address]
	if limit == nil {
		limit = rate.NewLimiter(rate.Every(keysEvery), keysBurst)
		t.limits[address] = limit
	}
	t.mu.Unlock()
	if !limit.Allow() {
		return nil, errAskedLately
	}
	return t.next.RoundTrip(req)
}
