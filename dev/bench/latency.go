package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// measureLatency times single messages with and without the wait for messages posted at the same time. Temporal fires
// timers of less than a second up to a second late (history.timerProcessorMaxTimeShift).
func (b *bench) measureLatency(ctx context.Context) ([]row, error) {
	settle := config.Development().Fixed.Settle
	var rows []row
	for _, wait := range []time.Duration{settle, 0} {
		connector, bare, err := b.measureLone(ctx, wait)
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("webhook to message in C4C, one at a time, SETTLE=%v, p50", wait)
		rows = append(rows, durations(what, connector.percentile(50), bare.percentile(50)))
	}
	return rows, nil
}

// measureLone times messages of a known follower from the webhook to C4C, each when the one before is done, and
// workflows that only wait as long, start a child and run its activity.
func (b *bench) measureLone(ctx context.Context, settle time.Duration) (connector, bare *sample, err error) {
	b.say("from the webhook to C4C, %d messages, SETTLE=%v", b.lone, settle)
	s, temporal, done, err := b.open(ctx, func(c *config.Config) { c.Fixed.Settle = settle })
	if err != nil {
		return nil, nil, err
	}
	defer done()
	if connector, err = b.loneMessages(ctx, s, temporal); err != nil {
		return nil, nil, err
	}
	stop, err := startNoop(temporal)
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	bare = &sample{}
	err = bare.hammer(ctx, 1, b.lone, func(ctx context.Context, _ int) error {
		run, err := temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: noopQueue}, noopLone, settle)
		if err != nil {
			return err
		}
		return run.Get(ctx, nil)
	})
	return connector, bare, err
}

func (b *bench) loneMessages(ctx context.Context, s *stack.Stack, temporal client.Client) (*sample, error) {
	followers, err := follow(ctx, s, "Lone", 1)
	if err != nil {
		return nil, err
	}
	if err := waitClosed(ctx, temporal, workflows.TypeOnboardFollower, 1); err != nil {
		return nil, err
	}
	const first = 1 // it opens the ticket
	pushes, err := record(ctx, s, followers, first+b.lone)
	if err != nil {
		return nil, err
	}
	api := newWebhooks(s, 1)
	defer api.close()
	var arrived sample
	for i, push := range pushes {
		if _, err := quiet(ctx, s, temporal); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := api.post(ctx, push); err != nil {
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
	return &arrived, nil
}

// lastWrite returns when C4C last confirmed a message.
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
		return last, errors.New("bench: C4C took no message")
	}
	return last, nil
}
