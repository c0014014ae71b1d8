package app

import (
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// chinese is the environment of operators who read Chinese, without any other setting.
var chinese = environment{"WECHAT_C4C_OPERATOR_LOCALE=zh"}

// The help of a command or flag is in Chinese if operators read Chinese.
func TestHelpIsInBothLanguages(t *testing.T) {
	t.Parallel()
	han := func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	texts := func(environ environment) (said map[string]string) {
		said = map[string]string{}
		walk(newRoot(shell{environ: environ}), func(c *cobra.Command) {
			c.InitDefaultHelpFlag()
			c.InitDefaultVersionFlag()
			path := c.CommandPath()
			said[path], said[path+", long"] = c.Short, c.Long
			c.LocalFlags().VisitAll(func(f *pflag.Flag) { said[path+" --"+f.Name] = f.Usage })
		})
		return said
	}
	english, inChinese := texts(nil), texts(chinese)
	require.Greater(t, len(english), 200)
	for name, text := range english {
		require.False(t, han(text), "%s: %s", name, text)
		if text != "" {
			require.True(t, han(inChinese[name]), "package wording has no Chinese for %s: %q", name, text)
		}
	}
	require.Len(t, inChinese, len(english), "every command and flag is there in both")
}

// Help is shown without any other setting. Its headings are cobra's, recognised by their words in its template.
func TestHelpIsShownInChinese(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--help"}, {"help", "sync", "retry"}, {"sync", "retry", "-h"}, {"reconcile"}, {"menu", "apply", "--help"},
	} {
		code, stdout, stderr := line(t, chinese, args...)
		require.Equal(t, exitDone, code, stderr)
		require.Contains(t, stdout, "用法：\n  wechat-c4c")
		require.Contains(t, stdout, "示例：\n  wechat-c4c")
		require.Contains(t, stdout, "选项：\n")
		require.Regexp(t, `(?m)^  -h, --help +wechat-c4c.* 的帮助$`, stdout)
		for _, word := range []string{"Usage:", "Examples:", "Available Commands:", "Flags:", "for more information"} {
			require.NotContains(t, stdout, word, args)
		}
	}
	template := newRoot(shell{environ: environment{}}).UsageTemplate()
	for _, head := range []string{"Usage:", "Examples:", "Available Commands:", "Global Flags:", "Flags:",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`} {
		require.Contains(t, template, head, "cobra says it in other words; usageIn must know them")
	}
	require.NotEqual(t, template, usageIn(wording.Chinese, template))
	_, stdout, _ := line(t, []string{"WECHAT_C4C_OPERATOR_LOCALE=fr"}, "--help")
	require.Contains(t, stdout, "Usage:", "a locale that there is not is no reason to show no help")
}
