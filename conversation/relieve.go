package conversation

import "time"

// The most that waits in the state, per lane. Anything above is started early, as a sync of its own that waits for
// its turn: its text is then in that sync's history, and operators see it as a row.
const (
	maxWaiting     = 50
	maxWaitingSize = 64 << 10 // bytes
)

// The most that one step starts. Temporal accepts only so much at once; the rest waits for the next step.
const (
	maxBegun     = 100
	maxBegunSize = 512 << 10 // bytes
)

// startedEnough reports whether this step has started enough. The rest is due in a moment.
func (s *step) startedEnough() bool {
	if s.begun < maxBegun && s.weight < maxBegunSize {
		return false
	}
	s.More = s.now.Add(time.Millisecond).UnixMilli()
	return true
}

// Loaded reports whether the last step had more to begin than one step may. Until the next step, the state is too
// large to hand to another run.
func (s *State) Loaded() bool { return s.More > 0 }

// relieve keeps the state small, however much waits.
func (s *step) relieve() {
	for s.overloaded(&s.Messages) && !s.startedEnough() && s.relieveMessage() {
	}
	for s.overloaded(&s.Replies) && !s.startedEnough() && s.relieveReply() {
	}
}

// overloaded reports whether too much waits in a lane, or whether it waits for something that may take long and that
// operators should therefore see.
func (s *step) overloaded(l *Lane) bool {
	last := len(l.Waiting) - 1
	return s.tooMuchWaits(l) || last >= 0 && l.nextKeptBack(frontWaiting, l.Waiting[last].Order)
}

func (s *step) tooMuchWaits(l *Lane) bool {
	if len(l.Waiting) > maxWaiting {
		return true
	}
	size := 0
	for _, w := range l.Waiting {
		if w.Inbound != nil {
			size += w.Inbound.size()
		} else {
			size += w.Reply.size()
		}
	}
	return size > maxWaitingSize
}

// relieveMessage starts the last waiting message and reports whether there was one.
func (s *step) relieveMessage() bool {
	lane := &s.Messages
	for i := len(lane.Waiting) - 1; i >= 0; i-- {
		in := *lane.Waiting[i].Inbound
		if in.Kind != KindMessage && in.Kind != KindRegister {
			continue
		}
		command := s.startMessage(in, true)
		s.do(command)
		turn := WaitingSync{
			WorkflowID: command.id(), Order: lane.Waiting[i].Order, At: lane.Waiting[i].At, Ask: 1, Fresh: true,
		}
		if in.Web != nil {
			turn.Key = in.Key
		}
		lane.addTurn(turn)
		lane.Waiting = append(lane.Waiting[:i], lane.Waiting[i+1:]...)
		return true
	}
	return false
}

// relieveReply starts the last waiting reply.
func (s *step) relieveReply() bool {
	lane := &s.Replies
	last := len(lane.Waiting) - 1
	if last < 0 {
		return false
	}
	w := lane.Waiting[last]
	lane.Waiting = lane.Waiting[:last]
	ask := s.replyAsk(w)
	ask.Wait = true
	id := s.replyID(*w.Reply)
	s.do(StartReply{ID: id, Ask: ask})
	lane.addTurn(WaitingSync{WorkflowID: id, Order: w.Order, At: w.At, Ask: 1, Fresh: true, TicketID: w.Reply.TicketID})
	return true
}
