package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// push is a webhook as the WeChat simulator sends it: signed and encrypted.
type push struct {
	query       url.Values
	contentType string
	body        []byte
}

// follow has people follow the account, and returns who they are.
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

// known are followers of long standing, of whom nothing was pushed.
func known(ctx context.Context, s *stack.Stack, prefix string, n int) ([]string, error) {
	var out struct {
		OpenIDs []string `json:"openids"`
	}
	err := s.WeChat().Call(ctx, http.MethodPost, "/followers", map[string]any{"count": n, "prefix": "oBench" + prefix},
		&out)
	return out.OpenIDs, err
}

// record has each follower write so many messages and keeps the pushes from the api: they can be sent at will later on,
// and what the simulator needs to make them is not measured. The order is one message of each, then the next.
func record(ctx context.Context, s *stack.Stack, openids []string, messages int) (pushes []push, err error) {
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		pushes = append(pushes, push{query: r.URL.Query(), contentType: r.Header.Get("Content-Type"), body: body})
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

// webhooks is the client that posts pushes, with a connection for each sender.
func webhooks(senders int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
}

// post sends a push to the api and insists on its acknowledgement.
func (p push) post(ctx context.Context, client *http.Client, callback string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, callback+"?"+p.query.Encode(), bytes.NewReader(p.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", p.contentType)
	res, err := client.Do(req)
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
