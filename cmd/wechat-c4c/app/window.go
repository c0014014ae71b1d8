package app

import (
	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
	"github.com/wechat-c4c/wechat-c4c/workflows"
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

// windowTexts are the texts about replies that do not arrive at once, with the placeholders that a conversation fills
// in.
func windowTexts(cfg config.Config, texts *catalogue.Texts) *workflows.WindowTexts {
	text := func(key catalogue.Key, places ...string) string {
		var args []catalogue.Arg
		for _, place := range places {
			args = append(args, catalogue.Place(place))
		}
		return texts.Text(key, args...)
	}
	words := &workflows.WindowTexts{
		NoteHeld:      text(catalogue.NoteReplyHeld, "words", "reason", "next"),
		NoteParked:    text(catalogue.NoteReplyParked, "words", "reason"),
		NoteArrived:   text(catalogue.NoteReplyArrived, "words"),
		NoteExpired:   text(catalogue.NoteReplyExpired, "words"),
		NoteUnsure:    text(catalogue.NoteReplyUnsure, "words"),
		NoteEnding:    text(catalogue.NoteWindowEnding, "until"),
		NoteLow:       text(catalogue.NoteWindowLow, "count", "until"),
		NoteAnnounced: text(catalogue.NoteAnnounced),
		NoteNotice:    text(catalogue.NoteNoticeTaken),
		NoteUntold:    text(catalogue.NoteNotAnnounced, "reason"),
		NoteAutomatic: text(catalogue.NoteAutomatic, "words"),

		NoteAutomaticUnsure: text(catalogue.NoteAutomaticUnsure, "words"),
		NextAct:             text(catalogue.NextWhenFollowerActs),
		NextAnnounce:        text(catalogue.NextAnnouncement, "minutes"),
		NextNoTemplate:      text(catalogue.NextNoAnnouncement),
		NextExpire:          text(catalogue.NextExpiry, "days"),
		NextRetry:           text(catalogue.NextRetry),
		NotePartly:          text(catalogue.ReplyPartly, "sent", "parts", "rest"),
		Between:             texts.Language().Between(),
		Announcement:        text(catalogue.AnnouncementText),
		InChat:              text(catalogue.AnnouncementChat),
		Reasons:             windowReasons(text),
	}
	if cfg.Web.URL != "" {
		words.NextPage = text(catalogue.NextOnPage)
	}
	return words
}

// windowReasons are the reasons why a reply or a notice does not arrive, by error type.
func windowReasons(text func(catalogue.Key, ...string) string) map[string]string {
	return map[string]string{
		activities.ErrorWeChatWindowClosed:        text(catalogue.ReasonWindowClosed),
		activities.ErrorWeChatWindowUsedUp:        text(catalogue.ReasonWindowUsedUp),
		activities.ErrorWeChatFollowerGone:        text(catalogue.ReasonGone),
		activities.ErrorWeChatFollowerUnreachable: text(catalogue.ReasonUnreachable),
		activities.ErrorWeChatRejected:            text(catalogue.ReasonRejected),
		activities.ErrorWeChatRefused:             text(catalogue.ReasonRefused),
		activities.ErrorWeChatOutcomeUnknown:      text(catalogue.ReasonOutcomeUnknown),
		activities.ErrorRepliesInDoubt:            text(catalogue.ReasonInDoubt),
		activities.ErrorWeChatNotPermitted:        text(catalogue.ReasonNotPermitted),
		activities.ErrorWeChatTemplateRefused:     text(catalogue.ReasonTemplateRefused),
		activities.ErrorWeChatNotDelivered:        text(catalogue.ReasonNotDelivered),
		activities.ErrorFollowerUnknown:           text(catalogue.ReasonUnrouted),
		workflows.ReasonBehind:                    text(catalogue.ReasonBehind),
		workflows.ReasonOther:                     text(catalogue.ReasonOther),
	}
}
