package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// dial connects to the target by hand, for what net/http does not send.
func (t target) dial(ctx context.Context) (net.Conn, string, error) {
	u, err := url.Parse(t.api)
	if err != nil {
		return nil, "", err
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), map[string]string{"https": "443"}[u.Scheme])
		if u.Scheme == "http" {
			address = net.JoinHostPort(u.Hostname(), "80")
		}
	}
	if u.Scheme == "https" {
		conn, err := (&tls.Dialer{}).DialContext(ctx, "tcp", address)
		return conn, u.Host, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	return conn, u.Host, err
}

// unsent sends a header and at most the beginning of a body. A server that answers has not waited for the rest.
func (t target) unsent(ctx context.Context, head string, begun ...string) (answer, error) {
	conn, host, err := t.dial(ctx)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(t.patience, 3*time.Second))) // less than a body may take to arrive
	if _, err := fmt.Fprintf(conn, "%sHost: %s\r\n\r\n%s", head, host, strings.Join(begun, "")); err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return answer{}, errors.New("no answer before the body is sent")
	}
	defer func() { _ = res.Body.Close() }()
	var body bytes.Buffer
	_, _ = body.ReadFrom(res.Body)
	return answer{res.StatusCode, res.Header, body.String()}, nil
}

// slowRequest begins a request and stops sending: the server must not hold the connection open for it.
func slowRequest(ctx context.Context, t target) error {
	conn, host, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(t.patience, time.Minute)))
	if _, err := fmt.Fprintf(conn, "GET /web/privacy HTTP/1.1\r\nHost: %s\r\nX-Attack: ", host); err != nil {
		return err
	}
	var end net.Error
	if _, err := io.Copy(io.Discard, conn); errors.As(err, &end) && end.Timeout() {
		return errors.New("the connection is held")
	}
	return nil
}

// unreadPush announces a push and sends none of it.
func unreadPush(query string) func(context.Context, target) error {
	return func(ctx context.Context, t target) error {
		for _, length := range []string{"Content-Length: 1048576", "Transfer-Encoding: chunked"} {
			got, err := t.unsent(ctx, "POST /wechat"+query+" HTTP/1.1\r\n"+length+"\r\nX-Forwarded-For: "+anywhere()+"\r\n")
			if err != nil {
				return fmt.Errorf("%s: %w", length, err)
			}
			if err := want(got, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests); err != nil {
				return err
			}
		}
		return nil
	}
}

func pushesAtOnce(ctx context.Context, t target) error {
	from := anywhere()
	var mu sync.Mutex
	counts := map[int]int{}
	var failed error
	var group sync.WaitGroup
	for range 150 {
		group.Go(func() {
			got, err := t.do(ctx, attempt{
				method: http.MethodPost, path: "/wechat?msg_signature=x&timestamp=1&nonce=1", body: "<xml>" +
					strings.Repeat(" ", 1<<16), from: from,
			})
			mu.Lock()
			defer mu.Unlock()
			counts[got.status]++
			failed = errors.Join(failed, err)
		})
	}
	group.Wait()
	if counts[http.StatusTooManyRequests] < 50 {
		return fmt.Errorf("%d of 150 were told that they are too many (%w)", counts[http.StatusTooManyRequests],
			errors.Join(failed, errors.New("answers "+fmt.Sprint(counts))))
	}
	return nil
}

var errNoToken = notTried("needs -token, -aes-key, -app-id and -original-id")

func (t target) knowsKeys() bool {
	return t.token != "" && t.aesKey != "" && t.appID != "" && t.originalID != ""
}

// refusedPush sends a push that must be refused.
func (t target) refusedPush(ctx context.Context, path, body string) error {
	got, err := t.do(ctx, attempt{method: http.MethodPost, path: path, body: body, from: anywhere()})
	if err != nil {
		return err
	}
	if got.body != "" && got.status == http.StatusUnauthorized {
		return errors.New("the refusal has a body")
	}
	return want(got, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
}

func oldSignature(ctx context.Context, t target) error {
	if !t.knowsKeys() {
		return errNoToken
	}
	at := time.Now().Add(-2 * time.Hour)
	sealed, err := t.seal(t.push(at))
	if err != nil {
		return err
	}
	path, body := t.envelope(at, sealed)
	return t.refusedPush(ctx, path, body)
}

func oldContent(ctx context.Context, t target) error {
	if !t.knowsKeys() {
		return errNoToken
	}
	sealed, err := t.seal(t.push(time.Now().Add(-48 * time.Hour)))
	if err != nil {
		return err
	}
	path, body := t.envelope(time.Now(), sealed)
	return t.refusedPush(ctx, path, body)
}

func borrowedSignature(ctx context.Context, t target) error {
	if !t.knowsKeys() {
		return errNoToken
	}
	sealed, err := t.seal(t.push(time.Now()))
	if err != nil {
		return err
	}
	path, _ := t.envelope(time.Now(), sealed)
	if err := t.refusedPush(ctx, path, t.push(time.Now())); err != nil {
		return fmt.Errorf("as an encrypted one: %w", err)
	}
	return t.refusedPush(ctx, "/wechat?"+t.query(time.Now()).Encode(), t.push(time.Now()))
}

func paddingOracle(ctx context.Context, t target) error {
	if !t.knowsKeys() {
		return errNoToken
	}
	sealed, err := t.seal(t.push(time.Now()))
	if err != nil {
		return err
	}
	answers := map[string]int{}
	for b := 0; b < 256; b += 5 {
		altered := bytes.Clone(sealed)
		if altered[len(altered)-17] == byte(b) {
			continue
		}
		altered[len(altered)-17] = byte(b) // the last byte of the padding
		path, body := t.envelope(time.Now(), altered)
		got, err := t.do(ctx, attempt{method: http.MethodPost, path: path, body: body, from: anywhere()})
		if err != nil {
			return err
		}
		answers[fmt.Sprintf("%d with %d bytes", got.status, len(got.body))]++
	}
	if len(answers) != 1 {
		return fmt.Errorf("answers differ: %v", answers)
	}
	return nil
}

func manyAttributes(ctx context.Context, t target) error {
	if !t.knowsKeys() {
		return errNoToken
	}
	return t.refusedPush(ctx, "/wechat?"+t.query(time.Now()).Encode(), "<xml"+strings.Repeat(" b=''", 200_000)+"></xml>")
}

const agentsReply = `{"sma_id":"attack","service_req_no":"1","text":"attack","private_ind":"FALSE"}`

func c4cWithoutCredentials(ctx context.Context, t target) error {
	for _, header := range []map[string]string{
		{}, {"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("c4c:"))}, {"Authorization": "Bearer x"},
	} {
		for _, path := range []string{"/c4c/wechat", "/c4c/events", "/c4c/wechat?secret=", "/c4c/wechat?secret=x"} {
			got, err := t.do(ctx, attempt{method: http.MethodPost, path: path, body: agentsReply, from: anywhere(),
				header: header})
			if err != nil {
				return err
			}
			if err := want(got, http.StatusUnauthorized, http.StatusTooManyRequests); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return nil
}

func guessedPasswords(ctx context.Context, t target) error {
	from := anywhere()
	return t.limited(ctx, 200, func(i int) attempt {
		guess := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "c4c:guess%d", i))
		return attempt{method: http.MethodPost, path: "/c4c/wechat", body: agentsReply, from: from,
			header: map[string]string{"Authorization": "Basic " + guess}}
	})
}
