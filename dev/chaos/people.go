package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// newcomer returns a new person who does not follow yet.
func (t *traffic) newcomer() *follower {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := &follower{record: record{OpenID: fmt.Sprintf("oFollower%04d", len(t.followers)+1)}}
	t.followers = append(t.followers, f)
	return f
}

// arrive has somebody follow and write immediately.
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

// arriveAgain retries until the follower is back: otherwise the messages held for them would never be sent.
func (t *traffic) arriveAgain(ctx context.Context, f *follower) {
	_ = untilEvery(ctx, time.Second, func() bool { return t.event(ctx, f, "subscribe") })
	t.note(func() { f.present = true })
	t.say(ctx, f)
}

// event tells WeChat what somebody does and posts it. If WeChat does not answer nothing happens.
func (t *traffic) event(ctx context.Context, f *follower, event string) bool {
	// WeChat tells events apart by their second.
	m := &message{Event: true, Written: time.Now()}
	if t.tell(ctx, f, event, map[string]any{"create_time": m.Written.Unix()}) != nil {
		return false
	}
	t.note(func() { f.Messages = append(f.Messages, m) })
	fields := []field{{"MsgType", "event"}, {"Event", event}, {"EventKey", ""}}
	t.deliver(ctx, m, development.push(f.OpenID, m.Written, fields...))
	return true
}

// tell tells the WeChat simulator what a follower does, which opens the reply window. It posts nothing.
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
	// WeChat's servers may post even if its phones do not answer.
	_ = t.tell(ctx, f, "messages", map[string]any{"content": "something", "msg_id": m.ID, "create_time": m.Written.Unix()})
	t.deliver(ctx, m, development.push(f.OpenID, m.Written, append(fields, field{"MsgId", m.ID})...))
}

func (t *traffic) content(f *follower, m *message) []field {
	if m.Picture {
		address := t.landscape.wechatURL + "/_media?id=" + t.picture
		return []field{{"MsgType", "image"}, {"PicUrl", address}, {"MediaId", t.picture}}
	}
	return []field{{"MsgType", "text"}, {"Content", fmt.Sprintf("%s line %d.", f.OpenID, len(f.Messages))}}
}

// answer has the agent answer somebody, one reply at a time.
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

// lastOf returns the message id of the follower's last line, which the agent's answer refers to.
func lastOf(desk ticket) string {
	id := ""
	for _, line := range desk.Thread {
		if line.From == "follower" {
			id = line.MessageID
		}
	}
	return id
}

// findTickets finds new tickets, like an agent who reloads the list. If C4C does not answer the old list stays.
func (t *traffic) findTickets(ctx context.Context) {
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
