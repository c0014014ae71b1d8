package wechat

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// JSTicket is the ticket with which pages sign their use of the JS-SDK. Share and store it like an access token.
type JSTicket struct {
	Value     string
	ExpiresAt time.Time
}

// JSTicket fetches the ticket, GET /cgi-bin/ticket/getticket; it is valid for 7200 seconds.
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
func (c *Client) JSTicket(ctx context.Context) (JSTicket, error) {
	asked := c.now()
	var answer struct {
		Ticket    string  `json:"ticket"`
		ExpiresIn integer `json:"expires_in"`
	}
	err := c.do(ctx, call{
		op: "ticket/getticket", holds: []string{"ticket"}, method: http.MethodGet, path: "/cgi-bin/ticket/getticket",
		query: url.Values{"type": {"jsapi"}},
	}, &answer)
	if err != nil {
		return JSTicket{}, err
	}
	return JSTicket{Value: answer.Ticket, ExpiresAt: asked.Add(time.Duration(answer.ExpiresIn) * time.Second)}, nil
}

// JSSignature signs a page for wx.config. timestamp is in seconds; page is the address with its query; a fragment is
// removed.
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
func JSSignature(ticket, nonce, timestamp, page string) string {
	page, _, _ = strings.Cut(page, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + "&timestamp=" + timestamp + "&url=" + page))
	return hex.EncodeToString(sum[:])
}
