package conversation

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Automatic is an automatic text that waits until the window has a message to spare. Reply holds the text if it came
// from C4C; Status, Survey, Thanks and Number select one of the account's texts.
type Automatic struct {
	Reply  Reply  `json:"reply"`
	At     int64  `json:"at"`               // seconds since 1970
	Status string `json:"status,omitempty"` // user status of the ticket
	Survey bool   `json:"survey,omitempty"`
	Thanks bool   `json:"thanks,omitempty"`
	Number bool   `json:"number,omitempty"` // of a new ticket
	Again  int    `json:"again,omitempty"`  // how often WeChat refused the text
}

// maxAutomatic limits the automatic texts that wait.
const maxAutomatic = 20

// maxAutomaticSize limits each automatic text, in bytes. WeChat's messages hold 2048.
const maxAutomaticSize = 8 << 10

// automaticLife is how long an automatic text waits unless the account sets a time.
const automaticLife = 24 * time.Hour

// automaticPrefix begins the id of an automatic text.
func (s *State) automaticPrefix() string { return "auto/" + s.Who.FollowerKey + "/" }

// queueAutomatic queues an automatic text, one per key. It is sent when the window has a message to spare and no
// agent's answer waits. The agent gets a note about a text that could not be sent in time.
func (s *step) queueAutomatic(key string, a Automatic) {
	a.Reply.SmaID = s.automaticPrefix() + key
	if a.Reply.size() > maxAutomaticSize {
		s.Unused++ // too long for a WeChat message
		return
	}
	if !s.Replied.add(a.Reply.SmaID) {
		return
	}
	a.Reply.Automatic, a.Reply.OpenID, a.At = true, s.Who.OpenID, s.now.Unix()
	s.Automatic = append(s.Automatic, a)
	for len(s.Automatic) > maxAutomatic {
		s.noteUntold(s.Automatic[0], false)
		s.Automatic = s.Automatic[1:]
	}
}

// endOf is when an automatic text stops waiting.
func (a Automatic) endOf(policy Policy) time.Time {
	return time.Unix(a.At, 0).Add(cmp.Or(policy.Window.AutomaticLife, automaticLife))
}

// automaticEnds is when the first automatic text has waited too long; zero: none waits.
func (s *State) automaticEnds(policy Policy) time.Time {
	var first time.Time
	for _, a := range s.Automatic {
		if end := a.endOf(policy); first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}

// endAutomatic drops the texts that have waited too long, and the number of a ticket in which nobody answers any more.
func (s *step) endAutomatic() {
	s.Automatic = slices.DeleteFunc(s.Automatic, func(a Automatic) bool {
		if !s.past(a.endOf(s.policy)) && !(a.Number && s.Tickets.isOver(a.Reply.TicketID)) {
			return false
		}
		s.noteUntold(a, false)
		return true
	})
}

// noteUntold leaves the agent a note about a text that was not sent, or of which nobody knows whether it was. It leaves
// none if the follower is gone, which agents already know, and none for thanks, which nobody misses.
func (s *step) noteUntold(a Automatic, unsure bool) {
	if s.Presence.Gone || a.Thanks {
		return
	}
	s.note(StartNote{
		Kind: NoteUntold, Key: a.Reply.SmaID + "/untold", TicketID: a.Reply.TicketID,
		Words: a.Reply.Text, Status: a.Status, Survey: a.Survey, Number: a.Number, Unsure: unsure,
	})
}

// noteBarred tells the agent, once, that the account may not send the numbers of tickets.
func (s *step) noteBarred(ticketID string) {
	if s.Told.Barred || s.Presence.Gone {
		return
	}
	s.Told.Barred = true
	s.note(StartNote{Kind: NoteBarred, Key: "number/barred", TicketID: ticketID})
}

// maySendAutomatic reports whether an automatic text may be sent now.
func (s *step) maySendAutomatic() bool {
	return len(s.Automatic) > 0 && !s.Presence.Gone &&
		len(s.Held.Replies)+len(s.Replies.Waiting)+len(s.Replies.Turns) == 0 &&
		s.Window.Ledger.Spares(s.policy.Window.Rules, s.now)
}

// deliverAutomatic sends the next automatic text.
func (s *step) deliverAutomatic() {
	next := s.Automatic[0]
	s.Automatic = s.Automatic[1:]
	reply := next.Reply
	if next.Again > 0 { // another attempt needs a sync of its own
		reply.SmaID += "/" + strconv.Itoa(next.Again)
	}
	id := s.replyID(reply)
	s.begin(&s.Replies, Active{WorkflowID: id, TicketID: reply.TicketID, Automatic: &next})
	s.do(StartReply{ID: id, Ask: ReplyAsk{
		Reply: reply, Status: next.Status, Survey: next.Survey, Thanks: next.Thanks, Number: next.Number,
	}})
}

// maxRefused is how many refusals by WeChat an automatic text gets before it is dropped.
const maxRefused = 5

// requeueAutomatic puts a text back that WeChat refused although the ledger still had messages, as if the ledger had
// had none.
func (s *step) requeueAutomatic(a *Automatic, failure string) {
	refused := failure == activities.ErrorWeChatWindowClosed || failure == activities.ErrorWeChatWindowUsedUp
	switch {
	case a == nil || failure == "":
		return
	case a.Number && failure == activities.ErrorWeChatNotPermitted:
		s.noteBarred(a.Reply.TicketID)
		return
	case !refused || a.Again >= maxRefused:
		s.noteUntold(*a, failure == activities.ErrorWeChatOutcomeUnknown)
		return
	}
	again := *a
	again.Again++
	s.Automatic = append([]Automatic{again}, s.Automatic...)
}

// newest keeps the newest entries up to the bound.
func newest[T any](list []T, bound int) []T { return list[max(0, len(list)-bound):] }
