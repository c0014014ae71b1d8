package app

import (
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// windowPolicy is the account's configuration for the reply window.
func windowPolicy(cfg config.Config) conversation.WindowPolicy {
	w, rules := cfg.Window, window.Published
	rules.Message = cfg.Fixed.WindowMessages
	return conversation.WindowPolicy{
		Rules:         rules,
		ExpireAfter:   w.ExpireAfter,
		AnnounceAfter: w.AnnounceAfter,
		Template:      conversation.NoticeForm{TemplateID: w.TemplateID, Fields: w.TemplateFields},
		Subscription:  conversation.NoticeForm{TemplateID: w.SubscriptionID, Fields: w.SubscriptionFields},
		RemindBefore:  w.RemindBefore,
	}
}
