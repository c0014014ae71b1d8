package devserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const (
	// frontendHealth is the name under which the frontend reports its health.
	frontendHealth = "temporal.api.workflowservice.v1.WorkflowService"
	pollEvery      = 25 * time.Millisecond
	// stopWithin is how long a server may take to end before it is killed; it takes about a second.
	stopWithin = 15 * time.Second
)

// Options configure how the child process listens and what it contains. Addresses have ports other than 0: see
// FreeAddr.
type Options struct {
	Binary       Binary
	FrontendAddr string
	// UIAddr is the address of the web UI; empty starts none.
	UIAddr string
	// DBFile is the SQLite file; empty keeps everything in memory.
	DBFile string
	// Namespaces exist when Start returns, "default" among them in any case.
	Namespaces []string
	// SearchAttributes are registered with each namespace: name to type, such as "Keyword".
	SearchAttributes map[string]string
	// CodecEndpoint is where the UI has payloads decoded; empty shows them as they are.
	CodecEndpoint string
	// DynamicConfig overrides settings of the server: name to value in JSON.
	DynamicConfig map[string]string
	// LogLevel is debug, info, warn, error or never; empty is error.
	LogLevel string
	// Log gets what the server writes to standard error. Nil discards it.
	Log io.Writer
}

// Process is a running server. Stop ends it.
type Process struct {
	options Options
	cmd     *exec.Cmd
	stdin   io.Closer
	tail    *tail
	exited  chan struct{}
	err     error // set before exited is closed
}

// Start runs the server and returns when its frontend is serving. If the server ends instead, the error contains the
// last lines it wrote.
func Start(ctx context.Context, o Options) (*Process, error) {
	p := &Process{options: o, tail: newTail(o.Log), exited: make(chan struct{})}
	p.cmd = exec.Command(o.Binary.Path, arguments(o)...)
	p.cmd.Stderr = p.tail
	bindToParent(p.cmd)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("devserver: %w", err)
	}
	p.stdin = stdin
	if err := startTied(p.cmd); err != nil {
		return nil, fmt.Errorf("devserver: %w", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	if err := p.waitServing(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// FrontendAddr is the gRPC address.
func (p *Process) FrontendAddr() string { return p.options.FrontendAddr }

// UIAddr is the address of the web UI; empty if there is none.
func (p *Process) UIAddr() string { return p.options.UIAddr }

// Exited is closed when the process has ended, for any reason.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Failure describes the unexpected end of a process, with the last lines it wrote.
func (p *Process) Failure() error {
	return fmt.Errorf("devserver: the Temporal server has ended: %w\n%s", orEnded(p.err), p.tail)
}

// Stop asks the process to end and waits for it; after 15 seconds it is killed. Stopping twice is harmless.
func (p *Process) Stop() error {
	_ = p.stdin.Close()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = p.cmd.Process.Kill()
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopWithin):
		_ = p.cmd.Process.Kill()
		<-p.exited
		return fmt.Errorf("devserver: the Temporal server did not end within %s and was killed", stopWithin)
	}
}

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

func (p *Process) waitServing(ctx context.Context) error {
	conn, err := grpc.NewClient(p.options.FrontendAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("devserver: connection to the frontend: %w", err)
	}
	defer func() { _ = conn.Close() }()
	health := grpc_health_v1.NewHealthClient(conn)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		answer, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: frontendHealth})
		if err == nil && answer.GetStatus() == grpc_health_v1.HealthCheckResponse_SERVING {
			return nil
		}
		select {
		case <-p.exited:
			return p.Failure()
		case <-ctx.Done():
			return fmt.Errorf("devserver: the frontend is not serving: %w", errors.Join(ctx.Err(), err))
		case <-tick.C:
			// Without the reset, a refused connection is retried only after a second.
			conn.ResetConnectBackoff()
		}
	}
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// tail keeps the last lines that a process wrote and passes everything on.
type tail struct {
	next io.Writer
	mu   sync.Mutex
	kept []byte
}

const tailSize = 4 << 10

func newTail(next io.Writer) *tail {
	if next == nil {
		next = io.Discard
	}
	return &tail{next: next}
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - tailSize; extra > 0 {
		t.kept = slices.Delete(t.kept, 0, extra)
	}
	return t.next.Write(b)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
