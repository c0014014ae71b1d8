package activities

import (
	"context"
	"strconv"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// SendTemplateInput is one template message.
type SendTemplateInput struct {
	Follower
	TemplateID  string            `json:"template_id"`
	URL         string            `json:"url,omitempty"`
	ClientMsgID string            `json:"client_msg_id"` // at most 32 characters: a repeat within 10 minutes is sent once
	Data        map[string]string `json:"data"`
}

// SendSubscriptionInput is one subscription notice.
type SendSubscriptionInput struct {
	Follower
	TemplateID string            `json:"template_id"`
	Page       string            `json:"page,omitempty"`
	Data       map[string]string `json:"data"`
}

// SentNotice is WeChat's answer to a notice that it accepted.
type SentNotice struct {
	MsgID string `json:"msg_id"` // its receipt contains the same id
}

// SendTemplate sends a template message. Repeats are harmless because they have the same ClientMsgID. Source:
// https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html
func (a *WeChat) SendTemplate(ctx context.Context, in SendTemplateInput) (SentNotice, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return SentNotice{}, err
	}
	id, err := client.SendTemplate(ctx, wechat.TemplateMessage{
		ToUser: in.OpenID, TemplateID: in.TemplateID, URL: in.URL, ClientMsgID: in.ClientMsgID, Data: in.Data,
	})
	if err != nil {
		return SentNotice{}, fromWeChat(ctx, err)
	}
	return SentNotice{MsgID: strconv.FormatInt(id, 10)}, nil
}

// SendSubscription sends a notice that the follower granted. WeChat cannot recognise a repeat. As with
// [WeChat.SendText], the caller must not repeat a lost attempt. Source:
// https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html
func (a *WeChat) SendSubscription(ctx context.Context, in SendSubscriptionInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	return fromSend(ctx, client.SendSubscription(ctx, wechat.SubscriptionMessage{
		ToUser: in.OpenID, TemplateID: in.TemplateID, Page: in.Page, Data: in.Data,
	}))
}
