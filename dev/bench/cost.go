package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/dev/census"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// What a following message and a reply may cost, including its share of the conversation.
const (
	eventsAim  = 30
	actionsAim = 6
)

// maxReplies is how many replies the cost is averaged over: with more, the window would be nearly used up and the agent
// would get a note.
const maxReplies = 3

// measureCosts counts the events and bytes of history, and the actions, that a message and a reply cost. Each is sent
// when the one before is done.
func (b *bench) measureCosts(ctx context.Context) ([]row, error) {
	b.say("events and actions")
	s, temporal, done, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	p := &story{stack: s, temporal: temporal}
	phone := func(path string, body any) func() error {
		return func() error { return s.WeChat().Call(ctx, http.MethodPost, "/followers/oBenchCost/"+path, body, nil) }
	}
	follow, say := phone("subscribe", nil), phone("messages", map[string]any{"content": "my brakes squeal"})
	reply := func() error { return p.reply(ctx, false) }
	if _, err := p.cost(ctx, workflows.TypeOnboardFollower, follow, 1); err != nil {
		return nil, err
	}
	if _, err := p.cost(ctx, workflows.TypeCreateTicket, say, 1); err != nil { // the first message opens the ticket
		return nil, err
	}
	message, err := p.cost(ctx, workflows.TypeCreateTicket, say, b.lone)
	if err != nil {
		return nil, err
	}
	answer, err := p.cost(ctx, workflows.TypeDeliverReply, reply, min(b.lone, maxReplies))
	if err != nil {
		return nil, err
	}
	return append(message.rows("following message"), answer.rows("reply")...), nil
}

// quiet takes the census of a stack when nothing is under way.
func quiet(ctx context.Context, s *stack.Stack, temporal client.Client) (census.Census, error) {
	return census.Quiet(ctx, temporal, []string{s.Addresses().Internal, s.WorkerAddr()}, census.Caused)
}

// cost is the average cost of one act.
type cost struct {
	events, bytes map[string]float64 // by workflow type
	actions       map[string]float64 // by kind
	shared        map[string]float64 // what all acts of some seconds cost together
}

// share takes out the cost that does not grow with the number of acts: a process requests slots for C4C once in five
// seconds, regardless of how many calls it makes.
func (c *cost) share(asked float64) {
	const of = workflows.TypeShareC4C
	c.shared = map[string]float64{"events": c.events[of], "actions": asked}
	delete(c.events, of)
	delete(c.bytes, of)
	if c.actions[census.ActionUpdate] -= asked; c.actions[census.ActionUpdate] <= 0 {
		delete(c.actions, census.ActionUpdate)
	}
}

// cost does something several times, waits each time until it is done, and returns the average cost.
func (p *story) cost(ctx context.Context, workflowType string, do func() error, times int) (cost, error) {
	before, err := quiet(ctx, p.stack, p.temporal)
	if err != nil {
		return cost{}, err
	}
	after := before
	for range times {
		if _, err := p.count(ctx, workflowType, do, 1); err != nil {
			return cost{}, err
		}
		if after, err = quiet(ctx, p.stack, p.temporal); err != nil {
			return cost{}, err
		}
	}
	c := cost{
		events: census.Each(before.Events, after.Events, times), bytes: census.Each(before.Bytes, after.Bytes, times),
		actions: census.Each(before.Actions, after.Actions, times),
	}
	c.share(census.Each(before.Updates, after.Updates, times)[workflows.TypeShareC4C])
	return c, nil
}

// listed names the parts of a sum in order.
func listed(values map[string]float64) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, fmt.Sprintf("%s %s", key, number(values[key])))
	}
	return strings.Join(parts, ", ")
}

func (c cost) rows(act string) []row {
	return []row{
		bounded("events of history for each "+act, census.Sum(c.events), eventsAim, ""),
		{what: "  " + listed(c.events)},
		bounded("Temporal actions for each "+act, census.Sum(c.actions), actionsAim, ""),
		{what: "  " + listed(c.actions)},
		{what: "bytes of history for each " + act, connector: fmt.Sprintf("%.0f", census.Sum(c.bytes))},
		{what: "besides, its part of asking for slots of C4C, every 5 s at most"},
		{what: "  " + listed(c.shared)},
	}
}
