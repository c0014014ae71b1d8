package worker

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// borrowWithin is how long a borrower waits for the first answer about slots.
const borrowWithin = 3 * time.Second

// Borrowed is one slot for a caller that is not a worker and makes one call at a time. If no workflow that shares
// slots answers, no worker can hold slots for long either, so the call is made without one.
type Borrowed struct {
	holder  *holder.Holder
	heard   atomic.Bool // the sharing workflow has answered
	release func() error
}

// Borrow asks for one slot as soon as a call needs it. Return gives it back.
func Borrow(ctx context.Context, cfg config.Config, temporal client.Client, identity string) *Borrowed {
	b := &Borrowed{}
	o := holderOptions(cfg, identity)
	o.Most, o.Asker = 1, &listener{&asker{temporal, TenantOf(cfg.C4C.URL), wording.Language(cfg.OperatorLocale)}, &b.heard}
	b.holder = holder.New(o)
	b.release = keep(ctx, b.holder)
	return b
}

// Return gives the slot back.
func (b *Borrowed) Return() { _ = b.release() } // if this fails, the lease runs out

// Acquire implements c4c.Slots.
func (b *Borrowed) Acquire(ctx context.Context) (context.Context, func(), error) {
	waiting, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(borrowWithin, func() {
		if !b.heard.Load() {
			cancel()
		}
	})
	calling, done, err := b.holder.Acquire(waiting)
	late.Stop()
	if err == nil && waiting.Err() == nil {
		return calling, func() { done(); cancel() }, nil
	}
	if err == nil {
		done()
	}
	cancel()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return ctx, func() {}, nil
}

// listener notes that the sharing workflow answers.
type listener struct {
	next  holder.Asker
	heard *atomic.Bool
}

func (l *listener) Ask(ctx context.Context, ask slots.Ask) (slots.Answer, error) {
	answer, err := l.next.Ask(ctx, ask)
	if err == nil {
		l.heard.Store(true)
	}
	return answer, err
}
