package app

import (
	"fmt"
	"time"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

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
