package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// sample is the measurement of many equal operations.
type sample struct {
	mu   sync.Mutex
	each []time.Duration
	took time.Duration
}

// hammer runs do(0) … do(n-1) with concurrent senders and adds their durations. The first error ends it.
func (s *sample) hammer(ctx context.Context, senders, n int, do func(ctx context.Context, i int) error) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for range senders {
		group.Go(func() error {
			var mine []time.Duration
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				start := time.Now()
				if err := do(ctx, i); err != nil {
					return fmt.Errorf("bench: operation %d of %d: %w", i+1, n, err)
				}
				mine = append(mine, time.Since(start))
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.each = append(s.each, mine...)
			return nil
		})
	}
	err := group.Wait()
	s.took += time.Since(began)
	return err
}

// both merges two samples.
func both(one, other *sample) *sample {
	return &sample{each: slices.Concat(one.each, other.each), took: one.took + other.took}
}

// inTurn runs one before the other in even rounds and after it in odd ones, so that neither always meets a server that
// the other has warmed up or filled.
func inTurn(round int, one, other func() error) error {
	if round%2 == 1 {
		one, other = other, one
	}
	if err := one(); err != nil {
		return err
	}
	return other()
}

// rate returns operations per second.
func (s *sample) rate() float64 { return float64(len(s.each)) / s.took.Seconds() }

// percentile returns the duration that p percent of the operations did not exceed.
func (s *sample) percentile(p float64) time.Duration {
	if len(s.each) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.each))
	return sorted[min(int(float64(len(sorted))*p/100), len(sorted)-1)]
}
