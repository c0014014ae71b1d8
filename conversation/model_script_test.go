package conversation_test

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// script is everything that happens from outside in one run of the model. A choice has a meaning whatever comes
// before it, so any of them may be left out.
type script struct {
	Seed    uint64
	Choices []choice
}

// choice is one event; the details follow from its number.
type choice struct {
	Act act
	N   uint64
}

// act is a kind of event.
type act uint8

const (
	actWait act = iota
	actWrite
	actBurst
	actClick
	actScan
	actFollow
	actUnfollow
	actConsent
	actTap
	actSubmit
	actBackfill
	actReply
	actCaughtUp
	actAutomatic
	actRepeat
	actTicket
	actOperator
	actResume
	actOutage
	actWindow
	actStall
	actRenew
	actLost
	actAway
	acts
)

var actNames = [acts]string{
	"wait", "write", "burst", "click", "scan", "follow", "unfollow", "consent", "tap", "submit", "backfill", "reply",
	"caughtUp",
	"automatic", "repeat", "ticket", "operator", "resume", "outage", "window", "stall", "renew", "lost", "away",
}

// weights are the frequencies of the events.
var weights = [acts]int{
	actWait: 30, actWrite: 16, actBurst: 1, actClick: 5, actScan: 1, actFollow: 1, actUnfollow: 1, actConsent: 1,
	actTap:    1,
	actSubmit: 2, actBackfill: 1, actReply: 16, actCaughtUp: 4, actAutomatic: 2, actRepeat: 3, actTicket: 2,
	actOperator: 8,
	actResume:   2, actOutage: 2, actWindow: 4, actStall: 4, actRenew: 4, actLost: 0, actAway: 2,
}

// dice is a sequence of numbers that follow from a seed.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() >> 33 % uint64(n)) }

// oneIn returns true once in n times.
func (d *dice) oneIn(n int) bool { return d.below(n) == 0 }

// newScript generates a script.
func newScript(seed uint64) script {
	d := dice(seed)
	s := script{Seed: seed}
	n := 20 << d.below(6)
	total, likes := 0, weights
	for i := range likes { // each run does some things often and others never
		likes[i] *= []int{0, 1, 1, 1, 2, 4}[d.below(6)]
	}
	if d.oneIn(16) {
		likes[actLost] = 1
	}
	likes[actWait] += 10
	for _, w := range likes {
		total += w
	}
	for range n {
		at, kind := d.below(total), act(0)
		for at >= likes[kind] {
			at -= likes[kind]
			kind++
		}
		s.Choices = append(s.Choices, choice{kind, d.next()})
	}
	return s
}

// config is constant during one run.
type config struct {
	policy conversation.Policy
	lag    int  // longest delay of a signal in milliseconds
	lossy  bool // a turn may be lost when the conversation continues as new
	texts  int  // longest text in bytes
}

func newConfig(seed uint64) config {
	d := dice(seed ^ 0xc0ffee)
	c := config{lag: 5 << d.below(11), lossy: d.oneIn(4), texts: 20 << d.below(9)}
	c.policy = conversation.Policy{
		Settle: time.Duration(d.below(3)) * 250 * time.Millisecond, TellNumber: d.oneIn(2), ResendUnknown: d.oneIn(4),
		StuckAfter: 5 * time.Minute,
		Tickets: conversation.TicketPolicy{
			Events: conversation.EventsOn, Survey: d.oneIn(2),
			StatusTexts: conversation.NewStatusTexts(map[string]string{"Z1": "in work"}),
		},
	}
	if d.oneIn(4) {
		return c
	}
	c.policy.Window = conversation.WindowPolicy{
		Rules: window.Published, AnnounceAfter: time.Hour, RemindBefore: 4 * time.Hour,
		Template: conversation.NoticeForm{TemplateID: "T"}, Subscription: conversation.NoticeForm{TemplateID: "S"},
	}
	if d.oneIn(4) {
		c.policy.Window.ExpireAfter = 72 * time.Hour
	}
	if d.oneIn(2) { // few messages: replies are merged
		c.policy.Window.Rules.Message, c.policy.Window.Rules.Click = 2, 1
	}
	return c
}
