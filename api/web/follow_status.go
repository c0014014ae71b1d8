package web

import (
	"context"
	"slices"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// followStatus is what the page needs to know about a follower on every request.
type followStatus struct {
	Gone       bool
	Ended      int64    // sessions from before this second are invalid
	Over       []string // ids of further invalid sessions
	CustomerID string
	Consent    conversation.Consent
	// Conversation identifies the follower's conversation as in [conversation.PageView]; empty: none. If asked is not
	// set, it is unknown.
	Conversation string
	asked        bool

	told     int64 // CreateTime of the last follow or unfollow that this process received, in seconds since 1970
	said     int64 // when this was last confirmed, in seconds since 1970
	unproven bool  // it could not be confirmed
	silent   bool  // Temporal does not answer: nothing can be read, and submissions wait in the spool

	erasure erasure
}

const (
	followStatusLife = 10 * time.Second // how long a status is trusted
	followStatusKept = time.Hour        // the same, while nothing newer is known
	followWait       = 1500 * time.Millisecond
)

// hasEnded reports whether a session has ended.
func (s followStatus) hasEnded(own *session) bool {
	return own.Erased < s.erasure.at || own.Issued <= s.Ended || slices.Contains(s.Over, own.ID) || s.asked &&
		own.Of != "" && own.Of != s.Conversation
}

// Followed records that a follower has left or come back at the time of WeChat's push. Their earlier sessions end
// here at once, whether or not a worker answers. A late or repeated push ends nothing begun after it: the next
// request asks the conversation, and this record counts only if that does not answer. Other processes learn it from
// the conversation, or from WeChat.
func (s *Site) Followed(openID string, follows bool, at time.Time) {
	known, _ := s.known.stale(openID)
	if at.Unix() < known.told {
		return
	}
	known.told, known.said = at.Unix(), s.Now().Unix()
	ended := at.Unix()
	if follows {
		ended-- // a follower who follows and signs in within the same second has a valid session
	}
	known.Gone, known.Ended, known.unproven = !follows, max(known.Ended, ended), false
	s.known.keep(openID, known)
	s.known.outdate(openID, s.Now().Add(time.Second))
}

// followStatus returns whether the follower still follows. The conversation knows. If no worker answers, if there is no
// conversation, or if it has never seen the follower in the chat, WeChat is asked. If WeChat cannot tell either,
// knowledge from within the last hour counts, and unknown followers are not let in.
func (s *Site) followStatus(ctx context.Context, openID string) followStatus {
	ctx = context.WithoutCancel(ctx) // others wait for the same answer
	last, _ := s.known.stale(openID)
	found, err := s.known.get(openID, func() (followStatus, error) {
		erased := s.askErasure(ctx, openID)
		view, err := s.Backend.View(ctx, openID)
		before, _ := s.known.stale(openID)
		found := followStatus{
			Gone: view.Gone, Ended: view.Ended, Over: view.Over, CustomerID: view.CustomerID, Consent: view.Consent,
			Conversation: view.Conversation, asked: true, told: before.told, said: s.Now().Unix(),
			erasure: (<-erased).or(before.erasure),
		}
		if err == nil && !view.Follows && !view.Gone && !s.Visitors {
			found.said, found.Gone = before.said, before.Gone
			found = s.followStatusAtWeChat(ctx, openID, found)
		}
		return found, err
	})
	erased := found.erasure
	if erased.at > last.erasure.at || last.Conversation != "" && err == nil && found.Conversation != last.Conversation {
		s.reads.forget(openID)
		s.Disk.forget(s.Account, openID)
	}
	if err == nil {
		return found
	}
	s.Logger.WarnContext(ctx, "the conversation cannot say whether a follower still follows", "error", err)
	found, _ = s.known.stale(openID)
	found.erasure, found.silent = erased, true
	found = s.followStatusAtWeChat(ctx, openID, found)
	s.known.keep(openID, found) // for a while, otherwise every request would wait
	return found
}

// followStatusAtWeChat updates what was known of a follower with WeChat's answer. Sessions from before the latest
// follow are invalid.
func (s *Site) followStatusAtWeChat(ctx context.Context, openID string, known followStatus) followStatus {
	ctx, cancel := context.WithTimeout(ctx, followWait)
	defer cancel()
	info, err := s.WeChat.UserInfo(ctx, openID, "zh_CN")
	now := s.Now().Unix()
	switch {
	case err != nil:
		s.Logger.WarnContext(ctx, "WeChat cannot say whether a follower still follows", "error", err)
		known.unproven = now-known.said > int64(followStatusKept.Seconds())
	case !info.Subscribed:
		known.Gone, known.Ended, known.said, known.unproven = true, max(known.Ended, now), now, false
	default:
		known.Gone, known.said, known.unproven = false, now, false
		if !info.SubscribedAt.IsZero() {
			known.Ended = max(known.Ended, info.SubscribedAt.Unix()-1)
		}
	}
	return known
}
