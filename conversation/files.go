package conversation

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Fetched counts the files of the chat requested from WeChat today. WeChat serves 200,000 files a day per account,
// counted from midnight in Beijing: one follower must not use that up for all others.
//
// Source: https://developers.weixin.qq.com/doc/service/guide/dev/api/
type Fetched struct {
	Day   int64 `json:"day,omitempty"` // day in Beijing, counted from 1970
	Files int   `json:"files,omitempty"`
}

// allow takes one file from today's allowance and reports whether there was one. A day never comes twice, even if the
// clock is set back.
func (f *Fetched) allow(now time.Time, most int) bool {
	_, ahead := now.In(activities.Beijing).Zone()
	if day := (now.Unix() + int64(ahead)) / (24 * 60 * 60); day > f.Day {
		*f = Fetched{Day: day}
	}
	if most > 0 && f.Files >= most {
		return false
	}
	f.Files++
	return true
}

// limitFile returns the message with its file or, if the follower has sent too many files today, with a line that
// explains why the file is missing. The page limits its own pictures, and its follower learns of it at once.
func (s *step) limitFile(in Inbound) Inbound {
	if in.Media == nil || in.Media.ID == "" || in.Media.Unfetched == "" {
		return in
	}
	if !s.Fetched.allow(s.now, s.policy.FilesPerDay) {
		in.Text, in.Media = in.Media.Unfetched, nil
		s.do(CountUnfetched{})
		return in
	}
	media := *in.Media
	media.Unfetched = ""
	in.Media = &media
	return in
}
