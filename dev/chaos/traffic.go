package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// options say how much is written, and how patient WeChat is.
type options struct {
	followers         int
	messages, replies float64 // a second
	timeout           time.Duration
	seed              uint64
}

// How often what is not a plain message comes.
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

// traffic are followers who write, leave and come, and an agent who answers, until stop.
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
	answering bool   // the agent is at it
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
		t.look(ctx)
		return !slices.ContainsFunc(t.followers, func(f *follower) bool { return f.ticket == "" })
	})
	if err != nil {
		return nil, fmt.Errorf("followers who have just come get a ticket each: %w", err)
	}
	return t, nil
}

// run writes until stop. What is under way then is waited for.
func (t *traffic) run(ctx context.Context) {
	writing, cancel := context.WithCancel(ctx)
	t.cancel = cancel
	t.every(writing, perSecond(t.options.messages), func() { t.write(ctx) })
	t.every(writing, perSecond(t.options.replies), func() { t.answer(ctx) })
	t.every(writing, newcomerEvery, func() { t.arrive(ctx, t.newcomer()) })
	t.every(writing, leaverEvery, func() { t.leave(ctx) })
	t.every(writing, lookEvery, func() { t.look(ctx) })
}

func (t *traffic) stop() {
	t.cancel()
	t.working.Wait()
}

func perSecond(rate float64) time.Duration { return time.Duration(float64(time.Second) / rate) }

// every does something again and again, each time by itself: nobody waits for what is under way.
func (t *traffic) every(ctx context.Context, interval time.Duration, do func()) {
	t.working.Go(func() {
		for pause(ctx, interval) {
			t.working.Go(do)
		}
	})
}

// newcomer is a further person, who does not follow yet.
func (t *traffic) newcomer() *follower {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := &follower{record: record{OpenID: fmt.Sprintf("oFollower%04d", len(t.followers)+1)}}
	t.followers = append(t.followers, f)
	return f
}

// arrive has somebody follow and write at once.
func (t *traffic) arrive(ctx context.Context, f *follower) {
	if !t.event(ctx, f, "subscribe") {
		return
	}
	t.note(func() { f.present = true })
	t.say(ctx, f)
}

// leave has somebody unfollow, come back a little later, and write.
func (t *traffic) leave(ctx context.Context) {
	f := t.pick(func(f *follower) bool { return f.present && f.ticket != "" })
	if f == nil {
		return
	}
	t.note(func() { f.present = false })
	if t.event(ctx, f, "unsubscribe") && pause(ctx, leavesFor) {
		t.arriveAgain(ctx, f)
		return
	}
	t.note(func() { f.present = true })
}

// arriveAgain insists: whoever left in the cell comes back, or what waits for him would never leave.
func (t *traffic) arriveAgain(ctx context.Context, f *follower) {
	_ = untilEvery(ctx, time.Second, func() bool { return t.event(ctx, f, "subscribe") })
	t.note(func() { f.present = true })
	t.say(ctx, f)
}

// event has WeChat know what somebody does and post it. Where WeChat does not answer nothing happens.
func (t *traffic) event(ctx context.Context, f *follower, event string) bool {
	// WeChat tells events apart by their second.
	m := &message{Event: true, Written: time.Now()}
	if t.tell(ctx, f, event, map[string]any{"create_time": m.Written.Unix()}) != nil {
		return false
	}
	t.note(func() { f.Messages = append(f.Messages, m) })
	t.deliver(ctx, m, development.push(f.OpenID, m.Written, field{"MsgType", "event"}, field{"Event", event}, field{"EventKey", ""}))
	return true
}

// tell has the WeChat simulator know what a follower does, which opens the window for answers. It posts nothing.
func (t *traffic) tell(ctx context.Context, f *follower, what string, body map[string]any) error {
	within, cancel := context.WithTimeout(ctx, simulatorPatience)
	defer cancel()
	return t.landscape.wechatControl.Call(within, http.MethodPost, "/followers/"+f.OpenID+"/"+what, body, nil)
}

// write has somebody write, now and then several messages at once.
func (t *traffic) write(ctx context.Context) {
	f := t.pick(func(f *follower) bool { return f.present })
	if f == nil {
		return
	}
	n := 1
	if t.chance(burstChance) {
		n = burstSize
	}
	for range n {
		t.working.Go(func() { t.say(ctx, f) })
	}
}

// say has a follower write one message.
func (t *traffic) say(ctx context.Context, f *follower) {
	m := &message{Picture: t.chance(pictureChance)}
	var fields []field
	t.note(func() {
		t.lastID++
		m.ID, m.Written = strconv.FormatInt(t.lastID, 10), time.Now()
		f.Messages = append(f.Messages, m)
		fields = t.content(f, m)
	})
	// Where WeChat's phones do not answer its servers may post nevertheless.
	_ = t.tell(ctx, f, "messages", map[string]any{"content": "something", "msg_id": m.ID, "create_time": m.Written.Unix()})
	t.deliver(ctx, m, development.push(f.OpenID, m.Written, append(fields, field{"MsgId", m.ID})...))
}

func (t *traffic) content(f *follower, m *message) []field {
	if m.Picture {
		return []field{{"MsgType", "image"}, {"PicUrl", t.landscape.wechatURL + "/_media?id=" + t.picture}, {"MediaId", t.picture}}
	}
	return []field{{"MsgType", "text"}, {"Content", fmt.Sprintf("%s line %d.", f.OpenID, len(f.Messages))}}
}

// answer has the agent answer somebody, one reply after the other.
func (t *traffic) answer(ctx context.Context) {
	f := t.pick(func(f *follower) bool { return f.ticket != "" && !f.answering })
	if f == nil {
		return
	}
	t.note(func() { f.answering = true })
	defer t.note(func() { f.answering = false })
	within, cancel := context.WithTimeout(ctx, simulatorPatience)
	defer cancel()
	var desk ticket
	if t.landscape.c4cControl.Call(within, http.MethodGet, "/tickets/"+f.ticket, nil, &desk) != nil {
		return
	}
	p := &reply{Written: time.Now()}
	t.note(func() {
		p.Text = fmt.Sprintf("%s%d for %s.", answerPrefix, len(f.Replies)+1, f.OpenID)
		f.Replies = append(f.Replies, p)
	})
	var kept struct {
		SMA string `json:"sma_id"`
	}
	body := map[string]any{"text": p.Text, "author_name": agentName, "lost": true}
	if t.landscape.c4cControl.Call(within, http.MethodPost, "/tickets/"+f.ticket+"/replies", body, &kept) != nil {
		return
	}
	t.note(func() { p.SMA = kept.SMA })
	t.deliverReply(ctx, p, development.mashup(p, lastOf(desk), f.ticket))
}

// lastOf is the message id of the follower's last line, under which the agent's answer stands.
func lastOf(desk ticket) string {
	id := ""
	for _, line := range desk.Thread {
		if line.From == "follower" {
			id = line.MessageID
		}
	}
	return id
}

// look finds new tickets, as an agent who reloads the list. Where C4C does not answer the old list stays.
func (t *traffic) look(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, simulatorPatience)
	defer cancel()
	all, err := t.landscape.tickets(within)
	if err != nil {
		return
	}
	owners := map[string]string{}
	for _, found := range all {
		owners[ownerOf(found)] = found.ID
	}
	t.note(func() {
		for _, f := range t.followers {
			if id := owners[f.OpenID]; id != "" && f.ticket == "" {
				f.ticket = id
			}
		}
	})
}

// pick is one of the followers of whom something holds, or nil.
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

// ledger is what all remember so far.
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

// sayAll has every follower write once more, which lets go what is held for them.
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

// writtenAfter reports whether a line that was written after a time stands in C4C.
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
