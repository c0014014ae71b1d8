package conversation

import (
	"strings"
	"unicode/utf8"

	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// replyID is the workflow id of a reply.
func (s *State) replyID(r Reply) string { return ReplyID(s.Who.Account, r.SmaID) }

// runReplies begins one sync of the agents' lane if it may, and reports whether it did. A held reply holds those
// behind it: the follower reads them in the order in which they were written.
func (s *step) runReplies() bool {
	lane := &s.Replies
	next := lane.next(s.now)
	switch {
	case next == frontTurn && lane.Turns[0].Fresh && s.holding():
		s.holdEarly(lane.takeTurn(0))
	case next == frontTurn:
		s.release(lane.takeTurn(0))
	case lane.Active != nil || lane.pauses(s.now):
		return false
	case s.mayRelease():
		s.release(s.firstHeld())
	case next == frontWaiting:
		s.deliver(lane.take())
	case s.maySendAutomatic():
		s.deliverAutomatic()
	default:
		return false
	}
	return true
}

// holding reports whether a new reply has to wait behind others.
func (s *State) holding() bool { return len(s.Held.Replies) > 0 && !s.Presence.Gone }

// mayRelease reports whether the first held reply may go: the follower has acted, and the lane contains nothing
// written earlier.
func (s *step) mayRelease() bool {
	if !s.Held.Open || len(s.Held.Replies) == 0 {
		return false
	}
	lane, order := &s.Replies, s.Held.Replies[0].Order
	_, next := lane.firstInOrder()
	return !lane.keepsBack(order) && (lane.waitCount() == 0 || !next.before(order))
}

// firstHeld takes the first held reply. If a person has retried it, its turn ends its wait for a turn.
func (s *step) firstHeld() WaitingSync {
	first := s.Held.Replies[0]
	if at := s.Replies.turnIndex(first.WorkflowID); at >= 0 {
		return s.Replies.takeTurn(at)
	}
	return WaitingSync{WorkflowID: first.WorkflowID, Order: first.Order, TicketID: first.TicketID, Ask: first.Wait}
}

// release lets a reply try again. Only a refusal by WeChat shows that the window is closed, and anything the follower
// does in the meantime opens it again.
func (s *step) release(w WaitingSync) {
	id := w.WorkflowID
	s.Held.Open = false
	s.uncarry(id)
	carried := s.carryHeld(w)
	s.begin(&s.Replies, Active{
		WorkflowID: id, Order: w.Order, TicketID: w.TicketID, With: s.Held.carriedBy(id), Reports: true, Ask: w.Ask,
		Into: carried.Into, Unknown: carried.Unknown, Before: w.Before,
	})
	s.grantReply(id, w.Ask, carried)
}

// grantReply gives a reply its turn.
func (s *step) grantReply(id string, ask int, carried Carried) {
	s.grant(&s.Replies, id, Turn{Ask: ask, Reply: &ReplyTurn{
		Carried: carried, Gone: s.Presence.Gone, DelayPolicy: s.delayPolicy(), Spare: s.spares(id),
	}})
}

// grantAgain gives the active reply its turn again, which may have been lost.
func (s *step) grantAgain(ask int) {
	a := s.Replies.Active
	s.grantReply(a.WorkflowID, ask, Carried{Into: a.Into, Unknown: a.Unknown})
}

// deliver starts the next reply. Behind held replies it waits as a row of its own.
func (s *step) deliver(w Waiting) {
	reply := *w.Reply
	if reply.Missed {
		s.do(CountMissed{})
	}
	id, ask := s.replyID(reply), s.replyAsk(w)
	if s.holding() {
		ask.Hold = true
		s.do(StartReply{ID: id, Ask: ask})
		s.hold(HeldReply{
			WorkflowID: id, Order: w.Order, TicketID: reply.TicketID, Author: reply.Author, Text: reply.Text,
			Into: w.Into, Unknown: w.Unknown, Tried: w.Alone || reply.Menu != nil || reply.Text == "", Wait: 1,
		})
		return
	}
	s.Held.Open = false
	s.uncarry(id)
	ask.Carried, ask.Spare = s.carryNew(id, w), s.spares(id)
	s.begin(&s.Replies, Active{
		WorkflowID: id, Order: w.Order, TicketID: reply.TicketID, Author: reply.Author, Words: beginning(reply.Text),
		With: idsOf(ask.With),
	})
	s.do(StartReply{ID: id, Ask: ask})
}

// spares reports whether the window has more messages than replies wait, so that this one may use one more.
func (s *step) spares(id string) bool {
	p := s.policy.Window
	return !p.Known() || s.Window.Ledger.Left(p.Rules, s.now) > s.queued(id)
}

// replyAsk is the input of a reply's sync, with what is known now.
func (s *step) replyAsk(w Waiting) ReplyAsk {
	return ReplyAsk{
		Reply: *w.Reply, Order: w.Order, Gone: s.Presence.Gone, ResendUnknown: s.policy.ResendUnknown,
		Carried: Carried{Into: w.Into, Unknown: w.Unknown}, Customer: s.Known.NoteCustomer(), DelayPolicy: s.delayPolicy(),
	}
}

// delayPolicy is what to do about a reply that does not arrive at once.
func (s *step) delayPolicy() *DelayPolicy {
	p := s.policy.Window
	if !p.Known() {
		return nil
	}
	policy := &DelayPolicy{ExpireAfter: p.ExpireAfter, Announced: s.Held.Batch.Announced && len(s.Held.Replies) > 0}
	if s.mayAnnounce(s.policy) {
		policy.AnnounceAfter = p.AnnounceAfter
	}
	return policy
}

// endReply records the end of a reply, and settles the chat and the replies it carried.
func (s *step) endReply(ticketID string, with []string, id string, out Outcome, lost bool) {
	s.settleCarried(id, with, out, lost)
	if out.Arrived {
		s.answeredIn(ticketID)
	}
}

// maxBeginning is how much of a reply is kept to identify it, in bytes, including mark-up.
const maxBeginning = 320

// beginning is the beginning of a reply, as its agent wrote it.
func beginning(reply string) string {
	if len(reply) <= maxBeginning {
		return strings.ToValidUTF8(reply, "")
	}
	kept := strings.ToValidUTF8(reply[:maxBeginning], "")
	return text.Beginning(kept, utf8.RuneCountInString(kept)-1) // the last character may continue
}
