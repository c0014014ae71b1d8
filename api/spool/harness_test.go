package spool_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/codec"
)

const testOwner = "owner of these tests"

var errAway = errors.New("temporal is away")

// temporal accepts events, or does not.
type temporal struct {
	mu    sync.Mutex
	err   error                     // its answer
	each  func(e spool.Event) error // its answer to one event; nil: err
	taken []spool.Event
	tries int
}

func (f *temporal) take(e spool.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	err := f.err
	if f.each != nil {
		err = f.each(e)
	}
	if err == nil {
		f.taken = append(f.taken, e)
	}
	return err
}

// answer changes the answer.
func (f *temporal) answer(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *temporal) deliver(_ context.Context, e spool.Event) error { return f.take(e) }

// texts are those it accepted of a lane, in order; with an empty lane, of all lanes.
func (f *temporal) texts(t *testing.T, lane string) []string {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	texts := []string{}
	for _, e := range f.taken {
		if lane == "" || e.Lane == lane {
			var text string
			require.NoError(t, json.Unmarshal(e.Data, &text))
			texts = append(texts, text)
		}
	}
	return texts
}

// fixture is an open spool in front of a Temporal.
type fixture struct {
	*spool.Spool
	temporal *temporal
	folder   string
	log      *bytes.Buffer
	stop     func() // ends Run
}

func ring(t testing.TB, id string, fill byte) *codec.KeyRing {
	t.Helper()
	r, err := codec.NewKeyRing([]codec.Key{{ID: id, Secret: bytes.Repeat([]byte{fill}, codec.KeySize)}})
	require.NoError(t, err)
	return r
}

func options(t testing.TB, folder string, f *temporal, changes ...func(*spool.Options)) spool.Options {
	t.Helper()
	o := spool.Options{Folder: folder, Owner: testOwner, Keys: ring(t, "k1", 1), Deliver: f.deliver}
	for _, change := range changes {
		change(&o)
	}
	return o
}

// setup opens a spool in a new folder; it does not run.
func setup(t testing.TB, changes ...func(*spool.Options)) *fixture {
	t.Helper()
	return open(t, t.TempDir(), &temporal{}, changes...)
}

func open(t testing.TB, folder string, temporal *temporal, changes ...func(*spool.Options)) *fixture {
	t.Helper()
	f := &fixture{temporal: temporal, folder: folder, log: &bytes.Buffer{}, stop: func() {}}
	log := slog.New(slog.NewTextHandler(f.log, nil))
	o := options(t, folder, temporal, append([]func(*spool.Options){func(o *spool.Options) { o.Logger = log }},
		changes...)...)
	var err error
	f.Spool, err = spool.Open(o)
	require.NoError(t, err)
	var once sync.Once
	f.stop = func() { once.Do(func() { require.NoError(t, f.Close()) }) }
	t.Cleanup(func() { f.stop() })
	return f
}

// run hands over the kept events until the test ends or stop is called.
func (f *fixture) run(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	closes := f.stop
	f.stop = func() {
		cancel()
		running.Wait()
		closes()
	}
}

func event(lane, text string) spool.Event {
	data, _ := json.Marshal(text)
	return spool.Event{Lane: lane, Account: "shop", Kind: "inbound", Data: data}
}

// hand hands an event over within a time limit.
func (f *fixture) hand(e spool.Event, d time.Duration) (kept bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return f.Hand(ctx, e, func(context.Context) error { return f.temporal.take(e) })
}

// keep hands n events to each of the lanes while Temporal is unavailable.
func (f *fixture) keep(t testing.TB, n int, lanes ...string) {
	t.Helper()
	f.temporal.answer(errAway)
	for i := range n {
		for _, lane := range lanes {
			kept, err := f.hand(event(lane, fmt.Sprint(i)), time.Minute)
			require.NoError(t, err)
			require.True(t, kept)
		}
	}
}

func (f *fixture) drained(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, f.Drain(ctx))
}

func numbers(n int) []string {
	all := []string{}
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return all
}
