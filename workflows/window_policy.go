package workflows

import "time"

// WindowPolicy is what an account decides about the reply window.
type WindowPolicy struct {
	WindowRules
	// ExpireAfter is how long a reply waits for the follower before it is given up; 0: for ever.
	ExpireAfter time.Duration `json:"expire_after,omitempty"`
	// AnnounceAfter is how long a reply waits before the follower is told that it does.
	AnnounceAfter time.Duration `json:"announce_after,omitempty"`
	// RemindBefore is how long before the window closes on a message that nobody answered the agent is told; 0: never, nor that
	// the window is nearly spent.
	RemindBefore time.Duration `json:"remind_before,omitempty"`
	// Template and Subscription are the notices that an answer waits; those without an id are not sent.
	Template     NoticeForm `json:"template,omitzero"`
	Subscription NoticeForm `json:"subscription,omitzero"`
	// AutomaticLife is how long an automatic text waits for a message to spare; 0: an hour.
	AutomaticLife time.Duration `json:"automatic_life,omitempty"`
}

// care is what is done about a reply that does not arrive at once.
func (wf *conversation) care(p WindowPolicy) *ReplyCare {
	if !p.known() {
		return nil
	}
	care := &ReplyCare{ExpireAfter: p.ExpireAfter, Announced: wf.state.Batch.Announced && len(wf.state.Held) > 0}
	if wf.announces() {
		care.AnnounceAfter = p.AnnounceAfter
	}
	return care
}
