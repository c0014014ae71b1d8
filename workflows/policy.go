package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Policy is everything that an account has configured, including its texts.
type Policy struct {
	conversation.Policy
	// MediaMax is the largest file of a follower that is attached, in bytes; 0: 25 MB.
	MediaMax int64
	// Voice is how the account writes to its followers.
	Voice Voice
	// Reconcile is how to find replies that C4C's push did not deliver.
	Reconcile ReconcilePolicy
	// Page reports that the account has an H5 page, where followers read what has not reached them in WeChat.
	Page bool
	// TicketLink is the address of a ticket on that page, with {ticket} for its number. It is empty if a plain link
	// cannot open a page.
	TicketLink string
	// Texts do not influence decisions and may change at any time.
	Texts *catalogue.Texts
}

// Workflows are the workflow functions with the policies they follow.
type Workflows struct {
	// Policies by account name. A workflow of an account without a policy waits for a worker that has it: its task
	// fails until then, and nothing is done for the account meanwhile.
	Policies map[string]Policy
	// StuckAfter is how long a sync may retry by itself before it is shown to operators as stuck; 0: DefaultStuckAfter.
	StuckAfter time.Duration
	// IdleAfter is how long a conversation is idle before it drops its history; 0: 10 minutes.
	IdleAfter time.Duration

	// Counts counts events.
	Counts Counts

	// suggested reports whether a conversation's history is long enough; nil: follow Temporal's suggestion.
	suggested func(*workflow.Info) bool
	// limits for a conversation; zero: defaultLimits.
	limits limits
}

// policyOf returns an account's policy. If this worker does not know the account, the workflow task fails and is
// retried.
func (w *Workflows) policyOf(account string) Policy {
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

// recordedPolicy returns the account's policy for conversations. It is recorded, so that a changed setting never
// breaks a replay. It is only recorded again when it has changed.
func (w *Workflows) recordedPolicy(ctx workflow.Context, account string) conversation.Policy {
	var recorded conversation.Policy
	value := workflow.MutableSideEffect(ctx, "policy",
		func(workflow.Context) any { return w.policyOf(account).Policy },
		func(a, b any) bool { return a.(conversation.Policy) == b.(conversation.Policy) })
	if err := value.Get(&recorded); err != nil {
		panic(fmt.Sprintf("the recorded policy cannot be read: %v", err))
	}
	return recorded
}
