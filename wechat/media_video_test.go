package wechat

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// internet plays all hosts but the API's: it records requests, and answers by address.
type internet struct {
	api     http.RoundTripper
	apiHost string
	answers map[string]func() (*http.Response, error)

	mu    sync.Mutex
	asked []string
}

func (n *internet) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == n.apiHost {
		return n.api.RoundTrip(req)
	}
	n.mu.Lock()
	n.asked = append(n.asked, req.URL.String())
	n.mu.Unlock()
	if answer := n.answers[req.URL.String()]; answer != nil {
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.WroteHeaders != nil {
			trace.WroteHeaders()
		}
		res, err := answer()
		if res != nil {
			res.Request = req
		}
		return res, err
	}
	return nil, errors.New("no such host")
}

func film() (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"video/mp4"}},
		Body: io.NopCloser(strings.NewReader("MP4")), ContentLength: 3}, nil
}

func redirect(to string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {to}}, Body: http.NoBody}, nil
	}
}

// TestVideosComeFromTheInternet: an attacker between WeChat and us could insert any address.
func TestVideosComeFromTheInternet(t *testing.T) {
	t.Parallel()
	const there = "https://video.example.com/v?a=1"
	for _, tt := range []struct {
		name, address string
		answers       map[string]func() (*http.Response, error)
		asked         []string
		is            error
	}{
		{"https", there, map[string]func() (*http.Response, error){there: film}, []string{there}, nil},
		{"http, asked by https", "http://video.example.com/v?a=1", map[string]func() (*http.Response, error){there: film},
			[]string{there}, nil},
		{"http, with its port", "http://video.example.com:80/v?a=1", map[string]func() (*http.Response, error){there: film},
			[]string{there}, nil},
		{"http of anybody, without https", "http://video.example.com/v", nil, []string{"https://video.example.com/v"},
			ErrNotSent},
		{
			"http of WeChat, without https", "http://vweixinp.tc.qq.com/v",
			map[string]func() (*http.Response, error){"http://vweixinp.tc.qq.com/v": film},
			[]string{"https://vweixinp.tc.qq.com/v", "http://vweixinp.tc.qq.com/v"}, nil,
		},
		{
			"redirect on its host", there, map[string]func() (*http.Response, error){there: redirect("/w"),
				"https://video.example.com/w": film},
			[]string{there, "https://video.example.com/w"}, nil,
		},
		{"redirect to another host", there,
			map[string]func() (*http.Response, error){there: redirect("http://169.254.169.254/latest/meta-data/")},
			[]string{there}, ErrOutcomeUnknown},
		{"redirect away from https", there,
			map[string]func() (*http.Response, error){there: redirect("http://video.example.com/v")}, []string{there},
			ErrOutcomeUnknown},
		{"endless redirects", there, map[string]func() (*http.Response, error){there: redirect(there)},
			[]string{there, there, there, there}, ErrOutcomeUnknown},
		{"metadata", "http://169.254.169.254/latest/meta-data/", nil, nil, ErrOutcomeUnknown},
		{"loopback", "https://127.0.0.1/v", nil, nil, ErrOutcomeUnknown},
		{"loopback by name", "https://localhost/v", nil, nil, ErrOutcomeUnknown},
		{"IPv6", "https://[::1]/v", nil, nil, ErrOutcomeUnknown},
		{"a number", "http://2130706433/v", nil, nil, ErrOutcomeUnknown},
		{"a number in parts", "http://0x7f.0.0.0x1/v", nil, nil, ErrOutcomeUnknown},
		{"name of a cluster", "http://temporal-ui.temporal.svc/v", nil, nil, ErrOutcomeUnknown},
		{"name of a network", "http://printer.local./v", nil, nil, ErrOutcomeUnknown},
		{"another port", "http://video.example.com:8233/v", nil, nil, ErrOutcomeUnknown},
		{"with a user", "http://a:b@video.example.com/v", nil, nil, ErrOutcomeUnknown},
		{"another scheme", "gopher://video.example.com/v", nil, nil, ErrOutcomeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			world := &internet{api: http.DefaultTransport, answers: tt.answers}
			c, mux := setup(t, func(o *Options) { o.HTTPClient = &http.Client{Transport: world} })
			api, err := url.Parse(c.apiURL)
			require.NoError(t, err)
			world.apiHost = api.Host
			mux.HandleFunc(downloadPath, answer(`{"video_url":"`+tt.address+`"}`))
			stream, err := c.DownloadMedia(t.Context(), "M1", 10)
			require.ErrorIs(t, err, tt.is)
			require.Equal(t, tt.asked, world.asked)
			if tt.is != nil {
				require.NotContains(t, err.Error(), "example.com")
				requireClean(t, err)
				return
			}
			body, err := io.ReadAll(stream.Body)
			require.NoError(t, err)
			require.Equal(t, "MP4", string(body))
		})
	}
}
