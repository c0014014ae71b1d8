package workflows

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Trigger is what a follower did that lets the account write to them for a while.
type Trigger string

// Triggers, as WeChat's rules name them.
const (
	TriggerMessage Trigger = "message" // wrote or sent anything
	TriggerClick   Trigger = "click"   // clicked the menu, scanned through it, or tapped an item of a menu message
	TriggerFollow  Trigger = "follow"  // followed the account
	TriggerScan    Trigger = "scan"    // scanned a QR code of the account
)

// WindowRules say how many customer-service messages a trigger allows and for how long. The zero value stands for WeChat's
// published rules: 5 in 48 hours after a message, 3 in a minute after anything else.
//
// https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
type WindowRules struct {
	Message     int           `json:"message,omitempty"`
	Click       int           `json:"click,omitempty"`
	Follow      int           `json:"follow,omitempty"`
	Scan        int           `json:"scan,omitempty"`
	MessageLife time.Duration `json:"message_life,omitempty"`
	ShortLife   time.Duration `json:"short_life,omitempty"` // of a click, a follow and a scan
}

// known says that the rules were configured.
func (r WindowRules) known() bool { return r.MessageLife > 0 }

// published are WeChat's own rules.
var published = WindowRules{Message: 5, Click: 3, Follow: 3, Scan: 3, MessageLife: 48 * time.Hour, ShortLife: time.Minute}

// of says what one trigger allows.
func (r WindowRules) of(trigger Trigger) (count int, life time.Duration) {
	if !r.known() {
		r = published
	}
	switch trigger {
	case TriggerMessage:
		return r.Message, r.MessageLife
	case TriggerClick:
		return r.Click, r.ShortLife
	case TriggerFollow:
		return r.Follow, r.ShortLife
	}
	return r.Scan, r.ShortLife
}

// Grant is what one trigger still allows.
type Grant struct {
	Trigger Trigger `json:"trigger"`
	Left    int     `json:"left"`
	Until   int64   `json:"until"` // seconds since 1970; from then on it allows nothing
}

// MarshalJSON adds "ends", which is Until as people read it: RFC 3339 in UTC.
func (g Grant) MarshalJSON() ([]byte, error) {
	type plain Grant
	return json.Marshal(struct {
		plain
		Ends string `json:"ends"`
	}{plain(g), time.Unix(g.Until, 0).UTC().Format(time.RFC3339)})
}

func (g Grant) alive(now time.Time) bool { return now.Unix() < g.Until }

// Opening is the last time a trigger opened the window, and what was spent of it.
type Opening struct {
	Trigger Trigger `json:"trigger"`
	At      int64   `json:"at"` // seconds since 1970
	Spent   int     `json:"spent,omitempty"`
	UsedUp  bool    `json:"used_up,omitempty"` // by WeChat's word
}

// Window is the ledger of a follower's reply window: what may still be sent, by the trigger that allows it. It is our view
// of what WeChat counts, kept to spend well; whether a message goes out, WeChat alone decides.
type Window struct {
	Rules    WindowPolicy `json:"rules,omitzero"`     // the policy as last recorded
	Asked    bool         `json:"asked,omitempty"`    // nobody has answered the follower's last message
	Openings []Opening    `json:"openings,omitempty"` // at most one per trigger
	Low      int64        `json:"low,omitempty"`      // the message, by its time, of whose window the agent knows that it is nearly spent
}

// grants are what the openings allow, the one that ends first in front. They may have ended.
func (w *Window) grants() []Grant {
	grants := make([]Grant, 0, len(w.Openings))
	for _, o := range w.Openings {
		count, life := w.Rules.of(o.Trigger)
		g := Grant{Trigger: o.Trigger, Left: max(0, count-o.Spent), Until: time.Unix(o.At, 0).Add(life).Unix()}
		if o.UsedUp {
			g.Left = 0
		}
		grants = append(grants, g)
	}
	slices.SortStableFunc(grants, func(a, b Grant) int { return cmp.Compare(a.Until, b.Until) })
	return grants
}

// open notes that the follower did something at a time, which allows a trigger's messages anew. What they did before the last
// trigger of that kind changes nothing: pushes may arrive late.
func (w *Window) open(trigger Trigger, at time.Time) {
	opened := Opening{Trigger: trigger, At: at.Unix()}
	i := slices.IndexFunc(w.Openings, func(o Opening) bool { return o.Trigger == trigger })
	switch {
	case i < 0:
		w.Openings = append(w.Openings, opened)
	case opened.At >= w.Openings[i].At:
		w.Openings[i] = opened
	}
}

// left is how many messages may still be sent.
func (w *Window) left(now time.Time) int { return leftOf(w.grants(), now) }

func leftOf(grants []Grant, now time.Time) int {
	left := 0
	for _, g := range grants {
		if g.alive(now) {
			left += g.Left
		}
	}
	return left
}

// spares says that an automatic text may go: the last message belongs to the service agent.
func (w *Window) spares(now time.Time) bool { return w.left(now) > 1 }

// spend takes one message from the trigger that ends first, as WeChat does as far as is known, and names the trigger.
func (w *Window) spend(now time.Time) Trigger {
	for _, g := range w.grants() {
		if g.alive(now) && g.Left > 0 {
			w.Openings[slices.IndexFunc(w.Openings, func(o Opening) bool { return o.Trigger == g.Trigger })].Spent++
			return g.Trigger
		}
	}
	return TriggerUnknown
}

// closed takes WeChat's word that nothing is open (errcode 45015).
func (w *Window) closed() { w.Openings = nil }

// usedUp takes WeChat's word that all that was open is spent (errcode 45047).
func (w *Window) usedUp() {
	for i := range w.Openings {
		w.Openings[i].UsedUp = true
	}
}

// ends is when what a trigger opened ends; zero: it opened nothing.
func (w *Window) ends(trigger Trigger) time.Time {
	for _, g := range w.grants() {
		if g.Trigger == trigger {
			return time.Unix(g.Until, 0)
		}
	}
	return time.Time{}
}

// trigger is what an inbound signal opens; empty: nothing. A tapped item of a menu message comes as a text and counts as a
// click.
func (in Inbound) trigger() Trigger {
	switch in.Kind {
	case KindMessage:
		if in.Web != nil {
			return ""
		}
		if in.EventKey != "" {
			return TriggerClick
		}
		return TriggerMessage
	case KindFollow:
		return TriggerFollow
	case KindScan:
		return TriggerScan
	case KindClick:
		return TriggerClick
	}
	return ""
}
