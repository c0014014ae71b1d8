package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// triesOfWire send malformed HTTP that no client sends.
func triesOfWire() []try {
	const end = "\r\n\r\n"
	requests := map[string]string{
		"two lengths":               "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"a length and pieces":       "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: {host}" + end,
		"pieces of an unknown kind": "POST /wechat HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\nhello",
		"pieces twice":              "POST /wechat HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, chunked" + end,
		"a negative length":         "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1" + end,
		"a length with a sign":      "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: +5\r\n\r\nhello",
		"a length beyond 64 bits":   "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999999999999" + end,
		"no host":                   "GET /web/tickets HTTP/1.1" + end,
		"two hosts":                 "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nHost: " + elsewhere + end,
		"a host with a path":        "GET /web/tickets HTTP/1.1\r\nHost: " + elsewhere + "/x" + end,
		"another site's address":    "GET http://" + elsewhere + "/web/tickets HTTP/1.1\r\nHost: {host}" + end,
		"a tunnel":                  "CONNECT " + elsewhere + ":443 HTTP/1.1\r\nHost: {host}" + end,
		"a blank before the colon":  "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nX-Attack : 1" + end,
		"a folded line":             "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nX-Attack: 1\r\n 2" + end,
		"a zero byte in a header":   "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nX-Attack: a\x00b" + end,
		"a name with a blank":       "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nX Attack: 1" + end,
		"no name":                   "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\n: 1" + end,
		"HTTP/0.9":                  "GET /web/tickets\r\n",
		"HTTP/9.9":                  "GET /web/tickets HTTP/9.9\r\nHost: {host}" + end,
		"no protocol":               "hello" + end,
		"the beginning of HTTP/2":   "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"an empty path":             "GET  HTTP/1.1\r\nHost: {host}" + end,
		"a star":                    "GET * HTTP/1.1\r\nHost: {host}" + end,
		"a path without a slash":    "GET web/tickets HTTP/1.1\r\nHost: {host}" + end,
		"a broken escape":           "GET /web/tickets/%zz HTTP/1.1\r\nHost: {host}" + end,
		"40 kB of headers": "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nX-Attack: " +
			strings.Repeat("x", 40<<10) + end,
		"a thousand headers": "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\n" +
			strings.Repeat("X-Attack: 1234567890123456\r\n", 1000) + "\r\n",
		"an upgrade":                 "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket" + end,
		"a promise of more (Expect)": "POST /wechat HTTP/1.1\r\nHost: {host}\r\nExpect: 200-ok\r\nContent-Length: 5" + end,
		"a hop's header to be dropped": "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nConnection: X-Forwarded-For, Cookie" +
			end,
		"more asked for unread": "POST /wechat HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 5" +
			end,
		"a cookie behind the body": "POST /web/create HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nTrailer: Cookie\r\n\r\n0\r\nCookie: wx_session=1" + end,
		"20 kB beside a piece": "POST /web/create HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
			strings.Repeat("x", 20<<10) + "\r\na\r\n0" + end,
		"a length in hexadecimal": "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0x5\r\n\r\nhello",
		"lengths in a list":       "POST /wechat HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5, 5\r\n\r\nhello",
		"pieces of a negative length": "POST /web/create HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n-1" +
			end,
		"lines without a return": "GET /web/tickets HTTP/1.1\nHost: {host}\n\n",
		"a return inside a line": "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\nX-Attack: a\rX: b" + end,
		"a host with a user":     "GET /web/tickets HTTP/1.1\r\nHost: {host}@" + elsewhere + end,
		"an endless name":        "GET /web/tickets HTTP/1.1\r\nHost: {host}\r\n" + strings.Repeat("x", 30<<10) + end,
	}
	var all []try
	for _, name := range sorted(requests) {
		all = append(all, try{"the wire", name, func(ctx context.Context, l *live) error {
			got, err := l.line(ctx, requests[name])
			if err != nil {
				return nil // cut off
			}
			if got.status < http.StatusMultipleChoices { // "100 Continue" would ask an unproven caller for the body
				return fmt.Errorf("answered with %d", got.status)
			}
			return l.tells(got)
		}})
	}
	return all
}

// line sends a text verbatim and reads one answer. {host} becomes the target's host.
func (t target) line(ctx context.Context, text string) (answer, error) {
	conn, host, err := t.dial(ctx)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(t.patience, 3*time.Second)))
	if _, err := conn.Write([]byte(strings.ReplaceAll(text, "{host}", host))); err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return answer{}, errors.New("no answer")
	}
	defer func() { _ = res.Body.Close() }()
	var body bytes.Buffer
	_, _ = body.ReadFrom(res.Body)
	return answer{res.StatusCode, res.Header, body.String()}, nil
}
