package conversation

// Outcomes of one follower for a backfill.
const (
	BackfillCreated = "created" // became a customer
	BackfillKnown   = "known"   // was already a customer
	BackfillFailed  = "failed"  // parked; the onboarding's row shows the reason
)

// runMessages begins one sync of the follower's lane if it may, and reports whether it did.
func (s *step) runMessages() bool {
	lane := &s.Messages
	next := lane.next(s.now)
	if next == frontNothing {
		return false
	}
	if next == frontTurn {
		if s.onboardFirst(lane.Turns[0].Order.At) {
			return true
		}
		turn := lane.takeTurn(0)
		s.begin(lane, Active{WorkflowID: turn.WorkflowID, Order: turn.Order, Key: turn.Key, Reports: true, Ask: turn.Ask,
			Before: turn.Before})
		s.grant(lane, turn.WorkflowID, Turn{Ask: turn.Ask, Ticket: s.ticketTurn(turn.Order)})
		return true
	}
	in := *lane.Waiting[0].Inbound
	switch in.Kind {
	case KindBackfill:
		s.backfill(lane.take())
	case KindFollow:
		lane.take()
		s.onboard(in.CreateTime, "", false)
	case KindMessage, KindRegister:
		if s.onboardFirst(in.CreateTime) {
			return true
		}
		s.beginMessage(lane.take())
	default:
		lane.take()
		s.Unused++
	}
	return true
}

// onboardFirst onboards a follower who writes before the follow event was seen.
func (s *step) onboardFirst(createTime int64) bool {
	if s.Presence.Onboarded {
		return false
	}
	s.onboard(createTime, "", true)
	return true
}

// onboard starts an onboarding. C4C may know a follower from earlier whom the conversation does not know, so the
// onboarding looks first.
func (s *step) onboard(createTime int64, backfill string, asked bool) {
	s.Presence.Onboarded = true
	id := OnboardID(s.Who.Account, s.Who.FollowerKey, createTime)
	s.begin(&s.Messages, Active{WorkflowID: id, Backfill: backfill})
	s.do(StartOnboard{
		ID: id, CreateTime: createTime, Known: s.Known, LookFirst: s.Known.Profile.ID == "" || s.Known.Customer.ID == "",
		Scene: s.Origin.forCustomer(), Asked: asked,
	})
}

// backfill onboards the follower, unless that is already done.
func (s *step) backfill(w Waiting) {
	if s.Presence.Onboarded {
		s.do(TellBackfill{Run: w.Inbound.MsgID, Outcome: BackfillKnown})
		return
	}
	s.onboard(w.Inbound.CreateTime, w.Inbound.MsgID, false)
}

// reportBackfill reports the outcome to the backfill that waits for the active sync.
func (s *step) reportBackfill(a *Active, kind ReportKind) {
	if a == nil || a.Backfill == "" {
		return
	}
	outcome := BackfillKnown
	switch {
	case kind == ReportParked:
		outcome = BackfillFailed
	case s.Known.Customer.ID != "":
		outcome = BackfillCreated
	}
	s.do(TellBackfill{Run: a.Backfill, Outcome: outcome})
}

// beginMessage starts the sync of a message or a registration.
func (s *step) beginMessage(w Waiting) {
	in := *w.Inbound
	if in.Kind == KindRegister {
		s.Page.Consent = in.Web.Register.Consent
	}
	command := s.startMessage(in, false)
	s.begin(&s.Messages, Active{WorkflowID: command.id(), Order: w.Order, Key: in.Key})
	s.do(command)
}

// startMessage returns the command that starts the sync of a message or a registration, with what is known now.
func (s *step) startMessage(in Inbound, wait bool) starter {
	if in.Kind == KindRegister {
		key := webKey(in.MsgID)
		return StartRegister{
			ID: RegisterID(s.Who.Account, s.Who.FollowerKey, key), Order: in.order(), Known: s.Known,
			Registration: *in.Web.Register,
			Key:          key, Wait: wait,
		}
	}
	ask := s.ticketAsk(in)
	ask.Wait = wait
	return StartTicket{ID: TicketSyncID(s.Who.Account, s.Who.FollowerKey, in.MsgID), Ask: ask}
}

// starter is a command that starts the sync of a message.
type starter interface {
	Command
	id() string
}

func (c StartRegister) id() string { return c.ID }
func (c StartTicket) id() string   { return c.ID }
