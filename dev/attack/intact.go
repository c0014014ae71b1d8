package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// admitted makes requests that must succeed, in the same way as the tries: a door shut to everybody would prove
// nothing.
func (s *stage) admitted(ctx context.Context) error {
	p := s.guest()
	form := ticketForm(p)
	for _, field := range []string{"subject", "text"} {
		form.Set(field, "of a guest")
	}
	form.Set("key", "KEYOFAGUESTSTICKET")
	kind, picture := formWith(form, "a.png", "")
	sealed, err := s.seal(s.push(time.Now()))
	if err != nil {
		return err
	}
	path, body := s.envelope(time.Now(), sealed)
	for name, asked := range map[string]struct {
		attempt
		status int
	}{
		"a push": {attempt{method: http.MethodPost, path: path, body: body}, http.StatusOK},
		"C4C": {attempt{method: http.MethodPost, path: "/c4c/wechat",
			body:   `{"type":"REP","sma_id":"1","service_req_no":"1","text":"x","private_ind":"TRUE"}`,
			header: map[string]string{"Authorization": s.basic, "Content-Type": "application/json"}}, http.StatusOK},
		"the victim": {s.as(s.victim, attempt{method: http.MethodGet, path: "/web/tickets/" + s.ticket}), http.StatusOK},
		"a guest's form": {s.as(p, attempt{method: http.MethodPost, path: "/web/create", body: picture,
			header: map[string]string{"Content-Type": kind, "Accept": "text/html"}}), http.StatusSeeOther},
		"an operator": {attempt{method: http.MethodPost, path: "/codec/decode", body: `{"payloads":[]}`, base: s.internal,
			header: map[string]string{
				"Authorization": "Bearer " + s.issuer.token(rs256, s.issuer.claims(), s.issuer.key),
				"Content-Type":  "application/json"}}, http.StatusOK},
	} {
		got, err := s.do(ctx, asked.attempt)
		if err = errors.Join(err, want(got, asked.status)); err != nil {
			return fmt.Errorf("attack: %s was not let in: %w %s", name, err, got.body)
		}
	}
	return nil
}

// holding is what the victim has.
type holding struct {
	ticket ticketView
	inbox  string
}

func (s *stage) holding(ctx context.Context) (h holding, err error) {
	tickets, err := s.tickets(ctx)
	if err != nil {
		return h, err
	}
	i := slices.IndexFunc(tickets, func(t ticketView) bool { return t.ID == s.ticket })
	if i < 0 {
		return h, errors.New("attack: the victim's ticket is gone")
	}
	h.ticket = tickets[i]
	h.inbox, err = s.inbox(ctx)
	return h, err
}

// intact fails if the tries have changed what the victim has, or left their mark anywhere.
func (s *stage) intact(ctx context.Context, before holding) error {
	after, err := s.holding(ctx)
	if err != nil {
		return err
	}
	if len(after.ticket.Thread) != len(before.ticket.Thread) ||
		len(after.ticket.Attachments) != len(before.ticket.Attachments) ||
		after.ticket.Status != before.ticket.Status || after.inbox != before.inbox {
		return fmt.Errorf("attack: what the victim has was changed: %d and %d lines, %d and %d files, status %s and %s",
			len(before.ticket.Thread),
			len(after.ticket.Thread), len(before.ticket.Attachments), len(after.ticket.Attachments), before.ticket.Status,
			after.ticket.Status)
	}
	tickets, err := s.tickets(ctx)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		content, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if strings.Contains(strings.ToLower(string(content)), "forged") {
			return fmt.Errorf("attack: ticket %s holds what was forged", t.ID)
		}
	}
	got, err := s.do(ctx, s.as(s.victim, attempt{method: http.MethodGet, path: "/web/tickets/" + s.ticket}))
	if err != nil {
		return err
	}
	if got.status != http.StatusOK || !strings.Contains(got.body, "VICTIMS-WORDS") {
		return fmt.Errorf("attack: the victim was answered with %d", got.status)
	}
	return nil
}

// tryStage runs all tries against a stack of its own.
func tryStage(ctx context.Context, out io.Writer) error {
	s, err := startStage(ctx)
	if err != nil {
		return err
	}
	err = func() error {
		if err := s.admitted(ctx); err != nil {
			return err
		}
		before, err := s.holding(ctx)
		if err != nil {
			return err
		}
		return errors.Join(tryAll(ctx, s.live, out), s.intact(ctx, before))
	}()
	return errors.Join(err, s.stop())
}
