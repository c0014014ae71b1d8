package web

import "net/url"

// card is the link at the end of an agent's text, which the chat shows as a card.
func (b *bubble) card() {
	if b.rich.Card == nil {
		return
	}
	link := fileLink{Name: b.rich.Card.Title, URL: b.rich.Card.URL}
	if at, err := url.Parse(link.URL); err == nil {
		link.Host = at.Host
	}
	b.Others = append(b.Others, link)
}

// offerAnswers lets the follower tap an answer to an agent's question, if the question is the thread's last message.
func (v *ticketView) offerAnswers() {
	if len(v.Bubbles) == 0 || v.Answer != "open" && v.Answer != "reopen" {
		return
	}
	last := &v.Bubbles[len(v.Bubbles)-1]
	if len(last.rich.Answers) == 0 {
		return
	}
	last.Answers, last.Lines = last.rich.Answers, runsOfLines(last.rich.Text, true)
}
