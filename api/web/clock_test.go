package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

func TestTimesInWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 17, 30, 0, 0, time.UTC) // 01:30 of the next day in China
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, tt := range []struct {
		name        string
		at          time.Time
		zone        *time.Location
		zh, english string
	}{
		{"today", now.Add(-time.Hour), chinaTime, "00:30", "00:30"},
		{"yesterday", now.Add(-2 * time.Hour), chinaTime, "昨天 23:30", "Yesterday 23:30"},
		{"the same, elsewhere", now.Add(-2 * time.Hour), berlin, "16:30", "16:30"},
		{"this year", now.Add(-26 * time.Hour), chinaTime, "2月28日 23:30", "28 Feb, 23:30"},
		{"last year", now.AddDate(-1, 0, 0), chinaTime, "2025年3月2日 01:30", "2 Mar 2025, 01:30"},
		{"summer in Berlin", time.Date(2025, 7, 1, 12, 0, 0, 0, time.UTC), berlin, "2025年7月1日 14:00", "1 Jul 2025, 14:00"},
		{"ahead of us", now.Add(time.Minute), chinaTime, "01:31", "01:31"},
		{"unknown", time.Time{}, chinaTime, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := clock{func() time.Time { return now }, tt.zone}
			require.Equal(t, tt.zh, c.text(standard, catalogue.Chinese, tt.at))
			require.Equal(t, tt.english, c.text(standard, catalogue.English, tt.at))
		})
	}
}
