package conversation

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Automatic is a text of ours that waits until the window spares a message for it. Reply has the text where it came
// from C4C; Status, Survey and Thanks name one of the account's texts.
type Automatic struct {
	Reply  Reply  `json:"reply"`
	At     int64  `json:"at"`               // seconds since 1970
	Status string `json:"status,omitempty"` // user status of the ticket
	Survey bool   `json:"survey,omitempty"`
	Thanks bool   `json:"thanks,omitempty"`
	Again  int    `json:"again,omitempty"` // how often WeChat refused it
}

// maxAutomatic bounds the automatic texts that wait.
const maxAutomatic = 20

// maxAutomaticSize bounds each of them, in bytes: WeChat's messages hold 2048.
const maxAutomaticSize = 8 << 10

// automaticLife is how long an automatic text waits where the account decides nothing.
const automaticLife = 24 * time.Hour

// automaticPrefix begins the id of an automatic text.
func (s *State) automaticPrefix() string { return "auto/" + s.Who.FollowerKey + "/" }

// tellFollower sends a text of ours, one per key, when the window spares a message and no answer of an agent waits.
// Of what finds no room in time the agent is told.
func (s *step) tellFollower(key string, a Automatic) {
	a.Reply.SmaID = s.automaticPrefix() + key
	if a.Reply.size() > maxAutomaticSize {
		s.Unused++ // no message of WeChat's holds it
		return
	}
	if !s.Seen.first("reply/" + a.Reply.SmaID) {
		return
	}
	a.Reply.Automatic, a.Reply.OpenID, a.At = true, s.Who.OpenID, s.now.Unix()
	s.Automatic = append(s.Automatic, a)
	for len(s.Automatic) > maxAutomatic {
		s.noteUntold(s.Automatic[0])
		s.Automatic = s.Automatic[1:]
	}
}

// endOf is until when an automatic text waits.
func (a Automatic) endOf(policy Policy) time.Time {
	return time.Unix(a.At, 0).Add(cmp.Or(policy.Window.AutomaticLife, automaticLife))
}

// automaticEnds is when the first automatic text has waited for too long; zero: none waits.
func (s *State) automaticEnds(policy Policy) time.Time {
	var first time.Time
	for _, a := range s.Automatic {
		if end := a.endOf(policy); first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}

// endAutomatic drops the texts that have waited for too long.
func (s *step) endAutomatic() {
	s.Automatic = slices.DeleteFunc(s.Automatic, func(a Automatic) bool {
		if !s.past(a.endOf(s.policy)) {
			return false
		}
		s.noteUntold(a)
		return true
	})
}

// noteUntold tells the agent of a text that the follower was not sent. Of a follower who left they know, and nobody
// misses thanks.
func (s *step) noteUntold(a Automatic) {
	if s.Presence.Gone || a.Thanks {
		return
	}
	s.note(StartNote{
		Kind: NoteUntold, Key: a.Reply.SmaID + "/untold", TicketID: a.Reply.TicketID,
		Words: a.Reply.Text, Status: a.Status, Survey: a.Survey,
	})
}

// mayTellFollower reports whether an automatic text may go now.
func (s *step) mayTellFollower() bool {
	return len(s.Automatic) > 0 && !s.Presence.Gone &&
		len(s.Held.Replies)+len(s.Replies.Waiting)+len(s.Replies.Turns) == 0 &&
		s.Window.Ledger.Spares(s.policy.Window.Rules, s.now)
}

// deliverAutomatic sends the next automatic text.
func (s *step) deliverAutomatic() {
	next := s.Automatic[0]
	s.Automatic = s.Automatic[1:]
	reply := next.Reply
	if next.Again > 0 { // another attempt is another sync
		reply.SmaID += "/" + strconv.Itoa(next.Again)
	}
	id := s.replyID(reply)
	s.begin(&s.Replies, Active{WorkflowID: id, TicketID: reply.TicketID, Automatic: &next})
	s.do(StartReply{ID: id, Ask: ReplyAsk{Reply: reply, Status: next.Status, Survey: next.Survey, Thanks: next.Thanks}})
}

// maxRefused is how often an automatic text is tried that WeChat refuses.
const maxRefused = 5

// refusedAutomatic lets a text wait that WeChat refused although the ledger knew of room, as if it had known of none.
func (s *step) refusedAutomatic(a *Automatic, failure string) {
	refused := failure == activities.ErrorWeChatWindowClosed || failure == activities.ErrorWeChatWindowUsedUp
	switch {
	case a == nil || failure == "" || failure == activities.ErrorWeChatOutcomeUnknown:
		return
	case !refused || a.Again >= maxRefused:
		s.noteUntold(*a)
		return
	}
	again := *a
	again.Again++
	s.Automatic = append([]Automatic{again}, s.Automatic...)
}

// newest drops what is beyond the bound, oldest first.
func newest[T any](list []T, bound int) []T { return list[max(0, len(list)-bound):] }
