package activities

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

func TestEveryRowOfWeChatsTableHasACase(t *testing.T) {
	t.Parallel()
	tried := map[error]bool{}
	for _, test := range weChatErrors {
		tried[wechat.Errcode(test.code)] = true
	}
	for _, row := range wechatRules {
		if code, ok := row.match.(wechat.Errcode); ok && row.op == "" && row.name != ErrorWeChatTokenRefused {
			require.True(t, tried[code], "weChatErrors has no case for errcode %d", code)
		}
	}
}

// An errcode that has a name but no consequence is handled like any other: as WeChatRefused.
func TestEveryErrcodeIsAskedFor(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if entry.IsDir() && (path == "../dev" || path != ".." && entry.Name()[0] == '.') {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		code.Write(source)
		return err
	}))
	names := regexp.MustCompile(`(?m)^\t(Err\w+) +Errcode = `).FindAllStringSubmatch(code.String(), -1)
	require.Greater(t, len(names), 50)
	for _, name := range names {
		require.Greater(t, len(regexp.MustCompile(`\b`+name[1]+`\b`).FindAllString(code.String(), -1)), 1,
			"wechat.%s decides nothing: give it a row in wechatRules of activities/errors.go, or, if WeChat refuses what is "+
				"sent, a place in aboutContent of wechat/errcode.go", name[1])
	}
}
