package app

import (
	"context"
	"net/http"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// doctorSlots makes the doctor's calls to C4C count like a worker's, as soon as there is a connection to Temporal.
// Checks run one after the other.
type doctorSlots struct {
	cfg      config.Config
	identity string
	next     http.RoundTripper
	temporal client.Client // nil: not connected
	borrowed *worker.Borrowed
}

// Acquire implements c4c.Slots.
func (d *doctorSlots) Acquire(ctx context.Context) (context.Context, func(), error) {
	if d.temporal == nil {
		return ctx, func() {}, nil
	}
	if d.borrowed == nil {
		d.borrowed = worker.Borrow(context.WithoutCancel(ctx), d.cfg, d.temporal, d.identity)
	}
	return d.borrowed.Acquire(ctx)
}

// RoundTrip makes a call outside the client.
func (d *doctorSlots) RoundTrip(req *http.Request) (*http.Response, error) {
	_, done, err := d.Acquire(req.Context())
	if err != nil {
		return nil, err
	}
	defer done()
	return d.next.RoundTrip(req)
}

func (d *doctorSlots) close() {
	if d.borrowed != nil {
		d.borrowed.Return()
	}
	if d.temporal != nil {
		d.temporal.Close()
	}
}
