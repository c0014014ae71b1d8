package conversation_test

import (
	"fmt"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// describe describes an event or a command in one line, without texts.
func describe(what any) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", what), "conversation.")
	switch e := what.(type) {
	case conversation.Inbound:
		return fmt.Sprintf("the follower: %s %s of %d", e.Kind, e.MsgID, e.CreateTime)
	case conversation.Reply:
		return fmt.Sprintf("reply %s of %s", e.SmaID, e.CreatedAt)
	case conversation.Report:
		line := fmt.Sprintf("%s reports %s %s", e.WorkflowID, e.Kind, e.Failure)
		if e.Everything {
			line += " (hits everything)"
		}
		if e.Arrived {
			line += " (arrived)"
		}
		return line + with(e.With)
	case conversation.Closed:
		return fmt.Sprintf("%s is closed (arrived %v, lost %v)", e.WorkflowID, e.Outcome.Arrived, e.Lost)
	case conversation.StartOnboard:
		return name + " " + e.ID
	case conversation.StartTicket:
		return fmt.Sprintf("%s %s (waits: %v)", name, e.ID, e.Ask.Wait)
	case conversation.StartRegister:
		return fmt.Sprintf("%s %s (waits: %v)", name, e.ID, e.Wait)
	case conversation.StartReply:
		return fmt.Sprintf("%s %s (waits: %v, held: %v, gone: %v)%s", name, e.ID, e.Ask.Wait, e.Ask.Hold, e.Ask.Gone,
			carried(e.Ask.Carried))
	case conversation.Grant:
		if r := e.Turn.Reply; r != nil {
			return fmt.Sprintf("%s %s (held: %v, gone: %v)%s", name, e.WorkflowID, r.Hold, r.Gone, carried(r.Carried))
		}
		return name + " " + e.WorkflowID
	case conversation.Watched, conversation.Watch, conversation.GiveUp, conversation.Uncarry, conversation.MarkStuck,
		conversation.CountSpent, conversation.TellBackfill, conversation.ShowTicket:
		return fmt.Sprintf("%s %v", name, e)
	case conversation.StartNote:
		return fmt.Sprintf("%s %s", name, e.Key)
	}
	return name
}

func carried(c conversation.Carried) string {
	var ids []string
	for _, text := range c.With {
		ids = append(ids, text.ID)
	}
	line := with(ids)
	if c.Into != "" {
		line += fmt.Sprintf(", went with %s (unknown: %v)", c.Into, c.Unknown)
	}
	return line
}

func with(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ", with " + strings.Join(ids, " ")
}
