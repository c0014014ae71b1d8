package wechat

import (
	"context"
	"net/http"
)

// MiniProgram is the page that a notice opens; it wins over a URL.
type MiniProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath"`
}

// TemplateMessage is a notice in a template of the account. It needs no reply window, but a verified Service Account.
type TemplateMessage struct {
	// ToUser is the follower's openid.
	ToUser     string
	TemplateID string
	// URL and MiniProgram are what a tap opens; optional.
	URL         string
	MiniProgram *MiniProgram
	// ClientMsgID, at most 32 characters, makes a repeat within 10 minutes harmless: it is sent once. Optional.
	ClientMsgID string
	// Data holds the value of each keyword of the template.
	Data map[string]string
}

// SubscriptionMessage is a notice for which the follower granted one send (see [SubscriptionPopupEvent]).
type SubscriptionMessage struct {
	// ToUser is the user's openid.
	ToUser     string
	TemplateID string
	// Page is the web page, MiniProgram the mini program that a tap opens; optional.
	Page        string
	MiniProgram *MiniProgram
	// Data holds the value of each keyword of the template; the keyword's name tells its kind and limit (thing8: 20
	// characters, phrase2: 5, …).
	Data map[string]string
}

type templateValue struct {
	Value string `json:"value"`
}

func templateData(data map[string]string) map[string]templateValue {
	values := make(map[string]templateValue, len(data))
	for k, v := range data {
		values[k] = templateValue{Value: v}
	}
	return values
}

// SendTemplate sends a template message, POST /cgi-bin/message/template/send, and returns the id by which the
// [*TemplateResultEvent] will report its delivery. Limits: 100 000 a day, [ErrNotFollower] for non-followers.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
func (c *Client) SendTemplate(ctx context.Context, m TemplateMessage) (msgID int64, err error) {
	doc := struct {
		ToUser      string                   `json:"touser"`
		TemplateID  string                   `json:"template_id"`
		URL         string                   `json:"url,omitempty"`
		MiniProgram *MiniProgram             `json:"miniprogram,omitempty"`
		ClientMsgID string                   `json:"client_msg_id,omitempty"`
		Data        map[string]templateValue `json:"data"`
	}{m.ToUser, m.TemplateID, m.URL, m.MiniProgram, m.ClientMsgID, templateData(m.Data)}
	var answer struct {
		MsgID integer `json:"msgid"`
	}
	err = c.do(ctx, call{
		op: "message/template/send", holds: []string{"msgid", "errcode"},
		method: http.MethodPost, path: "/cgi-bin/message/template/send",
		json: doc, hide: []string{m.ToUser},
	}, &answer)
	return int64(answer.MsgID), err
}

// SendSubscription sends a subscription notice, POST /cgi-bin/message/subscribe/bizsend. Each grant is good for one;
// [ErrSubscriptionRefused] says that there is none. The [*SubscriptionSentEvent] reports the delivery.
//
// https://developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api.html
func (c *Client) SendSubscription(ctx context.Context, m SubscriptionMessage) error {
	doc := struct {
		ToUser      string                   `json:"touser"`
		TemplateID  string                   `json:"template_id"`
		Page        string                   `json:"page,omitempty"`
		MiniProgram *MiniProgram             `json:"miniprogram,omitempty"`
		Data        map[string]templateValue `json:"data"`
	}{m.ToUser, m.TemplateID, m.Page, m.MiniProgram, templateData(m.Data)}
	return c.do(ctx, call{
		op: "message/subscribe/bizsend", method: http.MethodPost, path: "/cgi-bin/message/subscribe/bizsend",
		json: doc, hide: []string{m.ToUser},
	}, nil)
}
