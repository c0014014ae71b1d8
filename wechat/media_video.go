package wechat

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

var (
	errVideoAddress  = errors.New("the address of a video is none of the internet")
	errVideoRedirect = errors.New("the address of a video leads to another host")
)

// ownVideoHosts are WeChat's, which may give files without https.
const ownVideoHosts = ".qq.com"

// fetchVideo gets the file behind a video address. The address holds no credential, but stays out of errors all the
// same.
//
// Whoever stands between WeChat and us could name any address. So it must be a name of the internet, and https proves
// that it is its host which answers: nothing inside a network of ours has a certificate for somebody else's name.
// WeChat's addresses begin with http, but are asked by https first.
func (c *Client) fetchVideo(ctx context.Context, r call, address string) (*http.Response, error) {
	u, err := c.videoAddress(address)
	if err != nil {
		return nil, c.outcomeUnknown(r, "", err)
	}
	resp, err := c.getVideo(ctx, r, u)
	plain := strings.HasPrefix(address, "http:") && u.Scheme == "https"
	if plain && errors.Is(err, ErrNotSent) && strings.HasSuffix(u.Hostname(), ownVideoHosts) {
		u.Scheme = "http"
		return c.getVideo(ctx, r, u)
	}
	return resp, err
}

func (c *Client) getVideo(ctx context.Context, r call, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, c.notSent(r, "", errUnreadable)
	}
	return c.roundTrip(c.media, req, r, "")
}

// videoAddress is where a video is fetched: on the API's own host as given, elsewhere by https.
func (c *Client) videoAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errUnreadable
	}
	if api, err := url.Parse(c.apiURL); err == nil && u.Host == api.Host {
		return u, nil
	}
	standard := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port := u.Port(); port != "" && port != standard || !publicName(u.Hostname()) {
		return nil, errVideoAddress
	}
	u.Scheme, u.Host = "https", u.Hostname()
	return u, nil
}

// privateEnds are ends of names that networks have to themselves.
var privateEnds = []string{".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa", ".svc"}

// publicName reports whether a host may be one of the internet: a name of several parts, and no number in any way of
// writing one.
func publicName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || last[0] >= '0' && last[0] <= '9' {
		return false
	}
	for _, end := range privateEnds {
		if strings.HasSuffix(host, end) {
			return false
		}
	}
	return true
}

// withinHost follows redirects of a video on its host only.
func withinHost(req *http.Request, via []*http.Request) error {
	if len(via) > 3 || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return errVideoRedirect
	}
	return nil
}
