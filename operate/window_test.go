package operate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

func TestWindowLine(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	open := []window.Grant{
		{Trigger: window.Click, Left: 3, Until: now.Unix()},
		{Trigger: window.Scan, Left: 2, Until: now.Add(time.Minute).Unix()},
		{Trigger: window.Message, Left: 0, Until: now.Add(time.Hour).Unix()},
	}
	for _, tt := range []struct {
		name string
		view conversation.WindowView
		want string
	}{
		{"gone", conversation.WindowView{Gone: true, Held: 2}, "closed: the follower has left"},
		{"never open", conversation.WindowView{}, "nothing open that we know of"},
		{"over", conversation.WindowView{Grants: open[:1], Held: 1},
			"nothing open that we know of; 1 held: replies wait until the follower acts"},
		{"open", conversation.WindowView{Grants: open},
			"2 left (scan: 2 until 2026-01-05T08:01:00Z, message: 0 until 2026-01-05T09:00:00Z)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, windowLine(tt.view, now))
		})
	}
}
