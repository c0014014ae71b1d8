package prove

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// soonFull has conversations continue as new within the test instead of after weeks.
const soonFull = `limit.historyCount.suggestContinueAsNew:
  - value: 150
`

// fleet is the workers of one build, one of each role.
type fleet map[string]*service

// fleet starts the workers of a build. Without an id they are not versioned. Concurrent fleets share the calls to C4C.
func (l *landscape) fleet(binary, buildID string) fleet {
	l.t.Helper()
	f := fleet{}
	more := map[string]string{}
	if buildID != "" {
		more["TEMPORAL_DEPLOYMENT_NAME"], more["TEMPORAL_WORKER_BUILD_ID"] = "wechat-c4c", buildID
	}
	for _, role := range []string{"workflows", "wechat", "c4c"} {
		f[role] = l.start("worker "+role+" "+buildID, binary, more, "worker", "--role", role)
	}
	for _, s := range f {
		s.ready()
	}
	return f
}

// stop ends the fleet as a platform would, and returns how long the slowest worker took.
func (f fleet) stop(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	for _, s := range f {
		s.stop()
		require.NoError(t, s.err, "%s stops gracefully", s.name)
	}
	return time.Since(began)
}

// conversations lists the open ones.
func (l *landscape) conversations(more string) []*workflowpb.WorkflowExecutionInfo {
	found, err := l.client.ListWorkflow(context.WithoutCancel(l.t.Context()),
		&workflowservice.ListWorkflowExecutionsRequest{
			Query:    fmt.Sprintf(`WorkflowType = %q AND ExecutionStatus = "Running"%s`, workflows.TypeConversation, more),
			PageSize: 1000,
		})
	require.NoError(l.t, err)
	return found.GetExecutions()
}

// builds counts the open conversations by the build that last worked on them.
func (l *landscape) builds() map[string]int {
	l.t.Helper()
	counts := map[string]int{}
	for _, e := range l.conversations("") {
		found, err := l.client.DescribeWorkflowExecution(l.t.Context(), e.GetExecution().GetWorkflowId(), "")
		require.NoError(l.t, err)
		counts[found.GetWorkflowExecutionInfo().GetVersioningInfo().GetDeploymentVersion().GetBuildId()]++
	}
	return counts
}

// runs returns the first and the current run of each open conversation.
func (l *landscape) runs() map[string]string {
	l.t.Helper()
	runs := map[string]string{}
	for _, e := range l.conversations("") {
		runs[e.GetExecution().GetWorkflowId()] = e.GetExecution().GetRunId()
	}
	return runs
}

// upgrade is a rolling upgrade and its printed results.
type upgrade struct {
	*landscape
	traffic *traffic
	rows    [][]string
}

func (u *upgrade) note(step string) {
	u.t.Helper()
	var builds []string
	counts := u.builds()
	for _, build := range slices.Sorted(maps.Keys(counts)) {
		builds = append(builds, fmt.Sprintf("%s: %d", orNone(build), counts[build]))
	}
	u.rows = append(u.rows, []string{step, strings.Join(builds, ", "), fmt.Sprint(u.traffic.read(&u.traffic.taken))})
}

func orNone(build string) string {
	if build == "" {
		return "not versioned"
	}
	return build
}

// promote makes a build current and waits until all conversations have moved to it.
func (u *upgrade) promote(binary, build string) {
	u.t.Helper()
	u.t.Log(u.operator(binary, nil, "deployment", "promote", build, "--yes"))
	began := time.Now()
	until(u.t, patience, func() string { return fmt.Sprintf("all conversations are with %s: %v", build, u.builds()) },
		func() bool {
			return u.builds()[build] == len(u.traffic.records)
		})
	u.note(fmt.Sprintf("%s promoted; all that are under load with it after %s", build,
		time.Since(began).Round(10*time.Millisecond)))
}

// Conversations stay open while the workers go from no version to the first one, and from that to the next, whose
// workflows differ. Nothing moves before the build is promoted; then everything does, parked syncs included.
func TestRollingUpgrade(t *testing.T) {
	l := newLandscape(t, soonFull)
	next := build(t, nextBuild)
	api := l.start("api", l.binary, nil, "api")
	unversioned := l.fleet(l.binary, "")
	api.ready()
	u := &upgrade{landscape: l}
	idle, parked := u.park()
	u.traffic = l.follow(8)
	u.traffic.during(40)
	u.note("workers without a version")

	first := l.fleet(l.binary, "1.0.0")
	u.traffic.during(40)
	require.Equal(t, map[string]int{"": 9}, l.builds(), "a version gets nothing to do until it is current")
	u.note("workers of 1.0.0 beside them")
	u.promote(l.binary, "1.0.0")
	u.note(fmt.Sprintf("workers without a version stopped within %s", unversioned.stop(t).Round(10*time.Millisecond)))
	before := l.runs()

	second := l.fleet(next, nextBuild)
	u.traffic.during(40)
	require.Equal(t, map[string]int{"": 1, "1.0.0": 8}, l.builds(), "who says nothing stays where he was")
	u.note("workers of 1.1.0 beside them")
	t.Log(l.operator(next, nil, "deployment", "show"))
	u.promote(next, nextBuild)
	u.note(fmt.Sprintf("workers of 1.0.0 stopped within %s", first.stop(t).Round(10*time.Millisecond)))
	api.stop()
	l.start("api "+nextBuild, next, nil, "api").ready()
	u.note("api of 1.1.0 in the place of the former")

	t.Log(l.operator(next, nil, "sync", "retry", parked, "--actor", "ada", "--reason", "C4C takes it now"))
	u.continueAsNew(before)
	u.traffic.stop()
	u.traffic.records = append(u.traffic.records, idle)
	got := u.traffic.settle(t)
	u.note("all have continued as new with the changed workflow; the parked sync retried")
	t.Log(l.operator(next, nil, "deployment", "show"))
	publish(
		"A rolling upgrade under load, with open conversations and a parked sync: 8 followers, one worker of each role and build, PostgreSQL-backed Temporal",
		[]string{"step", "open conversations, by build", "messages taken"}, u.rows)
	publish("What C4C and the phones show in the end", balanceHead, [][]string{got.row()})
	require.True(t, got.sound(), strings.Join(got.faults, "\n"))
	require.Empty(t, l.parked())
	u.traffic.requireOnePerFollower(t)
	for _, s := range second {
		require.NotContains(t, s.tail(), "nondeterministic")
	}
}

// park has C4C refuse the message of a follower who then falls silent. It returns the follower's record and the id of
// the sync.
func (u *upgrade) park() (idle *record, id string) {
	u.t.Helper()
	idle = &record{follower: "oFollowerIdle"}
	u.wechat.call(http.MethodPost, "/followers/"+idle.follower+"/subscribe", nil, nil)
	u.c4c.call(http.MethodPost, "/faults", map[string]any{"seed": 1, "rules": []map[string]any{
		{"match": "SocialMediaActivityBundleMaintainRequestsync", "kind": "errcode", "errcode": 110, "times": 1},
	}}, nil)
	(&traffic{l: u.landscape}).say(idle)
	until(u.t, patience, func() string { return "a message is parked" }, func() bool { return u.parkedCount() == 1 })
	for _, ids := range u.parked() {
		id = ids[0]
	}
	return idle, id
}

// continueAsNew waits until every conversation under load has continued in a new run, which began with the changed
// workflow.
func (u *upgrade) continueAsNew(before map[string]string) {
	u.t.Helper()
	changed := fmt.Sprintf(` AND TemporalChangeVersion = "%s-1"`, nextChange)
	until(u.t, patience, func() string {
		return fmt.Sprintf("conversations continue as new: %d with the mark", len(u.conversations(changed)))
	}, func() bool {
		return len(u.conversations(changed)) == len(u.traffic.records)
	})
	moved := 0
	for id, run := range u.runs() {
		if before[id] != run && before[id] != "" {
			moved++
		}
	}
	require.Equal(u.t, len(u.traffic.records), moved)
}
