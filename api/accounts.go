package api

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// accounts are those behind the public handler, the first in front.
type accounts []*handlers

func newAccounts(first Options, further []Options) (accounts, error) {
	var all accounts
	seen := map[string]bool{}
	for _, o := range append([]Options{first}, further...) {
		h, err := newHandlers(o)
		if err != nil {
			return nil, err
		}
		if seen[h.Account] {
			return nil, fmt.Errorf("api: account %s is configured twice", h.Account)
		}
		seen[h.Account] = true
		all = append(all, h)
		h.guard = all[0].guard // what strangers may cost does not grow with the accounts
	}
	return all, nil
}

// newEcho is an empty router with what every public route gets.
func (a accounts) newEcho() *echo.Echo {
	e := newEcho(a[0].Logger, slog.LevelInfo, traced(a[0].Tracer))
	e.IPExtractor = a[0].Proxies.extractor()
	e.Use(a[0].metrics.countLimits, newUnrouted(a[0].guard))
	return e
}

// named says in the metrics which account a request is for.
func (h *handlers) named(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		observed(c).account = h.Account
		return next(c)
	}
}

// match says whether a request presents what the C4C of one of the accounts must present.
func (a accounts) match(req *http.Request) bool { return len(a.entitled(req)) > 0 }

// entitled are the accounts whose C4C may have sent the request. All are looked at, however many match.
func (a accounts) entitled(req *http.Request) accounts {
	var found accounts
	for _, h := range a {
		if h.C4C.match(req) {
			found = append(found, h)
		}
	}
	return found
}

// require lets only requests pass with the credentials of an account.
func (a accounts) require(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !a.match(c.Request()) {
			leaveUnread(c)
			return a[0].C4C.refuse(c)
		}
		return next(c)
	}
}

// addressee is the account that a push of C4C belongs to, among those whose credentials it has: the one that the
// message id names, otherwise the first.
func (a accounts) addressee(c echo.Context, messageID string) *handlers {
	entitled := a.entitled(c.Request())
	to := entitled[0]
	if account, _, _, ok := conversation.ParseMessageID(messageID); ok {
		for _, h := range entitled {
			if h.Account == account {
				to = h
			}
		}
	}
	observed(c).account = to.Account
	return to
}

// withPages serves the pages beside everything else: that of the first account on every host that no other account has,
// those of the others each on its own. So each page has an origin to itself, and browsers keep their sessions apart. An
// account's domain files are where its page is, and without one where the first page is.
func (a accounts) withPages(e *echo.Echo) http.Handler {
	if a[0].site != nil {
		a[0].site.Routes(e)
	}
	a[0].serveDomainFiles(e)
	hosts := map[string]http.Handler{}
	for _, h := range a[1:] {
		if h.site == nil {
			h.serveDomainFiles(e)
			continue
		}
		own := a.newEcho()
		h.site.Routes(own)
		h.serveDomainFiles(own)
		hosts[hostOf(h.Web.URL)] = own
	}
	if len(hosts) == 0 {
		return e
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page := hosts[normalHost(r.Host)]; page != nil && ofPage(r.URL.Path) {
			page.ServeHTTP(w, r)
			return
		}
		e.ServeHTTP(w, r)
	})
}

// ofPage says whether a path belongs to a page.
func ofPage(path string) bool {
	return path == "/web" || strings.HasPrefix(path, "/web/") || path == "/getWXWebToken" || ofDomainFile(path)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return normalHost(u.Host)
}

// normalHost is a host as hostOf writes it: in lower case, without the port that its scheme has anyway.
func normalHost(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil && (port == "80" || port == "443") {
		host = name
	}
	return strings.ToLower(host)
}
