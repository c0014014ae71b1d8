package web

import (
	"context"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// The most reads of C4C running at once, per follower and in this process, and how long another one waits for its
// turn. C4C answers few at a time.
const (
	readsOfFollower = 2
	readsOfAll      = 200
	readPatience    = 2 * time.Second
)

// missingLife is how long to remember that a follower has no such ticket.
const missingLife = time.Minute

// inTurn reads once the follower has few other reads running.
func inTurn[T any](ctx context.Context, s *Site, openID string, read func() (T, error)) (value T, err error) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	if !s.limits.reading.Wait(ctx, openID, 1) {
		return value, errTooMany.by(limitReading)
	}
	defer s.limits.reading.Give(openID, 1)
	return read()
}

// askForThread asks C4C for a ticket. A ticket on the follower's list is theirs. For other tickets C4C is asked only
// a few times, because someone who tries numbers would block C4C for everyone else.
func (s *Site) askForThread(ctx context.Context, query workflows.TicketQuery) (workflows.TicketThread, error) {
	if !s.reads.lists(query.OpenID, query.TicketID) && !s.limits.guesses.Allow(query.OpenID) {
		return workflows.TicketThread{}, errTooMany.by(limitGuesses)
	}
	return inTurn(ctx, s, query.OpenID, func() (workflows.TicketThread, error) {
		return s.Backend.Thread(ctx, query)
	})
}

// lists reports whether a ticket was on a list that the follower has read.
func (r *reads) lists(openID, ticketID string) bool {
	if _, ok := r.threads.stale(openID + " ticket " + ticketID); ok {
		return true
	}
	r.mu.Lock()
	var pages []string
	for key := range r.keys[openID] {
		if strings.HasPrefix(key, openID+" tickets ") {
			pages = append(pages, key)
		}
	}
	r.mu.Unlock()
	for _, key := range pages {
		page, _ := r.tickets.stale(key)
		for _, line := range page.Tickets {
			if line.ID == ticketID {
				return true
			}
		}
	}
	return false
}
