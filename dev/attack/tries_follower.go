package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// colleaguesWords is an agent's internal note in the victim's ticket.
const colleaguesWords = "COLLEAGUES-REMARK"

// pushed sends a push from a follower as WeChat would, correctly signed and encrypted.
func (l *live) pushed(ctx context.Context, openid string, at time.Time, rest string) (answer, error) {
	sealed, err := l.seal(fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName>"+
		"<CreateTime>%d</CreateTime>%s</xml>", l.originalID, openid, at.Unix(), rest))
	if err != nil {
		return answer{}, err
	}
	path, body := l.envelope(time.Now(), sealed)
	return l.do(ctx, attempt{method: http.MethodPost, path: path, body: body, from: anywhere()})
}

func event(name string) string {
	return "<MsgType>event</MsgType><Event>" + name + "</Event><EventKey>attack</EventKey>"
}

// triesOfFollowers are attempts by followers and non-followers to get more than their share, or something that has
// expired.
func triesOfFollowers() []try {
	const kind = "followers"
	all := []try{
		{kind, "600 clicks at once", clicksAtOnce},
		{kind, "an unfollow of before the last follow, once more", lateUnfollow},
		{kind, "a login's address once more, after signing out", usedLogin},
		{kind, "somebody who does not follow signs in", strangerSignsIn},
		{kind, "numbers of tickets, one after the other", func(ctx context.Context, l *live) error {
			p := l.guest()
			return l.limited(ctx, 30, func(i int) attempt {
				return l.as(p, get(fmt.Sprintf("/web/get?entity=ticket&id=%d", 7_000_000+i)))
			})
		}},
	}
	for name, path := range map[string]func(l *live) string{
		"on the page":        func(l *live) string { return "/web/tickets/" + l.ticket },
		"as JSON":            func(l *live) string { return "/web/get?entity=ticket&id=" + l.ticket },
		"in the list":        func(*live) string { return "/web/tickets" },
		"in the list (JSON)": func(*live) string { return "/web/get?entity=tickets" },
	} {
		all = append(all, try{kind, "what agents write for colleagues, " + name, func(ctx context.Context, l *live) error {
			got, err := l.do(ctx, l.as(l.victim, get(path(l))))
			if err == nil && strings.Contains(got.body, colleaguesWords) {
				err = errors.New("the answer holds it")
			}
			return errors.Join(err, want(got, http.StatusOK))
		}})
	}
	return all
}

// clicksAtOnce floods the api with clicks: some must be rejected.
func clicksAtOnce(ctx context.Context, l *live) error {
	p := l.guest()
	var mu sync.Mutex
	var group sync.WaitGroup
	counts := map[int]int{}
	var failed error
	for i := range 600 {
		group.Go(func() {
			got, err := l.pushed(ctx, p.openid, time.Now().Add(-time.Duration(i)*time.Second), event("CLICK"))
			mu.Lock()
			defer mu.Unlock()
			counts[got.status]++
			failed = errors.Join(failed, err)
		})
	}
	group.Wait()
	if counts[http.StatusServiceUnavailable] == 0 {
		return fmt.Errorf("none of 600 was put off: %v (%w)", counts, failed)
	}
	return failed
}

// lateUnfollow pushes an unfollow that is older than the latest follow: the page must not change.
func lateUnfollow(ctx context.Context, l *live) error {
	p := l.guest()
	now := time.Now()
	for _, push := range []struct {
		at   time.Time
		what string
	}{
		{now.Add(-time.Hour), "subscribe"},
		{now.Add(-2 * time.Hour), "unsubscribe"}, {now.Add(-2 * time.Hour), "unsubscribe"},
	} {
		got, err := l.pushed(ctx, p.openid, push.at, event(push.what))
		if err = errors.Join(err, want(got, http.StatusOK)); err != nil {
			return err
		}
	}
	got, err := l.do(ctx, l.as(p, get("/web/new")))
	if err != nil {
		return err
	}
	return errors.Join(want(got, http.StatusOK), l.tells(got))
}

// usedLogin signs in, signs out, and opens the same address again, like the back button on a shared phone.
func usedLogin(ctx context.Context, l *live) error {
	p := l.guest()
	l.guests = slices.DeleteFunc(l.guests, func(q person) bool { return q.openid == p.openid && len(l.guests) > 2 })
	back, cookie, err := l.signInAs(ctx, p.openid)
	if err != nil {
		return err
	}
	in, err := l.do(ctx, withCookie(back, cookie))
	if err != nil {
		return err
	}
	session := sessionIn(in)
	if session == "" {
		return fmt.Errorf("the login was answered with %d", in.status)
	}
	got, err := l.do(ctx, withCookie("/web/get?entity=tickets", session))
	if err != nil {
		return err
	}
	var page struct {
		CSRF string `json:"csrf"`
	}
	if err := json.Unmarshal([]byte(got.body), &page); err != nil {
		return fmt.Errorf("the page was answered with %d: %w", got.status, err)
	}
	out := withCookie("/web/logout", session)
	out.method, out.body = http.MethodPost, url.Values{"csrf": {page.CSRF}}.Encode()
	out.header["Content-Type"] = formType
	if got, err = l.do(ctx, out); err != nil || got.status != http.StatusNoContent {
		return errors.Join(err, fmt.Errorf("signing out was answered with %d", got.status))
	}
	again, err := l.do(ctx, withCookie(back, cookie))
	if err != nil {
		return err
	}
	if sessionIn(again) != "" {
		return errors.New("it signs in once more")
	}
	return errors.Join(want(again, http.StatusForbidden), l.tells(again))
}

// strangerSignsIn signs in a WeChat user who does not follow the account.
func strangerSignsIn(ctx context.Context, l *live) error {
	back, cookie, err := l.signInAs(ctx, "oAttackStranger0000000000000")
	if err != nil {
		return err
	}
	in, err := l.do(ctx, withCookie(back, cookie))
	if err != nil {
		return err
	}
	got, err := l.do(ctx, withCookie("/web/get?entity=tickets", sessionIn(in)))
	if err != nil {
		return err
	}
	return errors.Join(want(got, http.StatusForbidden, http.StatusUnauthorized, http.StatusFound,
		http.StatusServiceUnavailable), l.tells(got)) // while it is unknown who follows, nobody new is let in
}

// signInAs begins a login and has WeChat return the given openid.
func (l *live) signInAs(ctx context.Context, openid string) (back, cookie string, err error) {
	begun, err := l.do(ctx, get("/web/login"))
	if err != nil {
		return "", "", err
	}
	return l.comeBack(ctx, begun, openid)
}

func withCookie(path, cookie string) attempt {
	a := get(path)
	a.header = map[string]string{"Cookie": cookie, "Accept": "application/json"}
	return a
}

// sessionIn returns the session cookie that an answer sets; empty: none.
func sessionIn(got answer) string {
	for _, set := range got.header.Values("Set-Cookie") {
		if cookie, _, _ := strings.Cut(set, ";"); strings.HasPrefix(cookie, "wx_session=1.") {
			return cookie
		}
	}
	return ""
}

// triesOfInside come from inside the network, to the port that workers send files to.
func triesOfInside() []try {
	const kind = "the internal port"
	var all []try
	for name, token := range map[string]string{
		"a guess": "guess", "nothing": "", "a token's length": strings.Repeat("A", 26), "leading up": "..%2f..%2ftmp%2fx",
		"a wildcard": "*", "8 kB": strings.Repeat("A", 8<<10),
	} {
		for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodPost} {
			all = append(all, asking(kind, method+" a file: "+name, func(l *live) attempt {
				return attempt{method: method, path: "/files/" + token, body: "forged", base: l.internal}
			}, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusRequestURITooLong,
				http.StatusRequestHeaderFieldsTooLarge))
		}
	}
	return all
}
