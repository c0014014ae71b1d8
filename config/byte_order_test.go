package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// Editors on Windows begin a file with a byte order mark.
func TestFilesOfEditors(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "f")
		require.NoError(t, os.WriteFile(path, []byte(mark+content), 0o600))
		return path
	}
	content, err := os.ReadFile(vehicle)
	require.NoError(t, err)
	fields, err := config.Web{FieldsFile: file(string(content))}.OwnFields()
	require.NoError(t, err)
	require.Len(t, fields.Ticket, 2)
	texts, err := config.Texts{File: file(`{"welcome.v1": {"en": "Hi!"}}`)}.Own()
	require.NoError(t, err)
	require.Equal(t, "Hi!", texts["welcome.v1"]["en"])
	c, _, err := config.Load(production("C4C_PASSWORD=", "C4C_PASSWORD_FILE="+file("secret\r\n")))
	require.NoError(t, err)
	require.Equal(t, "secret", c.C4C.Password.Reveal())
}
