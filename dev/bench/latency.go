package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// loneMessages is how many messages are timed that nothing else is under way with.
const loneMessages = 20

// measureLatency times messages of a known follower from the webhook to C4C, each when the one before is done.
func (b *bench) measureLatency(ctx context.Context) ([]row, error) {
	b.say("from the webhook to C4C, %d messages", loneMessages)
	s, err := b.startStack(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Stop() }()
	temporal, err := dial(ctx, s)
	if err != nil {
		return nil, err
	}
	defer temporal.Close()
	followers, err := follow(ctx, s, "Lone", 1)
	if err != nil {
		return nil, err
	}
	if err := waitClosed(ctx, temporal, workflows.TypeOnboardFollower, 1); err != nil {
		return nil, err
	}
	const first = 1 // it opens the ticket
	pushes, err := record(ctx, s, followers, first+loneMessages)
	if err != nil {
		return nil, err
	}
	api := webhooks(1)
	defer api.CloseIdleConnections()
	var arrived sample
	for i, push := range pushes {
		if _, err := quietCensus(ctx, s, temporal); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := push.post(ctx, api, callback(s)); err != nil {
			return nil, err
		}
		if err := waitClosed(ctx, temporal, workflows.TypeCreateTicket, i+1); err != nil {
			return nil, err
		}
		at, err := lastWrite(ctx, s)
		if err != nil {
			return nil, err
		}
		if i >= first {
			arrived.each = append(arrived.each, at.Sub(began))
		}
	}
	return []row{
		durations("webhook to message in C4C, one at a time, p50", arrived.percentile(50), 0),
		durations("  of that, the wait for others posted with it", s.Settings().Settle, 0),
	}, nil
}

// lastWrite is when C4C last answered that it has a message.
func lastWrite(ctx context.Context, s *stack.Stack) (time.Time, error) {
	var requests []c4csim.Request
	if err := s.C4C().Call(ctx, http.MethodGet, "/requests", nil, &requests); err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for _, r := range requests {
		if r.Status == http.StatusOK && strings.HasPrefix(r.Operation, "SocialMediaActivityBundleMaintain") {
			last = r.At
		}
	}
	if last.IsZero() {
		said, _ := json.Marshal(requests)
		return last, fmt.Errorf("bench: %w: %s", errors.New("C4C took no message"), said)
	}
	return last, nil
}
