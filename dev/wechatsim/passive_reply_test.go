package wechatsim

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainReply is what a callback answers before encryption.
func plainReply(to, from string, created int64, rest string) string {
	return fmt.Sprintf(
		"<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>%s</xml>", to, from, created, rest)
}

func textPart(content string) string {
	return "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[" + content + "]]></Content>"
}

// sealReply encrypts and signs as a callback does; stamp is the outer TimeStamp.
func sealReply(t *testing.T, appID, plain, stamp string) string {
	t.Helper()
	key, err := decodeAESKey(DefaultEncodingAESKey)
	require.NoError(t, err)
	sealed, err := encrypt(key, appID, "abcdefghijklmnop", []byte(plain))
	require.NoError(t, err)
	return fmt.Sprintf(
		"<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature><![CDATA[%s]]></MsgSignature><TimeStamp>%s</TimeStamp><Nonce><![CDATA[n1]]></Nonce></xml>",
		sealed, sign(DefaultToken, stamp, "n1", sealed), stamp)
}

func TestPassiveReply(t *testing.T) {
	t.Parallel()
	now := time.Now()
	stamp := strconv.FormatInt(now.Unix(), 10)
	good := plainReply(anna, DefaultOriginalID, now.Unix(), textPart("欢迎"))
	seal := func(plain string) string { return sealReply(t, DefaultAppID, plain, stamp) }
	tests := []struct {
		name        string
		mode        Mode
		contentType string
		body        string
		refused     string // part of the reason; "" is accepted
	}{
		{"secure", ModeSecure, "text/xml; charset=utf-8", seal(good), ""},
		{"compatible, encrypted", ModeCompatible, "application/xml", seal(good), ""},
		{"compatible, plain", ModeCompatible, "text/xml", good, ""},
		{"plain", ModePlain, "text/xml", good, ""},
		{"1884 bytes", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(),
			textPart(strings.Repeat("a", 1884))), ""},
		{"1885 bytes", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(),
			textPart(strings.Repeat("a", 1885))), "45002"},
		{"no text", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(), textPart("")), "44004"},
		{"news", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(),
			"<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>T</Title><Url>http://a</Url></item></Articles>"), ""},
		{"news count", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(),
			"<MsgType>news</MsgType><ArticleCount>2</ArticleCount><Articles><item><Title>T</Title></item></Articles>"),
			"one article"},
		{"unknown media", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(),
			"<MsgType>image</MsgType><Image><MediaId>x</MediaId></Image>"), "40007"},
		{"unknown type", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(), "<MsgType>song</MsgType>"),
			"unknown"},
		{"transfer", ModePlain, "text/xml", plainReply(anna, DefaultOriginalID, now.Unix(),
			"<MsgType>transfer_customer_service</MsgType>"), ""},
		{"plain in secure mode", ModeSecure, "text/xml", good, "not encrypted"},
		{"encrypted in plain mode", ModePlain, "text/xml", seal(good), "encrypted in plain mode"},
		{"names not swapped", ModeSecure, "text/xml", seal(plainReply(DefaultOriginalID, anna, now.Unix(), textPart("x"))),
			"swapped"},
		{"milliseconds outside", ModeSecure, "text/xml", sealReply(t, DefaultAppID, good, stamp+"000"), "in seconds"},
		{"milliseconds inside", ModeSecure, "text/xml",
			seal(plainReply(anna, DefaultOriginalID, now.UnixMilli(), textPart("x"))), "in seconds"},
		{"other appid", ModeSecure, "text/xml", sealReply(t, "wx0000000000000000", good, stamp), "another appid"},
		{"signature", ModeSecure, "text/xml", strings.Replace(seal(good), "<MsgSignature><![CDATA[",
			"<MsgSignature><![CDATA[0", 1), "signature"},
		{"nothing encrypted", ModeSecure, "text/xml", seal(""), "nothing"},
		{"blank before", ModePlain, "text/xml", "\n" + good, "does not begin"},
		{"BOM before", ModePlain, "text/xml", "\ufeff" + good, "does not begin"},
		{"json content type", ModePlain, "application/json", good, "content type"},
		{"html", ModePlain, "text/html", "<html></html>", "content type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, Options{Mode: tt.mode})
			r.answering(func(w http.ResponseWriter, _ int, _ received) {
				w.Header().Set("Content-Type", tt.contentType)
				_, _ = io.WriteString(w, tt.body)
			})
			out := r.event(anna, "subscribe", nil)
			if tt.refused != "" {
				require.Equal(t, "failed", out.Result)
				require.Contains(t, out.Error, tt.refused)
				require.Equal(t, 4, out.Attempts)
				require.Empty(t, r.inbox(anna))
				return
			}
			require.Equal(t, "reply", out.Result, out.Error)
			inbox := r.inbox(anna)
			require.Len(t, inbox, 1)
			require.Equal(t, "passive", inbox[0].Kind)
			window := control[[]grant](r, get, "/_sim/followers/"+anna+"/window", nil)
			require.Equal(t, 3, window[0].Left, "a passive reply costs nothing")
		})
	}
}

func TestPassiveReplyJSON(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{DataFormat: FormatJSON})
	key, err := decodeAESKey(DefaultEncodingAESKey)
	require.NoError(t, err)
	r.answering(func(w http.ResponseWriter, _ int, p received) {
		plain := fmt.Sprintf(`{"ToUserName":%q,"FromUserName":%q,"CreateTime":%s,"MsgType":"text","Content":"hi"}`, anna,
			DefaultOriginalID, p.query.Get("timestamp"))
		sealed, err := encrypt(key, DefaultAppID, "abcdefghijklmnop", []byte(plain))
		if err != nil {
			return
		}
		stamp := p.query.Get("timestamp")
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"Encrypt":%q,"MsgSignature":%q,"TimeStamp":%s,"Nonce":"n"}`, sealed,
			sign(DefaultToken, stamp, "n", sealed), stamp)
	})
	require.Equal(t, "reply", r.event(anna, "subscribe", nil).Result)
	require.Equal(t, "hi", r.inbox(anna)[0].Content)
}

func TestReplyWhereNoneIsShown(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	r.event(anna, "subscribe", nil)
	r.answering(func(w http.ResponseWriter, _ int, p received) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, plainReply(anna, DefaultOriginalID, time.Now().Unix(), textPart("x")))
	})
	require.Equal(t, "reply_ignored", r.event(anna, "view", map[string]any{"url": "http://a"}).Result)
	require.Equal(t, "reply_ignored", r.event(anna, "unsubscribe", nil).Result)
	require.Empty(t, r.inbox(anna))
}

func TestReplyAfterTheClockMoved(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	r.advance("49h")
	r.answering(func(w http.ResponseWriter, _ int, p received) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, plainReply(anna, DefaultOriginalID, time.Now().Unix(), textPart("x")))
	})
	require.Equal(t, "reply", r.event(anna, "subscribe", nil).Result, "a server that keeps real time must not fail")
}
