package conversation

import (
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
const automaticLife = time.Hour

// automaticPrefix begins the id of an automatic text.
func (s *State) automaticPrefix() string { return "auto/" + s.Who.FollowerKey + "/" }

// tellFollower sends a text of ours, one per key, when the window spares a message and no answer of an agent waits.
// What finds no room in time is dropped.
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
	s.Automatic = newest(append(s.Automatic, a), maxAutomatic)
}

// automatic is the first automatic text that has its time left; -1: there is none.
func (s *step) automatic() int {
	life := s.policy.Window.AutomaticLife
	if life <= 0 {
		life = automaticLife
	}
	oldest := s.now.Add(-life).Unix()
	return slices.IndexFunc(s.Automatic, func(a Automatic) bool { return a.At > oldest })
}

// mayTellFollower reports whether an automatic text may go now.
func (s *step) mayTellFollower() bool {
	return len(s.Automatic) > 0 && !s.Presence.Gone &&
		len(s.Held.Replies)+len(s.Replies.Waiting)+len(s.Replies.Turns) == 0 &&
		s.Window.Ledger.Spares(s.policy.Window.Rules, s.now) && s.automatic() >= 0
}

// deliverAutomatic sends the next automatic text; those whose time is over are forgotten.
func (s *step) deliverAutomatic() {
	at := s.automatic()
	next := s.Automatic[at]
	s.Automatic = s.Automatic[at+1:]
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
	if a == nil || !refused || a.Again >= maxRefused {
		return
	}
	again := *a
	again.Again++
	s.Automatic = append([]Automatic{again}, s.Automatic...)
}

// newest drops what is beyond the bound, oldest first.
func newest[T any](list []T, bound int) []T { return list[max(0, len(list)-bound):] }
