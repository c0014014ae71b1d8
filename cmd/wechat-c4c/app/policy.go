package app

import (
	"fmt"
	"time"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// policiesOf returns the policies of all accounts.
func policiesOf(cfg config.Config) (map[string]workflows.Policy, error) {
	policies := map[string]workflows.Policy{}
	for _, one := range cfg.All() {
		policy, err := policyOf(one)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", one.Account, err)
		}
		policies[one.Account] = policy
	}
	return policies, nil
}

// filesPerPicture is how many files of the chat are fetched for each picture that a follower may upload: WeChat
// serves files twice as often as it accepts them.
const filesPerPicture = 2

// policyOf returns the policy and the texts of the account's conversations.
func policyOf(cfg config.Config) (workflows.Policy, error) {
	texts, err := textsOf(cfg)
	if err != nil {
		return workflows.Policy{}, err
	}
	tickets, err := ticketPolicy(cfg, texts)
	if err != nil {
		return workflows.Policy{}, err
	}
	return workflows.Policy{
		Policy: conversation.Policy{
			Settle: cfg.Fixed.Settle, TellNumber: cfg.TellNumber, ResendUnknown: cfg.ResendUnknown,
			ReopenStatus: statusOrNone(cfg.C4C.ReopenStatus), FilesPerDay: filesPerPicture * cfg.Fixed.PicturesPerDay,
			Window: windowPolicy(cfg), Tickets: tickets,
		},
		Reconcile: reconcilePolicy(cfg),
		Voice:     voiceOf(cfg), MediaMax: int64(cfg.Media.MaxSize) << 20, Page: cfg.Web.URL != "",
		TicketLink: ticketLink(cfg), Texts: texts,
	}, nil
}

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

// ticketPolicy is the account's configuration for its followers' tickets.
func ticketPolicy(cfg config.Config, words *catalogue.Texts) (conversation.TicketPolicy, error) {
	entries, err := cfg.Tickets.ParseStatusTexts()
	if err != nil {
		return conversation.TicketPolicy{}, fmt.Errorf("status texts: %w", err)
	}
	texts := map[string]string{}
	for _, e := range entries {
		texts[e.Code] = e.Text
		if key, ok := catalogue.Status(e.Name); ok {
			texts[e.Code] = words.Text(key, catalogue.Ticket("{ticket}"))
		}
	}
	return conversation.TicketPolicy{
		Reuse: conversation.TicketReuse(cfg.Tickets.Reuse), Within: time.Duration(cfg.Tickets.ReopenDays) * 24 * time.Hour,
		Events: conversation.EventsUse(cfg.C4C.Events), StatusTexts: conversation.NewStatusTexts(texts),
		Survey: cfg.Tickets.Survey,
	}, nil
}

// reconcilePolicy configures how the account's replies are compared.
func reconcilePolicy(cfg config.Config) workflows.ReconcilePolicy {
	f := cfg.Fixed
	// A comparison may begin late, and the previous one may have been skipped, without anything being wrong.
	return workflows.ReconcilePolicy{
		Grace: f.ReconcileGrace, Overlap: f.ReconcileOverlap, Reach: f.ReconcileReach,
		AskAfter: max(f.ReconcileAskAfter, 3*cfg.Reconcile.Every),
	}
}

// reconcileEvery is how often each account's replies are compared.
func reconcileEvery(cfg config.Config) map[string]time.Duration {
	every := map[string]time.Duration{}
	for _, one := range cfg.All() {
		every[one.Account] = one.Reconcile.Every
	}
	return every
}

// voiceOf is the format of the account's replies.
func voiceOf(cfg config.Config) workflows.Voice {
	return workflows.Voice{Name: cfg.Voice.Name, MaxParts: cfg.Fixed.VoiceMaxParts, Files: cfg.Voice.Files}
}

// statusOrNone is a user status from the settings; empty: none.
func statusOrNone(status string) string {
	if status == "none" {
		return ""
	}
	return status
}
