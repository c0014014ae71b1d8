package operate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func batchOf(f operate.Filter) operate.Batch {
	return operate.Batch{Action: workflows.CommandRetry, Command: alice, Filter: f, Rate: 10_000}
}

var parked = operate.Filter{States: []string{workflows.StateNeedsAttention}}

func TestBatchReleasesParkedSyncsOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const n = 25
	var ids []string
	for i := range n {
		s.fail(s.ticket(i), activities.ErrorC4CRejected)
		ids = append(ids, s.start(workflows.NoteID(s.account, s.key(), fmt.Sprint(i)), workflows.TypeNoteTicket,
			workflows.StateSyncing, workflows.NoteTicketInput{
				SyncInput: workflows.SyncInput{Account: s.account, OpenID: secretOpenID, FollowerKey: s.key()},
				TicketID:  s.ticket(i), Text: secretText,
			}))
	}
	matched := func(states ...string) int {
		f := s.filter()
		f.States = states
		listing, err := s.List(t.Context(), f, 0)
		require.NoError(t, err)
		return listing.Matched
	}
	s.eventually(func() bool { return matched(workflows.StateNeedsAttention) == n })
	for i := range n {
		s.fail(s.ticket(i), "")
	}

	dry := batchOf(s.filter())
	dry.DryRun = true
	report, err := s.Run(t.Context(), dry)
	require.NoError(t, err)
	require.Equal(t, []operate.GroupCount{{activities.ErrorC4CRejected, workflows.TypeNoteTicket, n}}, report.Groups)
	require.Zero(t, report.Told)
	require.Empty(t, s.audit.String())
	require.Equal(t, n, matched(workflows.StateNeedsAttention))

	report, err = s.Run(t.Context(), batchOf(s.filter()))
	require.NoError(t, err)
	require.Equal(t, n, report.Told)
	again, err := s.Run(t.Context(), batchOf(s.filter()))
	require.NoError(t, err, "a second run is safe, whatever the visibility store still shows")
	require.Zero(t, again.Failed)
	s.eventually(func() bool { return matched(workflows.StateSynced) == n })
	for i := range n {
		require.EqualValues(t, 1, s.noted(s.ticket(i)), "ticket %d", i)
	}
	timeline, err := s.Timeline(t.Context(), ids[0])
	require.NoError(t, err)
	var commands []string
	for _, step := range timeline.Steps {
		if step.Kind == "command" {
			commands = append(commands, step.What+" "+step.Result)
		}
	}
	require.Contains(t, commands, "retry by alice: because by signal")
	line := s.auditLines()[0]
	require.Equal(t, map[string]any{"matched": float64(n), "told": float64(n), "closed": 0.0, "failed": 0.0},
		line["result"])
	require.Contains(t, line["query"], `Account = "`+s.account+`"`)
	harmless(t, s.audit.String())
}

func TestBatchGoesOldestFirstOverAllPages(t *testing.T) {
	t.Parallel()
	f := newFake(manyIDs(1000)...)
	var plan operate.Plan
	b := batchOf(parked)
	b.Plan = func(p operate.Plan) { plan = p }
	report, err := f.operator().Run(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, 3, f.pages, "listing asks the visibility store alone")
	require.Equal(t, 1000, plan.Matched)
	require.Equal(t, 1000, report.Told)
	require.Equal(t, "retry note/shop/0 run-0", f.signals[0])
	require.Equal(t, "retry note/shop/999 run-999", f.signals[999])
}

func TestLargeBatchNeedsAWord(t *testing.T) {
	t.Parallel()
	f := newFake(manyIDs(operate.AskAbove + 1)...)
	report, err := f.operator().Run(t.Context(), batchOf(parked))
	require.EqualError(t, err, "1001 syncs match, and more than 1000 need --yes; nothing was done")
	require.Equal(t, 1001, report.Matched)
	require.Empty(t, f.signals)

	dry := batchOf(parked)
	dry.DryRun = true
	_, err = f.operator().Run(t.Context(), dry)
	require.NoError(t, err, "counting needs no word")

	b := batchOf(parked)
	b.Yes, b.Rate = true, 1_000_000
	report, err = f.operator().Run(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, 1001, report.Told)
}

func TestBatchStopsCleanly(t *testing.T) {
	t.Parallel()
	f := newFake(manyIDs(10)...)
	var audit, out bytes.Buffer
	o := f.operator()
	o.Audit = operate.NewAudit(&audit)
	ctx, cancel := context.WithCancel(t.Context())
	f.signal = func(id string) error {
		if id == "note/shop/3" {
			cancel()
		}
		return nil
	}
	report, err := o.Run(ctx, batchOf(parked))
	require.EqualError(t, err, "interrupted: 4 of 10 told; run the same command again to continue with the rest")
	require.True(t, report.Stopped)
	require.Equal(t, 4, report.Told)
	require.Len(t, f.signals, 4)
	require.Contains(t, audit.String(), `"told":4`)
	require.NoError(t, report.WriteTable(&out))
	require.Empty(t, out.String())
}

func TestBatchCountsWhatItCannotTell(t *testing.T) {
	t.Parallel()
	f := newFake(manyIDs(4)...)
	f.signal = func(id string) error {
		return map[string]error{"note/shop/1": serviceerror.NewNotFound("closed"), "note/shop/2": errors.New("boom")}[id]
	}
	report, err := f.operator().Run(t.Context(), batchOf(parked))
	require.EqualError(t, err, "1 of 4 could not be told: boom")
	require.Equal(t, [3]int{2, 1, 1}, [3]int{report.Told, report.Closed, report.Failed})
	var out bytes.Buffer
	require.NoError(t, report.WriteTable(&out))
	require.Equal(t, "2 told to retry, 1 closed meanwhile, 1 could not be told.\n", out.String())
}

func TestBatchKeepsItsPace(t *testing.T) {
	t.Parallel()
	f := newFake(manyIDs(6)...)
	b := batchOf(parked)
	b.Rate = 50
	began := time.Now()
	_, err := f.operator().Run(t.Context(), b)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), 5*20*time.Millisecond-5*time.Millisecond)
}

func TestBatchRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*operate.Batch)
		says   string
	}{
		{"no filter", func(b *operate.Batch) { b.Filter = operate.Filter{} },
			"say which syncs to retry: an id, or filters such as --state needs_attention"},
		{"a state that takes no command", func(b *operate.Batch) { b.Filter.States = []string{"syncing"} },
			"syncs in state syncing take no retry: only those in needs_attention, held, stuck do"},
		{"no actor", func(b *operate.Batch) { b.Command.Actor = "" }, "say who you are: --actor"},
		{"no rate", func(b *operate.Batch) { b.Rate = 0 }, "the rate must be more than 0 per second"},
		{"another action", func(b *operate.Batch) { b.Action = "amend" }, "amend is not possible for many syncs at once"},
		{"unknown cause", func(b *operate.Batch) { b.Filter.Causes = []string{"x"} }, "no such cause"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake("a")
			b := batchOf(parked)
			tt.change(&b)
			_, err := f.operator().Run(t.Context(), b)
			require.ErrorContains(t, err, tt.says)
			require.Empty(t, f.signals)
		})
	}
}

func TestBatchOfNothingSaysSo(t *testing.T) {
	t.Parallel()
	f := newFake()
	var out bytes.Buffer
	b := batchOf(operate.Filter{Causes: []string{"C4CLocked"}})
	b.Plan = func(p operate.Plan) { require.NoError(t, p.WriteTable(&out)) }
	report, err := f.operator().Run(t.Context(), b)
	require.NoError(t, err)
	require.NoError(t, report.WriteTable(&out))
	require.Equal(t, "No sync matches; nothing to retry.\n", out.String())
	require.Contains(t, f.queries[0], `SyncState = "needs_attention"`, "without a state only what needs attention is told")
}

func TestPlanAndDryRunForPeople(t *testing.T) {
	t.Parallel()
	f := newFake(manyIDs(3)...)
	var out bytes.Buffer
	b := batchOf(parked)
	b.DryRun = true
	b.Plan = func(p operate.Plan) { require.NoError(t, p.WriteTable(&out)) }
	report, err := f.operator().Run(t.Context(), b)
	require.NoError(t, err)
	require.NoError(t, report.WriteTable(&out))
	require.Equal(t, "3 syncs to retry:\n3  C4CCredentials  NoteTicket\nDry run: nothing was done.\n", out.String())
}

func TestProgress(t *testing.T) {
	t.Parallel()
	t.Run("lines", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := batchOf(parked)
		b.Progress = operate.NewProgress(&out, false, "retry")
		_, err := newFake(manyIDs(25)...).operator().Run(t.Context(), b)
		require.NoError(t, err)
		require.Equal(t, 13, bytes.Count(out.Bytes(), []byte("\n")))
		require.Contains(t, out.String(), "retry: 2 of 25\n")
		require.Contains(t, out.String(), "retry: 25 of 25\n")
	})
	t.Run("a bar", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := batchOf(parked)
		b.Progress = operate.NewProgress(&out, true, "retry")
		_, err := newFake(manyIDs(25)...).operator().Run(t.Context(), b)
		require.NoError(t, err)
		require.Contains(t, out.String(), "\r")
		require.Contains(t, out.String(), "100%")
		require.Contains(t, out.String(), "(25/25")
	})
}
