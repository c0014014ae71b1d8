package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// StateReleased is passed to Counts.Reply, in addition to the states of a sync, for a reply that arrived after the
// agent was told that it had not.
const StateReleased = "released"

// Results of a notice, in addition to error types: WeChat reported delivery, or accepted it and reported nothing
// further.
const (
	NoticeDelivered = "delivered"
	NoticeTaken     = "taken"
)

// Counts are called once for each occurrence, and not again on replay. Each may be nil.
type Counts struct {
	// Missed counts a reply that C4C's push did not deliver.
	Missed func(account string)
	// Unfetched counts a follower's file that was not fetched from WeChat, because they sent too many that day.
	Unfetched func(account string)
	// Spent counts a customer-service message, by the trigger that allowed it.
	Spent func(account string, trigger window.Trigger)
	// Reply counts an agent's reply that arrives, waits, parks or is given up. Cause is an error type of package
	// activities or ReasonBehind; empty: it arrived, or a person gave it up.
	Reply func(account, state, cause string)
	// Notice counts a notice that an answer waits.
	Notice func(account, result string)
}

func (c Counts) missed(ctx workflow.Context, account string) {
	if c.Missed != nil && !workflow.IsReplaying(ctx) {
		c.Missed(account)
	}
}

func (c Counts) unfetched(ctx workflow.Context, account string) {
	if c.Unfetched != nil && !workflow.IsReplaying(ctx) {
		c.Unfetched(account)
	}
}

func (c Counts) spent(ctx workflow.Context, account string, trigger window.Trigger) {
	if c.Spent != nil && !workflow.IsReplaying(ctx) {
		c.Spent(account, trigger)
	}
}

func (c Counts) reply(ctx workflow.Context, account, state, cause string) {
	if c.Reply != nil && !workflow.IsReplaying(ctx) {
		c.Reply(account, state, cause)
	}
}

func (c Counts) notice(ctx workflow.Context, account, result string) {
	if c.Notice != nil && !workflow.IsReplaying(ctx) {
		c.Notice(account, result)
	}
}
