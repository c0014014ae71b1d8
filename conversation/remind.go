package conversation

import (
	"strconv"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// remindAt is when to tell the agent that the window is about to close on an unanswered message.
func (s *State) remindAt(policy Policy) time.Time {
	if !s.Window.Asked || policy.Window.RemindBefore <= 0 || s.Presence.Gone || s.Known.Thread.TicketID == "" {
		return time.Time{}
	}
	until := s.Window.Ledger.Ends(policy.Window.Rules, window.Message)
	if until.IsZero() {
		return time.Time{}
	}
	return until.Add(-policy.Window.RemindBefore)
}

// remind leaves a note that the window is about to close, unless it is closed already.
func (s *step) remind() {
	s.Window.Asked = false
	if s.Window.Ledger.Ends(s.policy.Window.Rules, window.Message).After(s.now) {
		s.noteWindow(NoteWindowEnding, 0)
	}
}

// warnLow tells the agent, once per message of the follower, that few messages remain. If replies are already held,
// their notes say so.
func (s *step) warnLow() {
	rules := s.policy.Window
	until, left := s.Window.Ledger.Ends(rules.Rules, window.Message), s.Window.Ledger.Left(rules.Rules, s.now)
	if rules.RemindBefore <= 0 || left > 1 || until.Unix() == s.Window.Low || !until.After(s.now) ||
		len(s.Held.Replies) > 0 || s.Presence.Gone {
		return
	}
	if s.Known.Thread.TicketID == "" {
		return
	}
	s.Window.Low = until.Unix()
	s.noteWindow(NoteWindowLow, left)
}

// noteWindow leaves a note about the window opened by the follower's last message.
func (s *step) noteWindow(kind NoteKind, left int) {
	about := map[NoteKind]string{NoteWindowEnding: "window", NoteWindowLow: "low"}[kind]
	until := s.Window.Ledger.Ends(s.policy.Window.Rules, window.Message).Unix()
	s.note(StartNote{
		Kind: kind, Key: about + "/" + strconv.FormatInt(until, 10), IfOpen: s.Known.Thread.TicketObjectID,
		Until: until, Left: left,
	})
}
