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

// accounts are the accounts behind the public handler, the first in front.
type accounts []*handlers

// newAccounts makes the handlers of all accounts, which share one guard.
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
		h.guard = all[0].guard // the cost that strangers may cause does not grow with the number of accounts
	}
	return all, nil
}

// newEcho returns an empty router with the middleware of every public route.
func (a accounts) newEcho() *echo.Echo {
	e := newEcho(a[0].Logger, slog.LevelInfo, traced(a[0].Tracer))
	e.IPExtractor = a[0].Proxies.extractor()
	e.Use(a[0].metrics.countLimits, newUnrouted(a[0].guard))
	return e
}

// recordAccount records for the metrics which account a request is for.
func (h *handlers) recordAccount(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		observed(c).account = h.Account
		return next(c)
	}
}

// match reports whether a request presents the C4C credentials of one of the accounts.
func (a accounts) match(req *http.Request) bool { return len(a.entitled(req)) > 0 }

// entitled returns the accounts whose C4C may have sent the request. It always checks all accounts.
func (a accounts) entitled(req *http.Request) accounts {
	var found accounts
	for _, h := range a {
		if h.C4C.match(req) {
			found = append(found, h)
		}
	}
	return found
}

// require lets only requests with an account's credentials pass.
func (a accounts) require(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !a.match(c.Request()) {
			leaveUnread(c)
			return a[0].C4C.refuse(c)
		}
		return next(c)
	}
}

// addressee is the account that a push of C4C belongs to, among those whose credentials it has: the account in the
// message id, otherwise the first.
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

// withPages serves the pages next to everything else. The first account's page is on every host that no other account
// has; each other account's page is on its own host. So each page has its own origin, and browsers keep their
// sessions apart. An account's domain files are served where its page is, or, without a page, where the first page
// is.
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

// ofPage reports whether a path belongs to a page.
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

// normalHost is a host in the form of hostOf: in lower case, without its scheme's default port.
func normalHost(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil && (port == "80" || port == "443") {
		host = name
	}
	return strings.ToLower(host)
}
