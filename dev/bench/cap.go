package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	capAim = 0.95 // part of the cap that should be used

	eachWrites = 10 // messages of one follower in the backlog

	addedAt, killedAt = 0.3, 0.6 // parts of the backlog after which one worker is added, and one killed
	wechatPosts       = 3        // how often WeChat posts a rejected push
	lookEvery         = 250 * time.Millisecond
	// bulk is the part of the calls for which the use of the cap is measured: the remaining calls are too few to fill it.
	bulk = 0.95
)

// capRun is one run: several workers work off a backlog. One of them is added later, and one is killed.
type capRun struct {
	workers       int
	began         time.Time
	added, killed time.Time
	calls         []call
	messages      int
}

// measureCap has worker processes work off a backlog of messages, and measures how much of C4C's cap they use.
func (b *bench) measureCap(ctx context.Context) ([]row, error) {
	binary, err := b.buildConnector(ctx)
	if err != nil {
		return nil, err
	}
	s, temporal, done, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var rows []row
	var runs []capRun
	for i, n := range b.workers {
		b.say("C4C's cap, %d workers", n)
		c := &capDriver{bench: b, stack: s, temporal: temporal, binary: binary, round: i}
		run, err := c.drive(ctx, n)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
		rows = append(rows, run.rows(b.takes)...)
	}
	if b.curve != "" {
		if err := os.WriteFile(b.curve, drawCap(runs, b.takes), 0o644); err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
	}
	return rows, nil
}

// rows show what part of the cap was used, and the most calls at once.
func (r capRun) rows(takes time.Duration) []row {
	used := r.used(takes)
	perMessage := float64(len(r.calls)) / float64(r.messages)
	met := used >= capAim
	return []row{
		{
			what: fmt.Sprintf("backlog of %d messages, C4C at %v, %d workers: part of the cap used", r.messages, takes,
				r.workers),
			connector: fmt.Sprintf("%.3f", used), aim: fmt.Sprintf("≥ %v", capAim), met: &met,
		},
		{what: "  messages synced", connector: fmt.Sprintf("%.1f/s", used*float64(theCap())/takes.Seconds()/perMessage)},
		bounded("  most calls to C4C at once", float64(mostAtOnce(r.calls)), float64(theCap()), ""),
	}
}

// used returns the part of the calls allowed by the cap that was made while there was a backlog.
func (r capRun) used(takes time.Duration) float64 {
	bulk := r.calls[:int(bulk*float64(len(r.calls)))]
	took := bulk[len(bulk)-1].from.Sub(r.began)
	return float64(len(bulk)) * takes.Seconds() / (took.Seconds() * float64(theCap()))
}

func theCap() int { return config.Development().C4C.MaxParallel }

// buildConnector makes the product's binary.
func (b *bench) buildConnector(ctx context.Context) (string, error) {
	dir, err := devserver.ModuleDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(b.dir, "wechat-c4c")
	compile := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/wechat-c4c")
	compile.Dir = filepath.Dir(dir)
	if said, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("bench: build the connector: %w\n%s", err, said)
	}
	return binary, nil
}

// capDriver drives one run.
type capDriver struct {
	*bench
	stack    *stack.Stack
	temporal client.Client
	binary   string
	round    int
	gate     *gate
	running  []*exec.Cmd
}

// drive makes a backlog and has it worked off.
func (c *capDriver) drive(ctx context.Context, workers int) (run capRun, err error) {
	run = capRun{workers: workers, messages: c.backlog}
	if err := c.write(ctx); err != nil {
		return run, err
	}
	var closeGate func()
	if c.gate, closeGate, err = newGate(ctx, c.stack.C4C().URL, c.takes); err != nil {
		return run, err
	}
	defer closeGate()
	defer c.end()
	for _, role := range []string{"workflows", "wechat"} {
		if err := c.start(role, role); err != nil {
			return run, err
		}
	}
	if err := c.settled(ctx); err != nil {
		return run, err
	}
	first := len(c.running)
	for i := range workers {
		if err := c.start("c4c", fmt.Sprint("worker ", i+1)); err != nil {
			return run, err
		}
	}
	if err := c.reach(ctx, addedAt); err != nil {
		return run, err
	}
	if err := c.start("c4c", fmt.Sprint("worker ", workers+1)); err != nil {
		return run, err
	}
	run.added = time.Now()
	if err := c.reach(ctx, killedAt); err != nil {
		return run, err
	}
	if err := c.running[first].Process.Kill(); err != nil {
		return run, fmt.Errorf("bench: kill a worker: %w", err)
	}
	run.killed = time.Now()
	if err := c.reach(ctx, 1); err != nil {
		return run, err
	}
	run.calls = c.gate.made()
	if len(run.calls) == 0 {
		return run, errors.New("bench: C4C was not called")
	}
	run.began = run.calls[0].from
	return run, nil
}

// write has people follow, and write while no worker runs.
func (c *capDriver) write(ctx context.Context) error {
	people := c.backlog / eachWrites
	if c.round > 0 {
		if err := c.stack.StartWorker(ctx); err != nil {
			return err
		}
	}
	openids, err := follow(ctx, c.stack, fmt.Sprintf("Cap%d", c.round), people)
	if err != nil {
		return err
	}
	if err := waitClosed(ctx, c.temporal, workflows.TypeOnboardFollower, people*(c.round+1)); err != nil {
		return err
	}
	if err := c.stack.StopWorker(); err != nil {
		return err
	}
	pushes, err := record(ctx, c.stack, openids, eachWrites)
	if err != nil {
		return err
	}
	api := newWebhooks(c.stack, c.senders)
	defer api.close()
	var posts sample
	return posts.hammer(ctx, c.senders, len(pushes), func(ctx context.Context, i int) (err error) {
		for range wechatPosts {
			if err = api.post(ctx, pushes[i]); err == nil {
				return nil
			}
		}
		return err
	})
}

// settled waits until every follower's first message waits for C4C, so that only the way out is measured.
func (c *capDriver) settled(ctx context.Context) error {
	return c.until(ctx, workflows.TypeCreateTicket, "Running", func(n int) bool { return n >= c.backlog/eachWrites })
}

// reach waits until a part of the backlog is synced.
func (c *capDriver) reach(ctx context.Context, part float64) error {
	before := c.round * (c.backlog / eachWrites) * eachWrites
	wanted := before + int(part*float64(c.backlog/eachWrites*eachWrites))
	return c.until(ctx, workflows.TypeCreateTicket, "Completed", func(n int) bool { return n >= wanted })
}

func (c *capDriver) until(ctx context.Context, workflowType, status string, there func(int) bool) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	query := fmt.Sprintf("WorkflowType = %q AND ExecutionStatus = %q", workflowType, status)
	for {
		res, err := c.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		if err != nil {
			return fmt.Errorf("bench: count %s: %w", workflowType, err)
		}
		if there(int(res.GetCount())) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("bench: %d %s are %s: %w", res.GetCount(), workflowType, status, ctx.Err())
		case <-tick.C:
		}
	}
}

// start starts a worker process, which calls C4C under its name.
func (c *capDriver) start(role, name string) error {
	weixin := c.stack.WeChat().URL
	cmd := exec.Command(c.binary, "worker", "--role", role)
	cmd.Env = append(os.Environ(),
		"TEMPORAL_ADDRESS="+c.stack.Addresses().Temporal, "TEMPORAL_NAMESPACE="+c.stack.Namespace(),
		config.Prefix+"ENVIRONMENT="+config.EnvDevelopment, config.Prefix+"LOG_LEVEL=error",
		config.Prefix+"INTERNAL_ADDR=off", config.Prefix+"RECONCILE_EVERY=0",
		config.Prefix+"WECHAT_API_URL="+weixin, config.Prefix+"C4C_URL="+c.gate.url, config.Prefix+"C4C_USER="+name,
	)
	cmd.Stderr = c.progress
	if err := devserver.StartTied(cmd); err != nil {
		return fmt.Errorf("bench: start a worker: %w", err)
	}
	c.running = append(c.running, cmd)
	return nil
}

func (c *capDriver) end() {
	for _, cmd := range c.running {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}
