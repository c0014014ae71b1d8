package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// A sync that waits for its turn asks again, with growing pauses: its request or the answer may have been lost.
const (
	firstAsk = 5 * time.Minute
	lastAsk  = 24 * time.Hour
)

// awaitTurn waits until the conversation lets this sync continue, so that two syncs never write at once. If there is
// no conversation, the sync continues. It returns errSkipped if a person has given the sync up in the meantime.
func (s *engine) awaitTurn(ctx workflow.Context) error {
	if s.turn != nil {
		s.takeTurn()
		return nil
	}
	s.waiting = true
	s.waits++
	if !s.report(ctx, conversation.ReportTurn) {
		s.waiting, s.unwatched = false, true
		return nil
	}
	return s.keepAsking(ctx)
}

// keepAsking waits for the turn of a sync whose conversation knows that it waits, and repeats the question at times.
func (s *engine) keepAsking(ctx workflow.Context) error {
	defer func() { s.waiting = false }()
	for pause := firstAsk; s.turn == nil; pause = min(2*pause, lastAsk) {
		came, err := awaitAtMost(ctx, pause, "ask for the turn again",
			func() bool { return s.turn != nil || s.command != nil })
		if err != nil {
			return err
		}
		if s.command != nil { // only a command that gives the sync up is accepted here
			return s.obey(ctx)
		}
		if !came && !s.report(ctx, conversation.ReportTurn) {
			s.unwatched = true
			return nil
		}
	}
	s.takeTurn()
	return nil
}

// takeTurn continues with what the conversation has sent.
func (s *engine) takeTurn() {
	s.unwatched = false
	s.stopStuckTimer()
	s.granted(*s.turn)
	s.turn = nil
}

// awaitFirstTurn waits for the first turn of a sync that was started early.
func (s *engine) awaitFirstTurn(ctx workflow.Context) error {
	s.early, s.reportsEnd, s.waiting, s.waits = false, true, true, 1
	s.describe(ctx, say(ctx, "Waits for those that were written before it."))
	err := s.keepAsking(ctx)
	if err == nil {
		s.setState(ctx, StateSyncing, nil)
		s.describe(ctx, "")
	}
	return err
}

// receiveTurns takes the turns that the sync waits for. It ignores a late turn of an earlier wait, and a turn that
// comes while the sync is being tried.
func (s *engine) receiveTurns(ctx workflow.Context) {
	turns := workflow.GetSignalChannel(ctx, SignalTurn)
	for {
		var turn conversation.Turn
		turns.Receive(ctx, &turn)
		waits := s.waiting || s.resting && s.state == StateHeld
		switch {
		case waits && (turn.Ask == 0 || turn.Ask == s.waits):
			s.turn = &turn
		case s.resting && s.state == StateNeedsAttention:
			s.strayTurn = true
		}
	}
}

// answerWatches answers a conversation that asks for the sync's state, and from then on reports its end.
func (s *engine) answerWatches(ctx workflow.Context) {
	for watches := workflow.GetSignalChannel(ctx, SignalWatch); watches.Receive(ctx, nil); {
		s.reportsEnd = true
		switch {
		case s.closed && !s.endReported: // end is about to report it
		case s.closed:
			s.reportEnd(ctx)
		case s.waiting:
			s.report(ctx, conversation.ReportTurn)
		case s.state == StateNeedsAttention:
			s.report(ctx, conversation.ReportParked)
		case s.state == StateHeld:
			s.report(ctx, conversation.ReportHeld)
		}
	}
}

// report tells the conversation what happened to this sync. It returns false if no conversation listens.
func (s *engine) report(ctx workflow.Context, kind conversation.ReportKind) bool {
	s.reportsEnd = true
	return s.send(ctx, kind, s.result())
}

// reportEnd tells the conversation how the sync ended.
func (s *engine) reportEnd(ctx workflow.Context) { s.report(ctx, conversation.ReportEnded) }

// makeWay lets the lane continue as if this sync had ended: the part that needs its order is done. From then on
// nobody waits for it, unless it asks for another turn.
func (s *engine) makeWay(ctx workflow.Context) {
	out := s.result()
	out.Arrived = true
	s.send(ctx, conversation.ReportEnded, out)
	s.reportsEnd, s.unwatched = true, true
	s.startStuckTimer(ctx)
}

// result is what the conversation should know about the sync in its present state.
func (s *engine) result() conversation.Outcome {
	out := s.outcome()
	out.Arrived = out.Arrived || s.state == StateSynced
	if s.state != StateSynced && s.failure.Type != "" {
		out.Failure = s.failure.Type
	}
	return out
}

// waitOf is the number of the wait that a report is about: for a turn, or for the follower.
func (s *engine) waitOf(kind conversation.ReportKind) int {
	if kind == conversation.ReportTurn || kind == conversation.ReportHeld {
		return s.waits
	}
	return 0
}

// spentReporter is an errand that counts the messages it has sent. reported subtracts those that are now reported.
type spentReporter interface{ reported(spent int) }

// send signals a report to the conversation. It returns false if no conversation took it.
func (s *engine) send(ctx workflow.Context, kind conversation.ReportKind, out conversation.Outcome) bool {
	if s.lane == "" {
		return false
	}
	report := conversation.Report{
		WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, Lane: s.lane, Kind: kind, Order: s.order, Outcome: out,
		TicketID: s.ticketID, Left: s.foundGone, Ask: s.waitOf(kind),
		Everything: kind == conversation.ReportParked && activities.CauseOf(s.failure.Type).Everything,
	}
	spender, spends := s.errand.(spentReporter)
	if spends { // another report may be sent before this one is processed
		spender.reported(out.Spent)
	}
	id := ConversationID(s.in.Account, s.in.FollowerKey)
	if err := workflow.SignalExternalWorkflow(ctx, id, "", SignalReport, report).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("no conversation took the report", "kind", kind)
		if spends {
			spender.reported(-out.Spent)
		}
		return false
	}
	return true
}
