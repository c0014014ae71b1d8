package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
)

// The page shows business hours as people write them.
func TestHoursInWords(t *testing.T) {
	t.Parallel()
	require.Nil(t, hoursInWords(""))
	require.Equal(t, map[catalogue.Language]string{
		catalogue.Chinese: "周一至周五 09:00-18:00；周六 10:00-14:00",
		catalogue.English: "Mon–Fri 09:00–18:00, Sat 10:00–14:00",
	}, hoursInWords("Mo-Fr  09:00-18:00, Sa 10:00-14:00"))
}

func TestTicketLink(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, oauth, want string }{
		{"service account", "https://service.example.com", "on", "https://service.example.com/web/tickets/{ticket}"},
		{"address with a slash", "https://service.example.com/", "on", "https://service.example.com/web/tickets/{ticket}"},
		{"links are personal", "https://service.example.com", "off", ""},
		{"no page", "", "on", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := config.Development()
			cfg.Web.URL, cfg.WeChat.OAuth = tt.url, tt.oauth
			policy, err := policyOf(cfg)
			require.NoError(t, err)
			require.Equal(t, tt.want, policy.TicketLink)
			require.Equal(t, tt.url != "", policy.Page, "agents read that a page shows what waits")
		})
	}
}

func TestPageNeedsAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, checkFiles("files", dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.ErrorContains(t, checkFiles("files", filepath.Join(dir, "none")), "TMPDIR")
}
