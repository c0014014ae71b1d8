package conversation

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sender is a conversation whose follower sends pictures.
type sender struct {
	t       *testing.T
	state   State
	policy  Policy
	now     time.Time
	sent    int
	counted int // files not fetched from WeChat
}

func newSender(t *testing.T, most int) *sender {
	return &sender{t: t, policy: Policy{FilesPerDay: most, Settle: time.Hour},
		now: time.Date(2026, 1, 5, 15, 59, 0, 0, time.UTC)} // a minute before midnight in Beijing
}

func (s *sender) picture() Inbound {
	s.sent++
	id := fmt.Sprint(s.sent)
	return Inbound{Key: id, Kind: KindMessage, MsgID: id, MsgType: "image", CreateTime: s.now.Unix(), Text: "[Picture]",
		Media: &Media{Kind: MediaImage, ID: "media-" + id, Unfetched: "[no picture]"}}
}

// take delivers a message, and returns the message that waits for C4C.
func (s *sender) take(in Inbound) Inbound {
	s.t.Helper()
	for _, c := range s.state.Step(s.now, s.policy, in) {
		if _, ok := c.(CountUnfetched); ok {
			s.counted++
		}
	}
	for _, w := range s.state.Messages.Waiting {
		if w.Inbound.Key == in.Key {
			return *w.Inbound
		}
	}
	require.FailNow(s.t, "the message is lost")
	return Inbound{}
}

// Files beyond the daily limit are not fetched from WeChat, and the ticket says so. Each text arrives.
func TestFilesOfADay(t *testing.T) {
	t.Parallel()
	s := newSender(t, 2)
	for range 2 {
		in := s.take(s.picture())
		require.Equal(t, "[Picture]", in.Text)
		require.Len(t, in.Files(), 1)
		require.Empty(t, in.Media.Unfetched, "nobody needs the line any more")
	}
	over := s.take(s.picture())
	require.Equal(t, "[no picture]", over.Text)
	require.Empty(t, over.Files())
	require.Equal(t, 1, s.counted)
	words := s.take(Inbound{Key: "w", Kind: KindMessage, MsgID: "w", MsgType: "text", CreateTime: s.now.Unix(),
		Text: "hi"})
	require.Equal(t, "hi", words.Text)

	s.now = s.now.Add(-time.Hour)
	require.Empty(t, s.take(s.picture()).Files(), "a clock that is set back brings nothing")
	s.now = s.now.Add(time.Hour + time.Minute)
	require.Len(t, s.take(s.picture()).Files(), 1, "the next day in Beijing")
	require.Equal(t, Fetched{Day: s.now.Add(8*time.Hour).Unix() / 86400, Files: 1}, s.state.Fetched)
	require.Equal(t, 2, s.counted)
}

// Neither a repeated push nor an upload on the page counts against the daily limit of files.
func TestWhatTakesNoFileOfADay(t *testing.T) {
	t.Parallel()
	s := newSender(t, 2)
	first := s.picture()
	s.take(first)
	for range 5 {
		s.state.Step(s.now, s.policy, first)
	}
	for i := range 5 {
		in := Inbound{Key: fmt.Sprint("web/", i), Kind: KindMessage, MsgID: fmt.Sprint("web-", i), CreateTime: s.now.Unix(),
			Web: &WebEntry{Pictures: []Media{{Kind: MediaImage, ID: fmt.Sprint("page-", i)}}}}
		require.Len(t, s.take(in).Files(), 1)
	}
	require.Len(t, s.take(s.picture()).Files(), 1)
	require.Empty(t, s.take(s.picture()).Files())
	require.Equal(t, 1, s.counted)
}

func TestFilesWithoutALimit(t *testing.T) {
	t.Parallel()
	s := newSender(t, 0)
	for range 40 {
		require.Len(t, s.take(s.picture()).Files(), 1)
	}
	s = newSender(t, 1)
	for range 3 { // the ticket's text for an unfetched file is not set
		in := s.picture()
		in.Media.Unfetched = ""
		require.Len(t, s.take(in).Files(), 1)
	}
}
