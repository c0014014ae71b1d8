package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// A sync that waits for its turn asks again, with growing pauses: its question or the answer may have been lost.
const (
	firstAsk = 5 * time.Minute
	lastAsk  = 24 * time.Hour
)

// awaitTurn waits until the conversation lets this sync go on, so that two writers never meet. A conversation that
// is not there cannot be in the way. It returns errSkipped when a person has given the sync up meanwhile.
func (s *sync) awaitTurn(ctx workflow.Context) error {
	if s.turns.Len() == 0 && !s.report(ctx, conversation.ReportTurn) {
		s.alone = true
		return nil
	}
	return s.stand(ctx)
}

// stand waits for the turn of a sync whose conversation knows that it waits.
func (s *sync) stand(ctx workflow.Context) error {
	s.waiting = true
	defer func() { s.waiting = false }()
	for pause := firstAsk; s.turns.Len() == 0; pause = min(2*pause, lastAsk) {
		came, err := workflow.AwaitWithTimeout(ctx, pause, func() bool { return s.turns.Len() > 0 || s.command != nil })
		if err != nil {
			return err
		}
		if command := s.command; command != nil && command.name == CommandSkip {
			return s.obey(ctx)
		}
		s.command = nil // it waits for nothing but its turn
		if !came && !s.report(ctx, conversation.ReportTurn) {
			s.alone = true
			return nil
		}
	}
	for {
		var turn conversation.Turn
		if !s.turns.ReceiveAsync(&turn) {
			return nil
		}
		s.alone = false
		s.granted(turn)
	}
}

// awaitFirstTurn waits for the turn of a sync that was started early.
func (s *sync) awaitFirstTurn(ctx workflow.Context) error {
	s.away = true
	s.describe(ctx, "Waits for those that were written before it.")
	err := s.stand(ctx)
	if err == nil {
		s.describe(ctx, "")
	}
	return err
}

// dropTurns forgets turns that were not asked for.
func (s *sync) dropTurns() {
	for s.turns.ReceiveAsync(nil) {
	}
}

// answerWatches tells a conversation that asks where the sync stands, and from then on how it ends.
func (s *sync) answerWatches(ctx workflow.Context) {
	for s.watches.Receive(ctx, nil) {
		s.away = true
		switch {
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

// report tells the conversation what happened to this sync. It is false where no conversation listens.
func (s *sync) report(ctx workflow.Context, kind conversation.ReportKind) bool {
	s.away = true
	return s.send(ctx, kind, s.result())
}

// reportEnd tells the conversation how the sync has ended.
func (s *sync) reportEnd(ctx workflow.Context) { s.report(ctx, conversation.ReportEnded) }

// makeWay lets the lane go on as if this sync had ended: what its order is for is done. From then on nobody waits for it,
// unless it asks for another turn.
func (s *sync) makeWay(ctx workflow.Context) {
	out := s.result()
	out.Arrived = true
	s.send(ctx, conversation.ReportEnded, out)
	s.away, s.alone = false, true
}

// result is what the conversation should know of the sync as it stands.
func (s *sync) result() conversation.Outcome {
	out := s.outcome()
	out.Arrived = out.Arrived || s.state == StateSynced
	if s.state != StateSynced && s.failure.Type != "" {
		out.Failure = s.failure.Type
	}
	return out
}

// spentReporter is an errand that counts the messages it has sent.
type spentReporter interface{ reported() }

func (s *sync) send(ctx workflow.Context, kind conversation.ReportKind, out conversation.Outcome) bool {
	if s.lane == "" {
		return false
	}
	report := conversation.Report{
		WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, Lane: s.lane, Kind: kind, Order: s.order, Outcome: out,
		TicketID: s.ticketID, Left: s.left,
		Everything: kind == conversation.ReportParked && activities.CauseOf(s.failure.Type).Everything,
	}
	id := ConversationID(s.in.Account, s.in.FollowerKey)
	if err := workflow.SignalExternalWorkflow(ctx, id, "", SignalReport, report).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("no conversation took the report", "kind", kind)
		return false
	}
	if r, ok := s.errand.(spentReporter); ok {
		r.reported()
	}
	return true
}
