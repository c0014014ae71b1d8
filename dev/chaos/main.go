package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once, and all others with it.
	context.AfterFunc(ctx, cancel)
	if err := command(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// command runs the driver, or one of the simulators.
func command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && (args[0] == simulateWeChat || args[0] == simulateC4C) {
		return simulate(ctx, args[0], args[1:])
	}
	s, err := parse(args, out)
	if err != nil {
		return err
	}
	if s.list {
		for _, c := range s.cells {
			fmt.Fprintln(out, c.name())
		}
		return nil
	}
	apartFromMachine(ctx)
	p, err := build(ctx, s)
	if err != nil {
		return err
	}
	return run(ctx, s, p, out)
}

// settings come from the command line.
type settings struct {
	cells     []cell
	options   options
	connector string
	server    []string // command of the caller's own Temporal; empty: the development server
	address   string   // of its frontend
	list      bool
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	var cells, server string
	set := flag.NewFlagSet("chaos", flag.ContinueOnError)
	set.SetOutput(out)
	set.StringVar(&cells, "cell", "", "names or patterns such as temporal/*, separated by commas; empty: all")
	set.BoolVar(&s.list, "list", false, "only list the cells")
	set.Uint64Var(&s.options.seed, "seed", 0, "who writes what when, and which calls fail; 0 draws one")
	set.IntVar(&s.options.followers, "followers", 16, "followers in the beginning; others come meanwhile")
	set.Float64Var(&s.options.messages, "messages", 5, "messages a second, some of them several at once")
	set.Float64Var(&s.options.replies, "replies", 2, "replies of the agent a second")
	set.DurationVar(&s.options.timeout, "timeout", 5*time.Second,
		"how long WeChat waits for an answer; more where the machine is busy with other things")
	set.StringVar(&s.connector, "connector", "", "the connector's `binary`; empty: built from this checkout")
	set.StringVar(&server, "server", "",
		"`command` that starts another Temporal, such as one on PostgreSQL, in the environment of this one")
	set.StringVar(&s.address, "server-address", "", "`host:port` of that one's frontend")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if s.server = strings.Fields(server); (len(s.server) == 0) != (s.address == "") {
		return s, errors.New("-server and -server-address go together")
	}
	if set.NArg() > 0 {
		return s, fmt.Errorf("unknown argument %q", set.Arg(0))
	}
	o := s.options
	if o.followers < 1 || o.messages <= 0 || o.replies <= 0 || o.timeout <= 0 {
		return s, errors.New("-followers, -messages, -replies and -timeout must be above 0")
	}
	if o.seed == 0 {
		s.options.seed = uint64(rand.Uint32())
	}
	var err error
	s.cells, err = choose(cells)
	return s, err
}

// build builds the programs that are missing.
func build(ctx context.Context, s settings) (programs, error) {
	dir, err := devserver.ModuleDir()
	if err != nil {
		return programs{}, err
	}
	state := filepath.Join(dir, ".state")
	p := programs{connector: s.connector, server: s.server, address: s.address}
	if p.self, err = os.Executable(); err != nil {
		return p, err
	}
	if len(p.server) == 0 {
		if p.temporal, err = devserver.Find(ctx, dir, state, os.Stderr); err != nil {
			return p, err
		}
	}
	if s.connector != "" {
		p.connector, err = exec.LookPath(s.connector)
		return p, err
	}
	p.connector = filepath.Join(state, "bin", "chaos", "wechat-c4c")
	compile := exec.CommandContext(ctx, "go", "build", "-o", p.connector, "./cmd/wechat-c4c")
	compile.Dir = filepath.Dir(dir)
	if said, err := compile.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build the connector: %w\n%s", err, said)
	}
	return p, nil
}

// run plays the cells one after the other and prints a row for each.
func run(ctx context.Context, s settings, p programs, out io.Writer) error {
	fmt.Fprintf(out, "seed %d; %d followers, %g messages and %g replies a second; %s\n\n",
		s.options.seed, s.options.followers, s.options.messages, s.options.replies, machine())
	printHead(out)
	began, failed := time.Now(), 0
	var why strings.Builder
	for _, c := range s.cells {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r := play(ctx, c, p, s.options)
		printRow(out, r.row())
		if r.skipped == "" && r.failed() {
			failed++
			r.explain(&why)
		}
	}
	fmt.Fprintf(out, "\n%s; %s\n%s", time.Since(began).Round(time.Second), machine(), why.String())
	if failed > 0 {
		return fmt.Errorf("%d of %d cells failed; -seed %d plays them again", failed, len(s.cells), s.options.seed)
	}
	return nil
}
