package conversation

import (
	"strconv"
	"strings"
)

// answerMark begins the id of an answer that an agent offers to be tapped: answer:<ticket>:<number>.
const answerMark = "answer:"

// AnswerItem is the id of an answer to a question that an agent asks in a ticket, counted from 1.
func AnswerItem(ticketID string, number int) string {
	return answerMark + ticketID + ":" + strconv.Itoa(number)
}

// answeredTicket is the ticket in which an agent asked what the follower answers by a tap.
func answeredTicket(in Inbound) (ticketID string, ok bool) {
	id, ok := strings.CutPrefix(in.EventKey, answerMark)
	ticketID, _, numbered := strings.Cut(id, ":")
	return ticketID, ok && numbered && ticketID != "" && in.MsgType == "text"
}
