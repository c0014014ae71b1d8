package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Priorities of activities that wait for C4C. Temporal hands out the lowest number first. Those with the same number
// go in the order in which they were scheduled.
const (
	priorityNew     = 1 // recent messages, and what others wait for, such as a note or a probe
	priorityOldest  = 2 // waits longer than oldFrom
	priorityOld     = 3 // waits longer than lateFrom
	priorityLate    = 4 // waits longer than newFor; files
	priorityPatient = 5 // follows and the backfill, for which nobody waits in the chat
)

// The age at which a message or reply is no longer new, and the ages from which older ones come first.
const (
	newFor   = 10 * time.Minute
	lateFrom = time.Hour
	oldFrom  = 6 * time.Hour
)

// priorityKey is the context key of what determines the priority of activities.
type priorityKey struct{}

// urgency is how soon a sync should be carried out.
type urgency struct {
	fixed   int   // one of the priorities; 0: by age
	written int64 // when it was written, seconds since 1970; 0: it counts as new
}

// priority is the priority of an activity that is scheduled now.
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
