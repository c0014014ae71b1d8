package main

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// coreAim is how many steps a second the pure core should take on one CPU core.
const coreAim = 100_000

// measureCore runs Go benchmarks of what a conversation decides, without Temporal: of messages and of replies, one
// after the other, each from its arrival to the end of its sync.
func (b *bench) measureCore(context.Context) ([]row, error) {
	b.say("steps of the pure core")
	var rows []row
	for _, path := range []struct {
		what string
		play func(*core, int) error
	}{
		{"steps of the pure core, messages", (*core).message},
		{"steps of the pure core, replies", (*core).reply},
	} {
		c := newCore()
		var failure error
		result := testing.Benchmark(func(b *testing.B) {
			*c = *newCore()
			for i := 0; b.Loop(); i++ {
				if err := path.play(c, i); err != nil && failure == nil {
					failure = err
				}
			}
		})
		if failure != nil {
			return nil, fmt.Errorf("bench: %s: %w", path.what, failure)
		}
		rows = append(rows, reached(path.what, float64(c.steps)/result.T.Seconds(), coreAim))
	}
	return rows, nil
}

// core is a conversation without Temporal, on a clock of its own.
type core struct {
	state  conversation.State
	policy conversation.Policy
	now    time.Time
	steps  int
	ticket conversation.TicketState
}

// newCore is the conversation of a known follower whose ticket is open.
func newCore() *core {
	c := &core{
		now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		policy: conversation.Policy{
			Settle: 250 * time.Millisecond, TellNumber: true, StuckAfter: 5 * time.Minute,
			Window: conversation.WindowPolicy{Rules: window.Published, ExpireAfter: 72 * time.Hour, RemindBefore: 2 * time.Hour},
		},
		ticket: conversation.TicketState{Ticket: activities.Ticket{
			ID: "4711", ObjectID: "00163E0A7C1F1EEF9F8B000000000003", Open: true, UserStatus: "1", Status: "1",
		}},
	}
	c.state.Who = conversation.Identity{Account: "default", OpenID: "oBenchCore", FollowerKey: "3f2a9c1b7d5e4f60"}
	c.state.Presence = conversation.Presence{Onboarded: true, At: c.now.Unix()}
	c.state.Known = conversation.Known{
		Profile:  activities.Profile{ID: "P1000001", UUID: "00163e0a-7c1f-1eef-9f8b-000000000001", CustomerID: "1000001"},
		Customer: activities.Customer{ID: "1000001", ObjectID: "00163E0A7C1F1EEF9F8B000000000002"},
		Thread: conversation.Thread{
			RootMessageID: "wx:default:oBenchCore:1", RootUUID: "00163e0a-7c1f-1eef-9f8b-000000000004",
			TicketID: c.ticket.ID, TicketObjectID: c.ticket.ObjectID,
		},
	}
	return c
}

// step feeds one event after a while, and expects the given number of commands.
func (c *core) step(after time.Duration, event conversation.Event, commands int) (conversation.Command, error) {
	c.steps++
	c.now = c.now.Add(after)
	got := c.state.Step(c.now, c.policy, event)
	if len(got) < commands {
		return nil, fmt.Errorf("after %T the conversation wants %v done", event, got)
	}
	if commands == 0 {
		return nil, nil
	}
	return got[0], nil
}

// message arrives, has its sync started after the pause for others, and is synced.
func (c *core) message(i int) error {
	msgID := strconv.Itoa(25_000_000_000_000_000 + i)
	if _, err := c.step(time.Second, conversation.Inbound{
		Key: "msg/" + msgID, Kind: conversation.KindMessage, OpenID: c.state.Who.OpenID, CreateTime: c.now.Unix(),
		MsgID: msgID, MsgType: "text", Text: "my brakes squeal, and this is a message about it",
	}, 0); err != nil {
		return err
	}
	command, err := c.step(c.policy.Settle, conversation.Tick{}, 1)
	if err != nil {
		return err
	}
	start, ok := command.(conversation.StartTicket)
	if !ok {
		return fmt.Errorf("the conversation wants %T done", command)
	}
	c.ticket.At = c.now.Unix()
	known := start.Ask.Known
	found := conversation.Found{
		Profile: known.Profile, Customer: known.Customer, Thread: start.Ask.Thread, Ticket: &c.ticket,
	}
	outcome := conversation.Outcome{Arrived: true, Found: found}
	_, err = c.step(time.Second, conversation.Closed{WorkflowID: start.ID, Outcome: outcome}, 0)
	return err
}

// reply comes from C4C, has its sync started, and arrives.
func (c *core) reply(i int) error {
	command, err := c.step(time.Second, conversation.Reply{
		SmaID: strconv.Itoa(7_000_000 + i), OriginalID: c.state.Known.Thread.RootMessageID, TicketID: c.ticket.ID,
		Author: "Ada Agent", CreatedAt: c.now.Format(time.RFC3339), Text: "please come by, and bring the car",
		OpenID: c.state.Who.OpenID,
	}, 1)
	if err != nil {
		return err
	}
	start, ok := command.(conversation.StartReply)
	if !ok {
		return fmt.Errorf("the conversation wants %T done", command)
	}
	outcome := conversation.Outcome{Arrived: true, Spent: 1}
	_, err = c.step(time.Second, conversation.Closed{WorkflowID: start.ID, Outcome: outcome}, 0)
	return err
}
