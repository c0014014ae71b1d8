package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// before and after are how long followers write before and after a fault.
	before = 2 * time.Second
	after  = 4 * time.Second
	// startPatience and settlePatience are how long a landscape may take to start, and everything to arrive.
	startPatience  = 3 * time.Minute
	settlePatience = 5 * time.Minute
	// restless is how long something may be missing while no sync is running: the comparison of replies begins every 15
	// seconds.
	restless = 60 * time.Second
	// nudgeEvery is how often followers with held replies write once more.
	nudgeEvery = 5 * time.Second
)

// result is a row of the table.
type result struct {
	cell     cell
	skipped  string // why the cell did not run
	ledger   ledger
	verdict  verdict
	injected time.Time     // when the fault began
	firstNew time.Duration // from the end of the fault to the first line in C4C that was written after it
	settled  time.Duration // from the end of the fault until everything was there
	err      error         // the cell could not be completed
	kept     string        // folder with logs, state and all faults of a cell that failed
}

// failed reports whether the cell broke a promise.
func (r result) failed() bool {
	return r.err != nil || !r.verdict.sound()
}

// play runs a cell in a landscape of its own. The folder of a failed cell is kept.
func play(ctx context.Context, c cell, p programs, o options) result {
	r := result{cell: c}
	dir, err := os.MkdirTemp("", "chaos-"+strings.ReplaceAll(c.name(), "/", "-")+"-")
	if err != nil {
		r.err = err
		return r
	}
	small, unmount := "", func() {}
	if len(p.server) > 0 && c.fault.kind == fills && c.target == targetTemporal {
		r.skipped = "the disk is the database's"
		_ = os.RemoveAll(dir)
		return r
	}
	if c.fault.kind == fills {
		small = c.target
		if unmount, err = mountDisk(dir); err != nil {
			r.skipped = err.Error()
			_ = os.RemoveAll(dir)
			return r
		}
	}
	r.playIn(ctx, dir, small, p, o)
	if small != "" && r.failed() {
		// The small disk is unmounted with the cell.
		r.err = errors.Join(r.err, os.CopyFS(filepath.Join(dir, "kept"), os.DirFS(filepath.Join(dir, smallDisk))))
	}
	unmount()
	if !r.failed() {
		_ = os.RemoveAll(dir)
		return r
	}
	all := strings.Join(r.wrong(), "\n") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "faults.txt"), []byte(all), 0o600); err != nil {
		r.err = errors.Join(r.err, err)
	}
	r.kept = dir
	return r
}

func (r *result) playIn(ctx context.Context, dir, small string, p programs, o options) {
	starting, cancel := context.WithTimeoutCause(ctx, startPatience, errors.New("not started in time"))
	defer cancel()
	l, err := newLandscape(starting, dir, p, small, o.seed)
	if err != nil {
		r.err = err
		return
	}
	defer func() { _ = l.close() }()
	if r.err = l.misbehave(starting, []rule{slowWeChat}, []rule{slowC4C}); r.err != nil {
		return
	}
	t, err := begin(starting, l, o)
	if err != nil {
		r.err = err
		return
	}
	t.run(ctx)
	pause(ctx, before)
	r.injected = time.Now()
	healed := r.injected
	injecting, cancel := context.WithTimeoutCause(ctx, r.cell.fault.lasts+startPatience, errors.New("not back in time"))
	defer cancel()
	err = l.inject(injecting, r.cell, func() {
		healed = time.Now()
		t.working.Go(func() { r.awaitFirst(ctx, t, healed) })
	})
	if err == nil {
		pause(ctx, after)
	}
	t.stop()
	if r.err = err; err == nil {
		r.settle(ctx, t)
		r.settled = time.Since(healed)
	}
	r.ledger = t.ledger()
	r.complain()
}

// awaitFirst waits until C4C has a line that was written after a time.
func (r *result) awaitFirst(ctx context.Context, t *traffic, healed time.Time) {
	within, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	err := untilEvery(within, 200*time.Millisecond, func() bool {
		all, err := t.landscape.tickets(within)
		return err == nil && t.writtenAfter(healed, all)
	})
	if err == nil {
		r.firstNew = time.Since(healed)
	}
}

// settle waits until no sync is running and everything has arrived. It ends early if something is missing for good.
// WeChat allows five answers to a message: followers with more waiting answers write once more.
func (r *result) settle(ctx context.Context, t *traffic) {
	within, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	var nudged, unsoundSince time.Time
	err := untilEvery(within, time.Second, func() bool {
		rests, held := t.landscape.atRest(within)
		if held > 0 && time.Since(nudged) > nudgeEvery {
			nudged = time.Now()
			t.sayAll(within)
			return false
		}
		if !rests || held > 0 {
			return false
		}
		s, err := t.landscape.observe(within, t.openids())
		if err != nil {
			return false
		}
		r.verdict = check(t.ledger(), s)
		if unsoundSince.IsZero() {
			unsoundSince = time.Now()
		}
		return r.verdict.sound() || time.Since(unsoundSince) > restless
	})
	if err == nil {
		return
	}
	// Look once more, however late it is: earlier looks may have failed.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	s, err := t.landscape.observe(last, t.openids())
	if err != nil {
		r.err = fmt.Errorf("not settled: %w", err)
		return
	}
	r.verdict = check(t.ledger(), s)
	r.verdict.fault("not settled within %s", settlePatience)
}

// complain adds what is missing in the end.
func (r *result) complain() {
	if r.err != nil {
		return
	}
	if r.firstNew == 0 {
		r.verdict.fault("no message that was written after the fault reached C4C")
	}
	if r.cell.mayGiveUp != "" {
		return
	}
	answered := map[string]int{}
	for _, m := range r.ledger.givenUp() {
		answered[fmt.Sprint(m.Refusals)]++
	}
	for _, refusals := range slices.Sorted(maps.Keys(answered)) {
		r.verdict.fault("WeChat gave up %d pushes that were answered with %s; 0 is no answer", answered[refusals], refusals)
	}
}

// wrong lists the broken promises.
func (r *result) wrong() []string {
	if r.err != nil {
		return append([]string{r.err.Error()}, r.verdict.faults...)
	}
	return r.verdict.faults
}
