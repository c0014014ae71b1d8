package conversation_test

import (
	"slices"

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
	return out
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
