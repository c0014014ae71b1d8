package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// gate is in front of C4C's simulator and makes it as slow as a real tenant. It records who called when, and
// distinguishes processes by the user name that they use.
type gate struct {
	takes time.Duration
	next  *httputil.ReverseProxy
	url   string

	mu    sync.Mutex
	calls []call
}

// call is a call that has ended.
type call struct {
	who      string
	from, to time.Time
}

type beganKey struct{}

// newGate opens a gate to an address; close shuts it.
func newGate(ctx context.Context, to string, takes time.Duration) (g *gate, closeGate func(), err error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	g = &gate{takes: takes, url: "http://" + listener.Addr().String()}
	g.next = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = target.Host },
		ModifyResponse: func(res *http.Response) error {
			began, _ := res.Request.Context().Value(beganKey{}).(time.Time)
			time.Sleep(time.Until(began.Add(takes)))
			return nil
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 32},
	}
	server := &http.Server{Handler: g, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	return g, func() { _ = server.Close() }, nil
}

// ServeHTTP forwards a call with the credentials of the simulator's user. C4C continues with a received request even if
// the caller has gone.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	who, _, _ := r.BasicAuth()
	defer func() {
		ended := time.Now()
		if least := began.Add(g.takes); ended.Before(least) {
			ended = least
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.calls = append(g.calls, call{who: who, from: began, to: ended})
	}()
	known := config.Development().C4C
	r.SetBasicAuth(known.User, known.Password.Reveal())
	g.next.ServeHTTP(w, r.WithContext(context.WithValue(context.WithoutCancel(r.Context()), beganKey{}, began)))
}

// made returns the calls so far in the order in which they began.
func (g *gate) made() []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.SortedFunc(slices.Values(g.calls), func(x, y call) int { return x.from.Compare(y.from) })
}

// mostAtOnce returns the highest number of concurrent calls.
func mostAtOnce(calls []call) (most int) {
	type change struct {
		at time.Time
		by int
	}
	var changes []change
	for _, c := range calls {
		changes = append(changes, change{c.from, 1}, change{c.to, -1})
	}
	slices.SortFunc(changes, func(x, y change) int {
		if order := x.at.Compare(y.at); order != 0 {
			return order
		}
		return x.by - y.by // one that ends makes room
	})
	now := 0
	for _, c := range changes {
		now += c.by
		most = max(most, now)
	}
	return most
}
