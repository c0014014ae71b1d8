package web

import (
	"context"
	"time"
)

// erasure is what a process knows about a follower's last erasure.
type erasure struct {
	at   int64 // by Temporal's clock, in milliseconds since 1970; 0: none
	said int64 // when Temporal answered, in seconds since 1970; 0: never
}

// linkMargin is how far the clocks of an api process and of Temporal may differ for personal links. A link created
// this soon after an erasure does not work; the chat gives another one.
const linkMargin = time.Minute

// askErasure asks whether a follower was erased, concurrently with another question. If it cannot be found out, the
// answer is empty.
func (s *Site) askErasure(ctx context.Context, openID string) <-chan erasure {
	answer := make(chan erasure, 1)
	go func() {
		at, err := s.Backend.Erased(ctx, openID)
		if err != nil {
			s.Logger.WarnContext(ctx, "nobody can say whether a follower was erased", "error", err)
			answer <- erasure{}
			return
		}
		answer <- erasure{at: millis(at), said: s.Now().Unix()}
	}()
	return answer
}

// or returns the earlier knowledge if nothing could be found out.
func (e erasure) or(before erasure) erasure {
	if e.said == 0 {
		return before
	}
	return e
}

// unproven reports whether it has been unknown for long whether the follower was erased.
func (e erasure) unproven(now time.Time) bool {
	return now.Unix()-e.said > int64(followStatusKept.Seconds())
}

// kills reports whether a personal link was created before the follower was erased.
func (e erasure) kills(link personalLink) bool {
	return e.at > 0 && link.Issued <= time.UnixMilli(e.at).Add(linkMargin).Unix()
}

func millis(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
