package main

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// How WeChat posts.
const (
	deliveries    = 3
	deliveryPause = time.Second
	// mashupTimeout is how long C4C waits for an answer.
	mashupTimeout = 10 * time.Second
)

// deliver posts a push as WeChat does, and records the outcome. timeout is how long WeChat waits for an answer.
func (t *traffic) deliver(ctx context.Context, m *message, r request) {
	for n := range deliveries {
		if n > 0 && !pause(ctx, deliveryPause) {
			break
		}
		if n == 0 {
			t.note(func() { m.Sent = time.Now() })
		}
		within, cancel := context.WithTimeout(ctx, t.options.timeout)
		got, err := t.balancer.post(within, r.path, r.header, r.body)
		cancel()
		if err == nil && accepted(got) {
			t.note(func() { m.Acked = time.Now() })
			return
		}
		t.note(func() { m.Refusals = append(m.Refusals, got.status) })
	}
	t.note(func() { m.GaveUp = true })
}

// accepted reports whether WeChat counts an answer as an acknowledgement.
func accepted(a answer) bool {
	return a.status == http.StatusOK && (a.body == "success" || a.body == "" || strings.HasPrefix(a.body, "<xml>"))
}

// deliverReply posts a reply as C4C does: once.
func (t *traffic) deliverReply(ctx context.Context, p *reply, r request) {
	within, cancel := context.WithTimeout(ctx, mashupTimeout)
	defer cancel()
	got, err := t.balancer.post(within, r.path, r.header, r.body)
	if err == nil && got.status/100 == 2 {
		t.note(func() { p.Acked = time.Now() })
	}
}
