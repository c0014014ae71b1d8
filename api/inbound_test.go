package api

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// A message that can be read but has no line of its own would reach agents as an unsupported one.
func TestEveryTypeOfMessageHasItsLine(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../wechat/parse.go")
	require.NoError(t, err)
	_, parsers, _ := strings.Cut(string(source), "\nvar messageParsers = ")
	parsers, _, _ = strings.Cut(parsers, "\n}\n")
	types := regexp.MustCompile(`"([a-z]+)": parse`).FindAllStringSubmatch(parsers, -1)
	require.Greater(t, len(types), 5)
	texts := catalogue.Standard(catalogue.English)
	for _, found := range types {
		message, err := wechat.ParseMessage([]byte("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>" +
			"<CreateTime>1750000000</CreateTime><MsgType>" + found[1] + "</MsgType><Content>words</Content></xml>"))
		require.NoError(t, err)
		in, ok := inbound(message, texts)
		require.True(t, ok, found[1])
		require.NotEqual(t, texts.Text(catalogue.LineUnknown, catalogue.Type(found[1])), in.Text,
			"describe in inbound.go has no line for %s", found[1])
	}
}
