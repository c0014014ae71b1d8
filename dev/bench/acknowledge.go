package main

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// webhooksPerFollower is how many of the acknowledged webhooks come from one follower: one starts a conversation, which
// never ends, the others only signal it. That is the day of docs/deploy/sizing.md: 2,000 follows and 50,000 messages.
// If it divides the number of turns, a turn either only starts conversations or starts none.
const webhooksPerFollower = 25

// measureAcknowledgements alternates between webhooks, from the request to its answer, and bare calls of
// SignalWithStartWorkflow with the same arguments. No worker runs: other measures cover what happens afterwards. So
// nothing could decide whether a message gets an automatic reply, and nothing is asked.
//
// A follower's first webhook needs three calls to Temporal: no conversation, not erased, start. Any other needs one.
func (b *bench) measureAcknowledgements(ctx context.Context) ([]row, error) {
	s, err := b.startStack(ctx, func(c *config.Config) { c.Texts.Received = false })
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Stop() }()
	if err := s.StopWorker(); err != nil {
		return nil, err
	}
	temporal, err := dial(ctx, s)
	if err != nil {
		return nil, err
	}
	defer temporal.Close()

	people := (b.turns*b.webhooks + webhooksPerFollower - 1) / webhooksPerFollower
	pushes, err := b.recordFrom(ctx, s, people)
	if err != nil {
		return nil, err
	}
	api := newWebhooks(s, b.senders)
	defer api.close()

	var starting, signalling struct{ connector, bare sample }
	for turn := range b.turns {
		b.say("acknowledgements, turn %d of %d", turn+1, b.turns)
		first, at := turn*b.webhooks, &signalling
		if first < people {
			at = &starting
		}
		err := inTurn(turn,
			func() error {
				return at.connector.hammer(ctx, b.senders, b.webhooks, func(ctx context.Context, i int) error {
					return api.post(ctx, pushes[first+i])
				})
			},
			func() error {
				return at.bare.hammer(ctx, b.senders, b.webhooks, func(ctx context.Context, i int) error {
					return signalBare(ctx, temporal, (first+i)%people, first+i)
				})
			})
		if err != nil {
			return nil, err
		}
	}
	connector, bare := both(&starting.connector, &signalling.connector), both(&starting.bare, &signalling.bare)
	return []row{
		compared(fmt.Sprintf("webhooks acknowledged, %d at once", b.senders), connector.rate(), bare.rate(), 0.95),
		durations("  p50 of each", connector.percentile(50), bare.percentile(50)),
		durations("  p99 of each", connector.percentile(99), bare.percentile(99)),
		besides("  first ones, which start a conversation", starting.connector.rate(), starting.bare.rate()),
		besides("  to a conversation that is open", signalling.connector.rate(), signalling.bare.rate()),
	}, nil
}

// recordFrom records the webhooks of the given number of long-time followers.
func (b *bench) recordFrom(ctx context.Context, s *stack.Stack, people int) ([]push, error) {
	b.say("recording %d webhooks", people*webhooksPerFollower)
	followers, err := known(ctx, s, "Ack", people)
	if err != nil {
		return nil, err
	}
	return record(ctx, s, followers, webhooksPerFollower)
}

// signalBare signals the conversation of a follower as the api does, without encryption and attributes.
func signalBare(ctx context.Context, temporal client.Client, follower, message int) error {
	openid := fmt.Sprintf("oBenchBare%08d", follower)
	_, err := temporal.SignalWithStartWorkflow(ctx, "bare/"+openid, workflows.SignalInbound,
		conversation.Inbound{
			Key: fmt.Sprint(message), Kind: conversation.KindMessage, OpenID: openid, MsgID: fmt.Sprint(message),
			MsgType: "text",
			Text:    "my brakes squeal, and this is a message about it",
		},
		client.StartWorkflowOptions{TaskQueue: "bare"}, "Bare", workflows.ConversationInput{Account: "default",
			OpenID: openid})
	return err
}

// dial connects to the stack's namespace as any program would, without encryption and metrics.
func dial(ctx context.Context, s *stack.Stack) (client.Client, error) {
	c, err := client.DialContext(ctx, client.Options{
		HostPort: s.Addresses().Temporal, Namespace: s.Namespace(),
		Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return c, nil
}
