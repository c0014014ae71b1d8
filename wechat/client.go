package wechat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The hosts that [Options] default to.
const (
	DefaultAPIURL  = "https://api.weixin.qq.com"
	DefaultOpenURL = "https://open.weixin.qq.com"
	DefaultMPURL   = "https://mp.weixin.qq.com"
)

// Options configure a [Client].
type Options struct {
	// AppID is required; AppSecret is required unless Tokens is set (web OAuth needs it in any case).
	AppID, AppSecret string
	// APIURL, OpenURL and MPURL replace the vendor's hosts, for a proxy or a simulator; a path is kept.
	APIURL, OpenURL, MPURL string
	// HTTPClient is copied; redirects are switched off in the copy, because an address holds the access token. Nil
	// means timeouts of 10 s to connect and 30 s to the response's header, and none for bodies: use contexts. A Timeout
	// of less than 3 minutes does not count for files.
	HTTPClient *http.Client
	// Tokens hands out access tokens; nil means an own [StableTokens].
	Tokens TokenSource
}

// defaultTimeout is the assumed duration of a call without a limit.
const defaultTimeout = 30 * time.Second

// idleTimeout is how long an unused connection is kept.
const idleTimeout = 20 * time.Second

// fileTimeout is the longest that a file of 10 MB may take, even if other calls have less: 500 kbit/s.
const fileTimeout = 3 * time.Minute

// Client calls the API of one Official Account. It is safe for concurrent use. Its methods fail with an [*Error] or a
// [*TransportError]; see the package comment.
type Client struct {
	appID, appSecret         string
	apiURL, openURL, mpURL   string
	http                     *http.Client // for the API: never follows redirects
	files                    *http.Client // the same for files, which take longer
	media                    *http.Client // for video addresses, without credentials: redirects stay on their host
	tokens                   TokenSource
	maxResponse, maxErrorDoc int64
	now                      func() time.Time
}

// New checks the options and returns a client. It makes no call. Errors never quote a setting's value, except a URL.
func New(o Options) (*Client, error) {
	if o.AppID == "" {
		return nil, errors.New("wechat: client needs an appid")
	}
	if o.AppSecret == "" && o.Tokens == nil {
		return nil, errors.New("wechat: client needs an app secret or a token source")
	}
	c := &Client{appID: o.AppID, appSecret: o.AppSecret, tokens: o.Tokens, maxResponse: 8 << 20, maxErrorDoc: 64 << 10,
		now: time.Now}
	for _, u := range []struct {
		name, value, fallback string
		into                  *string
	}{
		{"APIURL", o.APIURL, DefaultAPIURL, &c.apiURL},
		{"OpenURL", o.OpenURL, DefaultOpenURL, &c.openURL},
		{"MPURL", o.MPURL, DefaultMPURL, &c.mpURL},
	} {
		base, err := baseURL(u.value, u.fallback)
		if err != nil {
			return nil, fmt.Errorf("wechat: %s: %w", u.name, err)
		}
		*u.into = base
	}
	c.http, c.files, c.media = httpClients(o.HTTPClient)
	if c.tokens == nil {
		c.tokens = NewStableTokens(c)
	}
	return c, nil
}

// AppID returns the account's appid.
func (c *Client) AppID() string { return c.appID }

// Timeout returns the longest time that one call may take, except calls with a file.
func (c *Client) Timeout() time.Duration { return cmp.Or(c.http.Timeout, defaultTimeout) }

// Tokens returns the source of the client's access tokens.
func (c *Client) Tokens() TokenSource { return c.tokens }

func baseURL(value, fallback string) (string, error) {
	if value == "" {
		return fallback, nil
	}
	u, err := url.Parse(value)
	if err != nil {
		return "", errors.New("is not a URL")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("is not an absolute http or https URL")
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", errors.New("must hold neither query, fragment nor user")
	}
	return strings.TrimRight(value, "/"), nil
}

func httpClients(given *http.Client) (api, files, media *http.Client) {
	if given == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
		transport.ResponseHeaderTimeout = 30 * time.Second
		transport.MaxIdleConnsPerHost = 32
		// A send on a connection that the other side has just closed has an unknown outcome: idle limits of 60 seconds
		// and less were seen.
		transport.IdleConnTimeout = idleTimeout
		given = &http.Client{Transport: transport}
	}
	forAPI, forMedia := *given, *given
	forAPI.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	forMedia.CheckRedirect = withinHost
	forFiles := forAPI
	for _, c := range []*http.Client{&forFiles, &forMedia} {
		if c.Timeout > 0 {
			c.Timeout = max(c.Timeout, fileTimeout)
		}
	}
	return &forAPI, &forFiles, &forMedia
}

// call is one API call: what to send, and where.
type call struct {
	// op names the API in errors: its path without /cgi-bin/.
	op     string
	method string
	path   string
	query  url.Values
	// json is marshalled as the body; nil for none.
	json any
	// upload is a body that is not JSON.
	upload *upload
	// file marks a call whose answer is a file.
	file bool
	// public calls carry no access token.
	public bool
	// holds names members of which the answer must have one. Without it, the answer is to another call.
	holds []string
	// hide lists values that errors must not contain, in addition to token and app secret.
	hide []string
}

// do makes the call and decodes the answer into out, which may be nil.
func (c *Client) do(ctx context.Context, r call, out any) error {
	return c.withToken(ctx, r, func(token string) error { return c.attempt(ctx, r, token, out) })
}

// withToken runs one attempt, and a second with another token if WeChat refused the first token. WeChat does not
// process a refused call, so repeating it has no double effect.
//
// If ctx has a deadline, waiting for tokens ends early enough to leave the call its time. Otherwise a caller could
// run out of time without knowing that the call was never made. The error is then [ErrNotSent].
func (c *Client) withToken(ctx context.Context, r call, attempt func(token string) error) error {
	if r.public {
		return attempt("")
	}
	waiting, stop := c.beforeCall(ctx, r)
	defer stop()
	token, err := c.tokens.Token(waiting)
	if err != nil {
		return newTokenError(r.op, err)
	}
	if err := waiting.Err(); err != nil {
		return newTokenError(r.op, fmt.Errorf("no time is left for the call: %w", err))
	}
	refused := attempt(token.Value)
	if !RefusesToken(refused) {
		return refused
	}
	// A source always drops the refused token, even if no time remains to wait for another.
	token, err = c.tokens.Refused(waiting, token)
	switch {
	case waiting.Err() != nil:
		return newTokenError(r.op, fmt.Errorf("no time is left for another one: %w", refused))
	case err != nil:
		return newTokenError(r.op, err)
	}
	return attempt(token.Value)
}

// beforeCall limits everything that precedes a call: it leaves the call its time, and uses at most half of the total.
func (c *Client) beforeCall(ctx context.Context, r call) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return ctx, func() {}
	}
	own := c.http
	if r.upload != nil || r.file {
		own = c.files
	}
	needed := cmp.Or(own.Timeout, defaultTimeout)
	return context.WithDeadline(ctx, deadline.Add(-min(needed, time.Until(deadline)/2)))
}

// RefusesToken reports whether WeChat refused a call because of its access token: it is wrong, replaced or expired. The
// call was not processed.
//
// https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
func RefusesToken(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == ErrInvalidCredential || e.Code == ErrInvalidToken || e.Code == ErrTokenExpired
}
