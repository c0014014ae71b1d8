package conversation_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// text is long enough for any message of the model.
var text = strings.Repeat("x", 8<<10)

// act carries out a choice.
func (w *world) act(c choice) {
	d := dice(c.N)
	switch c.Act {
	case actWait:
		w.after(int64(1+d.below(1000)) << (2 * d.below(8)))
	case actWrite:
		w.write(&d)
	case actBurst:
		replies := d.oneIn(3)
		for range 20 << d.below(4) {
			if replies {
				w.reply(&d, int64(d.below(5000)))
			} else {
				w.write(&d)
			}
		}
	case actClick, actScan, actFollow:
		kind := map[act]conversation.InboundKind{
			actClick: conversation.KindClick, actScan: conversation.KindScan, actFollow: conversation.KindFollow,
		}[c.Act]
		w.gone = false
		w.acted(3, 60_000)
		in := w.inbound(kind)
		if kind != conversation.KindClick {
			in.EventKey = "scene"
		}
		w.deliver(&d, in)
	case actUnfollow:
		w.gone, w.left = true, true
		w.wechat = wechat{}
		w.deliver(&d, w.inbound(conversation.KindUnfollow))
	case actConsent:
		in := w.inbound(conversation.KindConsent)
		in.Consents = []conversation.NoticeConsent{{TemplateID: "S", Granted: true}}
		w.deliver(&d, in)
	case actTap:
		w.gone = false
		w.acted(3, 60_000)
		in := w.inbound(conversation.KindMessage)
		w.lastMsg++
		in.MsgID, in.MsgType, in.EventKey = strconv.Itoa(1000+w.lastMsg), "text", conversation.SurveyItem("T1", 1+d.below(3))
		w.deliver(&d, in) // becomes a sync only if there was no conversation to ask
	case actSubmit:
		w.submit(&d)
	case actBackfill:
		in := w.inbound(conversation.KindBackfill)
		in.MsgID = "run"
		w.deliver(&d, in)
	case actReply:
		w.reply(&d, int64(d.below(2000)))
	case actCaughtUp:
		w.reply(&d, int64(d.below(600_000)))
	case actAutomatic:
		w.replies++
		w.deliver(&d, conversation.Reply{SmaID: "own" + strconv.Itoa(w.replies), TicketID: "T1", Automatic: true,
			Text: text[:20]})
	case actRepeat:
		if n := len(w.sent); n > 0 {
			w.deliver(&d, w.sent[n-1-d.below(min(n, 4<<d.below(8)))])
		}
	case actTicket:
		w.deliver(&d, conversation.TicketChange{TicketState: conversation.TicketState{
			Ticket: w.ticket([]string{"Z1", "Z2", "Z3"}[d.below(3)]), At: w.now / 1000,
		}})
	case actOperator:
		w.operate(&d)
	case actResume:
		w.resume()
	case actOutage:
		lane := []conversation.LaneName{conversation.LaneMessages, conversation.LaneReplies}[d.below(2)]
		w.outage[lane] = !w.outage[lane]
		w.say("outage of %s: %v", lane, w.outage[lane])
	case actWindow:
		w.say("WeChat closes the window")
		w.wechat.left, w.wechat.until = 0, w.now+int64(d.below(2))*1000
	case actStall:
		w.stalled = w.now + int64(1+d.below(1000))<<(2*d.below(5))
		w.say("the conversation's worker is away for %v", time.Duration(w.stalled-w.now)*time.Millisecond)
	case actRenew:
		if !w.state.Loaded() { // the shell lets it begin the rest first
			w.renew()
		}
	case actLost:
		w.loseState()
	case actAway:
		w.leaveTemporal(&d)
	}
}

// inbound is the follower's present action. WeChat's times have whole seconds.
func (w *world) inbound(kind conversation.InboundKind) conversation.Inbound {
	w.seq++
	w.lastTime = max(w.lastTime, w.now/1000)
	return conversation.Inbound{
		Key: string(kind) + "/" + strconv.Itoa(w.seq), Kind: kind, OpenID: openID, CreateTime: w.lastTime,
	}
}

// deliver brings an event to the conversation.
func (w *world) deliver(d *dice, e conversation.Event) {
	w.sent = append(w.sent, e)
	if u := w.brings(e); u != nil {
		defer func() { u.posted = true }()
	}
	if w.away() {
		w.keep(d, e)
		return
	}
	w.push(mail{at: w.now + w.delay(d), kind: mailEvent, event: w.late(e)})
}

// write lets the follower write a message.
func (w *world) write(d *dice) {
	w.gone = false
	w.acted(5, 48*3600_000)
	in := w.inbound(conversation.KindMessage)
	w.lastMsg++
	in.MsgID, in.MsgType = strconv.Itoa(1000+w.lastMsg), "text"
	in.Text = text[:1+d.below(min(w.texts, len(text)))]
	w.expect(d, in, conversation.TicketSyncID(account, follower, in.MsgID))
}

// submit lets the follower do something on the page.
func (w *world) submit(d *dice) {
	w.seq++
	key := "submit" + strconv.Itoa(100+w.seq)
	at := w.now / 1000
	if d.oneIn(2) {
		in := conversation.RegisterRequest{Key: key, OpenID: openID, At: at}.Inbound()
		w.expect(d, in, conversation.RegisterID(account, follower, key))
		return
	}
	in := conversation.OpenTicketRequest{Key: key, OpenID: openID, At: at, Subject: "s",
		Text: text[:d.below(w.texts)]}.Inbound()
	w.expect(d, in, conversation.TicketSyncID(account, follower, in.MsgID))
}

// expect delivers what becomes a sync.
func (w *world) expect(d *dice, in conversation.Inbound, id string) {
	u := &unit{
		id: id, lane: conversation.LaneMessages, order: conversation.Order{At: in.CreateTime, ID: in.MsgID},
		dice: dice(d.next()), event: in,
		parts: 1,
	}
	u.poison = max(0, u.dice.below(12)-9)
	w.add(u)
	w.deliver(d, in)
}

// reply makes an agent answer; C4C delivers it with a delay.
func (w *world) reply(d *dice, late int64) {
	w.replies++
	sma := strconv.Itoa(1000 + w.replies)
	r := conversation.Reply{
		SmaID: sma, TicketID: "T1", Author: "Ada", Text: text[:1+d.below(min(w.texts, len(text)))], OpenID: openID,
		CreatedAt: time.UnixMilli(w.now).UTC().Format(time.RFC3339), Missed: late > 5000,
	}
	if d.oneIn(8) {
		r.Author = "Bo"
	}
	u := &unit{
		id: conversation.ReplyID(account, sma), lane: conversation.LaneReplies, dice: dice(d.next()), event: r,
		order: conversation.Order{At: w.now / 1000, ID: sma}, parts: 1, files: d.oneIn(8),
	}
	u.poison = max(0, u.dice.below(12)-9)
	if u.dice.oneIn(6) {
		u.parts = 2
	}
	w.add(u)
	if w.away() && !r.Missed {
		w.deliver(d, r)
		return
	}
	u.posted = true
	w.sent = append(w.sent, r)
	w.push(mail{at: w.now + late + w.delay(d), kind: mailEvent, event: w.late(r)})
}

// operate makes an operator do something with a sync.
func (w *world) operate(d *dice) {
	u := w.pick(d, func(u *unit) bool { return u.st != absent && u.st != closed })
	if u == nil {
		return
	}
	switch d.below(8) {
	default:
		w.retry(u)
	case 0:
		if u.st == parked || u.st == held {
			w.say("an operator skips %s", u.id)
			w.skip(u)
		}
	case 1:
		w.cancel(u)
	case 2:
		w.terminate(u)
	}
}

// pick chooses one of the syncs, preferably a recent one.
func (w *world) pick(d *dice, fits func(*unit) bool) *unit {
	n := len(w.all)
	for range 8 {
		if n == 0 {
			break
		}
		if u := w.all[n-1-d.below(min(n, 4<<d.below(8)))]; fits(u) {
			return u
		}
	}
	return nil
}

func (w *world) retry(u *unit) {
	if u.st == parked || u.st == held {
		w.say("an operator retries %s", u.id)
		w.wantTurn(u)
	}
}

// cancel closes a sync. If it was just sending, the outcome is unknown.
func (w *world) cancel(u *unit) {
	w.say("an operator cancels %s, which is %s", u.id, statusNames[u.st])
	w.interrupt(u)
	u.skipped, u.lost = true, true
	if u.reports {
		w.report(u, conversation.ReportEnded)
	}
	w.close(u, true)
}

// terminate closes a sync without a report.
func (w *world) terminate(u *unit) {
	w.say("an operator terminates %s, which is %s", u.id, statusNames[u.st])
	w.interrupt(u)
	u.skipped, u.lost = true, true
	w.close(u, true)
	u.outcome = conversation.Outcome{}
}

// interrupt stops a running sync: a message that is being sent may arrive.
func (w *world) interrupt(u *unit) {
	if u.st == running && u.lane == conversation.LaneReplies && !u.sent && u.into == "" {
		u.unsure, u.failure = true, activities.ErrorWeChatOutcomeUnknown
		if u.dice.oneIn(2) && w.refusal() == "" {
			w.read(u)
		}
	}
	if w.running[u.lane] == u {
		w.running[u.lane] = nil
	}
}

// resume retries what is parked under a cause that hits everything, oldest first.
func (w *world) resume() {
	for _, u := range w.all {
		if u.st == parked && u.everything() {
			w.say("%s is released", u.id)
			w.wantTurn(u)
		}
	}
}

func (w *world) ticket(status string) activities.Ticket {
	t := activities.Ticket{ID: "T1", ObjectID: "O1", UserStatus: status, Open: status != "Z3"}
	if status == "Z3" {
		t.Status = activities.TicketCompleted
	}
	return t
}

// found is what a message's sync found out.
func (w *world) found(u *unit) conversation.Found {
	found := conversation.Found{
		Profile:  activities.Profile{ID: "P1"},
		Customer: activities.Customer{ID: "C1", ObjectID: "CO1"},
	}
	in, ok := u.event.(conversation.Inbound)
	if !ok || in.Kind != conversation.KindMessage || u.skipped {
		return found
	}
	found.Thread = u.ask.Thread
	if found.Thread.RootMessageID == "" {
		found.Thread = conversation.Thread{
			RootMessageID: fmt.Sprintf("wx:%s:%s:%s", account, openID, in.MsgID), TicketID: "T1", TicketObjectID: "O1",
		}
	}
	return found
}
