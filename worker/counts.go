package worker

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// usual are label values that start at zero for each account, so that the first event of a kind shows as an increase.
var (
	usualTriggers = [][]string{
		{string(window.Message)}, {string(window.Click)}, {string(window.Follow)},
		{string(window.Scan)}, {string(window.Unknown)},
	}
	usualReplies = [][]string{
		{workflows.StateSynced, ""}, {workflows.StateReleased, ""}, {workflows.StateSkipped, ""},
		{workflows.StateHeld, activities.ErrorWeChatWindowClosed}, {workflows.StateHeld, activities.ErrorWeChatWindowUsedUp},
		{workflows.StateHeld, workflows.ReasonBehind},
		{workflows.StateSkipped, activities.ErrorReplyExpired}, {workflows.StateSkipped, activities.ErrorWeChatFollowerGone},
		{workflows.StateNeedsAttention, activities.ErrorWeChatFollowerUnreachable},
		{workflows.StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown},
		{workflows.StateNeedsAttention, activities.ErrorWeChatRejected},
		{workflows.StateNeedsAttention, activities.ErrorWeChatRefused},
	}
	usualNotices = [][]string{
		{workflows.NoticeDelivered}, {workflows.NoticeTaken}, {activities.ErrorWeChatFollowerUnreachable},
		{activities.ErrorWeChatNotDelivered},
		{activities.ErrorWeChatTemplateRefused},
	}
)

// counts returns the counters of what happens to replies. Without a meter they count nothing.
func counts(meter metric.Meter, accounts []string) (workflows.Counts, error) {
	if meter == nil {
		return workflows.Counts{}, nil
	}
	c := &counters{meter: meter, accounts: accounts}
	missed := c.counter("wechat_c4c.replies.missed",
		"Agents' replies that C4C's push did not bring and that were read from C4C.", nil, [][]string{{}})
	unfetched := c.counter("wechat_c4c.files.unfetched",
		"Files of followers that were not fetched from WeChat, because they had sent too many that day.", nil, [][]string{{}})
	spent := c.counter("wechat_c4c.window.spent", "Customer-service messages sent, by what allowed them.",
		[]string{"trigger"}, usualTriggers)
	reply := c.counter("wechat_c4c.replies", "Agents' replies that arrived, waited, parked or were given up, and why.",
		[]string{"state", "cause"}, usualReplies)
	notice := c.counter("wechat_c4c.notices", "Notices that an answer waits, by what became of them.", []string{"result"},
		usualNotices)
	return workflows.Counts{
		Missed:    func(account string) { missed(account) },
		Unfetched: func(account string) { unfetched(account) },
		Spent:     func(account string, trigger window.Trigger) { spent(account, string(trigger)) },
		Reply:     func(account, state, cause string) { reply(account, state, cause) },
		Notice:    func(account, result string) { notice(account, result) },
	}, c.err
}

// counters makes counters labelled with the account and other labels. err is the first failure.
type counters struct {
	meter    metric.Meter
	accounts []string
	err      error
}

// counter makes a counter and returns the function that adds one for the given label values.
func (c *counters) counter(name, about string, labels []string, usual [][]string) func(account string,
	values ...string) {
	counter, err := c.meter.Int64Counter(name, metric.WithDescription(about))
	if err != nil {
		if c.err == nil {
			c.err = fmt.Errorf("worker: metrics: %w", err)
		}
		return nil
	}
	add := func(n int64, account string, values []string) {
		set := []attribute.KeyValue{attribute.String("account", account)}
		for i, label := range labels {
			set = append(set, attribute.String(label, values[i]))
		}
		counter.Add(context.Background(), n, metric.WithAttributes(set...))
	}
	for _, account := range c.accounts {
		for _, values := range usual {
			add(0, account, values)
		}
	}
	return func(account string, values ...string) { add(1, account, values) }
}
