package app

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestOwnTextsOfAnAccount(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "texts.json")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	cfg := twoAccounts(t)
	cfg.Others[0].Texts.File = file(`{"ticket_opened.v1": {"en": "Number {ticket}"}}`)
	require.NoError(t, checkTexts(cfg))
	policies, err := policiesOf(cfg)
	require.NoError(t, err)
	require.Equal(t, "Number 7", policies["shop"].Texts.Text(catalogue.TicketOpened, catalogue.Ticket("7")))
	require.NotEqual(t, "Number 7", policies["default"].Texts.Text(catalogue.TicketOpened, catalogue.Ticket("7")))

	environ := []string{config.Prefix + "ENVIRONMENT=development", config.Prefix + "TEXTS_FILE=" +
		file(`{"welcome.v1": {"zh": ""}}`)}
	var stdout, stderr bytes.Buffer
	require.Equal(t, 1, Main(t.Context(), []string{"config", "check"}, environ, &stdout, &stderr))
	require.Contains(t, stderr.String(),
		"WECHAT_C4C_TEXTS_FILE names a file with texts that cannot be used: welcome.v1 in zh is empty")
}

func TestAutoReplies(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	c, err := autoRepliesOf(cfg, nil)
	require.NoError(t, err)
	require.False(t, c.NoWelcome)
	require.True(t, c.Received)
	require.Equal(t, 48*time.Hour, c.Life)
	require.Nil(t, c.Hours)

	cfg.Texts.Welcome, cfg.Texts.Received, cfg.Hours.Open, cfg.Hours.Zone = false, false, "Mo-Fr 09:00-18:00", "UTC"
	c, err = autoRepliesOf(cfg, nil)
	require.NoError(t, err)
	require.True(t, c.NoWelcome)
	require.False(t, c.Received)
	_, open := c.Hours(time.Date(2026, 9, 27, 12, 0, 0, 0, time.UTC))
	require.False(t, open)
}
