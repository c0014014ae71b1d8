package worker

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// borrowWithin is how long a borrower waits for the first answer about slots, from its first call on.
const borrowWithin = 3 * time.Second

var errSilent = errors.New("the workflow that shares slots does not answer")

// Borrowed is one slot for a caller that is not a worker and makes one call at a time. If no workflow that shares
// slots answers, no worker can hold slots for long either, so the call is made without one.
type Borrowed struct {
	holder  *holder.Holder
	heard   atomic.Bool // the sharing workflow has answered
	release func() error

	first    sync.Once       // call
	patience context.Context // ends if the sharing workflow has not answered in time; then no call waits for it
	giveUp   context.CancelFunc
}

// Borrow asks for one slot as soon as a call needs it. Return gives it back.
func Borrow(ctx context.Context, cfg config.Config, temporal client.Client, identity string) *Borrowed {
	b := &Borrowed{}
	b.patience, b.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	o := holderOptions(cfg, identity)
	o.Most, o.Asker = 1, &listener{&asker{temporal, TenantOf(cfg.C4C.URL), wording.Language(cfg.OperatorLocale)}, b}
	b.holder = holder.New(o)
	b.release = keepAlive(ctx, b.holder)
	return b
}

// Return gives the slot back.
func (b *Borrowed) Return() { _ = b.release() } // if this fails, the lease runs out

// Acquire implements c4c.Slots.
func (b *Borrowed) Acquire(ctx context.Context) (context.Context, func(), error) {
	b.first.Do(func() {
		time.AfterFunc(borrowWithin, func() {
			if !b.heard.Load() {
				b.giveUp()
			}
		})
	})
	if b.patience.Err() != nil {
		return ctx, func() {}, nil
	}
	waiting, cancel := context.WithCancel(ctx)
	patient := context.AfterFunc(b.patience, cancel)
	calling, done, err := b.holder.Acquire(waiting)
	if inTime := patient(); inTime && err == nil {
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

// listener notes that the sharing workflow answers. Once its borrower has given up, it asks no more.
type listener struct {
	next     holder.Asker
	borrower *Borrowed
}

func (l *listener) Ask(ctx context.Context, ask slots.Ask) (slots.Answer, error) {
	if l.borrower.patience.Err() != nil {
		return slots.Answer{}, errSilent
	}
	answer, err := l.next.Ask(ctx, ask)
	if err == nil {
		l.borrower.heard.Store(true)
	}
	return answer, err
}
