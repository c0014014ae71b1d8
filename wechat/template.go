package wechat

import (
	"context"
	"net/http"
)

// MiniProgram is the page that a notice opens; it takes precedence over a URL.
type MiniProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath"`
}

// TemplateMessage is a notice in one of the account's templates. It does not need a reply window, but a verified
// Service Account.
type TemplateMessage struct {
	// ToUser is the follower's openid.
	ToUser     string
	TemplateID string
	// URL and MiniProgram are what a tap opens; optional.
	URL         string
	MiniProgram *MiniProgram
	// ClientMsgID, at most 32 characters, makes a repeat within 10 minutes harmless: it is sent once. Optional.
	ClientMsgID string
	// Data is the value of each keyword of the template.
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
	// Data is the value of each keyword of the template. The keyword's name determines its kind and limit (thing8: 20
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

// SendSubscription sends a subscription notice, POST /cgi-bin/message/subscribe/bizsend. Each grant is valid for one;
// [ErrSubscriptionRefused] means that there is none. The [*SubscriptionSentEvent] reports the delivery.
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
