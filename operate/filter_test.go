package operate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/operate"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestQuery(t *testing.T) {
	t.Parallel()
	const unfinished = `SyncState IN ("needs_attention", "stuck", "held", "syncing", "waiting") AND ExecutionStatus = "Running"`
	for _, tt := range []struct {
		name      string
		filter    operate.Filter
		want, err string
	}{
		{"nothing asked: what is not finished", operate.Filter{}, unfinished, ""},
		{"one state", operate.Filter{States: []string{"held"}}, `SyncState = "held" AND ExecutionStatus = "Running"`, ""},
		{"finished", operate.Filter{States: []string{"synced", "skipped"}}, `SyncState IN ("synced", "skipped")`, ""},
		{"both", operate.Filter{States: []string{"stuck", "synced"}},
			`((SyncState = "stuck" AND ExecutionStatus = "Running") OR SyncState = "synced")`, ""},
		{"all", operate.Filter{States: []string{"all"}}, "SyncState IS NOT NULL", ""},
		{"causes", operate.Filter{Causes: []string{"C4CLocked", "C4CFault"}},
			unfinished + ` AND SyncError IN ("C4CLocked", "C4CFault")`, ""},
		{"all fields", operate.Filter{
			Types: []string{"CreateTicket"}, Account: "shop", TicketID: "8000012", FollowerKey: "abcd2345", Older: time.Hour,
			Newer: 24 * time.Hour,
		},
			unfinished +
				` AND WorkflowType = "CreateTicket" AND Account = "shop" AND TicketID = "8000012" AND FollowerKey = "abcd2345"` +
				` AND StartTime <= "2026-05-04T11:00:00Z" AND StartTime >= "2026-05-03T12:00:00Z"`, ""},
		{"unknown state", operate.Filter{States: []string{"parked"}}, "",
			`no such state: "parked"; the states are needs_attention`},
		{"unknown cause", operate.Filter{Causes: []string{"Locked"}}, "",
			`no such cause: "Locked"; the causes are WeChatBusy`},
		{"a quote", operate.Filter{TicketID: `1" OR Account = "x`}, "", "TicketID cannot be"},
		{"a single quote", operate.Filter{Account: "a'b"}, "", "Account cannot be"},
		{"a backslash", operate.Filter{Types: []string{`a\`}}, "", "WorkflowType cannot be"},
		{"a line break", operate.Filter{TicketID: "1\n2"}, "", "TicketID cannot be"},
		{"negative age", operate.Filter{Older: -time.Second}, "", "an age cannot be negative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.filter.Query(noon)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestEmptyFilter(t *testing.T) {
	t.Parallel()
	require.True(t, operate.Filter{}.Empty())
	for _, filter := range []operate.Filter{
		{States: []string{"held"}}, {Causes: []string{"C4CLocked"}}, {Types: []string{"x"}}, {Account: "a"},
		{TicketID: "1"}, {FollowerKey: "k"}, {Older: 1}, {Newer: 1},
	} {
		require.False(t, filter.Empty())
	}
}

func TestParseAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"90s", 90 * time.Second}, {"1h30m", 90 * time.Minute}, {"3d", 72 * time.Hour}, {"1d12h", 36 * time.Hour}, {"0d", 0},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := operate.ParseAge(tt.text)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
	for _, text := range []string{"", "3", "d", "-3d", "1d-2h", "-1h", "2w", "99999999d", "1d2d"} {
		t.Run("not "+text, func(t *testing.T) {
			t.Parallel()
			_, err := operate.ParseAge(text)
			require.ErrorContains(t, err, "is not an age, for example 30m, 12h or 3d")
		})
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0s": -time.Second, "850ms": 850 * time.Millisecond, "42.1s": 42*time.Second + 100*time.Millisecond,
		"12m30s": 750 * time.Second,
		"47h59m": 48*time.Hour - time.Second, "3d4h": 76*time.Hour + time.Minute,
	} {
		require.Equal(t, want, operate.Age(d))
	}
}
