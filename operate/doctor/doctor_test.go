package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// findings are the findings by check.
func findings(r Report) map[string]Finding {
	all := map[string]Finding{}
	for _, f := range r.Findings {
		all[f.Check] = f
	}
	return all
}

func fixed(f Finding) func(context.Context) Finding {
	return func(context.Context) Finding { return f }
}

func TestExamine(t *testing.T) {
	t.Parallel()
	checks := []Check{
		{"A", "first", true, fixed(ok("fine"))},
		{"A", "gate", true, fixed(fail("broken", "mend it"))},
		{"A", "behind", false, func(context.Context) Finding { panic("not to be asked") }},
		{"B", "other system", false, fixed(warn("hm", "look"))},
		{"B", "no gate", false, fixed(fail("no", "do"))},
		{"B", "after", false, fixed(ok("yes"))},
	}
	var told []string
	report := Examine(t.Context(), checks, time.Second, func(f Finding) { told = append(told, f.Check) })
	require.Equal(t, []string{"first", "gate", "behind", "other system", "no gate", "after"}, told)
	require.Equal(t, map[Verdict]int{OK: 2, Fail: 2, Skip: 1, Warn: 1}, report.Counts)
	require.False(t, report.Healthy())
	require.Equal(t, Finding{System: "A", Check: "behind", Verdict: Skip, Detail: `not checked, because "gate" failed`},
		shown(findings(report)["behind"]))

	var out bytes.Buffer
	require.NoError(t, report.WriteTable(&out))
	for _, want := range []string{"fail  A  gate", "→ mend it", "2 ok, 1 warn, 2 fail, 1 skip"} {
		require.Contains(t, out.String(), want)
	}
	out.Reset()
	require.NoError(t, report.WriteJSON(&out))
	var back Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	for i, f := range report.Findings {
		report.Findings[i] = shown(f)
	}
	require.Equal(t, report, back)
}

func TestExamineStopsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	report := Examine(ctx, []Check{
		{"A", "first", false, func(context.Context) Finding { cancel(); return ok("fine") }},
		{"A", "second", false, fixed(ok("fine"))},
	}, time.Second, nil)
	require.Len(t, report.Findings, 1)
	require.True(t, report.Healthy())
}

func TestSlowCheckIsCutOff(t *testing.T) {
	t.Parallel()
	report := Examine(t.Context(), []Check{{"A", "slow", false, func(ctx context.Context) Finding {
		<-ctx.Done()
		return failed(ctx, ctx.Err())
	}}}, time.Millisecond, nil)
	require.Contains(t, report.Findings[0].Detail, "no answer in time")
	require.Equal(t, Fail, report.Findings[0].Verdict)
}

func TestUnknownErrorIsShownAsItIs(t *testing.T) {
	t.Parallel()
	f := failed(t.Context(), errors.New("something\n  new"))
	require.Equal(t, "something new", f.Detail)
	require.NotEmpty(t, f.Remedy)
}

func TestReportsOfSeveralAccounts(t *testing.T) {
	t.Parallel()
	one := Examine(t.Context(), []Check{{"A", "first", true, fixed(fail("broken", "mend it"))},
		{"A", "second", false, fixed(ok("fine"))}}, time.Second, nil)
	other := Examine(t.Context(), []Check{{"A", "first", true, fixed(ok("fine"))}}, time.Second, nil)
	all := one.Of("default").Add(other.Of("shop"))
	require.Equal(t, map[Verdict]int{Fail: 1, Skip: 1, OK: 1}, all.Counts)
	require.Equal(t, []string{"default", "default", "shop"}, []string{all.Findings[0].Account, all.Findings[1].Account,
		all.Findings[2].Account})
	require.Equal(t, OK, all.Findings[2].Verdict, "a gate of one account is no gate of another")
	var out bytes.Buffer
	require.NoError(t, all.WriteTable(&out))
	require.Contains(t, out.String(), "Account default\nfail")
	require.Contains(t, out.String(), "Account shop\nok")
	require.Contains(t, out.String(), "1 ok, 0 warn, 1 fail, 1 skip")
}

func TestFurtherAccountsAreNotAskedTwice(t *testing.T) {
	t.Parallel()
	var names []string
	for _, check := range Temporal(TemporalOptions{Further: true}) {
		names = append(names, check.Name)
	}
	require.Equal(t, []string{"reachable", "schedule of the access token", "health of the access token", "slots of C4C",
		"schedule of compared replies", "messages arrive", "a worker's write that changes nothing"}, names)
}
