package conversation_test

import (
	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// wechat is what WeChat counts, hidden from the conversation.
type wechat struct {
	left  int
	until int64
}

// acted records an action of the follower.
func (w *world) acted(count int, life int64) {
	w.wechat.left = max(w.wechat.left, count)
	w.wechat.until = max(w.wechat.until, w.now+life)
}

// refusal is WeChat's error for a message; empty: WeChat accepts it.
func (w *world) refusal() string {
	switch {
	case w.gone:
		return activities.ErrorWeChatFollowerGone
	case w.calm:
		return ""
	case w.now >= w.wechat.until:
		return activities.ErrorWeChatWindowClosed
	case w.wechat.left == 0:
		return activities.ErrorWeChatWindowUsedUp
	}
	return ""
}

// send sends a reply part by part. Its last part carries the texts of others.
func (w *world) send(u *unit) {
	if u.into != "" {
		if u.unknown {
			u.into, u.unsure = "", true
			w.park(u, activities.ErrorWeChatOutcomeUnknown, false)
			return
		}
		u.sent, u.into = true, ""
	}
	for !u.sent && u.sentParts < u.parts {
		if refusal := w.refusal(); refusal != "" {
			if u.automatic {
				u.failure = refusal
				w.end(u)
				return
			}
			w.hold(u, refusal)
			return
		}
		w.wechat.left--
		if !w.calm && !u.automatic && u.dice.oneIn(24) { // the outcome is unknown
			if u.dice.oneIn(2) {
				w.spend(u)
				w.read(u)
			}
			u.unsure = true
			w.park(u, activities.ErrorWeChatOutcomeUnknown, false)
			return
		}
		w.spend(u)
		if u.sentParts++; u.sentParts == u.parts {
			u.sent = true
			w.read(u)
		}
	}
	if u.files {
		u.files = false
		if u.dice.oneIn(2) { // C4C does not list the attachments at once
			u.st = searching
			w.report(u, conversation.ReportEnded)
			u.with = nil
			w.in(u, int64(u.dice.below(600_000)))
			return
		}
	}
	u.failure = ""
	w.end(u)
}

func (w *world) spend(u *unit) {
	u.unspoken++
	w.spent++
}

// read makes the follower read a reply and those that it carries.
func (w *world) read(u *unit) {
	w.readOne(u)
	for _, id := range u.with {
		w.readOne(w.units[id])
	}
}

func (w *world) readOne(u *unit) {
	u.arrived++
	if u.arrived > 1 && !u.unsure && !u.filesSent() && !u.givenUp && !w.lost {
		w.fail("doubled", "the text of %s", u.id)
	}
}

// filesSent reports whether the messages read are files sent after the text.
func (u *unit) filesSent() bool { return u.filesFound }
