package conversation

import (
	"testing"

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
