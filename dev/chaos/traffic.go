package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// options set how much is written, and how patient WeChat is.
type options struct {
	followers         int
	messages, replies float64 // a second
	timeout           time.Duration
	seed              uint64
}

// How often something other than a plain message happens.
const (
	burstChance   = 0.1 // of a follower writing several messages at once
	burstSize     = 4
	pictureChance = 0.1
	newcomerEvery = 5 * time.Second
	leaverEvery   = 5 * time.Second
	leavesFor     = 2 * time.Second
	lookEvery     = 500 * time.Millisecond

	// simulatorPatience is how long a person waits for a phone, and an agent for the desk.
	simulatorPatience = 2 * time.Second

	agentName    = "Chen Li"
	answerPrefix = "Answer "
)

// traffic is followers who write, unfollow and return, and an agent who answers, until stop.
type traffic struct {
	options   options
	landscape *landscape
	balancer  *balancer
	picture   string // media id of a picture on its way
	working   sync.WaitGroup
	cancel    context.CancelFunc

	mu        sync.Mutex
	rand      *rand.Rand
	followers []*follower
	lastID    int64
}

// follower is a person with a phone.
type follower struct {
	record
	present   bool
	ticket    string // in C4C, once it has been seen
	answering bool   // the agent is answering
}

func (t *traffic) note(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

// begin has all followers follow and write their first message, and returns when each has a ticket.
func begin(ctx context.Context, l *landscape, o options) (*traffic, error) {
	t := &traffic{options: o, landscape: l, balancer: newBalancer(l.apiAddrs...), rand: rand.New(rand.NewPCG(o.seed, 0))}
	t.lastID = time.Now().UnixMicro()
	var err error
	if t.picture, err = l.uploadPicture(ctx); err != nil {
		return nil, err
	}
	var first sync.WaitGroup
	for range o.followers {
		f := t.newcomer()
		first.Go(func() { t.arrive(ctx, f) })
	}
	first.Wait()
	err = until(ctx, func() bool {
		t.findTickets(ctx)
		return !slices.ContainsFunc(t.followers, func(f *follower) bool { return f.ticket == "" })
	})
	if err != nil {
		return nil, fmt.Errorf("followers who have just come get a ticket each: %w", err)
	}
	return t, nil
}

// run writes until stop, and then waits for what is in flight.
func (t *traffic) run(ctx context.Context) {
	writing, cancel := context.WithCancel(ctx)
	t.cancel = cancel
	t.every(writing, perSecond(t.options.messages/(1+burstChance*(burstSize-1))), func() { t.write(ctx) })
	t.every(writing, perSecond(t.options.replies), func() { t.answer(ctx) })
	t.every(writing, newcomerEvery, func() { t.arrive(ctx, t.newcomer()) })
	t.every(writing, leaverEvery, func() { t.leave(ctx) })
	t.every(writing, lookEvery, func() { t.findTickets(ctx) })
}

func (t *traffic) stop() {
	t.cancel()
	t.working.Wait()
}

func perSecond(rate float64) time.Duration { return time.Duration(float64(time.Second) / rate) }

// every repeats something at an interval, without waiting for the previous call.
func (t *traffic) every(ctx context.Context, interval time.Duration, do func()) {
	t.working.Go(func() {
		for pause(ctx, interval) {
			t.working.Go(do)
		}
	})
}

// pick returns a follower for whom a condition holds, or nil.
func (t *traffic) pick(holds func(*follower) bool) *follower {
	t.mu.Lock()
	defer t.mu.Unlock()
	var some []*follower
	for _, f := range t.followers {
		if holds(f) {
			some = append(some, f)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return some[t.rand.IntN(len(some))]
}

func (t *traffic) chance(p float64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rand.Float64() < p
}

// ledger returns what all remember so far.
func (t *traffic) ledger() ledger {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all ledger
	for _, f := range t.followers {
		r := record{OpenID: f.OpenID}
		for _, m := range f.Messages {
			copied := *m
			copied.Refusals = slices.Clone(m.Refusals)
			r.Messages = append(r.Messages, &copied)
		}
		for _, p := range f.Replies {
			copied := *p
			r.Replies = append(r.Replies, &copied)
		}
		all = append(all, r)
	}
	return all
}

func (t *traffic) openids() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, f := range t.followers {
		all = append(all, f.OpenID)
	}
	return all
}

// sayAll has every follower write once more, which releases their held replies.
func (t *traffic) sayAll(ctx context.Context) {
	var present []*follower
	t.note(func() {
		for _, f := range t.followers {
			if f.present {
				present = append(present, f)
			}
		}
	})
	var saying sync.WaitGroup
	for _, f := range present {
		saying.Go(func() { t.say(ctx, f) })
	}
	saying.Wait()
}

// writtenAfter reports whether C4C has a line that was written after a time.
func (t *traffic) writtenAfter(after time.Time, tickets []ticket) bool {
	late := map[string]bool{}
	for _, m := range t.ledger().messages(time.Time{}) {
		if m.Written.After(after) {
			late[m.ID] = true
		}
	}
	for _, found := range tickets {
		for _, line := range found.Thread {
			if late[line.MessageID[strings.LastIndexByte(line.MessageID, ':')+1:]] {
				return true
			}
		}
	}
	return false
}
