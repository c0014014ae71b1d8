package sizing

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const page = "../../docs/deploy/sizing.md"

// The page shows the measurements and what follows from them.
func TestPageIsMadeOfTheFigures(t *testing.T) {
	t.Parallel()
	f, err := Read()
	require.NoError(t, err)
	old, err := os.ReadFile(page)
	require.NoError(t, err)
	renewed, err := f.Renew(string(old))
	require.NoError(t, err)
	require.Equal(t, string(old), renewed, "bring it up to date: make figures-page")
}

func TestRenewWantsItsPlaces(t *testing.T) {
	t.Parallel()
	_, err := full().Renew("<!-- acts: begin -->\n<!-- acts: end -->")
	require.ErrorContains(t, err, "the page has no place for the block")
}

// full returns figures that are easy to calculate with.
func full() Figures {
	f := Figures{
		Acts: map[string]Act{},
		Upkeep: map[string]Run{workflows.TypeMaintainToken: {Actions: 2, KB: 1},
			workflows.TypeReconcileReplies: {Actions: 4, KB: 1}},
		LetGo: Run{Actions: 1, KB: 1}, Open: Run{KB: 2},
	}
	for _, name := range Acts {
		act := Act{Run: Run{Events: 20, Actions: 5, KB: 10}, C4CCalls: 2, WeChatCalls: 1, DatabaseKB: 30,
			CPU: map[string]float64{}}
		for _, process := range Processes {
			act.CPU[process] = 36
		}
		f.Acts[name] = act
	}
	return f
}

func TestNeed(t *testing.T) {
	t.Parallel()
	l := Load{
		Followers: 1000, Messages: 700, Tickets: 100, Replies: 200, Follows: 100, Accounts: 2, Peak: 0.1, Retention: 10 * day,
		Compare: time.Hour, Call: 100 * time.Millisecond, Cap: 5,
	}
	n := full().Need(l)
	const acts, letGo = 1000, 400.0
	schedules := 2.0 * (144*(2+2) + 24*(4+2))
	require.InDelta(t, 30*schedules, n.UpkeepActionsMonth, 1)
	require.InDelta(t, 30*(acts*5+letGo+schedules), n.ActionsMonth, 1)
	require.InDelta(t, acts*2, n.C4CDay, 0.1)
	require.InDelta(t, acts*2*0.1/3600, n.C4CPeak, 0.0001)
	require.InDelta(t, 50, n.C4CMost, 0.1)
	require.InDelta(t, acts*0.1*0.036/3600, n.Cores[API], 1e-9)
	require.InDelta(t, 1000*2/1e6, n.ActiveGB, 1e-9)
	require.InDelta(t, 10*(acts*10+letGo+2*(144+24))/1e6, n.RetainedGB, 1e-9)
	require.InDelta(t, 700*0.1*80/1000, n.CacheMB, 1e-9)
	require.Equal(t, 2, n.Replicas(API), "one may be lost")
	n.Cores[API] = 1.6
	require.Equal(t, 4, n.Replicas(API))
}

func TestFiguresThatAreMissing(t *testing.T) {
	t.Parallel()
	require.NoError(t, full().check())
	f := full()
	delete(f.Acts, Reply)
	require.ErrorContains(t, f.check(), "no figures for a reply")
	f = full()
	delete(f.Acts[Message].CPU, Postgres)
	require.ErrorContains(t, f.check(), "no time of postgres for a message")
}

func quietDay() Load {
	return Load{Messages: 2000, Tickets: 500, Replies: 1000, Follows: 200, Call: 200 * time.Millisecond, Cap: 2}
}

// Every act is completed, and the cap is never exceeded.
func TestSimulationDoesAllAndKeepsTheCap(t *testing.T) {
	t.Parallel()
	campaign := Campaign{Follows: 5000, Hour: 9, Write: 0.2}
	for _, policy := range []Policy{OldestFirst, MessagesFirst} {
		d := full().Simulate(quietDay(), campaign, policy, 7)
		require.Equal(t, 2000, d.Groups[OfKnown].Acts)
		require.Equal(t, 1000, d.Groups[Reply].Acts)
		require.Equal(t, 5200, d.Groups[OfFollowers].Acts)
		require.InDelta(t, 1000, d.Groups[OfNew].Acts, 100)
		require.LessOrEqual(t, d.Busy, 1.01, "C4C never has more than the cap to do")
		require.Equal(t, d, full().Simulate(quietDay(), campaign, policy, 7), "the page can be made again")
	}
}

// 5,000 follows of two calls of 200 ms on a cap of 2 take 1,000 s at least; known followers do not notice where
// messages go first.
func TestCampaignAndMessages(t *testing.T) {
	t.Parallel()
	campaign := Campaign{Follows: 20_000, Hour: 9}
	first, oldest := full().Simulate(quietDay(), campaign, MessagesFirst, 7),
		full().Simulate(quietDay(), campaign, OldestFirst, 7)
	calm := full().Simulate(quietDay(), Campaign{}, MessagesFirst, 7)
	require.Less(t, first.Groups[OfKnown].Most, calm.Groups[OfKnown].Most+2*time.Second)
	require.Greater(t, oldest.Groups[OfKnown].Most, 5*time.Minute)
	require.Greater(t, first.Groups[OfFollowers].AtLast, 10*time.Hour+1000*time.Second)
	require.Greater(t, first.Queue, 100)
}

func TestCurveIsADay(t *testing.T) {
	t.Parallel()
	total := 0.0
	for _, share := range Curve {
		total += share
	}
	require.InDelta(t, 1, total, 1e-9)
}

func TestTextsOfNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1,234,567 999 0 12,000", strings.Join([]string{whole(1234567), whole(999), whole(0), whole(12000)},
		" "))
	require.Equal(t, "0.4 s, 45 s, 30 min, 3.0 h", strings.Join([]string{
		span(400 * time.Millisecond), span(45 * time.Second), span(30 * time.Minute), span(3 * time.Hour),
	}, ", "))
	for _, line := range strings.Split(wrap(strings.Repeat("word ", 100)), "\n") {
		require.LessOrEqual(t, len(line), 100)
	}
}
