package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// mergedSpace is what a message leaves for the agent's name and the lines between what was merged.
const mergedSpace = 200

// WaitingReply is a reply that waits, with what is needed to send it together with the one in front.
type WaitingReply struct {
	Text     string `json:"text"`
	TicketID string `json:"ticket_id"`
	Author   string `json:"author"`
	Tried    bool   `json:"tried,omitempty"` // parts of it may have arrived
	// With are the workflow ids of replies whose texts it carries.
	With []string `json:"with,omitempty"`
	// Into is the reply that carried this one's text; Unknown says that nobody knows whether it arrived.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
}

// GrantedTurn lets a waiting sync go on.
type GrantedTurn struct {
	Facts
	// With are texts to send together with the reply's own.
	With []CarriedText `json:"with,omitempty"`
	// Into is the reply that the text of this one went out with.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
	// TellNumber says anew whether a message tells the ticket's number; nil: as before.
	TellNumber *bool `json:"tell_number,omitempty"`
}

// CarriedText is the text of a reply that another one takes along.
type CarriedText struct {
	ID   string `json:"id"` // workflow id of the reply
	Text string `json:"text"`
}

// waiting is what is known of a reply that waits; never nil.
func (s *ConversationState) waiting(id string) *WaitingReply {
	if s.Waiting == nil {
		s.Waiting = map[string]*WaitingReply{}
	}
	if s.Waiting[id] == nil {
		s.Waiting[id] = &WaitingReply{Tried: true}
	}
	return s.Waiting[id]
}

// keepWaiting notes a reply before it is started.
func (s *ConversationState) keepWaiting(id string, reply Reply) {
	w := s.waiting(id)
	w.TicketID, w.Author, w.Tried = reply.TicketID, reply.Author, reply.Menu != nil || reply.Text == ""
	w.Text = reply.Text
}

// turn is what a reply is told when it may send: its own text went with another, or takes those of others along where the
// window allows fewer messages than replies wait.
func (wf *conversation) turn(id string) GrantedTurn {
	s := &wf.state
	w := s.waiting(id)
	turn := GrantedTurn{Facts: s.Facts, Into: w.Into, Unknown: w.Unknown}
	if w.Into == "" && len(w.With) == 0 {
		for _, other := range wf.pack(id) {
			w.With = append(w.With, other.id)
			turn.With = append(turn.With, CarriedText{ID: other.id, Text: other.text})
		}
	}
	w.Tried, w.Into, w.Unknown = true, "", false
	return turn
}

// free makes sure that no other reply carries the text of one that is to send by itself.
func (wf *conversation) free(ctx workflow.Context, id string) {
	for _, carrier := range wf.state.Held {
		if w := wf.state.waiting(carrier); slices.Contains(w.With, id) {
			w.With = nil
			// A carrier that is closed carries nothing.
			_ = workflow.SignalExternalWorkflow(ctx, carrier, "", SignalUncarry, nil).Get(ctx, nil)
			return
		}
	}
}

// queuedText is the text of a reply that waits.
type queuedText struct{ id, ticketID, author, text string }

// pack chooses what goes out together with a reply: what was written right after it by the same agent in the same ticket, as
// much as one message holds.
func (wf *conversation) pack(id string) []queuedText {
	s := &wf.state
	lead := s.waiting(id)
	left := s.Window.left(wf.now())
	if !s.Window.Rules.known() || left < 1 || left >= wf.queued(id) {
		return nil
	}
	size := len(lead.Text) + mergedSpace
	var packed []queuedText
	for _, next := range wf.behind(id) {
		size += len(next.text)
		if next.text == "" || next.ticketID != lead.TicketID || next.author != lead.Author || size > text.MaxBytes {
			break
		}
		packed = append(packed, next)
	}
	return packed
}

// queued is how many replies wait, one that is under way included.
func (wf *conversation) queued(id string) int {
	n := len(wf.state.Held) + len(wf.state.Outbox)
	if !slices.Contains(wf.state.Held, id) {
		n++
	}
	return n
}

// behind are the replies that wait behind one, in order, up to the first that cannot be merged.
func (wf *conversation) behind(id string) []queuedText {
	s := &wf.state
	var queue []queuedText
	for _, held := range s.Held[slices.Index(s.Held, id)+1:] {
		w := s.waiting(held)
		if w.Tried || w.Into != "" || len(w.With) > 0 {
			return queue
		}
		queue = append(queue, queuedText{held, w.TicketID, w.Author, w.Text})
	}
	for _, reply := range s.Outbox {
		next := ReplyID(wf.in.Account, reply.SmaID)
		if reply.Menu != nil || s.Waiting[next] != nil {
			return queue
		}
		queue = append(queue, queuedText{next, reply.TicketID, reply.Author, reply.Text})
	}
	return queue
}

// ended notes what became of a reply, and so of those whose texts it carried: they went out with it, or nobody knows, or they
// go by themselves.
func (wf *conversation) ended(id, state, failure string, with []string) {
	s := &wf.state
	delete(s.Waiting, id)
	for _, other := range with {
		if !wf.waits(other) {
			continue
		}
		carried := s.waiting(other)
		carried.Tried = false
		switch {
		case state == StateSynced:
			carried.Into = id
		case failure == activities.ErrorWeChatOutcomeUnknown:
			carried.Into, carried.Unknown = id, true
		}
	}
}

// waits says that a reply is held or has not been started.
func (wf *conversation) waits(id string) bool {
	return slices.Contains(wf.state.Held, id) ||
		slices.ContainsFunc(wf.state.Outbox, func(r Reply) bool { return ReplyID(wf.in.Account, r.SmaID) == id })
}

// awaitReply lets the reply lane wait for a reply that it started.
func (wf *conversation) awaitReply(ctx workflow.Context, id string, started workflow.ChildWorkflowFuture) Event {
	event := wf.await(ctx, LaneReplies, id, started)
	if event == EventEnded {
		var out Outcome
		if started.IsReady() {
			if err := started.Get(ctx, &out); err != nil {
				out = Outcome{} // not carried out here
			}
		}
		wf.ended(id, out.State, "", out.With)
	}
	return event
}
