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

// errTooLarge reports that an answer exceeds the client's limit.
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
		return c.outcomeUnknown(r, token, err)
	}
	return c.decode(r, token, body, out)
}

// send makes the API request and returns a response of status 200.
func (c *Client) send(ctx context.Context, r call, token string) (*http.Response, error) {
	req, err := c.request(ctx, r, token)
	if err != nil {
		return nil, c.notSent(r, token, err)
	}
	client := c.http
	if r.file || r.upload != nil {
		client = c.files
	}
	return c.roundTrip(client, req, r, token)
}

// roundTrip returns a response of status 200. It is the only function that calls WeChat.
func (c *Client) roundTrip(client *http.Client, req *http.Request, r call, token string) (*http.Response, error) {
	var written atomic.Bool
	resp, err := client.Do(traced(req, &written))
	switch {
	case err != nil && written.Load():
		return nil, c.outcomeUnknown(r, token, err)
	case err != nil:
		return nil, c.notSent(r, token, err)
	case resp.StatusCode != http.StatusOK:
		resp.Body.Close()
		return nil, c.badStatus(r, token, resp.StatusCode)
	}
	return resp, nil
}

// traced sets written as soon as the request's header is sent. WroteHeaders comes before the first byte is flushed,
// so after an error "not written" is certain, and "written" errs on the safe side. net/http redials a POST only if
// nothing at all was written before, so each dial of a POST starts from the beginning.
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

// notSent is the error of a call that was certainly not processed.
func (c *Client) notSent(r call, token string, cause error) error {
	return &TransportError{Op: r.op, Unsent: true, Err: c.cleanCause(r, token, cause)}
}

// outcomeUnknown is the error of a call that may have been processed.
func (c *Client) outcomeUnknown(r call, token string, cause error) error {
	return &TransportError{Op: r.op, Err: c.cleanCause(r, token, cause)}
}

// badStatus is the error of a call with a status other than 200. A redirect or a refusal comes from an intermediary,
// because WeChat itself answers 200 to everything.
func (c *Client) badStatus(r call, token string, status int) error {
	unsent := status >= http.StatusMultipleChoices && status < http.StatusInternalServerError
	return &TransportError{Op: r.op, Status: status, Unsent: unsent,
		Err: c.cleanCause(r, token, errors.New(http.StatusText(status)))}
}

// cleanCause removes from a cause the address that net/http adds, and everything that an error must not contain.
func (c *Client) cleanCause(r call, token string, cause error) error {
	if ue, ok := errors.AsType[*url.Error](cause); ok {
		cause = ue.Err
	}
	if text := cause.Error(); text != c.clean(r, token, text) {
		return &redactedError{text: c.clean(r, token, text), err: cause}
	}
	return cause
}

// clean removes from a text everything that an error must not contain.
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
