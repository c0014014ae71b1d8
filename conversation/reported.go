package conversation

import (
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// apply handles a report. Reports are a sequence: two that arrive together are two events.
func (r Report) apply(s *step) {
	lane := s.lane(r.Lane)
	if !r.usable() {
		s.Unused++
		return
	}
	s.updateLedger(lane, r.WorkflowID, r.Outcome)
	active := lane.isActive(r.WorkflowID)
	s.learn(r.Found, active)
	switch r.Kind {
	case ReportTurn:
		s.handleTurn(lane, r)
	case ReportHeld:
		s.handleHeld(lane, r)
	case ReportParked:
		s.handleParked(lane, r)
	case ReportEnded:
		if !s.endSync(lane, r.WorkflowID, r.TicketID, r.Outcome, false) {
			s.Unused++
		}
	}
}

// usable reports whether the conversation can use the report.
func (r Report) usable() bool {
	reply := strings.HasPrefix(r.WorkflowID, replyPrefix)
	switch r.Kind {
	case ReportHeld:
		return reply && r.Lane == LaneReplies
	case ReportTurn, ReportParked, ReportEnded:
		return r.WorkflowID != "" && (r.Lane == LaneReplies && reply || r.Lane == LaneMessages && !reply)
	}
	return false
}

// handleTurn queues a sync that wants to continue. A sync that already has its turn may not have received it, so it is
// granted again. The same holds for a sync that was told to wait for the follower.
func (s *step) handleTurn(lane *Lane, r Report) {
	if at := s.Held.index(r.WorkflowID); at >= 0 && r.Ask > 0 && r.Ask == s.Held.Replies[at].Ask &&
		!lane.isActive(r.WorkflowID) {
		s.grantHold(r.WorkflowID, r.Ask)
		return
	}
	if lane.isActive(r.WorkflowID) {
		lane.Active.Reports, lane.Active.Ask = true, r.Ask
		if lane == &s.Replies {
			s.grantAgain(r.Ask)
		} else {
			s.grant(lane, r.WorkflowID, Turn{Ask: r.Ask, Ticket: s.ticketTurn(r.Order)})
		}
		return
	}
	key, before := lane.keyOf(r.WorkflowID), lane.parking(r.WorkflowID)
	lane.settle(s.now, s.policy.Settle)
	lane.unpark(r.WorkflowID)
	lane.addTurn(WaitingSync{
		WorkflowID: r.WorkflowID, Order: r.Order, At: s.now.Unix(), Ask: r.Ask, TicketID: r.TicketID, Key: key,
		Before: before,
	})
}

// handleHeld handles a reply that waits for the follower. It releases nothing if the follower has unfollowed. A reply
// that repeats its report from before its turn may not have received the turn.
func (s *step) handleHeld(lane *Lane, r Report) {
	if lane.isActive(r.WorkflowID) && r.Ask > 0 && r.Ask == lane.Active.Ask {
		s.grantAgain(r.Ask)
		return
	}
	held := HeldReply{WorkflowID: r.WorkflowID, Order: r.Order, TicketID: r.TicketID, Tried: true, Wait: r.Ask}
	openings := s.Window.Openings
	if a := lane.Active; lane.isActive(r.WorkflowID) {
		held.With, held.Author, openings = a.With, a.Author, a.Openings
	}
	lane.forget(r.WorkflowID)
	s.hold(held)
	switch {
	case r.Left && openings == s.Window.Openings:
		s.markGone(s.now.Unix())
	case s.Presence.Gone:
		s.Held.drop(r.WorkflowID)
		s.do(GiveUp{WorkflowID: r.WorkflowID})
	}
}

// handleParked handles a sync that needs attention, or the end of a cause that affects everything.
func (s *step) handleParked(lane *Lane, r Report) {
	key := lane.keyOf(r.WorkflowID)
	if lane.isActive(r.WorkflowID) {
		s.reportBackfill(lane.Active, ReportParked)
		if r.Failure == activities.ErrorWeChatOutcomeUnknown {
			lane.pauseUnsure(s.now)
		}
		s.Held.Open = s.Held.Open || lane == &s.Replies // WeChat did not refuse it because of the window
	}
	lane.park(Parked{
		WorkflowID: r.WorkflowID, Order: r.Order, Everything: r.Everything && !r.Arrived, Key: key,
		Parking: Parking{Cause: r.Failure, Since: s.now.Unix()},
	})
	if lane == &s.Replies {
		s.Held.drop(r.WorkflowID)
		s.settleCarried(r.WorkflowID, r.With, r.Outcome, false)
	}
}

// apply handles the end of a sync.
func (c Closed) apply(s *step) {
	lane := s.laneOf(c.WorkflowID)
	if !lane.has(c.WorkflowID) && s.Held.index(c.WorkflowID) < 0 {
		return // its end was already reported
	}
	s.updateLedger(lane, c.WorkflowID, c.Outcome)
	s.learn(c.Outcome.Found, lane.isActive(c.WorkflowID))
	if c.Cancelled && c.Outcome.Failure == "" {
		c.Outcome.Failure = activities.ErrorWeChatOutcomeUnknown // the outcome of the replies it carried
	}
	s.endSync(lane, c.WorkflowID, "", c.Outcome, c.Lost)
}

// apply records that a running sync will report its end.
func (w Watched) apply(s *step) {
	if lane := s.laneOf(w.WorkflowID); lane.isActive(w.WorkflowID) {
		lane.Active.Reports = true
	}
}

// laneOf is the lane that a sync belongs to, by its id.
func (s *State) laneOf(id string) *Lane {
	if strings.HasPrefix(id, replyPrefix) {
		return &s.Replies
	}
	return &s.Messages
}

// endSync removes a closed sync and does what its end requires. It reports whether the state knew the sync; an unknown
// sync changes nothing.
func (s *step) endSync(lane *Lane, id, ticketID string, out Outcome, lost bool) bool {
	var active *Active
	msgID, sentAt := "", int64(0)
	if lane.isActive(id) {
		msgID, sentAt = lane.Active.Order.ID, lane.Active.Order.At
		active = lane.Active
		ticketID = active.TicketID
		if lost { // otherwise the sync itself reports what it carried; an earlier sync with the same id carried nothing
			out.With = append(out.With, active.With...)
		}
	}
	key := lane.keyOf(id)
	known := lane.forget(id)
	if active != nil && (lost || lane == &s.Replies && out.Failure == activities.ErrorWeChatOutcomeUnknown) {
		lane.pauseUnsure(s.now)
	}
	if lane == &s.Replies {
		known = s.Held.drop(id) || known
		if active == nil {
			s.uncarry(id) // a reply that was given up must not reach the follower
		}
	}
	s.queueNumber(out)
	s.Page.completeResult(id, out.Thread.TicketID)
	s.Page.removeUnderway(id)
	if !known {
		return false
	}
	if lane == &s.Messages {
		s.Page.recordResult(id, key, out.Thread.TicketID, lost)
		s.reportBackfill(active, ReportEnded)
		s.noteOrigin(out.Thread, msgID, sentAt)
		return true
	}
	s.endReply(ticketID, out.With, id, out, lost)
	if active == nil {
		return true
	}
	switch {
	case active.Automatic != nil && lost:
		s.noteUntold(*active.Automatic, true)
	case active.Automatic != nil:
		s.requeueAutomatic(active.Automatic, out.Failure)
	case lost:
		s.noteLost(active)
	}
	s.Held.Open = true // WeChat has not refused anything
	s.warnLow()
	return true
}

// noteLost informs the agent of a terminated reply: it is unknown how much of it arrived.
func (s *step) noteLost(a *Active) {
	s.note(StartNote{Kind: NoteLost, Key: a.WorkflowID + "/lost", TicketID: a.TicketID, Words: a.Words})
}
