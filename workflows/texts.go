package workflows

import (
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// noteText is the text of a note that a conversation leaves.
func (p Policy) noteText(n conversation.StartNote) string {
	until := catalogue.Until(time.Unix(n.Until, 0).In(activities.Beijing).Format("2006-01-02 15:04"))
	switch n.Kind {
	case conversation.NoteUntold:
		return p.untoldText(n)
	case conversation.NoteBarred:
		return p.Texts.Text(catalogue.NoteNumberBarred)
	case conversation.NoteGone:
		return p.Texts.Text(catalogue.NoteUnfollowed)
	case conversation.NoteWindowEnding:
		return p.Texts.Text(catalogue.NoteWindowEnding, until)
	case conversation.NoteWindowLow:
		return p.Texts.Text(catalogue.NoteWindowLow, catalogue.Count(n.Left), until)
	case conversation.NoteSurvey:
		return p.answeredText(catalogue.NoteSurvey, n)
	case conversation.NoteSurveyChanged:
		return p.answeredText(catalogue.NoteSurveyChanged, n)
	case conversation.NoteOrigin:
		return p.Texts.Text(catalogue.NoteOrigin, catalogue.Words(n.Scene))
	case conversation.NoteLost:
		return p.Texts.Text(catalogue.NoteReplyUnsure, catalogue.Words(wordsOf(text.Plain(n.Words))))
	}
	return ""
}

// untoldText is the note about an automatic text that was not sent.
func (p Policy) untoldText(n conversation.StartNote) string {
	untold := p.automatic(conversation.ReplyAsk{
		Reply: conversation.Reply{TicketID: n.TicketID, Text: n.Words}, Status: n.Status, Survey: n.Survey,
		Number: n.Number,
	}).Reply
	words := untold.Text
	if words == "" && untold.Menu != nil {
		words = untold.Menu.Head
	}
	key := catalogue.NoteAutomatic
	if n.Unsure {
		key = catalogue.NoteAutomaticUnsure
	}
	return p.Texts.Text(key, catalogue.Words(beginningOf(text.Plain(words), maxUntold)))
}

// answers are the answers to the question after a ticket's completion, by score.
var answers = map[int]catalogue.Key{
	3: catalogue.SurveySatisfied, 2: catalogue.SurveyNeutral, 1: catalogue.SurveyDissatisfied,
}

// answeredText is the note about an answer.
func (p Policy) answeredText(key catalogue.Key, n conversation.StartNote) string {
	return p.Texts.Text(key, catalogue.Ticket(n.TicketID), catalogue.Words(p.Texts.Text(answers[n.Score])))
}

// survey is the question about a ticket. A non-empty head comes before it.
func (p Policy) survey(ticketID, head string) *conversation.ReplyMenu {
	question := p.Texts.Text(catalogue.SurveyQuestion, catalogue.Ticket(ticketID))
	if head != "" {
		question = head + "\n" + question
	}
	menu := &conversation.ReplyMenu{Head: question}
	for _, score := range []int{3, 2, 1} {
		menu.Items = append(menu.Items, conversation.ReplyMenuItem{
			ID: conversation.SurveyItem(ticketID, score), Text: p.Texts.Text(answers[score]),
		})
	}
	return menu
}

// automatic fills in the text that the conversation refers to only by name.
func (p Policy) automatic(ask conversation.ReplyAsk) conversation.ReplyAsk {
	reply := &ask.Reply
	if ask.Status != "" {
		reply.Text = withTicket(p.Tickets.StatusTexts.Of(ask.Status), reply.TicketID)
	}
	if ask.Survey {
		reply.Menu = p.survey(reply.TicketID, reply.Text)
	}
	if ask.Number {
		reply.Text = p.Texts.Text(catalogue.TicketOpened, catalogue.Ticket(reply.TicketID))
	}
	if ask.Thanks {
		reply.Text = p.Texts.Text(catalogue.SurveyThanks)
	}
	return ask
}

// withTicket inserts a ticket number into a text.
func withTicket(text, ticketID string) string { return strings.ReplaceAll(text, "{ticket}", ticketID) }
