package e2e

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// measured is how many syncs TestReleaseFigures parks and releases.
var measured = flag.Int("release", 0, "measure how fast so many parked syncs are released; 0: do not")

// crowd is a group of followers who write while C4C refuses calls.
type crowd struct {
	*scene
	followers, messages int
}

// newCrowd turns followers into customers with one ticket each.
func newCrowd(t *testing.T, followers, messages int, options ...option) *crowd {
	t.Helper()
	c := &crowd{newStack(t, append(options,
		func(_ *scene, o *stack.Options) {
			o.C4C = func(o *c4csim.Options) { o.Seed, o.TicketDelay = 1, c4csim.NoDelay }
		},
		withSettings(func(c *config.Config) { c.TellNumber = false }))...), followers, messages}
	c.all(func(openid string) { c.follow(openid); c.sayUntilTaken(openid, "line 0", time.Now().Unix()+1) })
	c.waitForCount(workflows.StateSynced, 2*followers)
	return c
}

func (c *crowd) name(i int) string { return fmt.Sprintf("oFollower%03d", i) }

// all does something for every follower, eight at a time.
func (c *crowd) all(do func(openid string)) {
	var group errgroup.Group
	group.SetLimit(8)
	for i := range c.followers {
		group.Go(func() error { do(c.name(i)); return nil })
	}
	_ = group.Wait()
}

// park makes C4C refuse the credentials, has everybody write, and waits until everything is parked. It returns how many
// calls C4C refused.
func (c *crowd) park() (refused int) {
	c.t.Helper()
	c.c4c.post("/switches", map[string]any{"refuse_credentials": true}, nil)
	began := time.Now().Unix() + 2
	c.all(func(openid string) {
		for n := range c.messages {
			c.sayUntilTaken(openid, "line "+strconv.Itoa(n+1), began+int64(n))
		}
	})
	// The first message of each follower parks; the later ones would park too and keep their places.
	c.waitForCount(workflows.StateNeedsAttention, c.followers)
	c.waitForCount(workflows.StateWaiting, c.followers*(c.messages-1))
	return c.refused()
}

// sayUntilTaken sends a message, and repeats it while the api is too busy to accept it.
func (c *crowd) sayUntilTaken(openid, text string, at int64) {
	message := map[string]any{"type": "text", "content": text, "create_time": at, "msg_id": strconv.FormatInt(at, 10)}
	for n := 0; c.send(openid, message).Status != http.StatusOK; n++ {
		require.Less(c.t, n, 20)
	}
}

func (c *crowd) mend() { c.c4c.post("/switches", map[string]any{"refuse_credentials": false}, nil) }

// refused counts the calls that C4C has refused since it began to refuse credentials.
func (c *crowd) refused() int {
	c.t.Helper()
	n := 0
	for _, r := range c.c4c.requests() {
		if r.Status == http.StatusUnauthorized {
			n++
		}
	}
	return n
}

// count returns how many syncs of followers have a state.
func (c *crowd) count(state string) int {
	res, err := c.client.CountWorkflow(context.WithoutCancel(c.t.Context()),
		&workflowservice.CountWorkflowExecutionsRequest{
			Query: fmt.Sprintf(`SyncState = %q AND WorkflowType IN ("CreateTicket", "OnboardFollower")`, state),
		})
	if err != nil {
		return -1
	}
	return int(res.GetCount())
}

func (c *crowd) waitForCount(state string, n int) {
	c.t.Helper()
	last, moved := 0, time.Now()
	for {
		now := c.count(state)
		if now == n {
			return
		}
		if now != last {
			last, moved = now, time.Now()
		}
		require.Less(c.t, time.Since(moved), 2*patience, "%d of %d %s", now, n, state)
		select {
		case <-c.t.Context().Done():
			c.t.Fatal(c.t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// requireAllOnce requires each follower's lines in one ticket, each once and in the order written.
func (c *crowd) requireAllOnce() {
	c.t.Helper()
	var lines []string
	for n := range c.messages + 1 {
		lines = append(lines, "line "+strconv.Itoa(n))
	}
	tickets := c.tickets()
	require.Len(c.t, tickets, c.followers)
	owners := map[string]bool{}
	for _, ticket := range tickets {
		require.Equal(c.t, lines, ticket.texts("follower"), "ticket %s", ticket.ID)
		owners[ticket.CustomerID] = true
	}
	require.Len(c.t, owners, c.followers)
}

// parallel returns the highest number of concurrent calls that C4C has seen.
func (c *crowd) parallel() int {
	c.t.Helper()
	res, err := http.Get(c.c4c.URL + "/_sim/requests")
	require.NoError(c.t, err)
	_ = res.Body.Close()
	n, err := strconv.Atoi(res.Header.Get("X-Sim-Max-Parallel"))
	require.NoError(c.t, err)
	return n
}

// handful is how many calls may be refused for their credentials: those in flight at once, and an occasional probe.
const handful = 20

func TestOneCommandReleasesAll(t *testing.T) {
	long(t)
	t.Parallel()
	c := newCrowd(t, 50, 10)
	began := time.Now()
	refused := c.park()
	parking := time.Since(began)
	require.LessOrEqual(t, refused, handful, "500 syncs wait without hammering")
	require.GreaterOrEqual(t, refused, 1)

	var plan operate.BatchReport
	c.commandJSON(&plan, "sync", "retry", "--cause", activities.ErrorC4CCredentials, "--actor", "ada", "--dry-run")
	require.Equal(t, 51, plan.Matched, "the first sync of each follower and the row of their cause")
	c.mend()
	began = time.Now()
	var report operate.BatchReport
	c.commandJSON(&report, "sync", "retry", "--cause", activities.ErrorC4CCredentials, "--actor", "ada", "--reason",
		"new password", "--rate", "100")
	require.Equal(t, 51, report.Told)
	c.waitForCount(workflows.StateSynced, 50*12)
	t.Logf("500 wait after %s with %d refused calls; released in %s; at most %d parallel calls",
		parking.Round(time.Second), refused,
		time.Since(began).Round(time.Second), c.parallel())
	c.requireAllOnce()
	require.LessOrEqual(t, c.parallel(), c.Settings().C4C.MaxParallel)
	require.Zero(t, c.count(workflows.StateNeedsAttention))
	c.waitForSync(workflows.ResumeCauseID("default", activities.ErrorC4CCredentials), workflows.StateSynced)
}

// No operator acts: the first successful probe releases everything.
func TestMendedCauseReleasesAllByItself(t *testing.T) {
	long(t)
	t.Parallel()
	c := newCrowd(t, 10, 6, recording("cause"))
	require.LessOrEqual(t, c.park(), handful)
	id := workflows.ResumeCauseID("default", activities.ErrorC4CCredentials)
	require.Equal(t, activities.ErrorC4CCredentials, c.waitForSync(id, workflows.StateNeedsAttention)["SyncError"])
	require.Contains(t, c.details(id), "New syncs park under this cause without a call")
	c.mend()
	c.waitForCount(workflows.StateSynced, 10*8)
	c.waitForSync(id, workflows.StateSynced)
	c.requireAllOnce()
	require.LessOrEqual(t, c.parallel(), c.Settings().C4C.MaxParallel)
	require.Empty(t, c.workflows(`ExecutionStatus = "Failed"`))
}

// TestReleaseFigures measures how fast parked syncs are released, by one command and automatically, with a slow C4C. It
// compares with what C4C's cap of parallel calls allows.
func TestReleaseFigures(t *testing.T) {
	if *measured == 0 {
		t.Skip("-release says how many syncs")
	}
	const perFollower, latency, callsPerSync = 10, 300 * time.Millisecond, 3
	for _, way := range []string{"one command", "by itself"} {
		c := newCrowd(t, *measured/perFollower, perFollower)
		began := time.Now()
		refused := c.park()
		parked := time.Since(began)
		c.c4c.faults(rule{Match: "/sap", Kind: "latency", MS: int(latency.Milliseconds())})
		before := len(c.c4c.requests())
		c.mend()
		began = time.Now()
		if way == "one command" {
			var report operate.BatchReport
			c.commandJSON(&report, "sync", "retry", "--cause", activities.ErrorC4CCredentials, "--actor", "ada", "--yes",
				"--rate", "50")
			t.Logf("%d told in %s", report.Told, time.Since(began).Round(time.Second))
		} else {
			require.Eventually(t, func() bool { return c.count(workflows.StateNeedsAttention) < c.followers-1 }, 10*time.Minute,
				100*time.Millisecond)
			t.Logf("noticed after %s", time.Since(began).Round(time.Second))
			began = time.Now()
		}
		c.waitForCount(workflows.StateSynced, *measured+2*c.followers)
		took := time.Since(began)
		c.requireAllOnce()
		limit := c.Settings().C4C.MaxParallel
		require.LessOrEqual(t, c.parallel(), limit)
		calls := len(c.c4c.requests()) - before
		ceiling := float64(limit) / (callsPerSync * latency.Seconds())
		t.Logf(
			"%s: %d syncs of %d followers parked in %s with %d refused calls; released in %s: %.1f per second, %.1f calls per sync; "+
				"the cap of %d parallel calls at %s allows %.1f per second; at most %d parallel",
			way, *measured, c.followers, parked.Round(time.Second), refused, took.Round(100*time.Millisecond),
			float64(*measured)/took.Seconds(),
			float64(calls)/float64(*measured), limit, latency, ceiling, c.parallel())
		require.NoError(t, c.Stop())
	}
}
