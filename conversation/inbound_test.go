package conversation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

func TestTriggerOfInbound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   Inbound
		want window.Trigger
	}{
		{"message", Inbound{Kind: KindMessage}, window.Message},
		{"tapped item of a menu message", Inbound{Kind: KindMessage, EventKey: "101"}, window.Click},
		{"follow", Inbound{Kind: KindFollow, EventKey: "scene"}, window.Follow},
		{"scan", Inbound{Kind: KindScan}, window.Scan},
		{"click", Inbound{Kind: KindClick}, window.Click},
		{"unfollow", Inbound{Kind: KindUnfollow}, ""},
		{"page", Inbound{Kind: KindMessage, Web: &WebEntry{}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.in.trigger())
		})
	}
}

// A repeated event from before the follower's erasure changes nothing.
func TestWhatIsFromBeforeAnErasure(t *testing.T) {
	t.Parallel()
	const erased = 1_700_000_000
	for name, tt := range map[string]struct {
		in    Inbound
		takes bool
	}{
		"a message": {Inbound{Key: "k", Kind: KindMessage, MsgID: "1", Text: "squeal", CreateTime: erased},
			false},
		"a message, a second later": {Inbound{Key: "k", Kind: KindMessage, MsgID: "1", Text: "squeal", CreateTime: erased +
			1}, true},
		"a follow":    {Inbound{Key: "k", Kind: KindFollow, CreateTime: erased - 3600}, false},
		"an unfollow": {Inbound{Key: "k", Kind: KindUnfollow, CreateTime: erased - 3600}, false},
		"a backfill, which waits for an outcome": {
			Inbound{Key: "k", Kind: KindBackfill, MsgID: "run", CreateTime: erased - 3600}, true,
		},
		"the page": {
			Inbound{Key: "web/0123456789abcdef", Kind: KindMessage, MsgID: "1", Text: "squeal", CreateTime: erased - 1,
				Web: &WebEntry{}}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &State{}
			s.Erased = erased
			before := *s
			commands := s.Step(time.Unix(erased+60, 0), Policy{}, tt.in)
			require.Equal(t, !tt.takes, s.Untouched())
			if tt.takes {
				require.NotEqual(t, before, *s)
				return
			}
			require.Empty(t, commands)
			require.Equal(t, before, *s)
		})
	}
}
