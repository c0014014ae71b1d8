package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
)

const (
	// gracePeriod is how long a process may take to end after SIGTERM. Then the platform kills it.
	gracePeriod = 45 * time.Second
	// restartPause is how long the platform waits before it restarts a process that ended unasked.
	restartPause = 500 * time.Millisecond
	// askEvery is how often a condition is checked.
	askEvery = 50 * time.Millisecond
	tailSize = 2000
)

// process is one process of the landscape. The platform restarts a process that ends unasked, and remembers it.
type process struct {
	name    string
	command []string
	env     []string
	logFile string
	ready   func(context.Context) error

	mu     sync.Mutex
	cmd    *exec.Cmd
	stdin  io.Closer
	ended  chan struct{} // closed when cmd has ended
	wanted bool          // it should be running
	deaths []string      // unasked ends
}

// start starts the process; the caller waits for it with await.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.launch()
}

func (p *process) launch() error {
	log, err := os.OpenFile(p.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of %s: %w", p.name, err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, log, log
	// Temporal's development server ends when its standard input does.
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	if err := devserver.StartTied(cmd); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd, p.ended, p.wanted = cmd, make(chan struct{}), true
	go p.watch(cmd, p.ended)
	return nil
}

func (p *process) watch(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	byItself := p.wanted
	if byItself {
		p.deaths = append(p.deaths, fmt.Sprintf("%s ended by itself (%v)\n%s", p.name, err, p.tail()))
	}
	p.mu.Unlock()
	close(ended)
	if !byItself {
		return
	}
	timer := time.NewTimer(restartPause)
	defer timer.Stop()
	<-timer.C
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted && p.cmd == cmd {
		if err := p.launch(); err != nil {
			p.deaths = append(p.deaths, err.Error())
		}
	}
}

// unwanted marks the process as no longer wanted, and returns it.
func (p *process) unwanted() (*exec.Cmd, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = false
	return p.cmd, p.ended
}

// kill ends the process as a crash does, and returns when it is gone.
func (p *process) kill() {
	cmd, ended := p.unwanted()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Kill()
	<-ended
}

// terminate ends the process as a platform does. A process that does not end in time is killed, and remembered.
func (p *process) terminate() {
	cmd, ended := p.unwanted()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(gracePeriod)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		p.mu.Lock()
		p.deaths = append(p.deaths, fmt.Sprintf("%s did not end within %s of SIGTERM\n%s", p.name, gracePeriod, p.tail()))
		p.mu.Unlock()
		_ = cmd.Process.Kill()
		<-ended
	}
}

// signal sends a signal to the running process.
func (p *process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Signal(s)
}

// await waits until the process answers.
func (p *process) await(ctx context.Context) error {
	var last error
	err := until(ctx, func() bool {
		ask, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		last = p.ready(ask)
		return last == nil
	})
	if err != nil {
		return fmt.Errorf("%s is not ready: %w\n%s", p.name, errors.Join(err, last), p.tail())
	}
	return nil
}

// died lists the unasked ends.
func (p *process) died() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// tail is the end of the log.
func (p *process) tail() string {
	content, _ := os.ReadFile(p.logFile)
	return string(content[max(0, len(content)-tailSize):])
}

// until polls until a condition holds or ctx ends.
func until(ctx context.Context, holds func() bool) error { return untilEvery(ctx, askEvery, holds) }

func untilEvery(ctx context.Context, every time.Duration, holds func() bool) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// pause waits, and reports whether ctx is still valid.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
