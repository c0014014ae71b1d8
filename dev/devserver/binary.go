// Package devserver finds, builds and runs a Temporal development server as a child process, so that nothing that
// uses it has to link Temporal's server: programs stay small, compile in seconds and can run with the race detector.
//
// The server is the "temporal" command if it is installed, otherwise a fetched copy of it, otherwise the command of the
// module ../temporaldev, compiled from source. The last two are kept in the state folder.
package devserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// BinaryVariable is the environment variable with the path of a server to use instead of any other: a "temporal"
// command or a compiled ../temporaldev/cmd/temporal-server.
const BinaryVariable = "TEMPORAL_DEV_BIN"

// ownName begins the file name of our own server. Any other file counts as the "temporal" command.
const ownName = "temporal-server"

// serverModule is the folder of our own server's module, and sources are the folders in it that hold its code.
const serverModule = "temporaldev"

var sources = []string{
	".", "cmd/" + ownName, "without/gcs", "without/s3", "without/s3/types", "without/workercontroller/wci/client",
	"without/workercontroller/wci/workercomponent", "without/workercontroller/wci/workflow/iface",
}

// Binary is an executable Temporal server.
type Binary struct {
	Path string
	// CLI reports whether it is the "temporal" command and not our own server: it lacks some of our flags and defaults.
	CLI bool
}

// Find returns the server to run. It tries, in this order: the one in BinaryVariable; the "temporal" command on PATH,
// if it is new enough; an earlier copy of that command or of our own server in stateDir/bin; a copy fetched now; our
// own server, compiled now. It reports its steps and progress to log.
func Find(ctx context.Context, moduleDir, stateDir string, log io.Writer) (Binary, error) {
	if path := os.Getenv(BinaryVariable); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return Binary{}, fmt.Errorf("devserver: %s: %w", BinaryVariable, err)
		}
		found := named(path)
		if version := tooOld(ctx, found); version != "" {
			return Binary{},
				fmt.Errorf(
					"devserver: %s names a command with Temporal server %s, and %s or later is needed: upgrade it to 1.7 or later, or unset %s",
					BinaryVariable, version, workflows.ServerForPage, BinaryVariable)
		}
		return found, nil
	}
	if path, err := exec.LookPath("temporal"); err == nil {
		version := tooOld(ctx, named(path))
		if version == "" {
			return named(path), nil
		}
		fmt.Fprintf(log,
			"%s brings Temporal server %s, and %s or later is needed: another server is used. Upgrade the command to 1.7 or later.\n",
			path, version, workflows.ServerForPage)
	}
	r := official
	if mirror := os.Getenv(FetchVariable); mirror != "" {
		r.base = mirror
	}
	return kept(ctx, r, moduleDir, stateDir, log)
}

// kept returns the server in the state folder, and gets one if there is none.
func kept(ctx context.Context, r release, moduleDir, stateDir string, log io.Writer) (Binary, error) {
	dir, err := filepath.Abs(filepath.Join(stateDir, "bin"))
	if err != nil {
		return Binary{}, fmt.Errorf("devserver: state folder: %w", err)
	}
	sources, err := fingerprint(moduleDir)
	if err != nil {
		return Binary{}, err
	}
	compiled := filepath.Join(dir, ownName+"-"+sources+exeSuffix())
	earlier := func() (Binary, bool) {
		for _, path := range []string{compiled, r.path(dir)} {
			if _, err := os.Stat(path); err == nil {
				return named(path), true
			}
		}
		return Binary{}, false
	}
	if found, ok := earlier(); ok {
		return found, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Binary{}, fmt.Errorf("devserver: state folder: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock"), log)
	if err != nil {
		return Binary{}, err
	}
	defer unlock()
	if found, ok := earlier(); ok {
		return found, nil
	}
	if r.base != fetchNever {
		fmt.Fprintf(log, "fetching Temporal's command %s (some 50 MB) from %s\n", r.version, r.base)
		path, err := r.fetch(ctx, dir, log)
		if err == nil {
			return named(path), nil
		}
		if ctx.Err() != nil {
			return Binary{}, fmt.Errorf("devserver: fetch Temporal: %w", err)
		}
		fmt.Fprintf(log, "it cannot be fetched: %v (%s names a mirror, or is %s)\n", err, FetchVariable, fetchNever)
	}
	if err := build(ctx, moduleDir, compiled, log); err != nil {
		return Binary{}, err
	}
	removeOthers(dir, compiled)
	return named(compiled), nil
}

var serverForm = regexp.MustCompile(`\bServer ([0-9][^ ,)]*)`)

// tooOld returns the version of a "temporal" command's server if it lacks what the page needs; empty: it is new enough,
// or its version is unknown.
func tooOld(ctx context.Context, b Binary) string {
	if !b.CLI {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	said, err := exec.CommandContext(ctx, b.Path, "--version").Output()
	found := serverForm.FindSubmatch(said)
	if err != nil || found == nil || !workflows.ServerOlder(string(found[1]), workflows.ServerForPage) {
		return ""
	}
	return string(found[1])
}

func named(path string) Binary {
	return Binary{Path: path, CLI: !strings.HasPrefix(filepath.Base(path), ownName)}
}

// fingerprint changes with everything that changes the server: its sources, the versions of its modules, the compiler.
func fingerprint(moduleDir string) (string, error) {
	serverDir := filepath.Join(moduleDir, serverModule)
	files := []string{filepath.Join(serverDir, "go.mod"), filepath.Join(serverDir, "go.sum")}
	for _, dir := range sources {
		found, err := filepath.Glob(filepath.Join(serverDir, dir, "*.go"))
		if err != nil {
			return "", fmt.Errorf("devserver: sources: %w", err)
		}
		if len(found) == 0 {
			return "", fmt.Errorf("devserver: no sources in %s", filepath.Join(serverDir, dir))
		}
		files = append(files, found...)
	}
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("devserver: sources: %w", err)
		}
		fmt.Fprintln(sum, filepath.Base(file), len(content))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// removeOthers deletes servers of earlier sources: each has some 150 MB. What cannot be deleted stays.
func removeOthers(dir, keep string) {
	old, _ := filepath.Glob(filepath.Join(dir, ownName+"-*"))
	for _, path := range old {
		if path != keep {
			_ = os.Remove(path)
		}
	}
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// ModuleDir returns the folder of this module's go.mod, searched from the working directory upwards.
func ModuleDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("devserver: working directory: %w", err)
	}
	for {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(content), "module github.com/wechat-c4c/wechat-c4c/dev\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("devserver: the working directory is not inside the module dev")
		}
		dir = parent
	}
}
