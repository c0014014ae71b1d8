package workflows

import (
	"net/url"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// room is how many messages a reply may use for its form.
type room int

const (
	roomForWords room = iota // words only, which the words of other replies may join
	roomAsWords              // no more messages than as words alone
	roomToSpare              // a card may be a message of its own
)

// roomOf is the room of a reply. spare reports whether the window has a message to spare, and merged is how many
// other replies it carries.
func roomOf(spare bool, merged int) room {
	switch {
	case merged > 0:
		return roomForWords
	case spare:
		return roomToSpare
	}
	return roomAsWords
}

// replyCard is a link as a message of its own.
type replyCard struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url"`
}

// replyForm is a parsed agent's text together with its surroundings.
type replyForm struct {
	text.Rich
	ticketID string
	name     string // of the agent; empty: the name is not shown
	texts    *catalogue.Texts
	maxParts int
	quoted   bool // a mail quoted below was removed
}

func formOf(reply conversation.Reply, policy Policy) replyForm {
	words, quoted := text.Reply(reply.Text)
	f := replyForm{
		Rich: text.Take(words), quoted: quoted, ticketID: reply.TicketID, texts: policy.Texts,
		maxParts: policy.Voice.MaxParts,
	}
	if policy.Voice.Name {
		f.name = nameOf(reply.Author)
	}
	return f
}

// named puts the agent's name before a text.
func (f replyForm) named(words string) string {
	if f.name == "" || strings.TrimSpace(words) == "" {
		return words
	}
	return f.texts.Text(catalogue.ReplyNamed, catalogue.Agent(f.name), catalogue.Words(words))
}

// shape turns parts into a card or a menu if WeChat can show them so and there is room. inWords are the messages
// without either.
func (f replyForm) shape(inWords []replyPart, room room) []replyPart {
	switch {
	case room == roomForWords:
		return inWords
	case f.Card != nil && f.Text == "":
		return []replyPart{{Text: inWords[0].Text, Card: f.card(f.name)}}
	case f.Card != nil:
		return f.withCard(inWords, room)
	case len(f.Answers) > 0:
		return f.withMenu(inWords)
	}
	return inWords
}

func (f replyForm) card(name string) *replyCard {
	card := &replyCard{Title: f.Card.Title, URL: f.Card.URL, Description: name}
	if at, err := url.Parse(f.Card.URL); err == nil && name == "" {
		card.Description = at.Host
	}
	return card
}

// withCard puts the card after the words before it.
func (f replyForm) withCard(inWords []replyPart, room room) []replyPart {
	texts, _ := text.Messages(f.named(f.Text))
	most := len(inWords)
	if room == roomToSpare && (f.maxParts == 0 || most < f.maxParts) {
		most++
	}
	if len(texts)+1 > most {
		return inWords
	}
	return append(partsOf(texts), replyPart{Text: text.Anchor(f.Card.Title, f.Card.URL), Card: f.card("")})
}

// withMenu puts the answers below the last words before them.
func (f replyForm) withMenu(inWords []replyPart) []replyPart {
	list := "\n" + text.Listed(f.Answers)
	texts := text.SplitLinked(f.named(f.Text), text.MaxBytes-len(list))
	if len(texts) > len(inWords) {
		return inWords
	}
	last := texts[len(texts)-1]
	menu := &conversation.ReplyMenu{Head: text.WrittenOut(last)}
	for i, answer := range f.Answers {
		menu.Items = append(menu.Items, conversation.ReplyMenuItem{
			ID: conversation.AnswerItem(f.ticketID, i+1), Text: answer,
		})
	}
	return append(partsOf(texts[:len(texts)-1]), replyPart{Text: last + list, Menu: menu})
}

// message is the activity that sends a part, and its input.
func (p replyPart) message(to activities.Follower) (send, input any) {
	switch {
	case p.Menu != nil:
		return toWeChat.SendMenu, menuFor(to, p)
	case p.Card != nil:
		return toWeChat.SendCard, cardFor(to, p)
	}
	return toWeChat.SendText, activities.SendTextInput{Follower: to, Text: p.Text}
}

// menuFor is the input for sending a question to the follower.
func menuFor(follower activities.Follower, part replyPart) activities.SendMenuInput {
	in := activities.SendMenuInput{Follower: follower, Head: part.Menu.Head, Tail: part.Menu.Tail, Words: part.Text}
	for _, item := range part.Menu.Items {
		in.Items = append(in.Items, activities.MenuItem{ID: item.ID, Text: item.Text})
	}
	return in
}

// cardFor is the input for sending a link to the follower.
func cardFor(follower activities.Follower, part replyPart) activities.SendCardInput {
	return activities.SendCardInput{
		Follower: follower, Title: part.Card.Title, Description: part.Card.Description, URL: part.Card.URL,
		Words: part.Text,
	}
}
