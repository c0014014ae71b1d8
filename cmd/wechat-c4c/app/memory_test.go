package app

import (
	"errors"
	"log/slog"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/stretchr/testify/require"
)

// The limit applies to the process, so these tests do not run in parallel.
func TestMemoryIsLimitedByTheContainer(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	log := slog.New(slog.DiscardHandler)
	limitMemory(log, memlimit.Limit(1000<<20))
	require.EqualValues(t, 800<<20, debug.SetMemoryLimit(-1))
	limitMemory(log, func() (uint64, error) { return 0, errors.New("no cgroups") })
	require.EqualValues(t, 800<<20, debug.SetMemoryLimit(-1), "stays as it was")
	t.Setenv("GOMEMLIMIT", "300MiB")
	limitMemory(log, memlimit.Limit(100<<20))
	require.EqualValues(t, 800<<20, debug.SetMemoryLimit(-1), "whoever has set one means it")
}
