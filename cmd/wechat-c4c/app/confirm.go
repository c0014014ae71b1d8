package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/operate"
)

// errNotConfirmed is a person's negative answer.
var errNotConfirmed = errors.New("not confirmed: nothing was done")

// changeFlags are the flags of a command that changes production.
type changeFlags struct{ yes, dryRun bool }

func (f *changeFlags) add(c *cobra.Command, dryRun string) {
	c.Flags().BoolVar(&f.yes, "yes", false, "do it without asking; required without a terminal")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, dryRun)
}

// confirm asks for confirmation at a terminal, and requires --yes elsewhere.
func (s shell) confirm(ctx context.Context, f changeFlags, what string) error {
	switch {
	case f.yes:
		return nil
	case !s.interactive:
		return fmt.Errorf(
			"nobody can be asked whether to %s: confirm it with --yes, or only look with --dry-run; nothing was done", what)
	}
	return s.ask(ctx, what)
}

// ask requires a yes. It ends with ctx: a signal does not interrupt reading.
func (s shell) ask(ctx context.Context, what string) error {
	fmt.Fprintf(s.stderr, "%s? [y/N] ", strings.ToUpper(what[:1])+what[1:])
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(s.stdin).ReadString('\n') // the end of the input is not a yes
		answered <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return errNotConfirmed
	case answer := <-answered:
		if answer != "y" && answer != "yes" {
			return errNotConfirmed
		}
		return nil
	}
}

// audited opens the audit log, does something, and writes the audit line.
func (s shell) audited(ctx context.Context, f operatorFlags, action, subject string, do func() error) (err error) {
	command, err := f.command()
	if err != nil {
		return err
	}
	log, err := s.auditTo(f.auditLog)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	err = do()
	operate.Note(ctx, operate.NewAudit(log), command, action, subject, err)
	return err
}
