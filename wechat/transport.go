package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// errTooLarge says that an answer exceeds the client's limit.
var errTooLarge = errors.New("answer larger than the limit")

// attempt makes the call once and decodes the JSON answer.
func (c *Client) attempt(ctx context.Context, r call, token string, out any) error {
	resp, err := c.send(ctx, r, token)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := readLimited(resp.Body, c.maxResponse)
	if err != nil {
		return c.transportError(r, token, 0, false, err)
	}
	return c.decode(r, token, body, out)
}

// send makes the HTTP request and returns a response of status 200. It is the only place that calls WeChat.
func (c *Client) send(ctx context.Context, r call, token string) (*http.Response, error) {
	req, err := c.request(ctx, r, token)
	if err != nil {
		return nil, c.transportError(r, token, 0, true, err)
	}
	var written atomic.Bool
	client := c.http
	if r.file || r.upload != nil {
		client = c.files
	}
	resp, err := client.Do(traced(req, &written))
	if err != nil {
		return nil, c.transportError(r, token, 0, !written.Load(), err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		unsent := resp.StatusCode >= http.StatusMultipleChoices && resp.StatusCode < http.StatusInternalServerError
		return nil, c.transportError(r, token, resp.StatusCode, unsent, errors.New(http.StatusText(resp.StatusCode)))
	}
	return resp, nil
}

// traced sets written as soon as the request's header goes out. WroteHeaders comes before the first byte is flushed, so
// after an error "not written" is certain, and "written" errs on the careful side. net/http dials again for a POST only
// when nothing at all was written before, so that each dial of a POST starts afresh.
func traced(req *http.Request, written *atomic.Bool) *http.Request {
	trace := &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }}
	if req.Method == http.MethodPost {
		trace.GetConn = func(string) { written.Store(false) }
	}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
}

func (c *Client) request(ctx context.Context, r call, token string) (*http.Request, error) {
	query := url.Values{}
	maps.Copy(query, r.query)
	if token != "" {
		query.Set("access_token", token)
	}
	address := c.apiURL + r.path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var body io.Reader
	switch {
	case r.upload != nil:
		body = r.upload.body
	case r.json != nil:
		body = bytes.NewReader(marshal(r.json))
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	switch {
	case r.upload != nil:
		req.Header.Set("Content-Type", r.upload.contentType)
		req.ContentLength = r.upload.size
	case r.json != nil:
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	req.Header.Set("Accept", "application/json, */*")
	return req, nil
}

// transportError wraps a cause without the address that net/http puts into it.
func (c *Client) transportError(r call, token string, status int, unsent bool, cause error) error {
	if ue, ok := errors.AsType[*url.Error](cause); ok {
		cause = ue.Err
	}
	if text := cause.Error(); text != c.clean(r, token, text) {
		cause = &redactedError{text: c.clean(r, token, text), err: cause}
	}
	return &TransportError{Op: r.op, Status: status, Unsent: unsent, Err: cause}
}

// clean removes everything from a text that an error must not hold.
func (c *Client) clean(r call, token, text string) string {
	return redact(text, append([]string{c.appSecret, token}, r.hide...)...)
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w of %d bytes", errTooLarge, limit)
	}
	return body, nil
}
