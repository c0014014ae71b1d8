package conversation_test

import (
	"slices"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Places of a sync in the state.
const (
	placeActive = "active"
	placeParked = "parked"
	placeTurn   = "waiting for its turn"
	placeHeld   = "held"
)

// checkPlaces checks where the state keeps the syncs that have just reported: each in one place at most, a closed one
// in none. A held reply that has its turn, or wants it, keeps its place among the held ones. A sync in two places is
// corrected only when the conversation asks for its state, minutes later, and nothing behind it goes until then. An
// event delivered again after hours is begun again, and then found to have an existing id.
func (w *world) checkPlaces(events []conversation.Event, commands []conversation.Command) {
	for i, e := range events {
		id, over := heardOf(e)
		if id == "" || again(id, events[i+1:]) || starts(id, commands) {
			continue
		}
		places := w.places(id)
		if _, asked := e.(conversation.Watched); asked {
			if slices.Contains(w.state.Running(), id) {
				w.fail("watched", "%s has said that it reports its end, and would be asked again", id)
			}
			continue
		}
		switch {
		case over && len(places) > 0:
			w.fail("closed", "%s is %s", id, places[0])
		case len(places) > 1 && (places[1] != placeHeld || places[0] == placeParked):
			w.fail("places", "%s is %s and %s", id, places[0], places[1])
		}
	}
}

// heardOf returns the sync that an event is about, and reports whether the sync is over. Empty: the event is about
// none.
func heardOf(e conversation.Event) (id string, over bool) {
	switch e := e.(type) {
	case conversation.Report:
		return e.WorkflowID, e.Kind == conversation.ReportEnded
	case conversation.Closed:
		return e.WorkflowID, true
	case conversation.Watched:
		return e.WorkflowID, false
	}
	return "", false
}

// again reports whether any of the events is about a sync.
func again(id string, events []conversation.Event) bool {
	return slices.ContainsFunc(events, func(e conversation.Event) bool {
		of, _ := heardOf(e)
		return of == id
	})
}

// starts reports whether a sync is started again under the same id.
func starts(id string, commands []conversation.Command) bool {
	return slices.ContainsFunc(commands, func(c conversation.Command) bool {
		switch c := c.(type) {
		case conversation.StartOnboard:
			return c.ID == id
		case conversation.StartTicket:
			return c.ID == id
		case conversation.StartRegister:
			return c.ID == id
		case conversation.StartReply:
			return c.ID == id
		}
		return false
	})
}

// places lists all places of a sync in the state.
func (w *world) places(id string) (places []string) {
	for _, l := range []*conversation.Lane{&w.state.Messages, &w.state.Replies} {
		if activeOf(l) == id {
			places = append(places, placeActive)
		}
		if slices.ContainsFunc(l.Parked, func(p conversation.Parked) bool { return p.WorkflowID == id }) {
			places = append(places, placeParked)
		}
		if slices.ContainsFunc(l.Turns, func(t conversation.WaitingSync) bool { return t.WorkflowID == id }) {
			places = append(places, placeTurn)
		}
	}
	if slices.ContainsFunc(w.state.Held.Replies, func(h conversation.HeldReply) bool { return h.WorkflowID == id }) {
		places = append(places, placeHeld)
	}
	return places
}
