package prove

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/dev/census"
	"github.com/wechat-c4c/wechat-c4c/dev/sizing"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// figuresFile holds the figures of one act.
const figuresFile = "dev/sizing/figures.json"

// more is how many messages each follower writes after the first.
const more = 3

// atRestAfter is how long a conversation may take to drop its history: ten minutes, plus the delay of the timer.
const atRestAfter = 12 * time.Minute

// roles are the processes of the connector.
var roles = []string{sizing.API, sizing.Workflows, sizing.WeChat, sizing.C4C}

// meters are the readings before and after each act.
type meters struct {
	at          time.Time
	cpu         map[string]float64 // ms, by process
	database    float64            // kB
	c4c, wechat int                // calls
	census      census.Census
}

// metered is a landscape with a process of each role.
type metered struct {
	*landscape
	services map[string]*service
	idle     map[string]float64 // ms of each process in an idle second
}

// Measures what one follow, message and reply cost, with a process of each role and PostgreSQL: events, actions and
// bytes, calls, CPU time, disk. The sizing model reads the figures.
func TestFiguresOfActs(t *testing.T) {
	needFigures(t)
	m := newMetered(t)
	f := &traffic{l: m.landscape, tickets: map[string]string{}}
	find := sync.OnceFunc(f.find)
	for i := range *figures {
		f.records = append(f.records, &record{follower: fmt.Sprintf("oFollower%05d", i)})
	}
	out := sizing.Figures{Measured: m.measured(), Acts: map[string]sizing.Act{}, Upkeep: map[string]sizing.Run{}}
	before := m.read()
	for _, act := range []struct {
		name, workflow string
		times, total   int // for each follower: of this act, and of completed syncs of this type
		do             func(*record)
	}{
		{sizing.Follow, workflows.TypeOnboardFollower, 1, 1, func(r *record) {
			m.wechat.call(http.MethodPost, "/followers/"+r.follower+"/subscribe", nil, nil)
		}},
		{sizing.FirstMessage, workflows.TypeCreateTicket, 1, 1, f.say},
		{sizing.Message, workflows.TypeCreateTicket, more, 1 + more, f.say},
		{sizing.Reply, workflows.TypeDeliverReply, 1, 1, func(r *record) { find(); f.reply(r) }},
	} {
		for n := range act.times {
			f.each(act.do)
			m.completed(act.workflow, (act.total-act.times+n+1)*len(f.records))
		}
		after := m.read()
		out.Acts[act.name] = m.cost(before, after, act.times*len(f.records))
		before = after
	}
	out.Open, out.LetGo = m.rest(before.census, len(f.records))
	for _, name := range []string{workflows.TypeMaintainToken, workflows.TypeReconcileReplies} {
		out.Upkeep[name] = m.upkeep(name)
	}
	require.NoError(t, out.Write(filepath.Join(root, figuresFile)))
	m.show(out)
}

func newMetered(t *testing.T) *metered {
	t.Helper()
	l := newLandscape(t, "")
	m := &metered{landscape: l, services: map[string]*service{sizing.Temporal: l.temporal, sizing.Postgres: l.postgres}}
	quiet := map[string]string{"WECHAT_C4C_RECONCILE_EVERY": "0"}
	for _, name := range roles {
		m.services[name] = l.start(name, l.binary, quiet, strings.Fields(name)...)
		m.services[name].ready()
	}
	began, first := time.Now(), m.times()
	m.services[sizing.Temporal].atRest(20 * time.Second)
	m.idle = map[string]float64{}
	for name, ms := range m.times() {
		m.idle[name] = (ms - first[name]) / time.Since(began).Seconds()
	}
	return m
}

func (m *metered) measured() sizing.Measured {
	_, version, _ := strings.Cut(m.compose.service("temporal").Image, ":")
	return sizing.Measured{
		Date: time.Now().Format(time.DateOnly), Followers: *figures,
		Machine:  fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		Temporal: version, PostgreSQL: m.sql("SHOW server_version"),
	}
}

// sql asks PostgreSQL for one value.
func (m *metered) sql(query string) string {
	m.t.Helper()
	env := m.compose.environment("postgres", nil)
	cmd := exec.CommandContext(m.t.Context(), filepath.Join(postgresPrograms(m.t), "psql"), "-h", "127.0.0.1", "-p",
		m.postgresPort,
		"-U", env["POSTGRES_USER"], "-d", "postgres", "-t", "-A", "-c", query)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+env["POSTGRES_PASSWORD"])
	out, err := cmd.CombinedOutput()
	require.NoError(m.t, err, string(out))
	return strings.TrimSpace(string(out))
}

func (m *metered) times() map[string]float64 {
	all := map[string]float64{}
	for name, s := range m.services {
		all[name] = s.cpu()
	}
	return all
}

// read reads CPU and disk when all is quiet. It then takes the census, which itself costs Temporal some work.
func (m *metered) read() meters {
	m.t.Helper()
	now := meters{at: time.Now(), cpu: m.times(), c4c: m.c4c.requests(), wechat: m.wechat.requests()}
	bytes, err := strconv.ParseFloat(m.sql("SELECT sum(pg_database_size(datname)) FROM pg_database"), 64)
	require.NoError(m.t, err)
	now.database = bytes / 1000
	now.census, err = census.Quiet(m.t.Context(), m.client, m.internal(), census.Caused)
	require.NoError(m.t, err)
	return now
}

// internal returns the addresses of the processes' metrics.
func (m *metered) internal() (addresses []string) {
	for _, name := range roles {
		addresses = append(addresses, variable(m.services[name].env, "WECHAT_C4C_INTERNAL_ADDR"))
	}
	return addresses
}

// completed waits until n syncs of a type have completed.
func (m *metered) completed(workflowType string, n int) {
	m.t.Helper()
	query := fmt.Sprintf(`WorkflowType = %q AND ExecutionStatus = "Completed"`, workflowType)
	untilEvery(m.t, time.Second, 2*patience, func() string {
		return fmt.Sprintf("%d of %d %s have completed", m.count(query), n, workflowType)
	},
		func() bool { return m.count(query) >= int64(n) })
}

// cost returns the average cost of an act between two readings.
func (m *metered) cost(before, after meters, times int) sizing.Act {
	n := float64(times)
	act := sizing.Act{
		Run: each(before.census, after.census, times), CPU: map[string]float64{},
		C4CCalls: float64(after.c4c-before.c4c) / n, WeChatCalls: float64(after.wechat-before.wechat) / n,
		DatabaseKB: (after.database - before.database) / n,
	}
	for name, ms := range after.cpu {
		act.CPU[name] = max(0, ms-before.cpu[name]-m.idle[name]*after.at.Sub(before.at).Seconds()) / n
	}
	return act
}

// each returns what one act cost Temporal on average.
func each(before, after census.Census, times int) sizing.Run {
	return sizing.Run{
		Events:  census.Sum(census.Each(before.Events, after.Events, times)),
		KB:      census.Sum(census.Each(before.Bytes, after.Bytes, times)) / 1000,
		Actions: census.Sum(census.Each(before.Actions, after.Actions, times)),
	}
}

// rest waits until every conversation has dropped its history. It returns what is open then and what dropping it cost.
// Meanwhile a further worker compares replies, so that there are runs to read.
func (m *metered) rest(before census.Census, conversations int) (open, letGo sizing.Run) {
	m.t.Helper()
	compares := m.start("comparing", m.binary, map[string]string{"WECHAT_C4C_RECONCILE_EVERY": "1m"},
		strings.Fields(sizing.Workflows)...)
	compares.ready()
	first := fmt.Sprintf(`WorkflowType = %q AND ExecutionStatus = "ContinuedAsNew"`, workflows.TypeConversation)
	untilEvery(m.t, 5*time.Second, atRestAfter, func() string {
		return fmt.Sprintf("%d conversations have let go", m.count(first))
	},
		func() bool { return m.count(first) >= int64(conversations) })
	after, err := census.Quiet(m.t.Context(), m.client, m.internal(), census.Caused)
	require.NoError(m.t, err)
	letGo = each(before, after, conversations)
	all, err := m.client.ListWorkflow(m.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf(`WorkflowType = %q AND ExecutionStatus = "Running"`, workflows.TypeConversation), PageSize: 100,
	})
	require.NoError(m.t, err)
	n := float64(len(all.GetExecutions()))
	for _, e := range all.GetExecutions() {
		described, err := m.client.DescribeWorkflowExecution(m.t.Context(), e.GetExecution().GetWorkflowId(),
			e.GetExecution().GetRunId())
		require.NoError(m.t, err)
		info := described.GetWorkflowExecutionInfo()
		open.Events += float64(info.GetHistoryLength()) / n
		open.KB += float64(info.GetHistorySizeBytes()) / 1000 / n
	}
	return open, letGo
}

// upkeep returns the average cost of a run of a scheduled workflow.
func (m *metered) upkeep(workflowType string) sizing.Run {
	m.t.Helper()
	runs, err := census.Take(m.t.Context(), m.client, nil, func(name string) bool { return name == workflowType })
	require.NoError(m.t, err)
	require.NotZero(m.t, runs.Runs[workflowType], workflowType)
	return each(census.Census{}, runs, runs.Runs[workflowType])
}

// show publishes the figures.
func (m *metered) show(f sizing.Figures) {
	var rows [][]string
	for _, name := range sizing.Acts {
		act := f.Acts[name]
		row := []string{name, fmt.Sprintf("%.1f", act.Events), fmt.Sprintf("%.1f", act.Actions), fmt.Sprintf("%.1f", act.KB),
			fmt.Sprintf("%.1f", act.C4CCalls), fmt.Sprintf("%.1f", act.WeChatCalls), fmt.Sprintf("%.1f", act.DatabaseKB)}
		for _, process := range sizing.Processes {
			row = append(row, fmt.Sprintf("%.1f", act.CPU[process]))
		}
		rows = append(rows, row)
	}
	head := []string{"act", "events", "actions", "kB of history", "calls to C4C", "calls to WeChat", "kB of PostgreSQL"}
	for _, process := range sizing.Processes {
		head = append(head, "ms of "+process)
	}
	publish(
		fmt.Sprintf("What one act costs, average of %d followers; an open conversation at rest has %.1f events and %.1f kB",
			f.Measured.Followers,
			f.Open.Events, f.Open.KB), head, rows)
}
