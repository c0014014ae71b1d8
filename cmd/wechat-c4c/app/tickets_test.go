package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestTicketPolicy(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	cfg.Tickets.StatusTexts, cfg.Tickets.Reuse, cfg.Tickets.ReopenDays = "5=resolved;YJ=We come for {ticket}.", "recent", 2
	cfg.Tickets.Survey = true
	policy, err := ticketPolicy(cfg, catalogue.Standard(catalogue.English))
	require.NoError(t, err)
	require.Equal(t, conversation.TicketPolicy{
		Reuse: conversation.ReuseRecent, Within: 48 * time.Hour, Events: conversation.EventsAuto, Survey: true,
		StatusTexts: conversation.NewStatusTexts(
			map[string]string{
				"5":  "Your ticket {ticket} has been resolved. If something is still wrong, please write to us right here.",
				"YJ": "We come for {ticket}."}),
	}, policy)
	cfg.Tickets.StatusTexts = "5"
	_, err = ticketPolicy(cfg, catalogue.Standard(catalogue.English))
	require.ErrorContains(t, err, "status texts: entry 1")
}
