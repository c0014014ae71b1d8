package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"
)

// changeEarlier is the version from which a retried sync waits for those that were written before it.
const changeEarlier = "wait-for-earlier-parked"

// earlierPatience is how long a retried sync lets parked ones ask for their turn that were written before it: what is retried
// together is told oldest first, and on a busy system the words arrive in another order.
const earlierPatience = 10 * time.Second

// maxParked bounds the parked syncs of a lane that a conversation remembers.
const maxParked = 200

// ParkedSync is a sync that let those behind it pass.
type ParkedSync struct {
	Turn
	// Passed says that one written later has waited for it in vain.
	Passed bool `json:"passed,omitempty"`
}

// park remembers a sync that has parked.
func (s *ConversationState) park(lane Lane, turn Turn) {
	parked := s.Parked[lane]
	if slices.ContainsFunc(parked, func(p ParkedSync) bool { return p.WorkflowID == turn.WorkflowID }) {
		return
	}
	parked = append(parked, ParkedSync{Turn: turn})
	if s.Parked == nil {
		s.Parked = map[Lane][]ParkedSync{}
	}
	s.Parked[lane] = newest(parked, maxParked)
}

// unpark forgets a sync that goes on or has ended.
func (s *ConversationState) unpark(lane Lane, id string) {
	parked := slices.DeleteFunc(s.Parked[lane], func(p ParkedSync) bool { return p.WorkflowID == id })
	if len(parked) == 0 {
		delete(s.Parked, lane)
		return
	}
	s.Parked[lane] = parked
}

// earlier says whether a sync is parked that was written before the one whose turn is next.
func (s *ConversationState) earlier(lane Lane) bool {
	return slices.ContainsFunc(s.Parked[lane], func(p ParkedSync) bool { return !p.Passed && p.Order < s.Turns[lane][0].Order })
}

// awaitEarlier gives parked syncs that belong before the next one a moment to ask for their turn, each once.
func (wf *conversation) awaitEarlier(ctx workflow.Context, lane Lane) error {
	if !wf.state.earlier(lane) || workflow.GetVersion(ctx, changeEarlier, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	if _, err := workflow.AwaitWithTimeout(ctx, earlierPatience, func() bool { return !wf.state.earlier(lane) }); err != nil {
		return err
	}
	for i, p := range wf.state.Parked[lane] {
		wf.state.Parked[lane][i].Passed = p.Passed || p.Order < wf.state.Turns[lane][0].Order
	}
	return nil
}
