package holder_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
)

// once answers only the first ask.
type once struct {
	answer slots.Answer
	lease  time.Duration // that was asked for
	asks   int
}

func (o *once) Ask(_ context.Context, ask slots.Ask) (slots.Answer, error) {
	if o.asks++; o.asks > 1 {
		return slots.Answer{}, errAway
	}
	o.lease = ask.Lease
	return o.answer, nil
}

// A running call is cancelled once its lease and the lease's room have ended: from then on its slot belongs to
// others. No other call begins.
func TestCallsEndWithTheirLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const room = 7 * time.Second
		asker := &once{answer: slots.Answer{Slots: 1, Room: room}}
		h := holder.New(holder.Options{Process: "one", Cap: 8, CallTime: time.Minute, Asker: asker})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go h.Run(ctx)
		calling, done, err := h.Acquire(ctx)
		require.NoError(t, err)
		require.True(t, h.Alive())
		time.Sleep(asker.lease + time.Millisecond)
		require.False(t, h.Alive(), "nothing more may leave")
		require.NoError(t, calling.Err(), "what has left may be answered")
		time.Sleep(room)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(calling), holder.ErrLeaseLost)
		done()
		within, end := context.WithTimeout(ctx, time.Hour)
		defer end()
		_, _, err = h.Acquire(within)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Greater(t, asker.asks, 2, "it goes on asking")
		cancel()
		synctest.Wait()
	})
}
