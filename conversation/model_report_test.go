package conversation_test

import (
	"slices"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// watch makes the sync report its end from now on, and its present state.
func (w *world) watch(u *unit, run int) {
	if !w.reachable(u, run) {
		return
	}
	u.reports = true
	w.answer(u, conversation.Watched{WorkflowID: u.id}, run)
	switch u.st {
	case parked:
		w.reportAs(u, conversation.ReportParked, u.everything())
	case held:
		w.report(u, conversation.ReportHeld)
	case awaiting:
		w.report(u, conversation.ReportTurn)
	case searching:
		w.report(u, conversation.ReportEnded)
	}
}

func (w *world) report(u *unit, kind conversation.ReportKind) { w.reportAs(u, kind, false) }

func (w *world) reportAs(u *unit, kind conversation.ReportKind, everything bool) {
	u.reports = true
	r := conversation.Report{
		WorkflowID: u.id, Lane: u.lane, Kind: kind, Order: u.order, Everything: everything, Outcome: w.result(u),
	}
	if u.lane == conversation.LaneReplies {
		r.TicketID = "T1"
	}
	if kind == conversation.ReportTurn || kind == conversation.ReportHeld {
		r.Ask = u.asked
	}
	if kind == conversation.ReportTurn || kind == conversation.ReportEnded && u.sent && !u.skipped {
		r.Failure = ""
	}
	r.Left = kind == conversation.ReportHeld && u.failure == activities.ErrorWeChatFollowerGone
	u.unspoken = 0
	u.mailAt = max(u.mailAt, w.now+w.delay(&u.dice))
	w.push(mail{at: u.mailAt, kind: mailEvent, unit: u, event: r})
}

// result is what a sync reports about itself.
func (w *world) result(u *unit) conversation.Outcome {
	out := conversation.Outcome{Spent: u.unspoken, Failure: u.failure, With: slices.Clone(u.with)}
	if u.lane == conversation.LaneReplies {
		out.Arrived = u.sent && !u.skipped
		return out
	}
	out.Found = w.found(u)
	if u == w.number.of {
		out.Number = w.number.fate
	}
	return out
}

// number is what becomes of the number of the first ticket that a message opens: in the model all are called T1.
type number struct {
	of    *unit // the message that opened it
	fate  conversation.NumberFate
	owed  bool // the conversation knows that it was not sent
	noted int  // notes that it did not arrive
}

// numberKey is part of every id that is about the number.
const numberKey = "auto/" + follower + "/number/T1"

// openTicket decides what becomes of the number, when the sync of a message ends.
func (w *world) openTicket(u *unit) {
	in, message := u.event.(conversation.Inbound)
	if w.number.of != nil || !message || in.Kind != conversation.KindMessage || u.skipped ||
		u.ask.Thread.RootMessageID != "" {
		return
	}
	fates := []conversation.NumberFate{"", conversation.NumberUntold, conversation.NumberUntold, conversation.NumberUnsure}
	w.number.of, w.number.fate = u, fates[u.dice.below(len(fates))]
}

// checkNumber checks that a number that was not sent reaches follower or agent, and never the follower twice.
func (w *world) checkNumber() {
	read, unsure, skipped := 0, w.number.fate == conversation.NumberUnsure, false
	for _, u := range w.all {
		if strings.Contains(u.id, numberKey) {
			read += u.arrived
			unsure = unsure || u.unsure
			skipped = skipped || u.skipped && !u.lost
		}
	}
	waits := slices.ContainsFunc(w.state.Automatic, func(a conversation.Automatic) bool { return a.Number })
	switch {
	case read > 1 || read > 0 && w.number.fate != conversation.NumberUntold:
		w.fail("doubled", "the ticket's number was sent %d times", read)
	case w.number.noted > 1 || read > 0 && w.number.noted > 0 && !unsure:
		w.fail("number", "%d notes, read %d times", w.number.noted, read)
	case w.number.owed && w.policy.TellNumber && !w.lost && !w.left && read+w.number.noted == 0 && !waits && !skipped:
		w.fail("silent", "nobody knows that the ticket's number was not sent")
	}
}

func (w *world) skip(u *unit) {
	u.skipped = true
	w.end(u)
}

// end closes a sync.
func (w *world) end(u *unit) {
	if w.running[u.lane] == u {
		w.running[u.lane] = nil
	}
	w.openTicket(u)
	if u.reports {
		w.report(u, conversation.ReportEnded)
	}
	w.close(u, !u.reports || u.dice.oneIn(2))
}

// close tells the conversation that started the sync.
func (w *world) close(u *unit, tell bool) {
	u.st, u.outcome = closed, w.result(u)
	if tell {
		w.answer(u, conversation.Closed{WorkflowID: u.id, Outcome: u.outcome, Lost: u.lost}, u.run)
	}
}
