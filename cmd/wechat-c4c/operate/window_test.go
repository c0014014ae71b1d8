package operate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestWindowLine(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	open := []workflows.Grant{
		{Trigger: workflows.TriggerClick, Left: 3, Until: now.Unix()},
		{Trigger: workflows.TriggerScan, Left: 2, Until: now.Add(time.Minute).Unix()},
		{Trigger: workflows.TriggerMessage, Left: 0, Until: now.Add(time.Hour).Unix()},
	}
	for _, tt := range []struct {
		name string
		view workflows.WindowView
		want string
	}{
		{"gone", workflows.WindowView{Gone: true, Held: 2}, "closed: the follower has left"},
		{"never open", workflows.WindowView{}, "nothing open that we know of"},
		{"over", workflows.WindowView{Grants: open[:1], Held: 1}, "nothing open that we know of; 1 held: replies wait until the follower acts"},
		{"open", workflows.WindowView{Grants: open}, "2 left (scan: 2 until 2026-01-05T08:01:00Z, message: 0 until 2026-01-05T09:00:00Z)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, windowLine(tt.view, now))
		})
	}
}
