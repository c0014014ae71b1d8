package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"
)

// takeTicket takes what C4C told of a ticket by itself, and tells the follower what is news to them. It never yields:
// continue-as-new drains through it.
func (wf *conversation) takeTicket(ctx workflow.Context, in TicketChange) {
	tickets := &wf.state.Tickets
	tickets.Events = max(tickets.Events, in.At)
	known, heard := tickets.view(in.ObjectID), ""
	if known != nil {
		heard = known.Heard
	}
	if !tickets.learn(in.TicketState) {
		return // older than what is known
	}
	view := tickets.view(in.ObjectID)
	view.Heard = in.UserStatus
	news := heard != in.UserStatus && !(known == nil && in.Created)
	if news && !wf.state.Gone && in.ID != "" {
		wf.tellStatus(wf.policy(ctx), view)
	}
}

// tellStatus tells the follower of a ticket's new status, and asks how satisfied they are where it was completed: in one
// message, since each costs one that WeChat allows. A text about an older status that still waits is dropped.
func (wf *conversation) tellStatus(policy Policy, view *TicketView) {
	reply := Reply{TicketID: view.ID, Text: withTicket(policy.Tickets.StatusTexts.of(view.UserStatus), view.ID)}
	if policy.Tickets.asks(view) {
		view.Survey.Asked = true
		reply.Menu = policy.Texts.Survey.menu(view.ID, reply.Text)
	}
	about := "status/" + view.ID + "/"
	wf.state.Automatic = slices.DeleteFunc(wf.state.Automatic, func(t AutomaticText) bool {
		return strings.HasPrefix(t.Reply.SmaID, "auto/"+wf.in.FollowerKey+"/"+about)
	})
	if reply.Text == "" && reply.Menu == nil {
		return
	}
	at := view.At
	if !view.ChangedAt.IsZero() {
		at = view.ChangedAt.Unix()
	}
	wf.tellFollower(fmt.Sprintf("%s%s/%d", about, view.UserStatus, at), reply)
}
