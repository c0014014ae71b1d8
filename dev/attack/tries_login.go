package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func jsonOfForm(form url.Values) string {
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	text, _ := json.Marshal(fields) // strings always marshal
	return string(text)
}

// beginLogin returns the cookie and the state of a login.
func (l *live) beginLogin(ctx context.Context) (cookie, state string, err error) {
	got, err := l.do(ctx, get("/web/login"))
	if err != nil {
		return "", "", err
	}
	cookie, _, _ = strings.Cut(got.header.Get("Set-Cookie"), ";")
	to, err := url.Parse(strings.TrimSuffix(got.header.Get("Location"), "#wechat_redirect"))
	if err != nil {
		return "", "", err
	}
	return cookie, to.Query().Get("state"), nil
}

// triesOfLogins present codes and states that WeChat did not issue for this browser.
func triesOfLogins() []try {
	const kind = "logins"
	var all []try
	for name, query := range map[string]string{
		"nothing": "", "a code alone": "?code=guess", "a state alone": "?state=guess",
		"both guessed": "?code=guess&state=guess",
		"arrays":       "?code[]=a&state[]=b", "two states": "?code=a&state=a&state=b", "an openid": "?openid=" +
			victimOpenID, "an error": "?error=access_denied&error_description=%3Cscript%3E",
		"a zero byte": "?code=a%00&state=b", "8 kB": "?code=" + strings.Repeat("A", 8<<10) + "&state=x",
	} {
		all = append(all, asking(kind, "without a login: "+name, func(*live) attempt { return get("/web/oauth" + query) },
			http.StatusForbidden))
	}
	for name, query := range map[string]func(state string) string{
		"a guessed code": func(s string) string { return "code=guess&state=" + s }, "no code": func(s string) string {
			return "state=" + s
		}, "an empty code": func(s string) string { return "code=&state=" + s },
		"a code that leads up": func(s string) string { return "code=../../x&state=" + s },
		"a code with more of a query": func(s string) string {
			return "code=" + url.QueryEscape("x&openid="+victimOpenID) +
				"&state=" + s
		},
		"an openid as code": func(s string) string { return "code=" + victimOpenID + "&state=" + s },
		"another state":     func(s string) string { return "code=guess&state=" + s + "x" },
		"a long code":       func(s string) string { return "code=" + strings.Repeat("c", 600) + "&state=" + s },
	} {
		all = append(all, try{kind, "with a login: " + name, func(ctx context.Context, l *live) error {
			cookie, state, err := l.beginLogin(ctx)
			if err != nil {
				return err
			}
			a := get("/web/oauth?" + query(state))
			a.header = map[string]string{"Cookie": cookie}
			got, err := l.do(ctx, a)
			if err != nil {
				return err
			}
			return errors.Join(want(got, http.StatusForbidden), l.tells(got))
		}})
	}
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "an array": "[]", "arrays": `{"code":["a"],"state":["b"]}`,
		"guesses": `{"code":"a","state":"b"}`,
		"objects": `{"code":{"$ne":""},"state":{"$ne":""}}`, "an openid": `{"openid":"` + victimOpenID + `"}`,
		"no JSON": "code=a&state=b",
	} {
		all = append(all, asking(kind, "as a client: "+name, func(*live) attempt {
			a := get("/getWXWebToken")
			a.method, a.body, a.header = http.MethodPost, body, map[string]string{"Content-Type": "application/json"}
			return a
		}, http.StatusForbidden, http.StatusBadRequest))
	}
	for name, link := range map[string]string{
		"nothing": "", "a guess": "guess", "an empty object": "1.e30.AAAA", "an openid": victimOpenID,
		"a script": "<script>alert(1)</script>",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			all = append(all, asking(kind, method+" a personal link: "+name, func(*live) attempt {
				a := get("/web/link?t=" + url.QueryEscape(link))
				a.method, a.body, a.header = method, url.Values{"t": {link}}.Encode(), map[string]string{"Content-Type": formType}
				return a
			}, http.StatusGone, http.StatusForbidden, http.StatusBadRequest))
		}
	}
	return all
}

// triesOfRedirects try to lead a follower to another site.
func triesOfRedirects() []try {
	const kind = "redirects"
	targets := []string{
		"https://" + elsewhere + "/", "//" + elsewhere + "/web/", `/\` + elsewhere, `\\` + elsewhere, "https:" + elsewhere,
		"/web/../../" + elsewhere, "javascript:alert(1)//" + elsewhere,
		"data:text/html,<script>//" + elsewhere, "/web/\r\nLocation: https://" + elsewhere, "/web/\x00//" + elsewhere,
		"\t//" + elsewhere, " //" + elsewhere, "/web@" + elsewhere,
		"https://user:pass@" + elsewhere + "/web/", "http:///" + elsewhere, "////" + elsewhere, "/%2f" + elsewhere,
		"/%5c" + elsewhere, "/web/login?return=//" + elsewhere, "/web/oauth?return=//" + elsewhere,
	}
	var all []try
	for _, to := range targets {
		all = append(all, try{kind, fmt.Sprintf("a login that returns to %q", to), func(ctx context.Context, l *live) error {
			p := l.guest()
			begun, err := l.do(ctx, get("/web/login?return="+url.QueryEscape(to)))
			if err != nil {
				return err
			}
			if err := errors.Join(want(begun, http.StatusFound), l.tells(begun)); err != nil {
				return err
			}
			back, cookie, err := l.comeBack(ctx, begun, p.openid)
			if err != nil {
				return err
			}
			a := get(back)
			a.header = map[string]string{"Cookie": cookie}
			in, err := l.do(ctx, a)
			if err != nil {
				return err
			}
			where := in.header.Get("Location")
			if in.status != http.StatusSeeOther || !strings.HasPrefix(where, "/web/") {
				return fmt.Errorf("answered with %d and %q", in.status, where)
			}
			if at, err := url.Parse(where); err != nil || at.Host != "" || strings.Contains(at.Path, elsewhere) &&
				!strings.HasPrefix(at.Path, "/web/") {
				return fmt.Errorf("leads to %q", where)
			}
			return l.tellsButThePath(in)
		}})
	}
	for name, ask := range map[string]attempt{
		"the host": {host: elsewhere}, "X-Forwarded-Host": {header: map[string]string{"X-Forwarded-Host": elsewhere}},
		"Forwarded":         {header: map[string]string{"Forwarded": "host=" + elsewhere}},
		"X-Original-Host":   {header: map[string]string{"X-Original-Host": elsewhere}},
		"X-Forwarded-Proto": {header: map[string]string{"X-Forwarded-Proto": "javascript"}},
	} {
		for _, path := range []string{"/web/login", "/web/tickets", "/web"} {
			all = append(all, try{kind, path + ", another site by " + name, func(ctx context.Context, l *live) error {
				a := ask
				a.method, a.path, a.from = http.MethodGet, path, anywhere()
				got, err := l.do(ctx, a)
				if err != nil {
					return err
				}
				if where, err := url.QueryUnescape(got.header.Get("Location")); err != nil || strings.Contains(where, elsewhere) ||
					strings.Contains(got.body, elsewhere) {
					return fmt.Errorf("leads to %q", where)
				}
				return want(got, http.StatusFound, http.StatusMovedPermanently, http.StatusNotFound)
			}})
		}
	}
	for _, path := range []string{"//" + elsewhere + "/%2e%2e", "//" + elsewhere + "/web/..", "/%5c" + elsewhere,
		"/web//" + elsewhere, "/web/%2f%2f" + elsewhere, "/.//" + elsewhere} {
		all = append(all, asking(kind, "the path "+path, func(*live) attempt { return get(path) }, http.StatusNotFound,
			http.StatusBadRequest))
	}
	return all
}

// tellsButThePath is like tells, but the answer may redirect to a path of ours that contains any text.
func (l *live) tellsButThePath(got answer) error {
	header := got.header.Clone()
	header.Del("Location")
	return l.tells(answer{got.status, header, got.body})
}

// comeBack has a user consent to a login at WeChat. It returns the path to come back to and the cookie to send.
func (l *live) comeBack(ctx context.Context, begun answer, openid string) (path, cookie string, err error) {
	cookie, _, _ = strings.Cut(begun.header.Get("Set-Cookie"), ";")
	authorize, _, _ := strings.Cut(strings.TrimPrefix(begun.header.Get("Location"), l.weixin), "#")
	asked, err := target{api: l.weixin}.do(ctx, attempt{method: http.MethodGet, path: authorize,
		header: map[string]string{"X-Sim-Openid": openid}})
	if err != nil {
		return "", "", err
	}
	return strings.TrimPrefix(asked.header.Get("Location"), l.api), cookie, nil
}
