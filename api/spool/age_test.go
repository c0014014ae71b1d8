package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

// aged is a spool whose events the test hands over one at a time.
type aged struct {
	*Spool
	t     *testing.T
	now   time.Time
	taken []string
	given []time.Duration // the time that each call had
	err   error
	fails map[string]error
}

func newAged(t *testing.T) *aged {
	t.Helper()
	a := &aged{t: t, now: time.Unix(1_700_000_000, 0), fails: map[string]error{}}
	ring, err := codec.NewKeyRing([]codec.Key{{ID: "k", Secret: bytes.Repeat([]byte{1}, codec.KeySize)}})
	require.NoError(t, err)
	a.Spool, err = Open(Options{
		Folder: t.TempDir(), Owner: "o", Keys: ring, Deliver: a.deliver, Now: func() time.Time { return a.now },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a
}

func (a *aged) deliver(ctx context.Context, e Event) error {
	until, _ := ctx.Deadline()
	a.given = append(a.given, time.Until(until).Round(time.Second))
	if err := errors.Join(a.err, a.fails[e.Lane]); err != nil {
		return err
	}
	a.taken = append(a.taken, string(e.Data))
	return nil
}

func (a *aged) keep(lane, data string) {
	a.t.Helper()
	require.NoError(a.t, a.Keep(Event{Lane: lane, Account: "shop", Kind: "inbound", Data: []byte(data)}))
}

// step hands over the next event, and reports whether there was one.
func (a *aged) step() bool {
	l, _ := a.choose()
	if l == nil {
		return false
	}
	a.turn(a.t.Context(), l)
	return true
}

// Processes that kept events at the same time hand them over at the same time: the oldest of all lanes first.
func TestOldestIsHandedOverFirst(t *testing.T) {
	t.Parallel()
	a := newAged(t)
	var want []string
	for round := range 3 {
		for _, lane := range []string{"ada", "bo", "chen"} {
			data := fmt.Sprintf(`"%s %d"`, lane, round)
			a.keep(lane, data)
			want = append(want, data)
		}
	}
	for a.step() {
	}
	require.Equal(t, want, a.taken)
}

// An event that fails alone is postponed. Its lane waits behind it, the others do not.
func TestWhatFailsAloneIsPutOff(t *testing.T) {
	t.Parallel()
	a := newAged(t)
	a.keep("ada", `1`)
	a.keep("bo", `2`)
	a.keep("ada", `3`)
	a.fails["ada"] = errors.New("not now")
	require.True(t, a.step())
	a.mu.Lock()
	a.away = false // another call was answered
	a.mu.Unlock()
	require.True(t, a.step())
	require.False(t, a.step())
	require.Equal(t, []string{`2`}, a.taken)
	delete(a.fails, "ada")
	a.now = a.now.Add(probePause)
	for a.step() {
	}
	require.Equal(t, []string{`2`, `1`, `3`}, a.taken)
}

// A call that only checks whether Temporal is back is short, because a long one would notice late.
func TestProbeIsShort(t *testing.T) {
	t.Parallel()
	a := newAged(t)
	a.keep("ada", `1`)
	a.keep("ada", `2`)
	a.err = errors.New("away")
	require.True(t, a.step())
	a.now = a.now.Add(probePause)
	require.True(t, a.step())
	a.err = nil
	a.now = a.now.Add(probePause)
	for a.step() {
	}
	require.Equal(t, []time.Duration{handWithin, probeWithin, probeWithin, handWithin}, a.given)
}
