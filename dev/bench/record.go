package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// push is a webhook request as the WeChat simulator sends it, signed and encrypted, in its bytes on the wire.
type push []byte

// parts returns the query and the body, as the api reads them.
func (p push) parts() (url.Values, []byte, error) {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(p)))
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(req.Body)
	return req.URL.Query(), body, err
}

// pushed turns a request of the simulator into one addressed to the api.
func pushed(r *http.Request, callback string) (push, error) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, callback+"?"+r.URL.RawQuery, r.Body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = r.ContentLength
	req.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	var wire bytes.Buffer
	err = req.Write(&wire)
	return wire.Bytes(), err
}

// follow has people follow the account, and returns their openids.
func follow(ctx context.Context, s *stack.Stack, prefix string, n int) ([]string, error) {
	openids := make([]string, n)
	for i := range openids {
		openids[i] = fmt.Sprintf("oBench%s%04d", prefix, i)
		if err := s.WeChat().Call(ctx, http.MethodPost, "/followers/"+openids[i]+"/subscribe", nil, nil); err != nil {
			return nil, err
		}
	}
	return openids, nil
}

// known returns long-time followers, without any pushes.
func known(ctx context.Context, s *stack.Stack, prefix string, n int) ([]string, error) {
	var out struct {
		OpenIDs []string `json:"openids"`
	}
	err := s.WeChat().Call(ctx, http.MethodPost, "/followers", map[string]any{"count": n, "prefix": "oBench" + prefix},
		&out)
	return out.OpenIDs, err
}

// record has each follower write several messages and holds back the pushes, to send them later: so the simulator's own
// work is not measured. The order is one message of each follower, then the next.
func record(ctx context.Context, s *stack.Stack, openids []string, messages int) (pushes []push, err error) {
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		push, err := pushed(r, callback(s))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		pushes = append(pushes, push)
		_, _ = io.WriteString(w, "success")
	}))
	defer recorder.Close()
	if err := setCallback(ctx, s, recorder.URL); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, setCallback(ctx, s, callback(s))) }()
	for i := range messages {
		for _, openid := range openids {
			message := map[string]any{"content": fmt.Sprintf("my brakes squeal, and this is message %d about it", i+1)}
			if err := s.WeChat().Call(ctx, http.MethodPost, "/followers/"+openid+"/messages", message, nil); err != nil {
				return nil, err
			}
		}
	}
	if len(pushes) != messages*len(openids) {
		return nil, fmt.Errorf("bench: recorded %d pushes instead of %d", len(pushes), messages*len(openids))
	}
	return pushes, nil
}

func callback(s *stack.Stack) string { return "http://" + s.Addresses().API + "/wechat" }

func setCallback(ctx context.Context, s *stack.Stack, callback string) error {
	return s.WeChat().Call(ctx, http.MethodPatch, "/settings", map[string]any{"callback_url": callback}, nil)
}

// webhooks posts pushes to an api. Its own cost is measured with the api's work, so it is as small as possible:
// prepared bytes, and an open connection for each sender.
type webhooks struct {
	addr string
	idle chan *connection
}

type connection struct {
	net.Conn
	answers *bufio.Reader
}

func newWebhooks(s *stack.Stack, senders int) *webhooks {
	return &webhooks{addr: s.Addresses().API, idle: make(chan *connection, senders)}
}

func (w *webhooks) close() {
	for {
		select {
		case c := <-w.idle:
			_ = c.Close()
		default:
			return
		}
	}
}

// post sends a push to the api and requires its acknowledgement.
func (w *webhooks) post(ctx context.Context, p push) error {
	c, err := w.connect(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	if err := c.exchange(p); err != nil {
		_ = c.Close()
		return err
	}
	select {
	case w.idle <- c:
	default:
		_ = c.Close()
	}
	return nil
}

func (w *webhooks) connect(ctx context.Context) (*connection, error) {
	select {
	case c := <-w.idle:
		return c, nil
	default:
	}
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", w.addr)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, answers: bufio.NewReader(c)}, nil
}

// exchange sends a push and reads the api's answer.
func (c *connection) exchange(p push) error {
	if _, err := c.Write(p); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || string(body) != "success" {
		return fmt.Errorf("the api answered %s %q", res.Status, body)
	}
	return nil
}
