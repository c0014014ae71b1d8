package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Priorities of what waits for C4C. Temporal hands out the lowest number first, and what has the same in the order in
// which it was asked for.
const (
	priorityNew     = 1 // what was written lately, and what others wait for, such as a note or a probe
	priorityOldest  = 2 // what waits longer than oldFrom
	priorityOld     = 3 // longer than lateFrom
	priorityLate    = 4 // longer than newFor; files
	priorityPatient = 5 // follows and the backfill, which nobody waits for in the chat
)

// How old a message or a reply is that is no longer new, and from when on older ones come first.
const (
	newFor   = 10 * time.Minute
	lateFrom = time.Hour
	oldFrom  = 6 * time.Hour
)

// priorityKey is the key of a context with what its activities' priority depends on.
type priorityKey struct{}

// urgency is how soon a sync is to be carried over.
type urgency struct {
	fixed   int   // one of the priorities; 0: as old as it is
	written int64 // when it was written, seconds since 1970; 0: it counts as new
}

// priority is what an activity has that is scheduled now.
func (u urgency) priority(now time.Time) int {
	if u.fixed > 0 || u.written == 0 {
		return max(u.fixed, priorityNew)
	}
	switch age := now.Sub(time.Unix(u.written, 0)); {
	case age < newFor:
		return priorityNew
	case age < lateFrom:
		return priorityLate
	case age < oldFrom:
		return priorityOld
	}
	return priorityOldest
}

// prioritised gives the activities of a context their priority on C4C's queue.
func prioritised(ctx workflow.Context) workflow.Context {
	of, _ := ctx.Value(priorityKey{}).(urgency)
	return workflow.WithPriority(ctx, temporal.Priority{PriorityKey: of.priority(workflow.Now(ctx))})
}
