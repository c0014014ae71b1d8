package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/config"
)

// spoolsOf makes folders with which a start must fail: one whose spool is in use, one with an event encrypted with
// another key, a damaged one.
func spoolsOf(t *testing.T) (used, kept, damaged, otherKey string) {
	t.Helper()
	used, kept, damaged = t.TempDir(), t.TempDir(), t.TempDir()
	p, err := newProcess(config.Development(), "operator", surroundingsOf("127.0.0.1:1", io.Discard))
	require.NoError(t, err)
	t.Cleanup(p.close)
	inUse, err := p.spoolAt(used, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = inUse.Close() })
	withEvent, err := p.spoolAt(kept, nil)
	require.NoError(t, err)
	require.NoError(t,
		withEvent.Keep(spool.Event{Lane: "a", Account: "default", Kind: "inbound",
			Data: []byte(`{"openid":"o","inbound":{"key":"k","kind":"message","openid":"o"}}`)}))
	require.NoError(t, withEvent.Close())
	require.NoError(t, os.WriteFile(filepath.Join(damaged, spool.FileName), bytes.Repeat([]byte("x"), 20_000), 0o600))
	return used, kept, damaged, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("2"), 32))
}

// push posts message number n of a follower and returns how long the answer took.
func push(t *testing.T, cfg config.Config, n int) (status int, took time.Duration) {
	t.Helper()
	query, body := plainPushOf(cfg, n)
	began := time.Now()
	status, _ = request(t, http.MethodPost, "http://"+cfg.PublicAddr+"/wechat"+query, body)
	return status, time.Since(began)
}

func spoolConfig(t *testing.T) config.Config {
	t.Helper()
	cfg := testConfig(t)
	cfg.WeChat.Mode, cfg.Spool.Dir = "plain", t.TempDir()
	return cfg
}

// listed asks the configured api for its spool, as the command does.
func listed(t *testing.T, cfg config.Config) api.Spooled {
	t.Helper()
	code, body := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/spool", "")
	require.Equal(t, http.StatusOK, code)
	require.NotContains(t, body, "squeal")
	require.NotContains(t, body, "oTestFollower")
	var found api.Spooled
	require.NoError(t, json.Unmarshal([]byte(body), &found))
	return found
}

func ready(t *testing.T, cfg config.Config) int {
	t.Helper()
	code, _ := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/readyz", "")
	return code
}

// Events that come while Temporal is unavailable are acknowledged, kept, and handed over when it is back; the process
// stays ready.
func TestTemporalIsAwayAndBack(t *testing.T) {
	t.Parallel()
	c := clusterToCome(t)
	cfg := spoolConfig(t)
	log := &syncBuffer{}
	start(t, cfg, surroundingsOf(c.addr, log))
	status, took := push(t, cfg, 1)
	require.Equal(t, http.StatusOK, status)
	require.Less(t, took, 2*time.Second)
	require.Equal(t, http.StatusServiceUnavailable, ready(t, cfg), "an address that never answered may be wrong")
	found := listed(t, cfg)
	require.Len(t, found.Events, 1)
	require.Equal(t, "inbound", found.Events[0].Kind)
	require.True(t, found.Away)

	stop := c.serve(t)
	require.Eventually(t, func() bool { return c.taken() == 1 && listed(t, cfg).Waiting == 0 }, 5*time.Second,
		10*time.Millisecond)
	require.Eventually(t, func() bool { return ready(t, cfg) == http.StatusOK }, 5*time.Second, 10*time.Millisecond)
	stop()
	for n := 2; n <= 6; n++ {
		status, took := push(t, cfg, n)
		require.Equal(t, http.StatusOK, status)
		require.Less(t, took, 2*time.Second)
	}
	require.Equal(t, http.StatusOK, ready(t, cfg), "the spool has room")
	_, metrics := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/metrics", "")
	require.Contains(t, metrics, "wechat_c4c_spool_waiting")
	require.Contains(t, metrics, "wechat_c4c_spool_room")
	require.Contains(t, metrics, `result="spooled"`)
	c.serve(t)
	require.Eventually(t, func() bool { return c.taken() == 6 }, 5*time.Second, 10*time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, signal := range c.signals {
		require.Equal(t, "inbound", signal.GetSignalName(), n)
	}
	require.NotContains(t, log.String(), "squeal")
}

// A Temporal that hangs costs a second, not the message.
func TestTemporalHangs(t *testing.T) {
	t.Parallel()
	hung, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = hung.Close() })
	cfg := spoolConfig(t)
	start(t, cfg, surroundingsOf(hung.Addr().String(), io.Discard))
	status, took := push(t, cfg, 1)
	require.Equal(t, http.StatusOK, status)
	require.Less(t, took, 2*time.Second)
	status, took = push(t, cfg, 2)
	require.Equal(t, http.StatusOK, status)
	require.Less(t, took, 500*time.Millisecond, "that it hangs is known")
}

// Without a spool an api uses all the time that WeChat allows.
func TestWithoutSpoolTemporalGetsAllTheTime(t *testing.T) {
	t.Parallel()
	c := clusterToCome(t)
	cfg := testConfig(t)
	cfg.WeChat.Mode = "plain"
	log := &syncBuffer{}
	start(t, cfg, surroundingsOf(c.addr, log))
	require.Contains(t, log.String(), "no spool")
	back := time.AfterFunc(3*time.Second, func() { c.serve(t) })
	defer back.Stop()
	status, took := push(t, cfg, 1)
	require.Equal(t, http.StatusOK, status)
	require.Greater(t, took, 2900*time.Millisecond)
	require.Less(t, took, 4500*time.Millisecond)
}

// An api that stops hands over what it can; the next one with the folder continues with the rest.
func TestSpoolOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	c := clusterToCome(t)
	cfg := spoolConfig(t)
	cfg.StopTimeout = time.Second
	log := &syncBuffer{}
	run := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- runAPI(ctx, cfg, surroundingsOf(c.addr, log)) }()
		require.Eventually(t, func() bool {
			conn, err := net.Dial("tcp", cfg.PublicAddr)
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		}, 5*time.Second, 5*time.Millisecond)
		return func() { cancel(); require.NoError(t, <-stopped) }
	}
	stop := run()
	for n := 1; n <= 3; n++ {
		status, _ := push(t, cfg, n)
		require.Equal(t, http.StatusOK, status)
	}
	stop()
	require.Contains(t, log.String(), "the spool is not empty")

	// By hand, on another machine.
	brought := filepath.Join(t.TempDir(), "brought")
	require.NoError(t, os.CopyFS(brought, os.DirFS(cfg.Spool.Dir)))
	environ := []string{config.Prefix + "ENVIRONMENT=development", config.Prefix + "INTERNAL_ADDR=off",
		"TEMPORAL_ADDRESS=" + c.addr,
		"TEMPORAL_NAMESPACE=" + testNamespace}
	code, out, said := command(t, environ, "spool", "list", "--dir", brought)
	require.Zero(t, code, said)
	require.Equal(t, 3, strings.Count(out, "inbound"))
	require.Contains(t, out, "3 wait, 0 refused")
	end := c.serve(t)
	code, out, said = command(t, environ, "spool", "drain", "--dir", brought)
	require.Zero(t, code, said)
	require.Contains(t, out, "The spool is empty.")
	require.Equal(t, 3, c.taken())
	end()

	cfg.StopTimeout = 20 * time.Second
	stop = run()
	back := time.AfterFunc(500*time.Millisecond, func() { c.serve(t) })
	defer back.Stop()
	stop()
	require.Equal(t, 6, c.taken(), "handed over before it ended")
}

// The command asks the api that uses the spool.
func TestSpoolCommandAsksTheAPI(t *testing.T) {
	t.Parallel()
	c := clusterToCome(t)
	cfg := spoolConfig(t)
	start(t, cfg, surroundingsOf(c.addr, io.Discard))
	status, _ := push(t, cfg, 1)
	require.Equal(t, http.StatusOK, status)
	environ := []string{config.Prefix + "ENVIRONMENT=development", config.Prefix + "INTERNAL_ADDR=" + cfg.InternalAddr,
		"TEMPORAL_ADDRESS=" + c.addr}
	code, out, said := command(t, environ, "spool", "list", "-o", "json")
	require.Zero(t, code, said)
	var found api.Spooled
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	require.Equal(t, 1, found.Waiting)
	code, _, said = command(t, environ, "spool", "drop", "1", "--yes")
	require.Equal(t, 1, code)
	require.Contains(t, said, "stop it first")
	c.serve(t)
	code, out, said = command(t, environ, "spool", "drain")
	require.Zero(t, code, said)
	require.Contains(t, out, "The spool is empty.")
	require.Equal(t, 1, c.taken())
}

// command runs a command line in this process.
func command(t *testing.T, environ []string, args ...string) (code int, out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(t.Context(), args, slices.Clone(environ), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// A worker that is started before Temporal waits for it, as an api does.
func TestWorkerWaitsForTemporal(t *testing.T) {
	t.Parallel()
	c := clusterToCome(t)
	cfg := testConfig(t)
	log := &syncBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- runWorker(ctx, cfg, surroundingsOf(c.addr, log)) }()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "waiting for Temporal") }, 5*time.Second,
		5*time.Millisecond)
	require.Contains(t, log.String(), "temporal at "+c.addr+" does not answer: connection refused")
	code, body := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "starting")
	select {
	case err := <-stopped:
		t.Fatal("it ended: ", err)
	default:
	}
	c.serve(t)
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "working") }, 20*time.Second,
		10*time.Millisecond)
	require.Equal(t, 1, strings.Count(log.String(), "waiting for Temporal"))
	cancel()
	require.NoError(t, <-stopped)
}

// However long Temporal was unavailable, its return is noticed within about a second. The SDK by itself would wait
// for ten.
func TestConnectionComesBackSoon(t *testing.T) {
	t.Parallel()
	c := clusterToCome(t)
	cfg := spoolConfig(t)
	start(t, cfg, surroundingsOf(c.addr, io.Discard))
	status, _ := push(t, cfg, 1)
	require.Equal(t, http.StatusOK, status)
	began := time.Now()
	require.Eventually(t, func() bool { return time.Since(began) > 6*time.Second }, 10*time.Second, 10*time.Millisecond)
	back := time.Now()
	c.serve(t)
	require.Eventually(t, func() bool { return c.taken() == 1 }, 10*time.Second, 5*time.Millisecond)
	require.Less(t, time.Since(back), 2500*time.Millisecond)
}

// Only a person can delete what Temporal refused for good, after confirming it.
func TestRefusedEventIsDropped(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p, err := newProcess(config.Development(), "operator", surroundingsOf("127.0.0.1:1", io.Discard))
	require.NoError(t, err)
	t.Cleanup(p.close)
	kept, err := p.spoolAt(folder, nil)
	require.NoError(t, err)
	event := spool.Event{Lane: "conversation/default/KEY", Account: "default", Kind: "inbound", Data: []byte(`{}`)}
	stored, err := kept.Hand(t.Context(), event, func(context.Context) error { return spool.ErrRefused })
	require.NoError(t, err)
	require.True(t, stored)
	require.NoError(t, kept.Close())

	environ := []string{config.Prefix + "ENVIRONMENT=development", config.Prefix + "INTERNAL_ADDR=off",
		"TEMPORAL_ADDRESS=127.0.0.1:1"}
	code, out, said := command(t, environ, "spool", "drop", "1", "--dir", folder, "--dry-run")
	require.Zero(t, code, said)
	require.Contains(t, out, "conversation/default/KEY")
	require.Contains(t, out, "refused: ")
	code, _, said = command(t, environ, "spool", "drop", "1", "--dir", folder)
	require.Equal(t, 1, code)
	require.Contains(t, said, "confirm it with --yes")
	code, _, said = command(t, environ, "spool", "drop", "1", "--dir", folder, "--yes", "--actor", "ada", "--reason",
		"empty")
	require.Zero(t, code, said)
	require.Contains(t, said, "spool drop", "the audit line")
	code, out, said = command(t, environ, "spool", "list", "--dir", folder)
	require.Zero(t, code, said)
	require.Contains(t, out, "The spool is empty.")
}
