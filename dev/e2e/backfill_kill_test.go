package e2e

import (
	"encoding/json"
	"flag"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// seeded is how many followers TestBackfillGoesOnAfterWorkersAreKilled brings to C4C.
var seeded = flag.Int("backfill", 200, "how many followers the backfill with killed workers has")

// backfilling is an account with long-time followers, whose worker is a process that can be killed.
type backfilling struct {
	*scene
	binary string
	worker *exec.Cmd
	killed int
	known  operate.Backfill // the progress when a worker last answered
}

// status returns the progress. While no worker answers, it returns the last known progress.
func (b *backfilling) status() operate.Backfill {
	b.t.Helper()
	code, stdout, _ := b.command("backfill", "status", "--output", "json")
	if code == 0 {
		var now operate.Backfill
		require.NoError(b.t, json.Unmarshal([]byte(stdout), &now))
		b.known = now
	}
	return b.known
}

// follow runs the command that shows the progress to the end; wait returns what it printed then.
func (b *backfilling) follow() (wait func() operate.Backfill) {
	type printed struct {
		code           int
		stdout, stderr string
	}
	end := make(chan printed, 1)
	go func() {
		var p printed
		p.code, p.stdout, p.stderr = b.command("backfill", "follow", "--output", "json")
		end <- p
	}()
	return func() (found operate.Backfill) {
		b.t.Helper()
		p := <-end
		require.Zero(b.t, p.code, p.stderr)
		require.NoError(b.t, json.Unmarshal([]byte(p.stdout), &found))
		return found
	}
}

// reach waits until the backfill has reached a state. It may be slow, but it must make progress.
func (b *backfilling) reach(what string, reached func(operate.Backfill) bool) operate.Backfill {
	b.t.Helper()
	last, moved := operate.Backfill{}, time.Now()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		now := b.status()
		if reached(now) {
			return now
		}
		if now != last {
			last, moved = now, time.Now()
		}
		require.Less(b.t, time.Since(moved), 2*patience, "%s: %+v", what, now)
		select {
		case <-b.t.Context().Done():
			b.t.Fatal(b.t.Context().Err())
		case <-tick.C:
		}
	}
}

// kill ends the worker while C4C works on its calls, and starts another one.
func (b *backfilling) kill() {
	b.t.Helper()
	b.c4c.faults(rule{Match: "/sap", Kind: "latency", MS: 200})
	b.c4c.remove("/requests")
	b.waitFor("calls under way", func() bool {
		res, err := http.Get(b.c4c.URL + "/_sim/requests")
		require.NoError(b.t, err)
		_ = res.Body.Close()
		n, err := strconv.Atoi(res.Header.Get("X-Sim-Max-Parallel"))
		return err == nil && n > 1
	})
	require.NoError(b.t, b.worker.Process.Kill())
	require.Error(b.t, b.worker.Wait(), "SIGKILL")
	b.killed++
	b.c4c.heal()
	b.worker = b.workerOf(b.binary)
}

// Some of the followers are known already, and one writes during the backfill. Whatever the worker was doing when it
// was killed, in the end each follower is in C4C once, and the counts are correct.
func TestBackfillGoesOnAfterWorkersAreKilled(t *testing.T) {
	long(t)
	t.Parallel()
	count := *seeded
	s := newStack(t)
	for _, openid := range s.seed(count)[:3] {
		s.say(openid, "I was here before")
	}
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3)
	b := &backfilling{scene: s, binary: s.build()}
	require.NoError(t, s.StopWorker())
	b.worker = b.workerOf(b.binary)

	began := time.Now()
	code, _, stderr := s.command("backfill", "start", "--per-second", "100", "--detach", "--yes")
	require.Zero(t, code, stderr)
	b.reach("a fifth", func(now operate.Backfill) bool { return now.Ended() > count/5 })
	code, stdout, stderr := s.command("backfill", "start", "--yes")
	require.NotZero(t, code, stdout)
	require.Contains(t, stderr, "already has a backfill under way")
	followed := b.follow()
	first := b.status()
	b.kill()
	b.reach("two fifths", func(now operate.Backfill) bool { return now.Ended() > 2*count/5 })

	code, stdout, stderr = s.command("backfill", "pause", "--actor", "ada", "--reason", "busy")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "paused")
	begun := b.reach("those under way done", func(now operate.Backfill) bool { return now.Begun == now.Ended() }).Begun
	require.Less(t, begun, count)
	s.say("oNewcomer", "live traffic goes on")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 4)
	require.Equal(t, begun, b.status().Begun)
	code, _, stderr = s.command("backfill", "resume")
	require.Zero(t, code, stderr)

	b.reach("three fifths", func(now operate.Backfill) bool { return now.Ended() > 3*count/5 })
	second := b.status()
	b.kill()
	done := b.reach("the end", func(now operate.Backfill) bool { return now.Status != "running" })
	took := time.Since(began)
	require.Equal(t, "completed", done.Status)
	require.Equal(t, done, followed(), "the command outlives workers")
	b.requireTrue(done)
	b.requireEachOnce(done)
	t.Logf(
		"%d followers: killed after %d and %d of them, ended after %s (%.1f a second with the pause and %d kills): %d created, %d known, %d failed; "+
			"%d profiles, %d customers, %d bonds in C4C", done.Total, first.Ended(), second.Ended(), took.Round(time.Second),
		float64(done.Total)/took.Seconds(), b.killed,
		done.Created, done.Known, done.Failed, len(s.profiles()), len(s.customers()), b.bonds())
}

// requireTrue requires the workflow's result to count everyone. The newcomer, who wrote during the backfill, is at the
// list's end.
func (b *backfilling) requireTrue(done operate.Backfill) {
	b.t.Helper()
	var result workflows.BackfillProgress
	require.NoError(b.t, b.client.GetWorkflow(b.t.Context(), workflows.BackfillID("default"), "").Get(b.t.Context(),
		&result))
	require.Equal(b.t, done.BackfillProgress, result)
	total := *seeded + 1
	require.Equal(b.t, workflows.BackfillProgress{
		Total: total, Listed: total, Begun: total, Created: total - 4, Known: 4, PerSecond: 100, Done: true,
	}, result)
}

// requireEachOnce requires one profile, one customer and one bond for each follower, nothing parked, and no row that
// names a follower.
func (b *backfilling) requireEachOnce(done operate.Backfill) {
	b.t.Helper()
	profiles, customers := b.profiles(), b.customers()
	require.Len(b.t, profiles, done.Total)
	require.Len(b.t, customers, done.Total)
	require.Equal(b.t, done.Total, b.bonds(), "each profile is bound to a customer of its own")
	openids := map[string]bool{"oNewcomer": true}
	var followers []struct {
		OpenID string `json:"openid"`
	}
	b.wechat.get("/followers", &followers)
	for _, f := range followers {
		openids[f.OpenID] = true
	}
	require.Len(b.t, openids, done.Total)
	for _, p := range profiles {
		require.True(b.t, openids[p.OpenID], "profile %s is another one of its follower's or nobody's", p.ID)
		delete(openids, p.OpenID)
	}
	require.Empty(b.t, openids, "followers without a profile")

	c := crowd{scene: b.scene}
	require.Zero(b.t, c.count(workflows.StateNeedsAttention))
	for _, e := range b.workflows(`WorkflowType = "BackfillFollowers"`) {
		require.NotContains(b.t, strings.ToLower(e.String()), "oseed")
	}
}

// bonds returns how many bonds between profiles and customers there are.
func (b *backfilling) bonds() int {
	b.t.Helper()
	of := map[string]bool{}
	for _, c := range b.customers() {
		of[c.ID] = false
	}
	for _, p := range b.profiles() {
		bound, known := of[p.CustomerID]
		require.True(b.t, known, "profile %s has no customer", p.ID)
		require.False(b.t, bound, "customer %s has two profiles", p.CustomerID)
		of[p.CustomerID] = true
	}
	n := 0
	for _, bound := range of {
		if bound {
			n++
		}
	}
	return n
}
