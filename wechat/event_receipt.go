package wechat

import "strings"

// TemplateResultEvent is the delivery receipt of a template message.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
type TemplateResultEvent struct {
	Head
	// MsgID is what [Client.SendTemplate] returned.
	MsgID int64
	// Status is success or failed.
	Status string
	// Reason is why it failed, for example "user block", "system failed", "freq limit".
	Reason string
}

// MassSendEvent is the result of a broadcast.
type MassSendEvent struct {
	Head
	MsgID int64
	// Status is "send success", "send fail" or err(number).
	Status string
	// Total counts the receivers, Filtered those remaining after filtering, Sent and Failed the results.
	Total, Filtered, Sent, Failed int
	// ArticleURLs lists the links of the articles sent.
	ArticleURLs []string
}

// PublishEvent is the result of publishing an article.
type PublishEvent struct {
	Head
	PublishID string
	// Status is 0 for success; other numbers are reasons for a failure.
	Status    int
	ArticleID string
	// ArticleURLs lists the links of what was published.
	ArticleURLs []string
	// FailedIndexes lists the articles that failed, counted from 1.
	FailedIndexes []int
}

// SubscriptionItem is one template in a subscription event. Which fields are set depends on the event.
type SubscriptionItem struct {
	TemplateID string
	// Status is accept or reject (popup and change events).
	Status string
	// Scene is 0 mini program, 1 web page, 2 article (popup event).
	Scene int
	// MsgID, ErrorCode and ErrorStatus are the receipt (sent event); code 0 is success.
	MsgID       string
	ErrorCode   int
	ErrorStatus string
}

// SubscriptionPopupEvent reports that a follower granted or refused notices: each accept is the right to send one.
//
// https://developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api.html
type SubscriptionPopupEvent struct {
	Head
	Items []SubscriptionItem
}

// SubscriptionChangeEvent reports that a follower withdrew the consent to notices.
type SubscriptionChangeEvent struct {
	Head
	Items []SubscriptionItem
}

// SubscriptionSentEvent is the receipt of [Client.SendSubscription].
type SubscriptionSentEvent struct {
	Head
	Items []SubscriptionItem
}

func parseTemplateResult(h Header, n *node) Message {
	status, reason, _ := strings.Cut(n.str("Status"), ":")
	return &TemplateResultEvent{
		Head: h, MsgID: n.int("MsgID", "MsgId"), Status: strings.TrimSpace(status), Reason: strings.TrimSpace(reason),
	}
}

func parseMassSend(h Header, n *node) Message {
	e := &MassSendEvent{
		Head: h, MsgID: n.int("MsgID", "MsgId"), Status: n.str("Status"),
		Total: int(n.int("TotalCount")), Filtered: int(n.int("FilterCount")),
		Sent: int(n.int("SentCount")), Failed: int(n.int("ErrorCount")),
	}
	for _, item := range n.child("ArticleUrlResult").items("ResultList") {
		if u := item.str("ArticleUrl"); u != "" {
			e.ArticleURLs = append(e.ArticleURLs, u)
		}
	}
	return e
}

func parsePublish(h Header, n *node) Message {
	info := n.child("PublishEventInfo")
	e := &PublishEvent{
		Head: h, PublishID: info.str("publish_id"), Status: int(info.int("publish_status")),
		ArticleID: info.str("article_id"),
	}
	for _, item := range info.items("article_detail") {
		if u := item.str("article_url"); u != "" {
			e.ArticleURLs = append(e.ArticleURLs, u)
		}
	}
	for _, idx := range info.list("fail_idx") {
		e.FailedIndexes = append(e.FailedIndexes, int(number(idx)))
	}
	return e
}

func parseSubscriptionPopup(h Header, n *node) Message {
	return &SubscriptionPopupEvent{Head: h, Items: subscriptionItems(n, "SubscribeMsgPopupEvent")}
}

func parseSubscriptionChange(h Header, n *node) Message {
	return &SubscriptionChangeEvent{Head: h, Items: subscriptionItems(n, "SubscribeMsgChangeEvent")}
}

func parseSubscriptionSent(h Header, n *node) Message {
	return &SubscriptionSentEvent{Head: h, Items: subscriptionItems(n, "SubscribeMsgSentEvent")}
}

// subscriptionItems reads the List elements: inside a wrapper in XML, at the top in JSON.
func subscriptionItems(n *node, wrapper string) []SubscriptionItem {
	lists := n.child(wrapper).all("List")
	if len(lists) == 0 {
		lists = n.all("List")
	}
	var items []SubscriptionItem
	for _, l := range lists {
		items = append(items, SubscriptionItem{
			TemplateID: l.str("TemplateId"), Status: l.str("SubscribeStatusString"), Scene: int(l.int("PopupScene")),
			MsgID: l.str("MsgID", "MsgId"), ErrorCode: int(l.int("ErrorCode")), ErrorStatus: l.str("ErrorStatus"),
		})
	}
	return items
}
