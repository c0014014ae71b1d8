package devserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// packages is roughly how many packages the server consists of. A build from an empty cache compiles them all.
const packages = 1200

// build compiles our own server to path. It uses no flags that change how packages are compiled: the compiled packages
// are then reused by "go vet" and "go test" of the server, instead of being compiled twice.
func build(ctx context.Context, moduleDir, path string, log io.Writer) error {
	fmt.Fprintln(log,
		"compiling a Temporal server, only this once: two to six minutes on two cores when nothing is cached")
	partial := path + ".partial"
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-ldflags=-s -w", "-o", partial, "./cmd/"+ownName)
	cmd.Dir = filepath.Join(moduleDir, serverModule)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	bindToParent(cmd)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("devserver: compile Temporal: %w", err)
	}
	began := time.Now()
	p := &progress{began: began}
	if err := startTied(cmd); err != nil {
		return fmt.Errorf("devserver: compile Temporal: %w", err)
	}
	stop := every(reportEvery, func(now time.Time) { fmt.Fprintln(log, p.line(now)) })
	p.read(stderr)
	err = cmd.Wait()
	stop()
	if err != nil {
		_ = os.Remove(partial)
		return fmt.Errorf("devserver: compile Temporal: %w\n%s", errors.Join(err, ctx.Err()), p.complaints())
	}
	if err := os.Rename(partial, path); err != nil {
		return fmt.Errorf("devserver: compile Temporal: %w", err)
	}
	fmt.Fprintf(log, "compiled in %s: %s\n", time.Since(began).Round(time.Second), filepath.Base(path))
	return nil
}

// progress follows the output of "go build -v": one import path per compiled package, and complaints.
type progress struct {
	began time.Time

	mu       sync.Mutex
	compiled int
	last     string
	other    []string
}

func (p *progress) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		p.note(lines.Text())
	}
}

func (p *progress) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		p.last = strings.TrimPrefix(line, "go: ")
	case line == "" || strings.ContainsAny(line, " \t#"):
		p.other = append(p.other, line)
	default:
		p.compiled++
		p.last = line
	}
}

func (p *progress) line(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := now.Sub(p.began).Round(time.Second)
	switch {
	case strings.HasPrefix(p.last, "downloading "):
		return fmt.Sprintf("  %5s  %s", elapsed, p.last)
	case strings.HasSuffix(p.last, "/cmd/"+ownName):
		return fmt.Sprintf("  %5s  linking", elapsed)
	case p.last == "":
		return fmt.Sprintf("  %5s  looking for what is compiled already", elapsed)
	}
	return fmt.Sprintf("  %5s  %d packages compiled of at most %d: %s", elapsed, p.compiled, packages, p.last)
}

func (p *progress) complaints() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.other, "\n")
}
