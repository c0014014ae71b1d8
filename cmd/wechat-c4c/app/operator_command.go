package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/contrib/envconfig"
	"golang.org/x/term"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// shell is an operator command's environment: settings and streams.
type shell struct {
	environ        environment
	load           func(roles ...config.Role) (config.Config, error)
	stdin          io.Reader
	interactive    bool // a person can be asked
	stdout, stderr io.Writer
	// lookup finds the addresses of a host; nil: DNS.
	lookup func(ctx context.Context, host string) ([]string, error)
}

// environment contains the process's variables, in the form that Temporal's settings require.
type environment []string

// Environ returns the variables as NAME=value.
func (e environment) Environ() []string { return e }

// LookupEnv returns one variable. If it occurs twice, the last one counts, as for a process.
func (e environment) LookupEnv(name string) (string, bool) {
	for _, variable := range slices.Backward(e) {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// surroundings point commands at the Temporal of the environment they were given.
func (s shell) surroundings() surroundings {
	return surroundings{stderr: s.stderr, temporal: envconfig.LoadClientOptionsRequest{EnvLookup: s.environ}}
}

// process makes a command's process. It only logs problems, because its output is for people.
func (s shell) process(cfg config.Config, role string) (*process, error) {
	if cfg.LogLevel == "info" {
		cfg.LogLevel = "warn"
	}
	return newProcess(cfg, role, s.surroundings())
}

// outputs are the values of --output.
const (
	outputTable = "table"
	outputJSON  = "json"
)

// addOutput gives a command the flag --output.
func addOutput(c *cobra.Command, into *string) {
	c.Flags().VarP(oneOf(into, outputTable, outputTable, outputJSON), "output", "o", "table or json")
}

// operatorFlags are the flags that commands share.
type operatorFlags struct {
	output, uiURL, auditLog string
	actor, reason           string
}

func (f *operatorFlags) showFlags(c *cobra.Command) {
	addOutput(c, &f.output)
	c.Flags().StringVar(&f.uiURL, "ui-url", "", "base address of Temporal UI for links (default: WECHAT_C4C_UI_ORIGIN)")
}

func (f *operatorFlags) actionFlags(c *cobra.Command) {
	c.Flags().StringVar(&f.actor, "actor", "",
		"your name, for the history and the audit line (default: this machine's user)")
	c.Flags().StringVar(&f.reason, "reason", "", "your reason, for the history and the audit line")
	c.Flags().StringVar(&f.auditLog, "audit-log", "", "file that the audit line is appended to (default: standard error)")
}

// command is the Command that is kept in the history.
func (f *operatorFlags) command() (workflows.Command, error) {
	if f.actor != "" {
		return workflows.Command{Actor: f.actor, Reason: f.reason}, nil
	}
	known, err := user.Current()
	if err != nil || known.Username == "" {
		return workflows.Command{}, errors.New("this machine does not know who you are: say it with --actor")
	}
	return workflows.Command{Actor: known.Username, Reason: f.reason}, nil
}

// session is an operator with everything else that a command needs.
type session struct {
	*operate.Operator
	cfg     config.Config
	closers []func()
}

func (s *session) close() {
	for _, f := range s.closers {
		f()
	}
}

// open connects to Temporal. The caller closes the session.
func (s shell) open(ctx context.Context, f operatorFlags) (*session, error) {
	cfg, err := s.load(config.RoleOperator)
	if err != nil {
		return nil, err
	}
	audit, err := s.auditTo(f.auditLog)
	if err != nil {
		return nil, err
	}
	opened := &session{cfg: cfg, closers: []func(){func() { _ = audit.Close() }}}
	p, err := s.process(cfg, "operator")
	if err != nil {
		opened.close()
		return nil, err
	}
	stop := waiting(s.stderr, "waiting for Temporal at "+p.options.HostPort)
	temporal, err := p.dial(ctx)
	stop()
	if err != nil {
		p.close()
		opened.close()
		return nil, err
	}
	opened.closers = append(opened.closers, temporal.Close, p.close)
	if f.uiURL == "" {
		f.uiURL = cfg.UIOrigin
	}
	opened.Operator = &operate.Operator{
		Temporal: temporal, Namespace: p.options.Namespace, UIURL: f.uiURL, Audit: operate.NewAudit(audit),
		Language:      wording.Language(cfg.OperatorLocale),
		DataConverter: p.options.DataConverter, FailureConverter: p.options.FailureConverter,
	}
	return opened, nil
}

// auditTo opens the audit log before anything is done: an action that cannot be logged is not carried out.
func (s shell) auditTo(path string) (io.WriteCloser, error) {
	if path == "" {
		return unclosed{s.stderr}, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return file, nil
}

// unclosed is a stream that others still use.
type unclosed struct{ io.Writer }

// Close leaves the stream open.
func (unclosed) Close() error { return nil }

// print writes a result as JSON or as the table for people.
func (s shell) print(f operatorFlags, v any, people func(io.Writer) error) error {
	if f.output == outputJSON {
		return operate.WriteJSON(s.stdout, v)
	}
	return people(s.stdout)
}

// terminal reports whether the stream is a terminal.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
