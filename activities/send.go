package activities

import (
	"context"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// SendTextInput is one customer-service message.
type SendTextInput struct {
	Follower
	Text string `json:"text"` // at most 2,000 bytes
}

// SendText sends one customer-service text. WeChat cannot recognise a repeated send: where the outcome is
// unknown the error is WeChatOutcomeUnknown and the caller's retry policy must not repeat a lost attempt
// (NotRetriedTimeout).
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func (a *WeChat) SendText(ctx context.Context, in SendTextInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	return fromSend(ctx, client.SendText(ctx, in.OpenID, in.Text))
}

// SendMenuInput is a question with answers to tap.
type SendMenuInput struct {
	Follower
	Head  string     `json:"head"`
	Items []MenuItem `json:"items"` // at least one
	Tail  string     `json:"tail,omitempty"`
}

// MenuItem is one answer. A tap comes back as a text message with the id.
type MenuItem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// SendMenu sends a menu message; what SendText says of repeats holds here, too. Head, answers and tail together may
// have 2,048 bytes.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func (a *WeChat) SendMenu(ctx context.Context, in SendMenuInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	menu := wechat.CustomMenu{Head: in.Head, Tail: in.Tail}
	for _, item := range in.Items {
		menu.Items = append(menu.Items, wechat.CustomMenuItem{ID: item.ID, Content: item.Text})
	}
	return fromSend(ctx, client.SendMessage(ctx, wechat.CustomMessage{ToUser: in.OpenID, Body: menu}))
}
