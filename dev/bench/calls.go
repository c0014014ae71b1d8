package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// measureCalls counts the calls to C4C for each act of a follower or an agent. A first follower triggers what a process
// does only once, such as fetching a CSRF token.
func (b *bench) measureCalls(ctx context.Context) ([]row, error) {
	b.say("calls to C4C")
	s, temporal, done, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	story := &story{stack: s, temporal: temporal}
	if _, err := story.play(ctx, "oBenchWarm"); err != nil {
		return nil, err
	}
	calls, err := story.play(ctx, "oBenchCounted")
	if err != nil {
		return nil, err
	}
	return []row{
		bounded("calls to C4C for a follow", calls.follow, 3, ""),
		bounded("calls to C4C for the first message", calls.first, 4, ""),
		bounded("calls to C4C for each following message", calls.following, 2, ""),
		bounded("calls to C4C for each following message, C4C tells of its tickets", calls.told, 1, ""),
		bounded("calls to C4C for a reply", calls.reply, 1, ""), // looks for attachments after sending the text
		{what: "calls to C4C for a reply without original_id", connector: number(calls.routed)},
	}, nil
}

// calls are the requests that C4C saw for each act of the story.
type calls struct{ follow, first, following, told, reply, routed float64 }

// story has followers act, and waits after each act until it is synced.
type story struct {
	stack    *stack.Stack
	temporal client.Client
	syncs    map[string]int // of each workflow type, so far
}

func (p *story) play(ctx context.Context, openid string) (calls, error) {
	var c calls
	messages := "/followers/" + openid + "/messages"
	var event float64
	say := func() error {
		return p.stack.WeChat().Call(ctx, http.MethodPost, messages, map[string]any{"content": "my brakes squeal"}, nil)
	}
	const more = 3
	for _, act := range []struct {
		into     *float64
		workflow string
		do       func() error
		times    int
	}{
		{&c.follow, workflows.TypeOnboardFollower, func() error {
			return p.stack.WeChat().Call(ctx, http.MethodPost, "/followers/"+openid+"/subscribe", nil, nil)
		}, 1},
		{&c.first, workflows.TypeCreateTicket, say, 1},
		{&c.following, workflows.TypeCreateTicket, say, more},
		{&event, workflows.TypeTicketChanged, func() error { return p.change(ctx) }, 1},
		{&c.told, workflows.TypeCreateTicket, say, more},
		{&c.reply, workflows.TypeDeliverReply, func() error { return p.reply(ctx, false) }, 1},
		{&c.routed, workflows.TypeDeliverReply, func() error { return p.reply(ctx, true) }, 1},
	} {
		n, err := p.count(ctx, act.workflow, act.do, act.times)
		if err != nil {
			return c, err
		}
		*act.into = n
	}
	return c, nil
}

// count does something several times, waits until each has been synced, and returns the calls to C4C for one.
func (p *story) count(ctx context.Context, workflowType string, do func() error, times int) (float64, error) {
	before, _, err := c4cRequests(ctx, p.stack)
	if err != nil {
		return 0, err
	}
	if p.syncs == nil {
		p.syncs = map[string]int{}
	}
	for range times {
		if err := do(); err != nil {
			return 0, err
		}
		p.syncs[workflowType]++
		if err := waitClosed(ctx, p.temporal, workflowType, p.syncs[workflowType]); err != nil {
			return 0, err
		}
	}
	after, _, err := c4cRequests(ctx, p.stack)
	return float64(after-before) / float64(times), err
}

// change has the agent start on the newest ticket, and C4C sends the event.
func (p *story) change(ctx context.Context) error {
	newest, err := p.newest(ctx)
	if err != nil {
		return err
	}
	return p.stack.C4C().Call(ctx, http.MethodPost, "/tickets/"+newest+"/status", map[string]any{"status": "4"}, nil)
}

// newest returns the number of the newest ticket.
func (p *story) newest(ctx context.Context) (string, error) {
	var tickets []struct {
		ID string `json:"id"`
	}
	err := p.stack.C4C().Call(ctx, http.MethodGet, "/tickets", nil, &tickets)
	newest := ""
	for _, t := range tickets {
		newest = max(newest, t.ID)
	}
	return newest, err
}

// reply has the agent answer the newest ticket.
func (p *story) reply(ctx context.Context, emptyOriginalID bool) error {
	newest, err := p.newest(ctx)
	if err != nil {
		return err
	}
	body := map[string]any{"text": "please come by", "empty_original_id": emptyOriginalID}
	return p.stack.C4C().Call(ctx, http.MethodPost, "/tickets/"+newest+"/replies", body, nil)
}

// c4cRequests returns how many requests C4C has seen, and the most at once.
func c4cRequests(ctx context.Context, s *stack.Stack) (n, highest int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.C4C().URL+"/_sim/requests", nil)
	if err != nil {
		return 0, 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var all []json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		return 0, 0, fmt.Errorf("bench: requests: %w", err)
	}
	highest, err = strconv.Atoi(res.Header.Get("X-Sim-Max-Parallel"))
	return len(all), highest, err
}
