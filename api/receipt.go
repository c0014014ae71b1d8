package api

import (
	"context"
	"strconv"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// consents are a follower's decisions about notices; nil: the push contains none. A refusal in the pop-up revokes
// nothing.
//
// https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html
func consents(msg wechat.Message) []conversation.NoticeConsent {
	var decided []conversation.NoticeConsent
	switch m := msg.(type) {
	case *wechat.SubscriptionPopupEvent:
		for _, item := range m.Items {
			if item.Status == "accept" {
				decided = append(decided, conversation.NoticeConsent{TemplateID: item.TemplateID, Granted: true})
			}
		}
	case *wechat.SubscriptionChangeEvent:
		for _, item := range m.Items {
			if item.Status == "reject" {
				decided = append(decided, conversation.NoticeConsent{TemplateID: item.TemplateID, Revoked: true})
			}
		}
	}
	return decided
}

// receipts are WeChat's results for notices.
func receipts(msg wechat.Message) []workflows.Receipt {
	switch m := msg.(type) {
	case *wechat.TemplateResultEvent:
		return []workflows.Receipt{{
			MsgID: strconv.FormatInt(m.MsgID, 10), Delivered: m.Status == "success", Refused: m.Reason == "user block",
			Reason: m.Reason,
		}}
	case *wechat.SubscriptionSentEvent:
		var got []workflows.Receipt
		for _, item := range m.Items {
			got = append(got, workflows.Receipt{
				MsgID: item.MsgID, TemplateID: item.TemplateID, Delivered: item.ErrorCode == 0,
				Refused: wechat.Errcode(item.ErrorCode) == wechat.ErrSubscriptionRefused, Reason: item.ErrorStatus,
			})
		}
		return got
	}
	return nil
}

// passReceipts passes receipts to the notice that waits for them. The account may send notices of its own: if none of
// ours waits, there is nothing to do, and no conversation is signalled.
func (h *handlers) passReceipts(
	ctx context.Context, openID string, got []workflows.Receipt,
) (result string, err error) {
	result = resultIgnored
	for _, receipt := range got {
		outcome, err := h.handover.Receipt(ctx, openID, receipt)
		if err != nil {
			return result, unavailable(err)
		}
		if one := resultOf(outcome); one != resultIgnored {
			result = one
		}
	}
	return result, nil
}
