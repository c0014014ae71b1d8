package e2e

import (
	"encoding/json"
	"flag"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var away = flag.Duration("away", 6*time.Second, "how long TestTemporalIsKilledWhileTheyWrite keeps Temporal away")

// spooled is the state of the api's spool.
type spooled struct {
	Waiting int
	Refused int
	Away    bool
}

func (s *scene) spool() spooled {
	s.t.Helper()
	res, err := http.Get("http://" + s.Settings().InternalAddr + "/spool")
	require.NoError(s.t, err)
	defer func() { _ = res.Body.Close() }()
	var found spooled
	require.NoError(s.t, json.NewDecoder(res.Body).Decode(&found))
	return found
}

// TestTemporalIsKilledWhileTheyWrite: followers and agents keep writing while Temporal is down. Everything is
// acknowledged, and afterwards everything has arrived once and in order.
func TestTemporalIsKilledWhileTheyWrite(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	server := startServer(t, file)
	s := newStack(t, func(s *scene, o *stack.Options) { s.process, o.Namespace = server, "default" })
	k := &killing{scene: s}
	k.meet(5)
	s.waitFor("the api to be ready", func() bool { return answersAt("http://" + s.Settings().InternalAddr + "/readyz") })

	server.Kill()
	began := time.Now()
	var took []time.Duration
	timed := func(f func()) {
		at := time.Now()
		f()
		took = append(took, time.Since(at))
	}
	for second := 1; time.Since(began) < *away; second++ {
		for i, p := range k.people {
			timed(func() { k.write(p) })
			if (second+i)%2 == 0 {
				timed(func() { k.answer(p) })
			}
		}
		s.waitFor("the next second", func() bool { return time.Since(began) >= time.Duration(second)*time.Second })
	}
	timed(func() { require.Equal(t, http.StatusOK, s.follow("oLate").Status) })
	require.Len(t, s.read("oLate", "passive"), 1, "the welcome waits for nobody")
	slices.Sort(took)
	require.Less(t, took[len(took)-1], 4*time.Second, "WeChat waits no longer")
	require.Positive(t, s.spool().Waiting)
	require.True(t, answersAt("http://"+s.Settings().InternalAddr+"/readyz"), "the spool has room")

	again, err := startTemporal(t.Context(), func(o *devserver.Options) {
		o.DBFile, o.FrontendAddr = file, server.FrontendAddr()
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Stop()) })
	back := time.Now()
	s.waitFor("an empty spool", func() bool { return s.spool().Waiting == 0 })
	t.Logf(
		"Temporal was away for %s: %d events kept, acknowledged within %s (median), %s (99 %%), %s (slowest); handed over %s after it answered",
		back.Sub(began).Round(time.Second), len(took), took[len(took)/2].Round(time.Millisecond),
		took[len(took)*99/100].Round(time.Millisecond),
		took[len(took)-1].Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
	require.Zero(t, s.spool().Refused)

	for _, p := range k.people {
		s.waitFor("all lines of "+p.openid, func() bool { return len(s.thread(p)) >= len(p.lines) })
		s.waitFor("all answers to "+p.openid, func() bool { return len(s.phone(p)) >= len(p.answers) })
	}
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 6)
	s.waitFor("the end of all syncs", func() bool {
		return len(s.workflows(`ExecutionStatus = "Running" AND SyncState = "syncing"`)) == 0
	})
	for _, p := range k.people {
		require.Equal(t, p.lines, s.thread(p), "nothing lost, doubled or out of order")
		require.Equal(t, p.answers, s.phone(p))
	}
	require.Len(t, s.profiles(), 6)
	require.Len(t, s.tickets(), 5)
}

// thread returns a person's lines in C4C.
func (s *scene) thread(p *person) []string {
	s.t.Helper()
	for _, ticket := range s.tickets() {
		if ticket.ID == p.ticketID {
			return ticket.texts("follower")
		}
	}
	return nil
}

// phone returns the agents' answers as the person reads them.
func (s *scene) phone(p *person) []string {
	s.t.Helper()
	all := strings.Split(strings.Join(s.read(p.openid, "customer_service"), "\n"), "\n")
	return slices.DeleteFunc(all, func(line string) bool { return !strings.HasPrefix(line, "answer ") })
}

func answersAt(url string) bool {
	res, err := http.Get(url)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}
