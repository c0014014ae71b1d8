package conversation_test

import (
	"flag"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	modelTime = flag.Duration("model", 20*time.Second, "how long the model plays")
	modelSeed = flag.Uint64("model.seed", 0, "the model plays this seed alone")
	modelFrom = flag.Uint64("model.from", 1, "the first seed of the model")
)

// TestModel plays random worlds around a conversation: see model_world_test.go. A failing run prints its seed and the
// shortest script that fails in the same way.
func TestModel(t *testing.T) {
	if *modelSeed != 0 {
		check(t, *modelSeed)
		return
	}
	limit := *modelTime
	if testing.Short() {
		limit = min(limit, 2*time.Second)
	}
	began, steps, runs := time.Now(), 0, uint64(0)
	used := processorTime()
	for ; time.Since(began) < limit; runs++ {
		n := check(t, *modelFrom+runs)
		if t.Failed() {
			return
		}
		steps += n
	}
	t.Logf("%d runs, %d steps, %.0f steps a second of one core", runs, steps,
		float64(steps)/(processorTime()-used).Seconds())
}

// processorTime is the CPU time that the process has used.
func processorTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// ends keeps the beginning and the end of a long log.
func ends(log string) string {
	lines := strings.Split(log, "\n")
	if n := len(lines); n > 220 {
		lines = slices.Concat(lines[:120], []string{fmt.Sprintf("  … %d lines …", n-220)}, lines[n-100:])
	}
	return strings.Join(lines, "\n")
}

// check plays one seed and reports how many steps that took.
func check(t *testing.T, seed uint64) int {
	s := newScript(seed)
	failure, steps := play(s, nil)
	if failure == "" {
		return steps
	}
	short := shrink(s, failure, 20*time.Second)
	var log strings.Builder
	shortest, _ := play(short, &log)
	t.Errorf("seed %d: %s\n%d choices, of which %d suffice: %s\n%s\n%s",
		seed, failure, len(s.Choices), len(short.Choices), shortest, listing(short), ends(log.String()))
	return steps
}

// maxSteps limits one run before it is brought to its end.
const maxSteps = 8_000

// play plays a script and returns what went wrong; empty: nothing.
func play(s script, log *strings.Builder) (failure string, steps int) {
	w := newWorld(s.Seed)
	w.log = log
	defer func() {
		if r := recover(); r != nil {
			failure, steps = fmt.Sprintf("panic: %v\n%s", r, debug.Stack()), w.steps
		}
	}()
	for _, c := range s.Choices {
		if w.failure != "" || w.steps > maxSteps {
			break
		}
		w.act(c)
	}
	if w.failure == "" {
		w.drain()
	}
	return w.failure, w.steps
}

// listing is a readable form of a script.
func listing(s script) string {
	var b strings.Builder
	for _, c := range s.Choices {
		fmt.Fprintf(&b, "{%s %#x} ", actNames[c.Act], c.N)
	}
	return b.String()
}
