package conversation

import "time"

// Fetched are the files of the chat that WeChat is asked for in a day. It gives all files of an account 200,000 times a
// day, beginning at midnight in Beijing: one follower must not use that up for all others.
//
// Source: https://developers.weixin.qq.com/doc/service/guide/dev/api/
type Fetched struct {
	Day   int64 `json:"day,omitempty"` // of Beijing, counted from 1970
	Files int   `json:"files,omitempty"`
}

// beijing is how far Beijing is ahead of UTC, all year.
const beijing = 8 * time.Hour

// allow takes one file out of what may be fetched today; false: nothing is left. A day never comes twice, whatever the
// clock does.
func (f *Fetched) allow(now time.Time, most int) bool {
	if day := now.Add(beijing).Unix() / (24 * 60 * 60); day > f.Day {
		*f = Fetched{Day: day}
	}
	if most > 0 && f.Files >= most {
		return false
	}
	f.Files++
	return true
}

// budgeted is a message with its file, or with the line that says why there is none. The page bounds its own pictures,
// where the follower reads of it at once.
func (s *step) budgeted(in Inbound) Inbound {
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
