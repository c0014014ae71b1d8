package conversation

import (
	"slices"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// maxMerged is what fits in one message when texts are merged, in bytes: WeChat's limit without room for the agent's
// name and the lines between what was merged.
const maxMerged = 2000 - 200

// carry chooses what a held reply, or one that is tried again, takes along when it has its turn, or reports that its
// own text has gone with another.
func (s *step) carry(w WaitingSync) Carried {
	id, at := w.WorkflowID, s.Held.index(w.WorkflowID)
	if at < 0 {
		return Carried{Into: w.Into, Unknown: w.Unknown}
	}
	h := &s.Held.Replies[at]
	carried := Carried{Into: h.Into, Unknown: h.Unknown}
	if h.Into == "" && len(h.With) == 0 {
		carried.With = s.pack(lead{id: id, ticketID: h.TicketID, author: h.Author, size: len(h.Text)})
		h.With = idsOf(carried.With)
	}
	h.Tried, h.Text, h.Into, h.Unknown = true, "", "", false
	return carried
}

// carried are the replies whose texts a held one takes along.
func (h *Held) carried(id string) []string {
	if at := h.index(id); at >= 0 {
		return h.Replies[at].With
	}
	return nil
}

// carryFrom does the same for a reply that has not been started.
func (s *step) carryFrom(id string, w Waiting) Carried {
	carried := Carried{Into: w.Into, Unknown: w.Unknown}
	if w.Into == "" && w.Reply.Menu == nil {
		carried.With = s.pack(lead{id: id, ticketID: w.Reply.TicketID, author: w.Reply.Author, size: len(w.Reply.Text)})
	}
	return carried
}

// lead is the reply that others go out with.
type lead struct {
	id, ticketID, author string
	size                 int
}

// queuedText is the text of a reply that waits.
type queuedText struct{ id, ticketID, author, text string }

// pack chooses what goes out together with a reply: what was written right after it by the same agent in the same
// ticket, as much as one message holds, where the window allows fewer messages than replies wait.
func (s *step) pack(first lead) []CarriedText {
	left := s.Window.Ledger.Left(s.policy.Window.Rules, s.now)
	if !s.policy.Window.Known() || left < 1 || left >= s.queued(first.id) {
		return nil
	}
	size := first.size
	var packed []CarriedText
	for _, next := range s.behind(first.id) {
		size += len(next.text) + 2
		if next.text == "" || next.ticketID != first.ticketID || next.author != first.author || size > maxMerged {
			break
		}
		packed = append(packed, CarriedText{ID: next.id, Text: next.text})
	}
	return packed
}

// queued is how many replies wait, one that is under way included.
func (s *State) queued(id string) int {
	n := len(s.Held.Replies) + len(s.Replies.Waiting)
	if s.Held.index(id) < 0 {
		n++
	}
	return n
}

// behind are the replies that wait behind one, in order, up to the first that cannot be merged.
func (s *State) behind(id string) []queuedText {
	var queue []queuedText
	lane := &s.Replies
	for _, h := range s.Held.Replies[s.Held.index(id)+1:] {
		arrived := len(lane.Waiting) > 0 && lane.Waiting[0].Order.before(h.Order) // later, but was written before
		if h.Tried || h.Into != "" || len(h.With) > 0 || s.carrier(h.WorkflowID) >= 0 || arrived || lane.between(h.Order) {
			return queue
		}
		queue = append(queue, queuedText{h.WorkflowID, h.TicketID, h.Author, h.Text})
	}
	for _, w := range lane.Waiting {
		if w.Reply.Menu != nil || w.Into != "" || w.Alone || lane.between(w.Order) {
			return queue
		}
		queue = append(queue, queuedText{s.replyID(*w.Reply), w.Reply.TicketID, w.Reply.Author, w.Reply.Text})
	}
	return queue
}

// between reports whether a started sync belongs before what would be merged with another, which must not overtake it.
func (l *Lane) between(order Order) bool {
	return len(l.Turns) > 0 && l.Turns[0].Order.before(order) || l.keeps(order)
}

// carrier is the place of the held reply that carries the text of another; -1: none does.
func (s *State) carrier(id string) int {
	return slices.IndexFunc(s.Held.Replies, func(h HeldReply) bool { return slices.Contains(h.With, id) })
}

// free makes sure that no other reply carries the text of one that is to send by itself.
func (s *step) free(id string) {
	if at := s.carrier(id); at >= 0 {
		h := &s.Held.Replies[at]
		h.With = nil
		s.do(Uncarry{WorkflowID: h.WorkflowID})
	}
}

// settleCarried notes what became of the replies whose texts another one carried: they went out with it, or nobody
// knows, or they go by themselves.
func (s *step) settleCarried(id string, with []string, out Outcome, lost bool) {
	unknown := lost || out.Failure == activities.ErrorWeChatOutcomeUnknown
	for _, other := range with {
		if at := s.Held.index(other); at >= 0 {
			h := &s.Held.Replies[at]
			if out.Arrived || unknown {
				h.Into, h.Unknown = id, !out.Arrived
			}
			continue
		}
		for i := range s.Replies.Waiting {
			switch w := &s.Replies.Waiting[i]; {
			case s.replyID(*w.Reply) != other:
			case out.Arrived || unknown:
				w.Into, w.Unknown = id, !out.Arrived
			default:
				w.Alone = true
			}
		}
		if !out.Arrived && !unknown {
			continue
		}
		for i := range s.Replies.Turns {
			if t := &s.Replies.Turns[i]; t.WorkflowID == other {
				t.Into, t.Unknown = id, !out.Arrived
			}
		}
	}
}

func idsOf(texts []CarriedText) []string {
	var ids []string
	for _, text := range texts {
		ids = append(ids, text.ID)
	}
	return ids
}
