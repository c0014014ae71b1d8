package workflows

import (
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// Texts are an account's texts. {ticket} is replaced by the ticket's number.
type Texts struct {
	*catalogue.Texts
	Language     string // language code of notes in C4C, ISO 639-1
	Placeholder  string // last name of a customer who has not registered
	TicketOpened string // tells the follower the number; contains {ticket}
	NoteGone     string // tells the agent that the follower unfollowed and replies no longer arrive

	// TicketLink is the address of a ticket on the H5 page; contains {ticket}. Empty if a plain link cannot open a
	// page.
	TicketLink string
	NoteOrigin string // tells the agent which QR code brought the follower; contains {words}
}

// noteText is the text of a note that a conversation leaves.
func (p Policy) noteText(n conversation.StartNote) string {
	if n.Kind != conversation.NoteUntold {
		return p.Texts.note(n)
	}
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
	return p.Texts.Text(key, catalogue.Words(wordsOf(text.Plain(words))))
}

// note is the text of a note that needs only the account's texts.
func (t Texts) note(n conversation.StartNote) string {
	until := catalogue.Until(time.Unix(n.Until, 0).In(activities.Beijing).Format("2006-01-02 15:04"))
	switch n.Kind {
	case conversation.NoteGone:
		return t.NoteGone
	case conversation.NoteWindowEnding:
		return t.Text(catalogue.NoteWindowEnding, until)
	case conversation.NoteWindowLow:
		return t.Text(catalogue.NoteWindowLow, catalogue.Count(n.Left), until)
	case conversation.NoteSurvey:
		return t.answered(catalogue.NoteSurvey, n)
	case conversation.NoteSurveyChanged:
		return t.answered(catalogue.NoteSurveyChanged, n)
	case conversation.NoteOrigin:
		return t.origin(n.Scene)
	case conversation.NoteLost:
		return t.Text(catalogue.NoteReplyUnsure, catalogue.Words(wordsOf(text.Plain(n.Words))))
	}
	return ""
}

// origin is the note about a QR code's scene.
func (t Texts) origin(scene string) string { return replaced(t.NoteOrigin, "{words}", scene) }

// answers are the answers to the question after a ticket's completion, by score.
var answers = map[int]catalogue.Key{
	3: catalogue.SurveySatisfied, 2: catalogue.SurveyNeutral, 1: catalogue.SurveyDissatisfied,
}

// answered is the note about an answer.
func (t Texts) answered(key catalogue.Key, n conversation.StartNote) string {
	return t.Text(key, catalogue.Ticket(n.TicketID), catalogue.Words(t.Text(answers[n.Score])))
}

// survey is the question about a ticket. A non-empty head comes before it.
func (t Texts) survey(ticketID, head string) *conversation.ReplyMenu {
	question := t.Text(catalogue.SurveyQuestion, catalogue.Ticket(ticketID))
	if head != "" {
		question = head + "\n" + question
	}
	menu := &conversation.ReplyMenu{Head: question}
	for _, score := range []int{3, 2, 1} {
		menu.Items = append(menu.Items, conversation.ReplyMenuItem{
			ID: conversation.SurveyItem(ticketID, score), Text: t.Text(answers[score]),
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
		reply.Menu = p.Texts.survey(reply.TicketID, reply.Text)
	}
	if ask.Number {
		reply.Text = withTicket(p.Texts.TicketOpened, reply.TicketID)
	}
	if ask.Thanks {
		reply.Text = p.Texts.Text(catalogue.SurveyThanks)
	}
	return ask
}

// withTicket inserts a ticket number into a text.
func withTicket(text, ticketID string) string { return strings.ReplaceAll(text, "{ticket}", ticketID) }

// replaced fills in placeholders in a text.
func replaced(text string, places ...string) string {
	return strings.NewReplacer(places...).Replace(text)
}
