package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Policy is what an account decides, with its words.
type Policy struct {
	conversation.Policy
	// MediaMax is the largest file of a follower that is attached, in bytes; 0: 25 MB.
	MediaMax int64
	// Voice is how the account speaks to its followers.
	Voice Voice
	// Reconcile is how replies that C4C's push did not bring are found.
	Reconcile ReconcilePolicy
	// Texts are not part of any decision and may change at any time.
	Texts Texts
}

// Workflows are the workflow functions with the policies they follow.
type Workflows struct {
	// Policies by account name. A workflow of an account without one waits for a worker that has it: its task fails
	// until then, and nothing is done in the account's name meanwhile.
	Policies map[string]Policy
	// StuckAfter is how long a sync may retry by itself before operators see it as stuck; 0: DefaultStuckAfter.
	StuckAfter time.Duration
	// IdleAfter is how long a conversation has nothing to do before it lets go of its history; 0: 10 minutes.
	IdleAfter time.Duration

	// Counts are told of what happens.
	Counts Counts

	// suggested reports whether a conversation's history is long enough; nil: as Temporal suggests.
	suggested func(*workflow.Info) bool
	// limits of a conversation; zero: defaultLimits.
	limits limits
}

// of is the policy of an account. Where this worker does not know the account, the workflow task fails and is tried
// again.
func (w *Workflows) of(account string) Policy {
	policy, ok := w.Policies[account]
	if !ok {
		panic(fmt.Sprintf("account %q is not configured on this worker", account))
	}
	policy.StuckAfter = w.stuckAfter()
	return policy
}

func (w *Workflows) stuckAfter() time.Duration { return cmp.Or(w.StuckAfter, DefaultStuckAfter) }

// historyFull reports whether a conversation should continue as new.
func (w *Workflows) historyFull(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	if w.suggested != nil {
		return w.suggested(info)
	}
	return info.GetContinueAsNewSuggested()
}

// policy is what the account decides about its conversations. It is recorded, so that a changed setting never disturbs
// a replay, and recorded anew only when it has changed.
func (w *Workflows) policy(ctx workflow.Context, account string) conversation.Policy {
	var recorded conversation.Policy
	value := workflow.MutableSideEffect(ctx, "policy",
		func(workflow.Context) any { return w.of(account).Policy },
		func(a, b any) bool { return a.(conversation.Policy) == b.(conversation.Policy) })
	if err := value.Get(&recorded); err != nil {
		panic(fmt.Sprintf("the recorded policy cannot be read: %v", err))
	}
	return recorded
}
