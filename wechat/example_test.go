package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// server plays WeChat for the examples.
func server(answers map[string]string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
}

func client(s *httptest.Server) *wechat.Client {
	c, err := wechat.New(wechat.Options{AppID: "wx0123456789abcdef", AppSecret: "example-secret", APIURL: s.URL})
	if err != nil {
		panic(err)
	}
	return c
}

// A callback handler verifies the URL once and then opens every push.
func ExampleCodec_VerifyURL() {
	codec, err := wechat.NewCodec(wechat.CodecOptions{AppID: "wx0123456789abcdef", Token: "AAAAA", Mode: wechat.ModePlain})
	if err != nil {
		panic(err)
	}
	q, _ := url.ParseQuery(
		"signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504&nonce=1514711492&echostr=4375120948345356249")
	fmt.Println(codec.VerifyURL(q))
	q.Set("nonce", "0")
	_, err = codec.VerifyURL(q)
	fmt.Println(errors.Is(err, wechat.ErrSignature))
	// Output:
	// 4375120948345356249 <nil>
	// true
}

func ExampleCodec_Open() {
	codec, err := wechat.NewCodec(wechat.CodecOptions{AppID: "wx0123456789abcdef", Token: "AAAAA", Mode: wechat.ModePlain})
	if err != nil {
		panic(err)
	}
	q, _ := url.ParseQuery("signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656")
	m, err := codec.Open(q, []byte(`<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>oExample</FromUserName>
		<CreateTime>1714037059</CreateTime><MsgType>text</MsgType><Content>my brakes squeal</Content><MsgId>1</MsgId></xml>`))
	if err != nil {
		panic(err)
	}
	switch m := m.(type) {
	case *wechat.TextMessage:
		fmt.Println(m.Content)
	case *wechat.SubscribeEvent:
		fmt.Println("welcome", m.Scene)
	}
	reply, contentType, err := codec.Reply(m, wechat.TextReply{Content: "We are on it."}, time.Unix(1714037060, 0))
	fmt.Println(string(reply), contentType, err)
	// Output:
	// my brakes squeal
	// <xml><ToUserName><![CDATA[oExample]]></ToUserName><FromUserName><![CDATA[gh_0123456789ab]]></FromUserName><CreateTime>1714037060</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[We are on it.]]></Content></xml> text/xml; charset=utf-8 <nil>
}

func ExampleClient_SendText() {
	s := server(map[string]string{
		"/cgi-bin/stable_token":        `{"access_token":"example-token","expires_in":7200}`,
		"/cgi-bin/message/custom/send": `{"errcode":45015,"errmsg":"response out of time limit or subscription is canceled rid: 65000001-10000001-20000001"}`,
	})
	defer s.Close()
	err := client(s).SendText(context.Background(), "oExample", "Your brakes are fine again.")
	switch {
	case errors.Is(err, wechat.ErrWindowClosed), errors.Is(err, wechat.ErrWindowUsedUp):
		fmt.Println("hold until the follower acts:", err)
	case errors.Is(err, wechat.ErrOutcomeUnknown):
		fmt.Println("it may have arrived:", err)
	case errors.Is(err, wechat.ErrNotSent):
		fmt.Println("safe to repeat:", err)
	}
	// Output:
	// hold until the follower acts: wechat: message/custom/send: errcode 45015: response out of time limit or subscription is canceled (rid 65000001-10000001-20000001)
}

func ExampleClient_DownloadMedia() {
	s := server(map[string]string{
		"/cgi-bin/stable_token": `{"access_token":"example-token","expires_in":7200}`,
		"/cgi-bin/media/get":    "a picture",
	})
	defer s.Close()
	media, err := client(s).DownloadMedia(context.Background(), "MEDIA_ID", 10<<20)
	if err != nil {
		panic(err)
	}
	defer media.Body.Close()
	n, err := io.Copy(io.Discard, media.Body)
	fmt.Println(n, err)
	// Output: 9 <nil>
}

func ExampleClient_AuthorizeURL() {
	c, err := wechat.New(wechat.Options{AppID: "wx0123456789abcdef", AppSecret: "example-secret"})
	if err != nil {
		panic(err)
	}
	fmt.Println(c.AuthorizeURL("https://crm.example.com/web/callback", wechat.ScopeBase, "n0nce"))
	// Output:
	// https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef&redirect_uri=https%3A%2F%2Fcrm.example.com%2Fweb%2Fcallback&response_type=code&scope=snsapi_base&state=n0nce#wechat_redirect
}

// A worker that may force a new token, sharing one token source with a client.
func ExampleNewStableTokens() {
	s := server(map[string]string{"/cgi-bin/stable_token": `{"access_token":"example-token","expires_in":7200}`})
	defer s.Close()
	fetcher := client(s)
	tokens := wechat.NewStableTokens(fetcher, wechat.WithForceRefresh(func(ctx context.Context, refused string) error {
		_, err := fetcher.StableToken(ctx, true) // 20 times a day: have one process do it for all
		return err
	}))
	c, err := wechat.New(wechat.Options{AppID: "wx0123456789abcdef", APIURL: s.URL, Tokens: tokens})
	if err != nil {
		panic(err)
	}
	token, err := c.Tokens().Token(context.Background())
	fmt.Println(token, err)
	// Output: token 4d1566a1 <nil>
}
