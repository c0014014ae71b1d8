package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// SendMenuInput is a question with answers to tap.
type SendMenuInput struct {
	Follower
	Head  string     `json:"head"`
	Items []MenuItem `json:"items"` // at least one
	Tail  string     `json:"tail,omitempty"`
	// Words is the same as a text, at most 2,000 bytes, for accounts that may not send menus; empty: then nothing is
	// sent.
	Words string `json:"words,omitempty"`
}

// MenuItem is one answer. A tap comes back as a text message with the id.
type MenuItem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// SendMenu sends a menu message, or its words if WeChat refuses the menu. What SendText says about repeats applies
// here, too. Head, answers and tail together may have 2,048 bytes. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func (a *WeChat) SendMenu(ctx context.Context, in SendMenuInput) error {
	menu := wechat.CustomMenu{Head: in.Head, Tail: in.Tail}
	for _, item := range in.Items {
		menu.Items = append(menu.Items, wechat.CustomMenuItem{ID: item.ID, Content: item.Text})
	}
	return a.sendForm(ctx, in.Follower, menu, in.Words)
}

// SendCardInput is a link that WeChat shows as a card.
type SendCardInput struct {
	Follower
	Title       string `json:"title"`
	Description string `json:"description,omitempty"` // shown below the title
	URL         string `json:"url"`
	// Words is the same as a text, at most 2,000 bytes, in case WeChat refuses the card.
	Words string `json:"words,omitempty"`
}

// SendCard sends a news message of one article, or its words if WeChat refuses the card. What SendText says about
// repeats applies here, too. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func (a *WeChat) SendCard(ctx context.Context, in SendCardInput) error {
	return a.sendForm(ctx, in.Follower, wechat.CustomNews{Title: in.Title, Description: in.Description, URL: in.URL},
		in.Words)
}

// sendForm sends a message in a form that WeChat may refuse, and if it does, the same as text. The text never follows
// if the first message may have arrived.
func (a *WeChat) sendForm(ctx context.Context, to Follower, body wechat.CustomBody, words string) error {
	client, err := a.client(to.Account)
	if err != nil {
		return err
	}
	err = client.SendMessage(ctx, wechat.CustomMessage{ToUser: to.OpenID, Body: body})
	if words == "" || !refusesForm(err) {
		return fromSend(ctx, err)
	}
	activity.GetLogger(ctx).Info("WeChat refuses this form of a message: its words go in its place", "error", err)
	return fromSend(ctx, client.SendText(ctx, to.OpenID, words))
}
