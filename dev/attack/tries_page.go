package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func get(path string) attempt { return attempt{method: http.MethodGet, path: path, from: anywhere()} }

// signedOut are the statuses for a caller without a valid session.
var signedOut = []int{http.StatusFound, http.StatusUnauthorized}

// triesOfSessions present sessions that the server did not issue, or issued to another browser.
func triesOfSessions() []try {
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	claim := `{"i":"X","o":"` + victimOpenID + `","t":1,"e":9999999999}`
	values := map[string]func(l *live) string{
		"empty":                   func(*live) string { return "" },
		"a version alone":         func(*live) string { return "1." },
		"dots":                    func(*live) string { return "1.." },
		"an openid":               func(*live) string { return victimOpenID },
		"an empty object":         func(*live) string { return "1.e30." },
		"unsigned":                func(*live) string { return "1." + encode(claim) + "." },
		"a guessed signature":     func(*live) string { return "1." + encode(claim) + "." + strings.Repeat("A", 43) },
		"a JWT without algorithm": func(*live) string { return encode(`{"alg":"none"}`) + "." + encode(claim) + "." },
		"another version":         func(l *live) string { return "2." + strings.TrimPrefix(value(l.victim), "1.") },
		"no version":              func(l *live) string { return strings.TrimPrefix(value(l.victim), "1.") },
		"cut":                     func(l *live) string { return value(l.victim)[:len(value(l.victim))-3] },
		"longer":                  func(l *live) string { return value(l.victim) + "A" },
		"the signature in capitals": func(l *live) string {
			return parts(l.victim, 0, 1) + "." + strings.ToUpper(parts(l.victim, 2))
		},
		"the victim's words, own key": func(l *live) string { return parts(l.victim, 0, 1) + "." + parts(l.guest(), 2) },
		"own words, the victim's key": func(l *live) string { return "1." + encode(claim) + "." + parts(l.victim, 2) },
		"percent signs":               func(l *live) string { return url.QueryEscape(value(l.victim)) + "%00" },
		"a token for a session":       func(l *live) string { return "1." + encode(claim) + "." + l.victim.csrf },
		"16 kB":                       func(*live) string { return strings.Repeat("A", 8<<10) },
		"SQL":                         func(*live) string { return `' OR '1'='1` },
		"a path":                      func(*live) string { return "../../../../tmp/session" },
	}
	var all []try
	for _, name := range sorted(values) {
		all = append(all, asking("sessions", "the cookie: "+name, func(l *live) attempt {
			a := get("/web/tickets/" + l.ticket)
			a.header = map[string]string{"Cookie": "wx_session=" + values[name](l)}
			return a
		}, signedOut...))
	}
	for name, header := range map[string]func(l *live) (string, string){
		"a bearer token": func(l *live) (string, string) { return "Authorization", "Bearer " + value(l.victim) },
		"Basic": func(*live) (string, string) {
			return "Authorization", "Basic " + encode(victimOpenID+":")
		},
		"another cookie":         func(l *live) (string, string) { return "Cookie", "session=" + value(l.victim) },
		"a cookie in other case": func(l *live) (string, string) { return "Cookie", "WX_SESSION=" + value(l.victim) },
		"the name for https": func(l *live) (string, string) {
			return "Cookie", "__Host-wx_session=" + value(l.victim)
		},
		"the cookie of a login":       func(l *live) (string, string) { return "Cookie", "wx_state=" + value(l.victim) },
		"an openid in a header":       func(*live) (string, string) { return "X-Openid", victimOpenID },
		"a proxy's user":              func(*live) (string, string) { return "X-Forwarded-User", victimOpenID },
		"a remote user":               func(*live) (string, string) { return "Remote-User", victimOpenID },
		"WeChat Pay's cloud's openid": func(*live) (string, string) { return "X-Wx-Openid", victimOpenID },
		"the simulator's openid":      func(*live) (string, string) { return "X-Sim-Openid", victimOpenID },
	} {
		all = append(all, asking("sessions", "in place of a cookie: "+name, func(l *live) attempt {
			a := get("/web/tickets/" + l.ticket)
			key, content := header(l)
			a.header = map[string]string{key: content}
			return a
		}, signedOut...))
	}
	for _, query := range []string{"openid=" + victimOpenID, "wx_session=", "session=", "token=", "csrf="} {
		all = append(all, asking("sessions", "in the address: "+query, func(l *live) attempt {
			add := ""
			if strings.HasSuffix(query, "=") {
				add = url.QueryEscape(value(l.victim))
			}
			return get("/web/get?entity=customerAccount&" + query + add)
		}, signedOut...))
	}
	return append(all, try{"sessions", "after signing out", func(ctx context.Context, l *live) error {
		p := l.guest()
		form := url.Values{"csrf": {p.csrf}}
		a := l.as(p, attempt{method: http.MethodPost, path: "/web/logout", body: form.Encode(),
			header: map[string]string{"Content-Type": formType}})
		if got, err := l.do(ctx, a); err != nil || got.status != http.StatusOK {
			return errors.Join(err, fmt.Errorf("signing out was answered with %d", got.status))
		}
		l.guests = slices.DeleteFunc(l.guests, func(q person) bool { return q.openid == p.openid })
		got, err := l.do(ctx, l.as(p, get("/web/tickets")))
		if err != nil {
			return err
		}
		return errors.Join(want(got, signedOut...), l.tells(got))
	}})
}

func value(p person) string { return strings.TrimPrefix(p.cookie, "wx_session=") }

// parts returns some of a session's three parts.
func parts(p person, which ...int) string {
	all := strings.Split(value(p), ".")
	var some []string
	for _, i := range which {
		if i < len(all) {
			some = append(some, all[i])
		}
	}
	return strings.Join(some, ".")
}

const formType = "application/x-www-form-urlencoded"

// triesOfForms are forms that another site makes a follower's browser send, with the follower's cookie.
func triesOfForms() []try {
	tokens := map[string]func(l *live, p person) string{
		"none": func(*live, person) string { return "" }, "guessed": func(*live, person) string {
			return strings.Repeat("A", 43)
		},
		"the attacker's own": func(l *live, _ person) string { return l.guest().csrf },
		"cut":                func(_ *live, p person) string { return p.csrf[:20] },
		"twice":              func(_ *live, p person) string { return p.csrf + p.csrf },
		"the cookie":         func(_ *live, p person) string { return value(p) },
	}
	change := func(l *live, p person, path, token string, header map[string]string) attempt {
		form := url.Values{
			"entity": {"ticket"}, "key": {"FORGEDFORGEDFORGED"}, "subject": {"forged"}, "text": {"forged"}, "category": {"CA_1"},
			"ticket": {l.ticket},
		}
		if token != "" {
			form.Set("csrf", token)
		}
		all := map[string]string{"Content-Type": formType}
		maps.Copy(all, header)
		return l.as(p, attempt{method: http.MethodPost, path: path, body: form.Encode(), header: all})
	}
	var all []try
	for _, path := range []string{"/web/create", "/web/update", "/web/logout"} {
		for _, name := range sorted(tokens) {
			all = append(all, asking("other sites", path+", token "+name, func(l *live) attempt {
				p := l.guest()
				return change(l, p, path, tokens[name](l, p), nil)
			}, http.StatusForbidden))
		}
		for name, header := range map[string]map[string]string{
			"origin": {"Origin": "https://" + elsewhere}, "origin null": {"Origin": "null"},
			"cross-site": {"Sec-Fetch-Site": "cross-site"},
			"a sibling":  {"Sec-Fetch-Site": "same-site"},
		} {
			all = append(all, asking("other sites", path+", right token, "+name, func(l *live) attempt {
				p := l.guest()
				return change(l, p, path, p.csrf, header)
			}, http.StatusForbidden))
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		all = append(all, asking("other sites", method+" in place of POST", func(l *live) attempt {
			p := l.guest()
			a := change(l, p, "/web/create?entity=ticket&key=FORGEDFORGEDFORGED&subject=forged&text=forged&category=CA_1&csrf="+
				url.QueryEscape(p.csrf), p.csrf, nil)
			a.method = method
			return a
		}, http.StatusMethodNotAllowed, http.StatusNotFound))
	}
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		all = append(all, asking("other sites", "a GET that says it is a POST by "+header, func(l *live) attempt {
			p := l.guest()
			a := change(l, p, "/web/create", p.csrf, map[string]string{header: http.MethodPost})
			a.method = http.MethodGet
			return a
		}, http.StatusMethodNotAllowed))
	}
	for name, kind := range map[string]string{"plain text": "text/plain", "no type": "", "XML": "application/xml",
		"JSON by another name": "text/json"} {
		all = append(all, asking("other sites", "JSON as "+name, func(l *live) attempt {
			a := change(l, l.guest(), "/web/create", "", map[string]string{"Content-Type": kind})
			a.body = `{"entity":"ticket","key":"FORGEDFORGEDFORGED","subject":"forged","text":"forged","category":"CA_1"}`
			return a
		}, http.StatusUnsupportedMediaType, http.StatusForbidden))
	}
	return all
}

// triesOfForeign ask, as a follower, for another follower's data.
func triesOfForeign() []try {
	const kind = "another's data"
	reads := map[string]func(l *live) string{
		"the ticket": func(l *live) string { return "/web/tickets/" + l.ticket }, "with an openid": func(l *live) string {
			return "/web/tickets/" + l.ticket + "?openid=" + victimOpenID
		},
		"with zeros": func(l *live) string { return "/web/tickets/000" + l.ticket }, "with a blank": func(l *live) string {
			return "/web/tickets/%20" + l.ticket
		},
		"with a zero byte": func(l *live) string { return "/web/tickets/" + l.ticket + "%00" },
		"in full width":    func(l *live) string { return "/web/tickets/" + url.PathEscape(fullWidth(l.ticket)) },
		"a wildcard":       func(*live) string { return "/web/tickets/*" }, "a filter": func(l *live) string {
			return "/web/tickets/" + url.PathEscape("x' or ID eq '"+l.ticket)
		},
		"an encoded slash":  func(l *live) string { return "/web/tickets/x%2F" + l.ticket },
		"a semicolon":       func(l *live) string { return "/web/tickets/" + l.ticket + ";x=1" },
		"as JSON":           func(l *live) string { return "/web/get?entity=ticket&id=" + l.ticket },
		"by the other name": func(l *live) string { return "/web/get?entity=ticket&ticket=" + l.ticket },
		"both names":        func(l *live) string { return "/web/get?entity=ticket&id=1&ticket=" + l.ticket },
		"as a list":         func(l *live) string { return "/web/get?entity=ticket&id=1," + l.ticket },
		"as an array":       func(l *live) string { return "/web/get?entity=ticket&id[]=" + l.ticket },
		"a filter as JSON": func(l *live) string {
			return "/web/get?entity=ticket&id=" + url.QueryEscape("1' or '1' eq '1")
		},
		"the news": func(l *live) string { return "/web/news?ticket=" + l.ticket + "'" }, "the file": func(l *live) string {
			return l.files[0]
		},
		"the file by another ticket": func(l *live) string { return strings.Replace(l.files[0], "/"+l.ticket+"/", "/1/", 1) },
		"the file, leading up":       func(l *live) string { return "/web/files/1/..%2F" + l.ticket + "%2Fx" },
		"the picture":                func(l *live) string { return "/web/pictures/" + l.ticket + "/1/1" },
		"a picture, leading up":      func(*live) string { return "/web/pictures/1/..%2f..%2f/1" },
	}
	var all []try
	for _, name := range sorted(reads) {
		for _, accept := range []string{"text/html", "application/json"} {
			all = append(all, asking(kind, name+", "+accept, func(l *live) attempt {
				return l.as(l.guest(), attempt{method: http.MethodGet, path: reads[name](l),
					header: map[string]string{"Accept": accept}})
			}, http.StatusNotFound, http.StatusBadRequest))
		}
	}
	for name, path := range map[string]string{
		"tickets with an openid":      "/web/get?entity=tickets&openid=" + victimOpenID,
		"the customer with an openid": "/web/get?entity=customerAccount&openid=" + victimOpenID,
		"the customer by number":      "/web/get?entity=customerAccount&id=1",
		"many tickets":                "/web/get?entity=tickets&page=1&top=1000&$top=1000",
		"a negative page":             "/web/get?entity=tickets&page=-1",
		"a page beyond 64 bits":       "/web/get?entity=tickets&page=99999999999999999999",
		"an OData option":             "/web/get?entity=tickets&$filter=1%20eq%201",
		"what was received":           "/web/received?key=FORGEDFORGEDFORGED",
		"the account with an openid":  "/web/account?openid=" + victimOpenID, "the account as saved": "/web/account?saved=" +
			victimOpenID,
	} {
		all = append(all, telling(kind, name, func(l *live) attempt { return l.as(l.guest(), get(path)) }))
	}
	for name, fields := range map[string]func(l *live) url.Values{
		"by ticket":     func(l *live) url.Values { return url.Values{"ticket": {l.ticket}} },
		"by id":         func(l *live) url.Values { return url.Values{"id": {l.ticket}} },
		"with zeros":    func(l *live) url.Values { return url.Values{"ticket": {"00" + l.ticket}} },
		"with a filter": func(l *live) url.Values { return url.Values{"ticket": {l.ticket + "' or '1'='1"}} },
		"in full width": func(l *live) url.Values { return url.Values{"ticket": {fullWidth(l.ticket)}} },
		"with an openid": func(l *live) url.Values {
			return url.Values{"ticket": {l.ticket}, "openid": {victimOpenID}, "OpenID": {victimOpenID}}
		},
	} {
		for _, kindOf := range []string{formType, "application/json"} {
			all = append(all, asking(kind, "write "+name+" as "+kindOf, func(l *live) attempt {
				p := l.guest()
				form := fields(l)
				for name, v := range map[string]string{"entity": "ticket", "key": "FORGEDFORGEDFORGED", "text": "forged",
					"csrf": p.csrf} {
					form.Set(name, v)
				}
				body := form.Encode()
				if kindOf != formType {
					body = jsonOfForm(form)
				}
				return l.as(p, attempt{method: http.MethodPost, path: "/web/update", body: body,
					header: map[string]string{"Content-Type": kindOf}})
			}, http.StatusNotFound))
		}
	}
	return all
}

func fullWidth(digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '０' }, digits)
}
