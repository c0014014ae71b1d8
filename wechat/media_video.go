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

// ownVideoHosts are WeChat's own hosts, which may serve files without https.
const ownVideoHosts = ".qq.com"

// fetchVideo gets the file behind a video address. The address contains no credentials, but is kept out of errors
// anyway.
//
// An attacker between WeChat and us could insert any address. So it must be a public internet name, and https proves
// that its host answers: nothing inside our own network has a certificate for a name that belongs to others. WeChat's
// addresses begin with http, but are tried with https first.
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

// videoAddress is the address to fetch a video from: on the API's own host as given, elsewhere with https.
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

// privateEnds are suffixes of names that are used only in private networks.
var privateEnds = []string{".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa", ".svc"}

// publicName reports whether a host may be a public internet name: a name of several parts that is not a number in
// any notation.
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

// withinHost follows a video's redirects only on its own host.
func withinHost(req *http.Request, via []*http.Request) error {
	if len(via) > 3 || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return errVideoRedirect
	}
	return nil
}
