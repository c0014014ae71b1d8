package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestOwnTexts(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "texts.json")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	c, _, err := config.Load(twoAccounts("ACCOUNT_SHOP_TEXTS_FILE=" + file(`{"welcome.v1":{"zh":"您好！"}}`)))
	require.NoError(t, err)
	own, err := c.Texts.Own()
	require.NoError(t, err)
	require.Empty(t, own)
	own, err = c.Others[0].Texts.Own()
	require.NoError(t, err)
	require.Equal(t, map[string]map[string]string{"welcome.v1": {"zh": "您好！"}}, own)
	require.Equal(t, prefix+"ACCOUNT_SHOP_TEXTS_FILE", c.Others[0].VariableOf("TEXTS_FILE"))
	require.Equal(t, prefix+"TEXTS_FILE", c.VariableOf("TEXTS_FILE"))

	for name, tt := range map[string]struct{ path, what string }{
		"missing":   {"/nowhere/texts.json", "names a file that cannot be read: /nowhere/texts.json"},
		"malformed": {file(`{"welcome.v1": "Hello"}`), "is not a JSON object of texts by key and language"},
	} {
		_, _, err = config.Load(production("TEXTS_FILE=" + tt.path))
		require.ErrorContains(t, err, prefix+"TEXTS_FILE", name)
		require.ErrorContains(t, err, tt.what, name)
	}
}
