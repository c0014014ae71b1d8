package wechatsim

import "strings"

// subscribeSend spends one credit that the follower gave in the notification
// pop-up. https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html
func subscribeSend(c *call) (any, error) {
	var in struct {
		ToUser      string                   `json:"touser"`
		TemplateID  string                   `json:"template_id"`
		Page        string                   `json:"page"`
		Data        map[string]templateValue `json:"data"`
		MiniProgram *struct {
			AppID    string `json:"appid"`
			PagePath string `json:"pagepath"`
		} `json:"miniprogram"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	f, known := c.s.state.Followers[in.ToUser]
	if !known {
		return nil, refuse(40003)
	}
	form, found := c.s.state.template(in.TemplateID, true)
	switch {
	case !found:
		return nil, refuse(40037)
	case in.Page != "" && !strings.HasPrefix(in.Page, "http"):
		return nil, refuse(41030)
	}
	rows, err := form.rows(in.Data)
	if err != nil {
		return nil, err
	}
	if f.Refuses || f.Credits[form.ID] <= 0 {
		return nil, refuse(43101)
	}
	c.s.state.journal.touch(in.ToUser)
	f.Credits[form.ID]--
	id := c.s.state.msgID(c.now)
	f.add(templateItem(c.now, "subscription", form, rows, in.Data, in.Page))
	c.s.receipt(f.OpenID, subscriptionReceipt(form.ID, id))
	c.s.events.publish(f.OpenID)
	return ok(), nil
}

// subscriptionList: https://developers.weixin.qq.com/doc/service/api/notify/notify/api_getprivatetemplate.html
func subscriptionList(c *call) (any, error) {
	list := []any{}
	for _, t := range c.s.state.Templates {
		if t.Subscription {
			list = append(list, map[string]any{"priTmplId": t.ID, "title": t.Title, "content": t.Content, "example": "",
				"type": 2})
		}
	}
	out := ok()
	out["data"] = list
	return out, nil
}

func subscriptionReceipt(template string, id int64) []field {
	return []field{{"Event", "subscribe_msg_sent_event"}, {"SubscribeMsgSentEvent", []listed{{
		{"TemplateId", template}, {"MsgID", id}, {"ErrorCode", 0}, {"ErrorStatus", "success"},
	}}}}
}

// subscriptionChoice is what WeChat pushes when the follower has answered the pop-up: status is accept or reject, scene
// 0 mini program, 1 page, 2 article.
func subscriptionChoice(template, status, scene string) []field {
	return []field{{"Event", "subscribe_msg_popup_event"}, {"SubscribeMsgPopupEvent", []listed{{
		{"TemplateId", template}, {"SubscribeStatusString", status}, {"PopupScene", scene},
	}}}}
}

// subscriptionRevoked is what WeChat pushes when the follower has switched a template off.
func subscriptionRevoked(template string) []field {
	return []field{{"Event", "subscribe_msg_change_event"}, {"SubscribeMsgChangeEvent", []listed{{
		{"TemplateId", template}, {"SubscribeStatusString", "reject"},
	}}}}
}
