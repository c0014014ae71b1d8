package conversation

import (
	"slices"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// maxMerged is the longest merged text, in bytes: WeChat's limit, less room for the agent's name and the lines
// between the merged texts.
const maxMerged = 2000 - 200

// carryHeld chooses the texts that a held or retried reply carries when it gets its turn, or reports that its own text
// was carried by another.
func (s *step) carryHeld(w WaitingSync) Carried {
	id, at := w.WorkflowID, s.Held.index(w.WorkflowID)
	if at < 0 {
		return Carried{Into: w.Into, Unknown: w.Unknown}
	}
	h := &s.Held.Replies[at]
	carried := Carried{Into: h.Into, Unknown: h.Unknown}
	if h.Into == "" && len(h.With) == 0 {
		carried.With = s.mergeable(lead{id: id, ticketID: h.TicketID, author: h.Author, size: len(h.Text)})
		h.With = idsOf(carried.With)
	}
	h.Tried, h.Text, h.Into, h.Unknown = true, "", "", false
	return carried
}

// carriedBy are the workflow ids of the replies whose texts a held reply carries.
func (h *Held) carriedBy(id string) []string {
	if at := h.index(id); at >= 0 {
		return h.Replies[at].With
	}
	return nil
}

// carryNew does the same as carryHeld for a reply that has not been started.
func (s *step) carryNew(id string, w Waiting) Carried {
	carried := Carried{Into: w.Into, Unknown: w.Unknown}
	if w.Into == "" && w.Reply.Menu == nil {
		carried.With = s.mergeable(lead{id: id, ticketID: w.Reply.TicketID, author: w.Reply.Author, size: len(w.Reply.Text)})
	}
	return carried
}

// lead is the reply that carries others.
type lead struct {
	id, ticketID, author string
	size                 int
}

// queuedText is the text of a waiting reply.
type queuedText struct{ id, ticketID, author, text string }

// mergeable chooses the replies to merge into one: those that the same agent wrote directly after it in the same
// ticket, as many as one message holds. It merges only if more replies wait than the window has messages.
func (s *step) mergeable(first lead) []CarriedText {
	left := s.Window.Ledger.Left(s.policy.Window.Rules, s.now)
	if !s.policy.Window.Known() || left < 1 || left >= s.queued(first.id) {
		return nil
	}
	size := first.size
	var merged []CarriedText
	for _, next := range s.behind(first.id) {
		size += len(next.text) + 2
		if next.text == "" || next.ticketID != first.ticketID || next.author != first.author || size > maxMerged {
			break
		}
		merged = append(merged, CarriedText{ID: next.id, Text: next.text})
	}
	return merged
}

// queued is how many replies wait, including a running one.
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
		arrived := len(lane.Waiting) > 0 && lane.Waiting[0].Order.before(h.Order) // arrived later, but was written before
		if h.Tried || h.Into != "" || len(h.With) > 0 || s.carrierIndex(h.WorkflowID) >= 0 || arrived ||
			lane.startedBefore(h.Order) {
			return queue
		}
		queue = append(queue, queuedText{h.WorkflowID, h.TicketID, h.Author, h.Text})
	}
	for _, w := range lane.Waiting {
		if w.Reply.Menu != nil || w.Into != "" || w.Alone || lane.startedBefore(w.Order) {
			return queue
		}
		queue = append(queue, queuedText{s.replyID(*w.Reply), w.Reply.TicketID, w.Reply.Author, w.Reply.Text})
	}
	return queue
}

// startedBefore reports whether a started sync belongs before a text that would be merged, and must not be overtaken.
func (l *Lane) startedBefore(order Order) bool {
	return len(l.Turns) > 0 && l.Turns[0].Order.before(order) || l.keepsBack(order)
}

// carrierIndex is the position of the held reply that carries the text of another; -1: none does.
func (s *State) carrierIndex(id string) int {
	return slices.IndexFunc(s.Held.Replies, func(h HeldReply) bool { return slices.Contains(h.With, id) })
}

// uncarry makes sure that no other reply carries the text of a reply that is to send it by itself.
func (s *step) uncarry(id string) {
	if at := s.carrierIndex(id); at >= 0 {
		h := &s.Held.Replies[at]
		h.With = nil
		s.do(Uncarry{WorkflowID: h.WorkflowID})
	}
}

// settleCarried records the outcome of the replies whose texts another one carried: delivered with it, unknown, or to
// be sent by themselves.
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
