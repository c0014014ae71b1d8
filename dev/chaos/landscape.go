package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// pair is how many processes each role has.
const pair = 2

// Names of the processes that the faults of cells hit. Workers have the names of their roles.
const (
	targetAPI       = "api"
	targetWorkflows = "workflows"
	targetWeChat    = "wechat"
	targetC4C       = "c4c"
	targetTemporal  = "temporal"
)

// programs are the programs to run.
type programs struct {
	connector string // the product's binary
	self      string // this binary, which also runs the simulators
	temporal  devserver.Binary
	server    []string // replaces it, and the address of its frontend
	address   string
}

// landscape is a company's installation: Temporal, WeChat, C4C and the connector, each in its own process, every role
// in a pair.
type landscape struct {
	dir       string
	programs  programs
	seed      uint64                // of the simulators' errors
	processes map[string][]*process // by target
	apiAddrs  []string
	temporal  string // address
	namespace string
	wechatURL string
	c4cURL    string

	temporalClient            client.Client
	wechatControl, c4cControl stack.Control
}

// newLandscape starts everything in a folder; the target small has a small disk.
func newLandscape(ctx context.Context, dir string, p programs, small string, seed uint64) (*landscape, error) {
	l := &landscape{dir: dir, programs: p, seed: seed, processes: map[string][]*process{}}
	if err := l.place(small); err != nil {
		return nil, err
	}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// place sets every process's addresses, folder and command.
func (l *landscape) place(small string) error {
	addrs, err := freeAddrs(3)
	if err != nil {
		return err
	}
	l.temporal, l.wechatURL, l.c4cURL = addrs[0], "http://"+addrs[1], "http://"+addrs[2]
	l.wechatControl, l.c4cControl = stack.Control{URL: l.wechatURL}, stack.Control{URL: l.c4cURL}
	for target := range roles {
		if err := os.MkdirAll(l.folder(target, small), 0o700); err != nil {
			return fmt.Errorf("folder of %s: %w", target, err)
		}
	}
	l.namespace = "default"
	command := devserver.Command(devserver.Options{
		Binary: l.programs.temporal, FrontendAddr: l.temporal,
		DBFile: filepath.Join(l.folder(targetTemporal, small), "temporal.db"),
	})
	if len(l.programs.server) > 0 { // state of other cells is still there
		l.namespace, l.temporal, command = filepath.Base(l.dir), l.programs.address, l.programs.server
	}
	l.add(targetTemporal, command, os.Environ(), l.temporalServes)
	for target, addr := range map[string]string{simulateWeChat: addrs[1], simulateC4C: addrs[2]} {
		state := filepath.Join(l.folder(target, small), "state.json")
		l.add(target, []string{l.programs.self, target, addr, state}, os.Environ(), answers("http://"+addr+"/_sim/clock"))
	}
	for range pair {
		for _, target := range []string{targetAPI, targetWorkflows, targetWeChat, targetC4C} {
			if err := l.addConnector(target, small); err != nil {
				return err
			}
		}
	}
	return nil
}

// roles are the connector's targets with their arguments.
var roles = map[string][]string{
	targetTemporal: nil, simulateWeChat: nil, simulateC4C: nil,
	targetAPI:       {"api"},
	targetWorkflows: {"worker", "--role", "workflows"},
	targetWeChat:    {"worker", "--role", "wechat"},
	targetC4C:       {"worker", "--role", "c4c"},
}

// folder returns where a target keeps its files: on the small disk if that is this target's.
func (l *landscape) folder(target, small string) string {
	if target == small {
		return filepath.Join(l.dir, smallDisk, target)
	}
	return filepath.Join(l.dir, target)
}

func (l *landscape) addConnector(target, small string) error {
	addrs, err := freeAddrs(2)
	if err != nil {
		return err
	}
	public, internal := addrs[0], addrs[1]
	spool := filepath.Join(l.folder(target, small), fmt.Sprint("spool", len(l.processes[target])))
	env := append(l.environment(), config.Prefix+"PUBLIC_ADDR="+public, config.Prefix+"INTERNAL_ADDR="+internal)
	if target == targetAPI {
		l.apiAddrs = append(l.apiAddrs, public)
		env = append(env, config.Prefix+"SPOOL_DIR="+spool)
		if err := os.MkdirAll(spool, 0o700); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	l.add(target, append([]string{l.programs.connector}, roles[target]...), env, answers("http://"+internal+"/readyz"))
	return nil
}

// environment is common to all processes of the connector. Agents' replies are compared often, so that a cell need not
// wait five minutes for replies that no push announced.
func (l *landscape) environment() []string {
	return append(os.Environ(),
		"TEMPORAL_ADDRESS="+l.temporal, "TEMPORAL_NAMESPACE="+l.namespace,
		config.Prefix+"ENVIRONMENT="+config.EnvDevelopment, config.Prefix+"LOG_LEVEL=warn",
		config.Prefix+"WECHAT_API_URL="+l.wechatURL, config.Prefix+"C4C_URL="+l.c4cURL,
		config.Prefix+"RECONCILE_EVERY=15s", config.Prefix+"WINDOW_ANNOUNCE_AFTER=0")
}

func (l *landscape) add(target string, command, env []string, ready func(context.Context) error) {
	name := target
	if roles[target] != nil {
		name = fmt.Sprint(target, "-", len(l.processes[target])+1)
	}
	l.processes[target] = append(l.processes[target], &process{
		name: name, command: command, env: env, ready: ready, logFile: filepath.Join(l.dir, name+".log"),
	})
}

// open starts everything in the order of its dependencies, and prepares the namespace as an operator does.
func (l *landscape) open(ctx context.Context) error {
	outside := slices.Concat(l.processes[targetTemporal], l.processes[simulateWeChat], l.processes[simulateC4C])
	if err := startAll(ctx, outside); err != nil {
		return err
	}
	bootstrap := exec.CommandContext(ctx, l.programs.connector, "bootstrap")
	bootstrap.Env = l.environment()
	if out, err := bootstrap.CombinedOutput(); err != nil {
		return fmt.Errorf("bootstrap: %w\n%s", err, out)
	}
	var connector []*process
	for target, args := range roles {
		if args != nil {
			connector = append(connector, l.processes[target]...)
		}
	}
	if err := startAll(ctx, connector); err != nil {
		return err
	}
	var err error
	l.temporalClient, err = client.DialContext(ctx, client.Options{
		HostPort: l.temporal, Namespace: l.namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	return nil
}

func startAll(ctx context.Context, all []*process) error {
	for _, p := range all {
		if err := p.start(); err != nil {
			return err
		}
	}
	for _, p := range all {
		if err := p.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// all returns all processes.
func (l *landscape) all() []*process {
	var all []*process
	for _, of := range l.processes {
		all = append(all, of...)
	}
	return all
}

// close kills everything at once: the cell is over and its state is not needed.
func (l *landscape) close() error {
	if l.temporalClient != nil {
		l.temporalClient.Close()
	}
	for _, p := range l.all() {
		p.kill()
	}
	return nil
}

func (l *landscape) temporalServes(ctx context.Context) error {
	conn, err := grpc.NewClient(l.temporal, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	service := &grpc_health_v1.HealthCheckRequest{Service: "temporal.api.workflowservice.v1.WorkflowService"}
	got, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, service)
	if err == nil && got.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return errors.New(got.GetStatus().String())
	}
	return err
}

// answers checks that an address answers 200.
func answers(url string) func(context.Context) error {
	asks := &http.Client{Timeout: time.Second}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := asks.Do(req)
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

func freeAddrs(n int) ([]string, error) {
	var all []string
	for range n {
		addr, err := devserver.FreeAddr()
		if err != nil {
			return nil, err
		}
		all = append(all, addr)
	}
	return all, nil
}
