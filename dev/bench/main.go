// Command bench measures the connector on the development stack, with simulators that make no faults and take no
// time, and prints one table. Each rate is next to that of bare Temporal on the same server in the same run, measured
// alternately, so that the ratio shows the cost of the connector and not the speed of the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// sizes sets how much is measured.
type sizes struct {
	senders   int           // concurrent webhooks
	turns     int           // of acknowledgements, for connector and bare Temporal each
	webhooks  int           // per turn
	rounds    int           // turns of syncs
	followers int           // per round
	messages  int           // per follower
	lone      int           // messages that come one after the other
	backlog   int           // messages that workers work off
	takes     time.Duration // of a call to C4C, while they do
	workers   []int         // of each run at its start
	curve     string        // file for a picture of the cap's use; empty: none
	only      string        // name of a measure; empty: all
	profile   string        // file for a CPU profile of this process; empty: none
}

func parse(args []string, out io.Writer) (sizes, error) {
	var s sizes
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(out)
	set.IntVar(&s.senders, "senders", 16, "concurrent webhooks")
	set.IntVar(&s.turns, "turns", 25, "turns of connector and bare Temporal at acknowledging webhooks")
	set.IntVar(&s.webhooks, "webhooks", 200, "acknowledged webhooks per turn")
	set.IntVar(&s.rounds, "rounds", 4, "turns of connector and bare Temporal at syncing messages")
	set.IntVar(&s.followers, "followers", 30, "followers who write, per turn of syncs")
	set.IntVar(&s.messages, "messages", 4, "messages of each follower")
	set.IntVar(&s.lone, "lone", 20, "messages that come one after the other, for their cost and their time")
	set.IntVar(&s.backlog, "backlog", 1000,
		"messages of the backlog that workers work off within C4C's cap, 10 of each follower")
	set.DurationVar(&s.takes, "takes", 200*time.Millisecond, "how long C4C takes for a call meanwhile")
	s.workers = []int{1, 2, 3, 5}
	set.Func("workers", "how many workers work it off at first, in runs of their own (default 1,2,3,5)",
		func(list string) (err error) {
			s.workers, err = numbers(list)
			return err
		})
	set.StringVar(&s.curve, "curve", "", "draw the use of the cap over time to an SVG `file`")
	set.StringVar(&s.only, "only", "", "measure only `one` of "+strings.Join(measureNames(), ", "))
	set.StringVar(&s.profile, "cpuprofile", "", "write a CPU profile of this process, the connector's included, to `file`")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	for _, n := range []int{s.senders, s.turns, s.webhooks, s.rounds, s.followers, s.messages, s.lone,
		s.backlog / eachWrites, int(s.takes)} {
		if n < 1 {
			return s, errors.New("bench: every number must be at least 1")
		}
	}
	if s.only != "" && !slices.Contains(measureNames(), s.only) {
		return s, fmt.Errorf("bench: -only %s is not one of %s", s.only, strings.Join(measureNames(), ", "))
	}
	return s, nil
}

// numbers parses a list such as 1,2,5.
func numbers(list string) (all []int, err error) {
	for item := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(item)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of at least 1", item)
		}
		all = append(all, n)
	}
	return all, nil
}

// measure is one measurement of the run.
type measure struct {
	name string
	run  func(*bench, context.Context) ([]row, error)
}

var measures = []measure{
	{"core", (*bench).measureCore},
	{"step", (*bench).measureStep},
	{"acknowledge", (*bench).measureAcknowledgements},
	{"calls", (*bench).measureCalls},
	{"cost", (*bench).measureCosts},
	{"sync", (*bench).measureSyncs},
	{"latency", (*bench).measureLatency},
	{"cap", (*bench).measureCap},
	{"decode", (*bench).measureDecoding},
}

func measureNames() []string {
	names := make([]string, len(measures))
	for i, m := range measures {
		names[i] = m.name
	}
	return names
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	n, err := parse(args, out)
	if err != nil {
		return err
	}
	b := &bench{sizes: n, progress: os.Stderr}
	if err := b.startTemporal(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.temporal.Stop(), os.RemoveAll(b.dir)) }()
	fmt.Fprintf(out, "\n%s, %d cores, %s/%s; Temporal on an SQLite file in a process of its own\n\n",
		runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	stop, err := b.startProfile()
	if err != nil {
		return err
	}
	defer stop()
	var rows []row
	for _, m := range measures {
		if b.only != "" && m.name != b.only {
			continue
		}
		more, err := m.run(b, ctx)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	printTable(out, rows)
	return nil
}

// startProfile profiles the process if requested.
func (b *bench) startProfile() (stop func(), err error) {
	if b.profile == "" {
		return func() {}, nil
	}
	file, err := os.Create(b.profile)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close()
	}, nil
}

// bench is one run.
type bench struct {
	sizes
	progress io.Writer
	dir      string
	temporal *devserver.Process
	stacks   int
}

// startTemporal starts the server as the development stack does, on a database of its own.
func (b *bench) startTemporal(ctx context.Context) error {
	moduleDir, err := devserver.ModuleDir()
	if err != nil {
		return err
	}
	binary, err := devserver.Find(ctx, moduleDir, filepath.Join(moduleDir, ".state"), b.progress)
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "wechat-c4c-bench-"); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	addr, err := devserver.FreeAddr()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	o := devserver.Options{
		Binary: binary, FrontendAddr: addr, DBFile: filepath.Join(b.dir, "temporal.db"), Log: b.progress,
		// Re-reading the search attributes at every start is for development only, and would slow only the side that uses
		// some. So the server must know them from the beginning.
		DynamicConfig:    map[string]string{"system.forceSearchAttributesCacheRefreshOnRead": "false"},
		SearchAttributes: map[string]string{},
	}
	for _, name := range workflows.SearchAttributes {
		o.SearchAttributes[name] = "Keyword"
	}
	const stacks = 2 // that a measure starts at most
	for i := range stacks * len(measures) {
		o.Namespaces = append(o.Namespaces, namespace(i+1))
	}
	b.temporal, err = devserver.Start(ctx, o)
	return err
}

func namespace(i int) string { return fmt.Sprintf("bench-%d", i) }

// startStack starts a stack in a namespace of its own, with simulators that answer at once.
func (b *bench) startStack(ctx context.Context, change ...func(*config.Config)) (*stack.Stack, error) {
	addresses, err := stack.FreeAddresses()
	if err != nil {
		return nil, err
	}
	addresses.Temporal, addresses.TemporalUI = b.temporal.FrontendAddr(), ""
	b.stacks++
	return stack.Start(ctx, stack.Options{
		Addresses: addresses,
		Namespace: namespace(b.stacks),
		Settings: func(c *config.Config) {
			c.LogLevel, c.Reconcile.Every = "error", 0
			for _, f := range change {
				f(c)
			}
		},
		WeChat: func(o *wechatsim.Options) { o.RetryPause, o.ReceiptDelay = -1, -1 },
		C4C:    func(o *c4csim.Options) { o.TicketDelay = c4csim.NoDelay },
	})
}

// open starts a stack and connects to its Temporal; stop ends both.
func (b *bench) open(
	ctx context.Context, change ...func(*config.Config),
) (s *stack.Stack, temporal client.Client, stop func(), err error) {
	if s, err = b.startStack(ctx, change...); err != nil {
		return nil, nil, nil, err
	}
	if temporal, err = dial(ctx, s); err != nil {
		return nil, nil, nil, errors.Join(err, s.Stop())
	}
	return s, temporal, func() { temporal.Close(); _ = s.Stop() }, nil
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }
