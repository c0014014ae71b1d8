package wechatsim

import (
	"slices"
	"time"
)

// The triggers that let an account write to a follower, and for how long.
// https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
const (
	grantMessage = "message" // any message of the follower
	grantMenu    = "menu"    // click, scancode_push, scancode_waitmsg, a tap on a msgmenu
	grantFollow  = "follow"
	grantScan    = "scan"

	messageLife = 48 * time.Hour
	shortLife   = time.Minute
	shortGrant  = 3
)

// grant is the number of messages that one trigger still allows.
type grant struct {
	Trigger string    `json:"trigger"`
	Left    int       `json:"left"`
	Until   time.Time `json:"until"`
}

// open renews the grant of a trigger; how grants of one trigger add up is not
// documented, so a new one replaces the old one.
func (f *follower) open(trigger string, quota int, now time.Time) {
	life := shortLife
	if trigger == grantMessage {
		life = messageLife
	}
	f.Grants = slices.DeleteFunc(f.Grants, func(g grant) bool { return g.Trigger == trigger || !now.Before(g.Until) })
	f.Grants = append(f.Grants, grant{Trigger: trigger, Left: quota, Until: now.Add(life)})
	slices.SortStableFunc(f.Grants, func(a, b grant) int { return a.Until.Compare(b.Until) })
}

// window lists the active grants, the first to expire first; never nil.
func (f *follower) window(now time.Time) []grant {
	alive := []grant{}
	for _, g := range f.Grants {
		if now.Before(g.Until) {
			alive = append(alive, g)
		}
	}
	return alive
}

// spend takes one message from the grant that ends first: 45015 if none is active, 45047 if all active ones are used
// up.
func (f *follower) spend(now time.Time) error {
	alive := f.window(now)
	if len(alive) == 0 {
		return refuse(45015)
	}
	for i := range f.Grants {
		if g := &f.Grants[i]; now.Before(g.Until) && g.Left > 0 {
			g.Left--
			return nil
		}
	}
	return refuse(45047)
}
