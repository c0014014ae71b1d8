package wechat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUnreadableMessages: the sender is known if the message came encrypted. Otherwise WeChat would deliver it in
// vain.
func TestUnreadableMessages(t *testing.T) {
	t.Parallel()
	object := func(rest string) string {
		return `{"ToUserName":"` + testOriginalID + `","FromUserName":"` + testOpenID + `","CreateTime":1750000000,` +
			rest + `}`
	}
	for _, tt := range []struct {
		name, body string
		format     Format
		kind, id   string
	}{
		{"comparison", samplePush("text", "<Content>if a < b</Content><MsgId>7</MsgId>"), XML, "text", "7"},
		{"tag that is not closed", samplePush("text", "<Content>a <b> c</Content><MsgId>7</MsgId>"), XML, "text", "7"},
		{"document type", samplePush("text", "<!DOCTYPE a><MsgId>7</MsgId>"), XML, "text", "7"},
		{"cut off", strings.TrimSuffix(samplePush("image", "<MsgId>7</MsgId><Med"), "</xml>"), XML, "image", "7"},
		{"a follower's id", samplePush("text", "<Content>< <MsgId>9</MsgId></Content><MsgId>7</MsgId>"), XML, "text", "7"},
		{"without an id", samplePush("text", "<Content>if a < b</Content>"), XML, "text", ""},
		{"JSON", object(`"MsgType":"text","Content":"a"b","MsgId":7`), JSON, "text", "7"},
		{"JSON, id as a text", object(`"MsgType":"text","Content":"a",,"MsgId":"7"`), JSON, "text", "7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseMessage([]byte(tt.body))
			require.ErrorIs(t, err, ErrMalformed, "it is not encrypted")
			c := setupCodec(t)
			q, body := sealPush(c, XML, tt.body)
			m, err := c.Open(q, body)
			require.NoError(t, err)
			require.IsType(t, &UnknownMessage{}, m)
			h := m.Header()
			require.Equal(t, testOpenID, h.FromUserName)
			require.Equal(t, tt.kind, h.MsgType)
			require.Equal(t, tt.id, h.MsgID)
			require.Equal(t, time.Unix(1750000000, 0).UTC(), h.CreateTime)
			require.Equal(t, tt.format, h.Format)
			require.True(t, h.Encrypted)
		})
	}
	for name, body := range map[string]string{
		"event":            samplePush("event", "<Event>CLICK</Event><EventKey>a < b</EventKey>"),
		"another account":  strings.ReplaceAll(samplePush("text", "<Content>a < b</Content>"), testOriginalID, "gh_other"),
		"nobody":           strings.ReplaceAll(samplePush("text", "<Content>a < b</Content>"), "FromUserName", "Sender"),
		"no time":          strings.ReplaceAll(samplePush("text", "<Content>a < b</Content>"), "1750000000", "soon"),
		"an id of letters": samplePush("text", "<Content>a < b</Content><MsgId>x</MsgId>"),
		"nothing":          "garbage",
		"a declaration before it": `<!DOCTYPE xml [<!ENTITY a "b">]>` +
			samplePush("text", "<Content>&a;</Content><MsgId>7</MsgId>"),
		"many fields": strings.Repeat("<MsgId>1</MsgId><", 50_000),
	} {
		c := setupCodec(t)
		q, sealed := sealPush(c, XML, body)
		_, err := c.Open(q, sealed)
		require.Error(t, err, fmt.Sprint(name))
	}
}
