package activities

import "context"

// SendTextInput is one customer-service message.
type SendTextInput struct {
	Follower
	Text string `json:"text"` // at most 2,000 bytes
}

// SendText sends one customer-service text. WeChat cannot recognise a repeated send. If the outcome is unknown, the
// error is WeChatOutcomeUnknown, and the caller's retry policy must not repeat a lost attempt (NotRetriedTimeout).
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func (a *WeChat) SendText(ctx context.Context, in SendTextInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	return fromSend(ctx, client.SendText(ctx, in.OpenID, in.Text))
}
