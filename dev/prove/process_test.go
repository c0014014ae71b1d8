package prove

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
)

// patience is how long a condition may take to hold: an attempt whose worker was killed is retried after a minute.
const patience = 4 * time.Minute

// restartPause is how long the platform waits before it restarts a process.
const restartPause = 100 * time.Millisecond

// program describes how to run a service.
type program struct {
	name    string
	command []string
	env     []string
	health  func(context.Context) error // nil: it is up when it runs
	// as is the user and group to run it as; nil: those of the test.
	as *syscall.Credential
}

// service is a program that the platform keeps running, as "restart: unless-stopped" does.
type service struct {
	program
	t   *testing.T
	log string // file

	halt    chan struct{} // closed when it should stop for good
	mu      sync.Mutex
	cmd     *exec.Cmd
	ended   chan struct{} // the process of cmd
	stopped bool
	err     error // of the last process
}

// run starts a program and keeps it running until stop or the end of the test.
func run(t *testing.T, p program) *service {
	t.Helper()
	s := &service{program: p, t: t, halt: make(chan struct{}),
		log: filepath.Join(t.TempDir(), strings.ReplaceAll(p.name, " ", "-")+".log")}
	require.NoError(t, s.start())
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("last lines of %s:\n%s", s.name, s.tail())
		}
	})
	return s
}

func (s *service) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	log, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.cmd = exec.Command(s.command[0], s.command[1:]...)
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, log, log
	s.cmd.Dir = "/"
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	if err := devserver.StartTied(s.cmd); err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.ended = make(chan struct{})
	go s.watch(s.cmd, s.ended)
	return nil
}

func (s *service) watch(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	close(ended)
	select {
	case <-time.After(restartPause):
		_ = s.start()
	case <-s.halt:
	}
}

// kill ends the process as a crash would and returns when it is gone; the platform starts it again.
func (s *service) kill() {
	s.mu.Lock()
	cmd, ended := s.cmd, s.ended
	s.mu.Unlock()
	_ = cmd.Process.Kill()
	<-ended
}

// stop ends the process for good, as the platform would: SIGTERM, and SIGKILL after the grace period of the compose
// file.
func (s *service) stop() {
	s.mu.Lock()
	if !s.stopped {
		s.stopped = true
		close(s.halt)
	}
	cmd, ended := s.cmd, s.ended
	s.mu.Unlock()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(45 * time.Second):
		_ = cmd.Process.Kill()
		<-ended
	}
}

// pid returns the id of the running process.
func (s *service) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// tail is the end of the log.
func (s *service) tail() string {
	content, _ := os.ReadFile(s.log)
	if len(content) > 3000 {
		content = content[len(content)-3000:]
	}
	return string(content)
}

// ready waits until the service is healthy and returns how long that took.
func (s *service) ready() time.Duration {
	s.t.Helper()
	began := time.Now()
	var err error
	until(s.t, patience, func() string { return fmt.Sprintf("%s is ready: %v\n%s", s.name, err, s.tail()) }, func() bool {
		if s.health == nil {
			return true
		}
		ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Second)
		defer cancel()
		err = s.health(ctx)
		return err == nil
	})
	return time.Since(began)
}

// rss returns the resident memory of the process in MB.
func (s *service) rss() float64 {
	s.t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid()))
	require.NoError(s.t, err)
	_, after, found := strings.Cut(string(content), "VmRSS:")
	require.True(s.t, found)
	kilobytes, err := strconv.Atoi(strings.Fields(after)[0])
	require.NoError(s.t, err)
	return float64(kilobytes) / 1000
}

// atRest waits until the process's memory has not grown for a while, and returns it in MB.
func (s *service) atRest(quiet time.Duration) float64 {
	s.t.Helper()
	highest, since := 0.0, time.Now()
	untilEvery(s.t, time.Second, patience, func() string { return s.name + " rests" }, func() bool {
		if now := s.rss(); now > highest+0.5 {
			highest, since = now, time.Now()
		}
		return time.Since(since) >= quiet
	})
	return s.rss()
}

// until polls until a condition holds.
func until(t *testing.T, within time.Duration, what func() string, holds func() bool) {
	t.Helper()
	untilEvery(t, 5*time.Millisecond, within, what, holds)
}

// untilEvery polls at longer intervals, to leave a busy process its time.
func untilEvery(t *testing.T, every, within time.Duration, what func() string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("after %s it is still not so that %s", within, what())
		}
		<-tick.C
	}
}

// once runs a command to its end and returns what it printed.
func once(t *testing.T, env []string, command ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", strings.Join(command, " "), out)
	return string(out)
}

// answers checks that an address answers 200.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return errors.New(res.Status)
		}
		return nil
	}
}

// free returns a free loopback address and its port.
func free(t *testing.T) (addr, port string) {
	t.Helper()
	addr, err := devserver.FreeAddr()
	require.NoError(t, err)
	_, port, err = net.SplitHostPort(addr)
	require.NoError(t, err)
	return addr, port
}
