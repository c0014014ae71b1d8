package conversation_test

import (
	"fmt"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// short writes a command as stories do.
func short(c conversation.Command) string {
	switch c := c.(type) {
	case conversation.StartOnboard:
		return "onboard" + when(c.LookFirst, " looking") + when(c.Scene != "", " from "+c.Scene)
	case conversation.StartTicket:
		line := "start " + shortID(c.ID) + when(c.Ask.Wait, " waits") + when(c.Ask.TellNumber, " tells") +
			inThread(c.Ask.Thread, c.Ask.Aside)
		if a := c.Ask.Choice.Address; a != nil {
			line += fmt.Sprintf(" for %s: %q", a.TicketID, a.Text)
		}
		return line + when(c.Ask.Choice.Known != nil, " known")
	case conversation.StartRegister:
		return "start " + shortID(c.ID) + when(c.Wait, " waits")
	case conversation.StartReply:
		line := "start " + shortID(c.ID) + when(c.Ask.Wait, " waits") + when(c.Ask.Hold, " held") + when(c.Ask.Gone, " gone")
		return line + shortCarried(c.Ask.Carried) + when(c.Ask.Survey, " survey") + when(c.Ask.Thanks, " thanks") +
			when(c.Ask.Number, " number")
	case conversation.Grant:
		line := "turn " + shortID(c.WorkflowID)
		if r := c.Turn.Reply; r != nil {
			line += when(r.Hold, " held") + when(r.Gone, " gone") + shortCarried(r.Carried)
		}
		if t := c.Turn.Ticket; t != nil {
			line += when(t.TellNumber, " tells") + inThread(t.Thread, t.Aside)
		}
		return line
	case conversation.Watch:
		return "watch " + shortID(c.WorkflowID)
	case conversation.MarkStuck:
		return "stuck " + shortID(c.WorkflowID)
	case conversation.GiveUp:
		return "give up " + shortID(c.WorkflowID)
	case conversation.Uncarry:
		return "uncarry " + shortID(c.WorkflowID)
	case conversation.StartNote:
		return fmt.Sprintf("note %s in %s", c.Kind, c.TicketID) + when(c.Score > 0, fmt.Sprint(" ", c.Score))
	case conversation.Announce:
		return fmt.Sprintf("announce %d", c.Count) + when(c.Subscription.TemplateID != "", " granted")
	case conversation.EndNotice:
		return "end notice"
	case conversation.TellBackfill:
		return "backfill " + c.Outcome
	case conversation.ShowTicket:
		return "show " + c.TicketID
	case conversation.CountSpent:
		return "spent " + string(c.Trigger)
	case conversation.CountMissed:
		return "missed"
	case conversation.CountUnfetched:
		return "unfetched"
	}
	return fmt.Sprintf("%T", c)
}

func when(is bool, words string) string {
	if is {
		return words
	}
	return ""
}

func inThread(t conversation.Thread, aside bool) string {
	return when(t.TicketID != "", " in "+t.TicketID) + when(aside, " aside")
}

func shortCarried(c conversation.Carried) string {
	var ids []string
	for _, text := range c.With {
		ids = append(ids, shortID(text.ID))
	}
	line := when(len(ids) > 0, " with "+strings.Join(ids, " "))
	return line + when(c.Into != "", " into "+shortID(c.Into)) + when(c.Unknown, " unsure")
}
