package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func internalAddresses(ctx context.Context, t target) error {
	for _, path := range []string{"/metrics", "/readyz", "/livez", "/codec/decode", "/files/guess", "/debug/pprof/",
		"/.env", "/.git/config"} {
		got, err := t.do(ctx, attempt{method: http.MethodGet, path: path, from: anywhere()})
		if err != nil {
			return err
		}
		if err := errors.Join(want(got, http.StatusNotFound, http.StatusTooManyRequests), tells(got)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func lookingForRoutes(ctx context.Context, t target) error {
	for _, at := range []string{"/nosuch", "/web/nosuch"} {
		from := anywhere()
		err := t.limited(ctx, 400, func(i int) attempt {
			return attempt{method: http.MethodGet, path: fmt.Sprint(at, i), from: from}
		})
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

func otherMethods(ctx context.Context, t target) error {
	for _, method := range []string{http.MethodPut, http.MethodOptions, http.MethodDelete} {
		from := anywhere()
		if err := t.limited(ctx, 400, func(int) attempt {
			return attempt{method: method, path: "/wechat", from: from}
		}); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
	}
	from := anywhere()
	return t.limited(ctx, 400, func(int) attempt {
		return attempt{method: http.MethodGet, path: "/c4c/events", from: from}
	})
}

func largeHeaders(ctx context.Context, t target) error {
	got, err := t.unsent(ctx, "GET /web/ HTTP/1.1\r\nX-Large: "+strings.Repeat("x", 40<<10)+"\r\n")
	if err != nil {
		return nil // cut off while it is sent
	}
	return want(got, http.StatusRequestHeaderFieldsTooLarge, http.StatusBadRequest)
}

// hasPage reports whether the target has a page at all.
func (t target) hasPage(ctx context.Context) error {
	got, err := t.do(ctx, attempt{method: http.MethodGet, path: "/web/privacy", from: anywhere()})
	if err == nil && got.status == http.StatusNotFound {
		return notTried("there is no page")
	}
	return err
}

// refusedPage requests a page that only a follower may see.
func (t target) refusedPage(ctx context.Context, cookie string) error {
	if err := t.hasPage(ctx); err != nil {
		return err
	}
	for _, path := range []string{"/web/", "/web/tickets", "/web/account",
		"/web/get?entity=customerAccount&openid=oAttackNobody", "/web/files/1/A"} {
		got, err := t.do(ctx, attempt{method: http.MethodGet, path: path, from: anywhere(),
			header: map[string]string{"Cookie": cookie}})
		if err != nil {
			return err
		}
		if err := errors.Join(want(got, http.StatusFound, http.StatusUnauthorized, http.StatusTooManyRequests),
			tells(got)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func pageWithoutSession(ctx context.Context, t target) error { return t.refusedPage(ctx, "") }

func inventedSession(ctx context.Context, t target) error {
	for _, value := range []string{"1.e30.AAAA", "1.eyJvIjoib0F0dGFja05vYm9keSIsImUiOjk5OTk5OTk5OTl9.", "oAttackNobody"} {
		for _, name := range []string{"wx_session", "__Host-wx_session"} {
			if err := t.refusedPage(ctx, name+"="+value); err != nil {
				return err
			}
		}
	}
	return nil
}

func oneSubscriber(ctx context.Context, t target) error {
	if err := t.hasPage(ctx); err != nil {
		return err
	}
	return t.limited(ctx, 400, func(i int) attempt {
		return attempt{method: http.MethodGet, path: "/web/login", from: fmt.Sprintf("2001:db8:a:77::%x", i+1)}
	})
}

func codesWithoutLogin(ctx context.Context, t target) error {
	if err := t.hasPage(ctx); err != nil {
		return err
	}
	for _, query := range []string{"", "?code=guess", "?code=guess&state=guess"} {
		got, err := t.do(ctx, attempt{method: http.MethodGet, path: "/web/oauth" + query, from: anywhere()})
		if err != nil {
			return err
		}
		if err := want(got, http.StatusForbidden, http.StatusUnauthorized, http.StatusTooManyRequests); err != nil {
			return err
		}
		if len(got.header.Values("Set-Cookie")) > 0 {
			return errors.New("a cookie came back")
		}
	}
	return nil
}

func loginToElsewhere(ctx context.Context, t target) error {
	if err := t.hasPage(ctx); err != nil {
		return err
	}
	for _, to := range []string{"https://evil.example.com/", "//evil.example.com/web/", `/\evil.example.com`,
		"javascript:alert(1)"} {
		got, err := t.do(ctx, attempt{method: http.MethodGet, path: "/web/login?return=" + url.QueryEscape(to),
			from: anywhere()})
		if err != nil {
			return err
		}
		if strings.Contains(got.header.Get("Location"), "evil.example.com") {
			return errors.New("redirected to " + got.header.Get("Location"))
		}
	}
	return nil
}

func missingHeaders(ctx context.Context, t target) error {
	if err := t.hasPage(ctx); err != nil {
		return err
	}
	got, err := t.do(ctx, attempt{method: http.MethodGet, path: "/web/privacy", from: anywhere()})
	if err != nil {
		return err
	}
	needed := map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy": "camera=()",
	}
	if strings.HasPrefix(t.api, "https:") {
		needed["Strict-Transport-Security"] = "max-age="
	}
	for name, part := range needed {
		if !strings.Contains(got.header.Get(name), part) {
			return fmt.Errorf("%s is %q", name, got.header.Get(name))
		}
	}
	return nil
}

var errNoSession = notTried("needs -session")

// change posts a form as the follower.
func (t target) change(ctx context.Context, header map[string]string) error {
	if t.cookie == "" {
		return errNoSession
	}
	header["Cookie"], header["Content-Type"] = t.cookie, "application/x-www-form-urlencoded"
	for _, path := range []string{"/web/create", "/web/update", "/web/logout"} {
		form := url.Values{"entity": {"ticket"}, "key": {"ATTACKATTACKATTACK"}, "subject": {"attack"}, "text": {"attack"},
			"csrf": {"guess"}}
		got, err := t.do(ctx, attempt{method: http.MethodPost, path: path, body: form.Encode(), from: anywhere(),
			header: header})
		if err != nil {
			return err
		}
		if got.status == http.StatusUnauthorized || got.status == http.StatusServiceUnavailable {
			return notTried(fmt.Sprintf("the session was answered with %d", got.status))
		}
		if err := want(got, http.StatusForbidden, http.StatusTooManyRequests); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func changeWithoutToken(ctx context.Context, t target) error {
	return t.change(ctx, map[string]string{})
}

func changeFromElsewhere(ctx context.Context, t target) error {
	return t.change(ctx, map[string]string{"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"})
}

// pictureBeforeToken begins a form with a picture and sends no more of it.
func pictureBeforeToken(ctx context.Context, t target) error {
	if t.cookie == "" {
		return errNoSession
	}
	part := "--x\r\nContent-Disposition: form-data; name=\"pictures\"; filename=\"a.png\"\r\n\r\n" +
		strings.Repeat("p", 1<<10)
	got, err := t.unsent(ctx, "POST /web/create HTTP/1.1\r\nCookie: "+t.cookie+"\r\nX-Forwarded-For: "+anywhere()+
		"\r\nContent-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n",
		fmt.Sprintf("%x\r\n%s\r\n", len(part), part))
	if err != nil {
		return err
	}
	if got.status == http.StatusUnauthorized || got.status == http.StatusServiceUnavailable {
		return notTried(fmt.Sprintf("the session was answered with %d", got.status))
	}
	return want(got, http.StatusForbidden, http.StatusTooManyRequests)
}

func askingWithoutLimit(ctx context.Context, t target) error {
	if t.cookie == "" {
		return errNoSession
	}
	return t.limited(ctx, 200, func(int) attempt {
		return attempt{method: http.MethodGet, path: "/web/new", from: anywhere(),
			header: map[string]string{"Cookie": t.cookie}}
	})
}
