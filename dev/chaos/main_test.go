package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMatrixHasEveryTargetWithEveryFault(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, command(t.Context(), []string{"-list"}, &out))
	names := strings.Fields(out.String())
	for target := range roles {
		for _, f := range faults {
			require.Contains(t, names, target+"/"+f.name)
		}
	}
	for _, name := range []string{
		"temporal/disk", "api/disk", "api/spooling", "wechatsim/clock", "c4csim/clock", "simulators/errors",
		"temporal/kill60",
		"api/both30", "workflows/both30", "wechat/both30", "c4c/both30",
	} {
		require.Contains(t, names, name)
	}
	unique := map[string]bool{}
	for _, name := range names {
		require.False(t, unique[name], name)
		unique[name] = true
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, cells, refused string }{
		{"-cell temporal/kill30", "temporal/kill30", ""},
		{"-cell temporal/kill30,api/t*", "temporal/kill30 api/term", ""},
		{"-cell nothing/kill30", "", `there is no cell "nothing/kill30"`},
		{"-messages 0", "", "must be above 0"},
		{"rest", "", `unknown argument "rest"`},
	} {
		s, err := parse(strings.Fields(test.args), io.Discard)
		if test.refused != "" {
			require.ErrorContains(t, err, test.refused)
			continue
		}
		require.NoError(t, err)
		var names []string
		for _, c := range s.cells {
			names = append(names, c.name())
		}
		require.Equal(t, test.cells, strings.Join(names, " "))
		require.NotZero(t, s.options.seed, "drawn, and printed")
	}
}

// A push that WeChat gave up is a broken promise, unless the cell leaves nobody to accept it.
func TestGivenUpIsAFault(t *testing.T) {
	t.Parallel()
	lost := &message{ID: "1", Written: at(0), GaveUp: true, Refusals: []int{503, 503, 503}}
	l := ledger{{OpenID: "ann", Messages: []*message{lost}}}
	r := result{ledger: l, firstNew: time.Second}
	r.complain()
	require.True(t, r.failed())
	require.Equal(t, []string{"WeChat gave up 1 pushes that were answered with [503 503 503]; 0 is no answer"}, r.wrong())
	r = result{ledger: l, firstNew: time.Second, cell: cell{mayGiveUp: "there is no api"}}
	r.complain()
	require.False(t, r.failed())
	r = result{}
	r.complain()
	require.Contains(t, r.wrong(), "no message that was written after the fault reached C4C")
}

func TestP99(t *testing.T) {
	t.Parallel()
	var all []*message
	for i := range 200 {
		all = append(all, &message{Sent: at(0), Acked: at(0).Add(time.Duration(i) * time.Millisecond)})
	}
	all = append(all, &message{Sent: at(0)})
	require.Equal(t, 198*time.Millisecond, p99(all))
	require.Zero(t, p99(nil))
}

// The platform restarts a process that ends unasked, and remembers it. It does not restart one that it ended itself.
func TestProcessIsKeptRunning(t *testing.T) {
	t.Parallel()
	p := &process{name: "sleeper", command: []string{"sleep", "600"}, logFile: filepath.Join(t.TempDir(), "log")}
	require.NoError(t, p.start())
	t.Cleanup(p.kill)
	p.kill()
	require.Empty(t, p.died())
	require.NoError(t, p.start())
	p.terminate()
	require.Empty(t, p.died())

	require.NoError(t, p.start())
	p.mu.Lock()
	before, ended := p.cmd, p.ended
	p.mu.Unlock()
	require.NoError(t, before.Process.Kill())
	<-ended
	require.NoError(t, until(t.Context(), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.cmd != before
	}))
	require.Len(t, p.died(), 1)
	require.Contains(t, p.died()[0], "sleeper ended by itself")
}
