package app

import (
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the share of a container's memory that Go's heap may fill before it is collected more often; the
// rest is for stacks, connections and other memory that the system counts.
const memoryShare = 0.8

// limitMemory keeps the process below its container's memory limit. GOMEMLIMIT, if set, takes precedence.
func limitMemory(log *slog.Logger, limit memlimit.Provider) {
	set, err := memlimit.Set(memlimit.WithProvider(limit), memlimit.WithRatio(memoryShare))
	if err != nil { // a system without cgroups
		log.Debug("no limit of memory is known", "error", err)
		return
	}
	log.Debug("memory", "limit", set)
}
