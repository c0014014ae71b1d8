package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// signalRate is how many syncs a batch tells per second unless asked otherwise.
const signalRate = 10

// newSyncCommand makes retry and skip: on one sync an update with a verdict, on many a batch of signals.
func newSyncCommand(s shell, name, short string, one func(*operate.Operator, context.Context, string, workflows.Command) (operate.Outcome, error)) *cobra.Command {
	var (
		f       operatorFlags
		filters filterFlags
		batch   = operate.Batch{Action: name}
	)
	c := &cobra.Command{
		Use: name + " [<id>]", Short: short + ": one by its id, or all that filters select", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			command, err := f.command()
			if err != nil {
				return err
			}
			batch.Command = command
			if len(args) == 1 {
				if c.Flags().Changed("dry-run") || filters.set() {
					return errors.New("an id or filters, not both")
				}
				return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
					outcome, err := one(o.Operator, ctx, args[0], command)
					return s.printOutcome(f, outcome, err)
				})
			}
			return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
				return s.runBatch(ctx, o, f, filters, batch)
			})
		},
	}
	f.showFlags(c)
	f.actionFlags(c)
	filters.add(c)
	c.Flags().BoolVar(&batch.DryRun, "dry-run", false, "only count what would be told")
	c.Flags().BoolVar(&batch.Yes, "yes", false, fmt.Sprintf("confirm a batch of more than %d", operate.AskAbove))
	c.Flags().Float64Var(&batch.Rate, "rate", signalRate, "syncs per second, the oldest first")
	return c
}

// set reports whether any filter was given.
func (f *filterFlags) set() bool { return !f.Empty() || f.follower+f.older+f.newer != "" }

func (s shell) runBatch(ctx context.Context, o *session, f operatorFlags, filters filterFlags, batch operate.Batch) error {
	var err error
	if batch.Filter, err = filters.in(o); err != nil {
		return err
	}
	if f.output == outputTable {
		batch.Plan = func(p operate.Plan) { _ = p.WriteTable(s.stdout) }
	}
	batch.Progress = operate.NewProgress(s.stderr, terminal(s.stderr), batch.Action)
	report, err := o.Run(ctx, batch)
	if report.Action == "" { // refused before anything was counted
		return err
	}
	var confirm *operate.ConfirmError
	if f.output == outputTable && errors.As(err, &confirm) {
		return err
	}
	return errors.Join(s.print(f, report, report.WriteTable), err)
}

func newSyncAmend(s shell) *cobra.Command {
	var (
		f operatorFlags
		a workflows.Amendment
	)
	c := &cobra.Command{
		Use: "amend <id>", Short: "Repair the input of a parked sync: a text, a ticket number, an unknown follower", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			command, err := f.command()
			if err != nil {
				return err
			}
			a.Actor, a.Reason = command.Actor, command.Reason
			if a.Text == "-" {
				read, err := io.ReadAll(c.InOrStdin())
				if err != nil {
					return fmt.Errorf("read the text: %w", err)
				}
				a.Text = strings.TrimSpace(string(read))
			}
			if a.Text+a.TicketID+a.OpenID == "" {
				return errors.New("say what to amend: --text, --ticket or --openid")
			}
			return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
				outcome, err := o.Amend(ctx, args[0], a)
				return s.printOutcome(f, outcome, err)
			})
		},
	}
	f.showFlags(c)
	f.actionFlags(c)
	c.Flags().StringVar(&a.Text, "text", "", "the text in place of the one that was refused; - reads it from standard input")
	c.Flags().StringVar(&a.TicketID, "ticket", "", "the right ticket number")
	c.Flags().StringVar(&a.OpenID, "openid", "", "openid of the follower whom the reply is for")
	return c
}

// printOutcome says that a command was accepted; why it was not says the error.
func (s shell) printOutcome(f operatorFlags, outcome operate.Outcome, err error) error {
	if f.output == outputJSON {
		return errors.Join(operate.WriteJSON(s.stdout, outcome), err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s accepted: %s\n", outcome.Action, outcome.ID)
	return err
}
