package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/census"
)

func TestParse(t *testing.T) {
	t.Parallel()
	s, err := parse(nil, t.Output())
	require.NoError(t, err)
	require.Equal(t, 16, s.senders, "the aim is defined for 16 senders")
	s, err = parse(strings.Fields("-turns 6 -rounds 1 -webhooks 2 -followers 3 -messages 4 -senders 5 -lone 6"),
		t.Output())
	require.NoError(t, err)
	require.Equal(t, sizes{senders: 5, turns: 6, rounds: 1, webhooks: 2, followers: 3, messages: 4, lone: 6, backlog: 1000,
		takes: 200 * time.Millisecond, workers: []int{1, 2, 3, 5}}, s)
	s, err = parse([]string{"-workers", "2,7"}, t.Output())
	require.NoError(t, err)
	require.Equal(t, []int{2, 7}, s.workers)
	_, err = parse([]string{"-workers", "two"}, t.Output())
	require.ErrorContains(t, err, "no number of at least 1")
	_, err = parse([]string{"-rounds", "0"}, t.Output())
	require.ErrorContains(t, err, "at least 1")
	_, err = parse([]string{"-only", "nothing"}, t.Output())
	require.ErrorContains(t, err, "not one of core, step, acknowledge, calls, cost, sync, latency, cap, decode")
}

func TestHammerDoesEachOnce(t *testing.T) {
	t.Parallel()
	var s sample
	var done [100]atomic.Int64
	for range 2 {
		require.NoError(t, s.hammer(t.Context(), 7, len(done), func(_ context.Context, i int) error {
			done[i].Add(1)
			return nil
		}))
	}
	for i := range done {
		require.EqualValues(t, 2, done[i].Load())
	}
	require.Len(t, s.each, 200)
	require.InDelta(t, 200/s.took.Seconds(), s.rate(), 0.001)
}

func TestHammerEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var s sample
	err := s.hammer(t.Context(), 4, 1_000_000, func(_ context.Context, i int) error {
		if i == 10 {
			return broken
		}
		return nil
	})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "operation 11 of 1000000")
	require.Less(t, len(s.each), 1_000_000)
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var s sample
	require.Zero(t, s.percentile(50))
	for i := range 100 {
		s.each = append(s.each, time.Duration(100-i)*time.Millisecond)
	}
	require.Equal(t, 51*time.Millisecond, s.percentile(50))
	require.Equal(t, 100*time.Millisecond, s.percentile(99))
	require.Equal(t, 100*time.Millisecond, s.percentile(100))
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printTable(&out, []row{
		compared("fast enough", 90, 100, 0.9),
		compared("too slow", 89, 100, 0.9),
		compared("quarters", 75, 100, 0.75),
		reached("steps", 123_456.7, 100_000),
		bounded("calls", 2, 2, ""),
		bounded("more calls", 2.5, 2, ""),
		durations("p50", 12345*time.Microsecond, 0),
	})
	var got [][]string
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		got = append(got, cells)
	}
	require.Equal(t, [][]string{
		{"measure", "connector", "bare Temporal", "ratio", "aim", ""},
		{"---", "---", "---", "---", "---", "---"},
		{"fast enough", "90.0/s", "100.0/s", "0.90", "≥ 0.9", "met"},
		{"too slow", "89.0/s", "100.0/s", "0.89", "≥ 0.9", "missed"},
		{"quarters", "75.0/s", "100.0/s", "0.75", "≥ 0.75", "met"},
		{"steps", "123457/s", "", "", "≥ 100000/s", "met"},
		{"calls", "2", "", "", "≤ 2", "met"},
		{"more calls", "2.50", "", "", "≤ 2", "missed"},
		{"p50", "12.3 ms", "", "", "", ""},
	}, got)
}

// TestWholeRunInSmall takes a minute: make test-long runs it.
func TestWholeRunInSmall(t *testing.T) {
	if os.Getenv("LONG") == "" {
		t.Skip("takes long: make test-long")
	}
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t,
		run(t.Context(),
			strings.Fields(
				"-senders 4 -turns 2 -rounds 1 -webhooks 20 -followers 2 -messages 2 -lone 2 -backlog 20 -takes 20ms -workers 2"),
			&out))
	for _, measure := range []string{
		"webhooks acknowledged, 4 at once", "p99 of each", "messages synced, 2 followers × 2",
		"calls to C4C for the first message",
		"calls to C4C for a reply", "verify, decrypt, parse", "steps of the pure core, replies",
		"Temporal actions for each following message", "backlog of 20 messages, C4C at 20ms, 2 workers: part of the cap used",
		"events of history for each reply", "webhook to message in C4C, one at a time, SETTLE=0s, p50",
	} {
		require.Contains(t, out.String(), measure)
	}
}

func TestCostOfOne(t *testing.T) {
	t.Parallel()
	before := map[string]int{"Conversation": 10, "NoteTicket": 5}
	after := map[string]int{"Conversation": 30, "NoteTicket": 5, "CreateTicket": 3}
	c := cost{
		events:  census.Each(before, after, 2),
		actions: map[string]float64{"signal": 1, "child": 2},
	}
	require.Equal(t, map[string]float64{"Conversation": 10, "CreateTicket": 1.5}, c.events)
	require.Equal(t, "Conversation 10, CreateTicket 1.50", listed(c.events))
	rows := c.rows("reply")
	require.Equal(t, "11.50", rows[0].connector)
	require.Equal(t, "3", rows[2].connector)
	require.True(t, *rows[2].met)
}
