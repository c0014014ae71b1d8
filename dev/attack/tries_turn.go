package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// triesOfTurns do two things at once, where one ends what the other needs.
func triesOfTurns() []try {
	const kind = "turns"
	return []try{
		{kind, "a form under way while its sender signs out", formWhileSigningOut},
		{kind, "one login taken by eight browsers at once", func(ctx context.Context, l *live) error {
			cookie, state, err := l.beginLogin(ctx)
			if err != nil {
				return err
			}
			answers := make(chan error, 8)
			for range cap(answers) {
				go func() {
					a := get("/web/oauth?code=guess&state=" + state)
					a.header = map[string]string{"Cookie": cookie}
					got, err := l.do(ctx, a)
					answers <- errors.Join(err, want(got, http.StatusForbidden, http.StatusServiceUnavailable), l.tells(got))
				}()
			}
			for range cap(answers) {
				err = errors.Join(err, <-answers)
			}
			return err
		}},
	}
}

// formWhileSigningOut sends the beginning of a form, has its sender sign out, and sends the rest.
func formWhileSigningOut(ctx context.Context, l *live) error {
	p := l.guest()
	l.guests = slices.DeleteFunc(l.guests, func(q person) bool { return q.openid == p.openid && len(l.guests) > 2 })
	reader, writer := io.Pipe()
	defer func() { _ = writer.CloseWithError(context.Canceled) }()
	form := multipart.NewWriter(writer)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.api+"/web/create", reader)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"Cookie": p.cookie, "Content-Type": form.FormDataContentType(), "Accept": "application/json",
		"X-Forwarded-For": anywhere(),
		"Expect":          "100-continue", // so that the form is begun when the page reads it
	} {
		req.Header.Set(name, text)
	}
	patient := &http.Client{Timeout: time.Minute, Transport: &http.Transport{ExpectContinueTimeout: 10 * time.Second,
		DisableKeepAlives: true}}
	answers := make(chan answer, 1)
	failed := make(chan error, 1)
	go func() {
		res, err := patient.Do(req)
		if err != nil {
			failed <- err
			return
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		if err != nil {
			failed <- err
			return
		}
		answers <- answer{res.StatusCode, res.Header, string(body)}
	}()
	fields := ticketForm(p)
	for _, name := range []string{"csrf", "entity", "key", "subject", "text", "category"} {
		if err := form.WriteField(name, fields.Get(name)); err != nil {
			break // the page has answered already
		}
	}
	out, err := l.do(ctx, l.as(p, attempt{
		method: http.MethodPost, path: "/web/logout", body: url.Values{"csrf": {p.csrf}}.Encode(),
		header: map[string]string{"Content-Type": formType},
	}))
	if err != nil {
		return err
	}
	if out.status != http.StatusOK {
		return fmt.Errorf("signing out was answered with %d", out.status)
	}
	_ = errors.Join(form.Close(), writer.Close()) // fails where the page has answered already
	select {
	case got := <-answers:
		return errors.Join(want(got, http.StatusUnauthorized), l.tells(got))
	case err := <-failed:
		return err
	}
}
