package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// badRequests are the statuses for a request that is recognisably wrong.
var badRequests = []int{
	http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge,
	http.StatusUnsupportedMediaType,
	http.StatusUnprocessableEntity,
}

// arabic writes digits as Arabic ones, which Unicode also calls digits.
func arabic(digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '٠' }, digits)
}

// triesOfQueries put a push's signature into its query in unusual ways.
func triesOfQueries() []try {
	const kind = "queries of pushes"
	all := []try{
		forged(kind, "two signatures, the wrong one first", func(_ *live, q url.Values, _ *string) {
			q["signature"] = []string{strings.Repeat("0", 40), q.Get("signature")}
		}),
		forged(kind, "two signatures of the body, the wrong one first", func(_ *live, q url.Values, _ *string) {
			q["msg_signature"] = []string{strings.Repeat("0", 40), q.Get("msg_signature")}
		}),
		forged(kind, "two times, another one first", func(_ *live, q url.Values, _ *string) {
			q["timestamp"] = []string{"1", q.Get("timestamp")}
		}),
		forged(kind, "two nonces, another one first", func(_ *live, q url.Values, _ *string) {
			q["nonce"] = []string{"1", q.Get("nonce")}
		}),
		forged(kind, "a nonce with a mark that nobody sees", func(_ *live, q url.Values, _ *string) {
			q.Set("nonce", q.Get("nonce")+"\u200b")
		}),
		forged(kind, "a signature in full width", func(_ *live, q url.Values, _ *string) {
			q.Set("signature", strings.Repeat("１", 40))
		}),
		forged(kind, "names in capitals", func(_ *live, q url.Values, _ *string) {
			for _, name := range []string{"signature", "timestamp", "nonce", "msg_signature"} {
				q.Set(strings.ToUpper(name), q.Get(name))
				q.Del(name)
			}
		}),
		// the same letters in the same order
		forged(kind, "time and nonce joined at another place", func(_ *live, q url.Values, _ *string) {
			q.Set("timestamp", q.Get("timestamp")+q.Get("nonce"))
			q.Set("nonce", "")
		}),
	}
	for name, write := range map[string]func(string) string{
		"in Arabic digits": arabic, "in full width": fullWidth, "with an underscore": func(s string) string {
			return s[:3] + "_" + s[3:]
		},
		"with a blank before": func(s string) string { return " " + s }, "with an exponent": func(s string) string {
			return s + "e0"
		},
	} {
		all = append(all, forged(kind, "rightly signed, a time "+name, func(l *live, q url.Values, _ *string) {
			timestamp := write(strconv.FormatInt(time.Now().Unix(), 10))
			q.Set("timestamp", timestamp)
			q.Set("signature", sign(l.token, timestamp, q.Get("nonce")))
			q.Del("msg_signature")
		}))
	}
	return append(all,
		try{kind, "in the body in place of the address", func(ctx context.Context, l *live) error {
			q, _, err := l.sealedPush(time.Now())
			if err != nil {
				return err
			}
			return refusal(ctx, l, attempt{method: http.MethodPost, path: "/wechat", body: q.Encode(),
				header: map[string]string{"Content-Type": formType}})
		}},
		try{kind, "with semicolons", func(ctx context.Context, l *live) error {
			q, body, err := l.sealedPush(time.Now())
			if err != nil {
				return err
			}
			return refusal(ctx, l, attempt{method: http.MethodPost, path: "/wechat?" + strings.ReplaceAll(q.Encode(), "&", ";"),
				body: body})
		}})
}

// triesOfCookies add cookies beside the browser's own, and write one in unusual ways.
func triesOfCookies() []try {
	const kind = "cookies"
	unsigned := func(l *live) string { return "wx_session=" + parts(l.victim, 0, 1) + "." }
	var all []try
	for name, cookie := range map[string]func(l *live) string{
		"two sessions, both invented": func(l *live) string {
			return unsigned(l) + "; " + unsigned(l) + strings.Repeat("A", 43)
		},
		"in quotation marks": func(l *live) string {
			return `wx_session="` + parts(l.victim, 0, 1) + `."`
		},
		"with a path": func(l *live) string {
			return unsigned(l) + "; $Path=/; $Domain=" + elsewhere
		},
		"joined by a comma":     func(l *live) string { return "a=b, " + unsigned(l) },
		"the name with a blank": func(l *live) string { return "wx_session =" + parts(l.victim, 0, 1) },
		"a longer name":         func(l *live) string { return "wx_session2=" + value(l.victim) },
		"a name of Unicode":     func(l *live) string { return "wx_ſession=" + value(l.victim) },
		"with the signs of another Base64": func(l *live) string {
			return unsigned(l) + strings.Repeat("+/", 21) + "="
		},
		"with a mark that nobody sees": func(l *live) string {
			return "wx_session=" + value(l.victim) + "\u200b"
		},
		"a signature of another purpose":    func(l *live) string { return unsigned(l) + l.victim.csrf },
		"a signature of a guest, filled up": func(l *live) string { return unsigned(l) + parts(l.guest(), 2) + "=" },
		"the victim's key before the guest's name": func(l *live) string {
			return "wx_session=" + parts(l.guest(), 0, 1) + "." + parts(l.victim, 2)
		},
	} {
		all = append(all, asking(kind, name, func(l *live) attempt {
			a := get("/web/tickets/" + l.ticket)
			a.header = map[string]string{"Cookie": cookie(l)}
			return a
		}, signedOut...))
	}
	// The right token somewhere else, or another one beside it.
	for name, change := range map[string]func(l *live, p person, a *attempt){
		"the token in the address": func(_ *live, p person, a *attempt) { a.path += "?csrf=" + url.QueryEscape(p.csrf) },
		"the token in a cookie": func(_ *live, p person, a *attempt) {
			a.header["Cookie"] = p.cookie + "; csrf=" + p.csrf
		},
		"the token in Authorization": func(_ *live, p person, a *attempt) {
			a.header["Authorization"] = "Bearer " + p.csrf
		},
		"the token under a longer name": func(_ *live, p person, a *attempt) {
			a.body += "&csrf[]=" + url.QueryEscape(p.csrf)
		},
		"a wrong token before the right": func(_ *live, p person, a *attempt) {
			a.body = "csrf=x&" + a.body + "&csrf=" + url.QueryEscape(p.csrf)
		},
		"another's token in the header, the right in the form": func(l *live, p person, a *attempt) {
			a.body += "&csrf=" + url.QueryEscape(p.csrf)
			a.header["X-CSRF-Token"] = l.victim.csrf
		},
		"the right token, another port": func(_ *live, p person, a *attempt) {
			a.body += "&csrf=" + url.QueryEscape(p.csrf)
			a.header["Origin"] = "http://127.0.0.1:1"
		},
		"the right token, a longer host": func(l *live, p person, a *attempt) {
			a.body += "&csrf=" + url.QueryEscape(p.csrf)
			a.header["Origin"] = l.api + "." + elsewhere
		},
		"the right token, a host in front": func(l *live, p person, a *attempt) {
			a.body += "&csrf=" + url.QueryEscape(p.csrf)
			a.header["Origin"] = "http://" + strings.TrimPrefix(l.api, "http://") + "@" + elsewhere
		},
		"the right token, CROSS-SITE": func(_ *live, p person, a *attempt) {
			a.body += "&csrf=" + url.QueryEscape(p.csrf)
			a.header["Sec-Fetch-Site"] = "CROSS-SITE"
		},
	} {
		all = append(all, asking(kind, name, func(l *live) attempt {
			p := l.guest()
			form := ticketForm(p)
			form.Del("csrf")
			a := l.as(p, attempt{method: http.MethodPost, path: "/web/create", body: form.Encode(),
				header: map[string]string{"Content-Type": formType}})
			change(l, p, &a)
			return a
		}, http.StatusForbidden))
	}
	return all
}

// triesOfConditions ask for another follower's data with conditional and range requests, and for headers alone.
func triesOfConditions() []try {
	const kind = "conditions"
	headers := map[string]map[string]string{
		"any version": {"If-None-Match": "*"}, "a guessed version": {"If-None-Match": `"` + strings.Repeat("A", 43) + `"`},
		"no version but": {"If-Match": "*"},
		"since 1970":     {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
		"since tomorrow": {"If-Modified-Since": time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat)},
		"two bytes":      {"Range": "bytes=0-1"}, "the last bytes": {"Range": "bytes=-1"},
		"a thousand pieces":   {"Range": "bytes=" + strings.TrimSuffix(strings.Repeat("0-0,", 1000), ",")},
		"pieces of a version": {"Range": "bytes=0-1", "If-Range": `"x"`}, "a promise": {"Expect": "100-continue"},
		"only from a cache": {"Cache-Control": "only-if-cached"},
	}
	var all []try
	for _, name := range sorted(headers) {
		for what, path := range map[string]func(l *live) string{"the file": func(l *live) string { return l.files[0] },
			"the ticket": func(l *live) string { return "/web/tickets/" + l.ticket }} {
			all = append(all, asking(kind, what+", "+name, func(l *live) attempt {
				return l.as(l.guest(), attempt{method: http.MethodGet, path: path(l), header: headers[name]})
			}, http.StatusNotFound))
		}
	}
	for name, path := range map[string]func(l *live) string{
		"the headers of the file":   func(l *live) string { return l.files[0] },
		"the headers of the ticket": func(l *live) string { return "/web/tickets/" + l.ticket },
		"the headers of JSON":       func(l *live) string { return "/web/get?entity=ticket&id=" + l.ticket },
		"the headers of a picture":  func(l *live) string { return "/web/pictures/" + l.ticket + "/1/0" },
	} {
		all = append(all, asking(kind, name, func(l *live) attempt {
			return l.as(l.guest(), attempt{method: http.MethodHead, path: path(l)})
		}, http.StatusNotFound))
	}
	for name, id := range map[string]func(string) string{
		"in Arabic digits": arabic, "with a mark that nobody sees": func(s string) string { return s + "\u200b" },
		"with a line's end": func(s string) string { return s + "\n" },
		"with an accent":    func(s string) string { return s + "\u0301" }, "with a point": func(s string) string {
			return s + ".0"
		}, "with a sign": func(s string) string { return "+" + s },
		"in hexadecimal": func(s string) string { return "0x" + s }, "with a fraction": func(s string) string {
			return s + "/"
		}, "as JSON": func(s string) string { return s + ".json" },
	} {
		all = append(all, asking(kind, "the ticket's number "+name, func(l *live) attempt {
			return l.as(l.guest(), get("/web/get?entity=ticket&id="+url.QueryEscape(id(l.ticket))))
		}, http.StatusNotFound, http.StatusBadRequest))
	}
	return append(all,
		asking(kind, "two numbers, one's own last", func(l *live) attempt {
			return l.as(l.guest(), get("/web/get?entity=ticket&id="+l.ticket+"&id=1"))
		}, http.StatusNotFound),
		asking(kind, "two entities", func(l *live) attempt {
			return l.as(l.guest(), get("/web/get?entity=ticket&entity=customerAccount&id="+l.ticket))
		}, http.StatusNotFound))
}
