package window

import "time"

// Trigger is an action of the follower that lets the account write to them for a while.
type Trigger string

// Triggers, as WeChat's rules name them.
const (
	Message Trigger = "message" // wrote or sent anything
	Click   Trigger = "click"   // clicked the menu, scanned through it, or tapped an item of a menu message
	Follow  Trigger = "follow"  // followed the account
	Scan    Trigger = "scan"    // scanned a QR code of the account

	// Unknown is recorded for a message that WeChat accepted although the ledger knew of no trigger.
	Unknown Trigger = "unknown"
)

// WeChat's published rules: a message allows MessageCount answers within MessageLife, any other trigger ShortCount
// within ShortLife.
const (
	MessageCount = 5
	MessageLife  = 48 * time.Hour
	ShortCount   = 3
	ShortLife    = time.Minute
)

// Rules are how many customer-service messages a trigger allows and for how long. The zero value means WeChat's
// published rules.
type Rules struct {
	Message     int           `json:"message,omitempty"`
	Click       int           `json:"click,omitempty"`
	Follow      int           `json:"follow,omitempty"`
	Scan        int           `json:"scan,omitempty"`
	MessageLife time.Duration `json:"message_life,omitempty"`
	ShortLife   time.Duration `json:"short_life,omitempty"` // of a click, a follow and a scan
}

// Published are WeChat's own rules.
var Published = Rules{
	Message: MessageCount, Click: ShortCount, Follow: ShortCount, Scan: ShortCount, MessageLife: MessageLife,
	ShortLife: ShortLife,
}

// Known reports whether the rules were configured.
func (r Rules) Known() bool { return r.MessageLife > 0 }

// of returns what one trigger allows.
func (r Rules) of(trigger Trigger) (count int, life time.Duration) {
	if !r.Known() {
		r = Published
	}
	switch trigger {
	case Message:
		return r.Message, r.MessageLife
	case Click:
		return r.Click, r.ShortLife
	case Follow:
		return r.Follow, r.ShortLife
	}
	return r.Scan, r.ShortLife
}
