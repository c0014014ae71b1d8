package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"sync"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// fakeWeChat knows codes, each valid for one exchange, and keeps what is uploaded.
type fakeWeChat struct {
	mu       sync.Mutex
	codes    map[string]wechat.OAuthToken
	used     map[string]bool
	uploads  int
	err      error
	pictures map[string][]byte
	people   map[string]wechat.UserInfo // nil: the account may not ask

	exchangeErr error // of every code
	asked       int   // codes
	downloads   int
	slow        chan struct{} // what exchanges wait for; nil: nothing
}

// exchanges is how many codes WeChat was asked about.
func (f *fakeWeChat) exchanges() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *fakeWeChat) UserInfo(_ context.Context, openID, _ string) (wechat.UserInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.people == nil {
		return wechat.UserInfo{}, &wechat.Error{Op: "user/info", Code: wechat.ErrUnauthorizedAPI}
	}
	return f.people[openID], f.err
}

func (f *fakeWeChat) AuthorizeURL(redirect, scope, state string) string {
	return "https://open.example.com/connect/oauth2/authorize?" + url.Values{
		"redirect_uri": {redirect}, "scope": {scope}, "state": {state},
	}.Encode()
}

func (f *fakeWeChat) ExchangeCode(_ context.Context, code string) (wechat.OAuthToken, error) {
	f.mu.Lock()
	f.asked++
	slow := f.slow
	f.mu.Unlock()
	if slow != nil {
		<-slow
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.exchangeErr != nil {
		return wechat.OAuthToken{}, f.exchangeErr
	}
	if f.used[code] {
		return wechat.OAuthToken{}, &wechat.Error{Op: "oauth", Code: wechat.ErrCodeUsed}
	}
	token, ok := f.codes[code]
	if !ok {
		return token, &wechat.Error{Op: "oauth", Code: wechat.ErrInvalidCode}
	}
	f.used[code] = true
	return token, nil
}

func (f *fakeWeChat) UploadMedia(_ context.Context, _ wechat.MediaKind, _, _ string, r io.Reader) (wechat.Media,
	error) {
	content, err := io.ReadAll(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || f.err != nil {
		return wechat.Media{}, errors.Join(err, f.err)
	}
	f.uploads++
	id := "media-" + string(rune('0'+f.uploads))
	f.pictures[id] = content
	return wechat.Media{ID: id}, nil
}

func (f *fakeWeChat) DownloadMedia(_ context.Context, id string, _ int64) (*wechat.MediaStream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.downloads++
	content, ok := f.pictures[id]
	if !ok {
		return nil, &wechat.Error{Op: "media/get", Code: wechat.ErrInvalidMediaID}
	}
	return &wechat.MediaStream{Body: io.NopCloser(bytes.NewReader(content)), Size: int64(len(content))}, nil
}
