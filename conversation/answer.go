package conversation

import (
	"strconv"
	"strings"
)

// answerMark begins the id of an answer that an agent offers as a menu item: answer:<ticket>:<number>.
const answerMark = "answer:"

// AnswerItem is the id of an answer to an agent's question in a ticket; answers are numbered from 1.
func AnswerItem(ticketID string, number int) string {
	return answerMark + ticketID + ":" + strconv.Itoa(number)
}

// answeredTicket is the ticket of the question that the follower answers by tapping an item.
func answeredTicket(in Inbound) (ticketID string, ok bool) {
	id, ok := strings.CutPrefix(in.EventKey, answerMark)
	ticketID, _, numbered := strings.Cut(id, ":")
	return ticketID, ok && numbered && ticketID != "" && in.MsgType == "text"
}
