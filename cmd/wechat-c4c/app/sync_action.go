package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// signalRate is the default number of syncs that a batch signals per second, maxSignalRate the maximum.
const (
	signalRate    = 10
	maxSignalRate = 1_000
)

// actOn is an operator's action on one sync.
type actOn func(*operate.Operator, context.Context, string, workflows.Command) (operate.Outcome, error)

// newSyncCommand makes retry and skip: for one sync an update with a verdict, for many a batch of signals.
func newSyncCommand(s shell, name, short string, one actOn) *cobra.Command {
	var (
		f       operatorFlags
		change  changeFlags
		filters filterFlags
		batch   = operate.Batch{Action: name}
		wait    time.Duration
	)
	c := &cobra.Command{
		Use: name + " [<id>]", Short: short, Args: takes(anID, 0, 1),
		ValidArgsFunction: s.completeSync(),
		Example: "  wechat-c4c sync " + name + " reply/default/1059002 --reason \"called the customer\"\n" +
			"  wechat-c4c sync " + name + " --cause C4CCredentials --dry-run",
		RunE: func(c *cobra.Command, args []string) error {
			command, err := f.command()
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if filters.set() {
					return usagef("an id or filters, not both: leave one out, for example %s", exampleOf(c))
				}
				return s.onSync(c.Context(), f, change, args[0], name, func(ctx context.Context, o *session) (operate.Outcome,
					error) {
					return awaited(ctx, o, wait)(one(o.Operator, ctx, args[0], command))
				})
			}
			if !filters.set() {
				return usagef("say which syncs to %s: an id, or filters, for example %s", name, exampleOf(c))
			}
			batch.Command, batch.DryRun, batch.Yes = command, change.dryRun, change.yes
			return s.inSession(c.Context(), f, func(ctx context.Context, o *session) error {
				return s.runBatch(ctx, o, f, filters, batch)
			})
		},
	}
	f.showFlags(c)
	f.actionFlags(c)
	filters.add(c)
	change.add(c, "only show which syncs would be signalled")
	waitFlag(c, &wait)
	c.Flags().Var(rate(&batch.Rate, signalRate, maxSignalRate), "rate", "syncs per second, the oldest first")
	return c
}

// set reports whether any filter was given.
func (f *filterFlags) set() bool { return !f.Empty() || f.follower != "" }

// onSync carries out a command on one sync, or reports on which sync it would be carried out. The sync's id serves as
// the confirmation.
func (s shell) onSync(ctx context.Context, f operatorFlags, change changeFlags, id, action string,
	do func(context.Context, *session) (operate.Outcome, error)) error {
	return s.askInSession(ctx, f, func(ctx context.Context, o *session) error {
		if !change.dryRun {
			outcome, err := do(ctx, o)
			return s.printOutcome(f, o.Language, outcome, err)
		}
		found, err := o.Show(ctx, id)
		if err != nil {
			return err
		}
		would := dryRunResult{
			ID: id, Action: action, State: found.State, Cause: found.Cause, DryRun: true, language: o.Language,
		}
		return s.print(f, would, would.write)
	})
}

// dryRunResult is the result of a dry run on one sync.
type dryRunResult struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	State  string `json:"state"`
	Cause  string `json:"cause,omitempty"`
	DryRun bool   `json:"dry_run"`

	language wording.Language
}

func (r dryRunResult) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s\n%s\n", r.language.Say("Would %s %s (%s).", r.Action, r.ID,
		strings.TrimSpace(r.State+" "+r.Cause)),
		r.language.Say("Dry run: nothing was done."))
	return err
}

func (s shell) runBatch(ctx context.Context, o *session, f operatorFlags, filters filterFlags,
	batch operate.Batch) error {
	var err error
	if batch.Filter, err = filters.in(o); err != nil {
		return err
	}
	if f.output == outputTable {
		batch.Plan = func(p operate.Plan) { _ = p.WriteTable(s.stdout) }
	}
	if s.interactive {
		batch.Confirm = func(p operate.Plan) error {
			noun := "syncs"
			if p.Matched == 1 {
				noun = "sync"
			}
			return s.ask(ctx, fmt.Sprintf("%s %d %s", p.Action, p.Matched, noun))
		}
	}
	batch.Progress = operate.NewProgress(s.stderr, terminal(s.stderr), batch.Action)
	report, err := o.Run(ctx, batch)
	if report.Action == "" { // refused before anything was counted
		return err
	}
	var confirm *operate.ConfirmError
	if f.output == outputTable && (errors.As(err, &confirm) || errors.Is(err, errNotConfirmed)) {
		return err
	}
	return errors.Join(s.print(f, report, report.WriteTable), err)
}

func newSyncAmend(s shell) *cobra.Command {
	var (
		f      operatorFlags
		change changeFlags
		a      workflows.Amendment
		wait   time.Duration
	)
	c := &cobra.Command{
		Use: "amend <id>", Short: "Correct the input of a parked, held or stuck sync: a text, a ticket number, an unknown follower",
		Args:              takes(anID, 1, 1),
		Example:           "  wechat-c4c sync amend route/default/1059002 --ticket 9001\n  wechat-c4c sync amend reply/default/1059002 --text - < answer.txt",
		ValidArgsFunction: s.completeSync(),
		RunE: func(c *cobra.Command, args []string) error {
			command, err := f.command()
			if err != nil {
				return err
			}
			a.Actor, a.Reason = command.Actor, command.Reason
			if a.Text == "-" {
				read, err := io.ReadAll(s.stdin)
				if err != nil {
					return fmt.Errorf("read the text: %w", err)
				}
				a.Text = strings.TrimSpace(string(read))
			}
			if a.Text+a.TicketID+a.OpenID == "" {
				return usagef("say what to amend: --text, --ticket or --openid, for example %s", exampleOf(c))
			}
			return s.onSync(c.Context(), f, change, args[0], workflows.CommandAmend,
				func(ctx context.Context, o *session) (operate.Outcome, error) {
					return awaited(ctx, o, wait)(o.Amend(ctx, args[0], a))
				})
		},
	}
	f.showFlags(c)
	f.actionFlags(c)
	waitFlag(c, &wait)
	c.Flags().BoolVar(&change.dryRun, "dry-run", false, "only show what would be amended")
	c.Flags().StringVar(&a.Text, "text", "",
		"new text in place of the refused one; - reads standard input")
	c.Flags().StringVar(&a.TicketID, "ticket", "", "the right ticket number")
	c.Flags().StringVar(&a.OpenID, "openid", "", "openid of the follower who gets the reply")
	return c
}

// printOutcome prints that a command was accepted. If it was not, the error says why.
func (s shell) printOutcome(f operatorFlags, l wording.Language, outcome operate.Outcome, err error) error {
	if f.output == outputJSON {
		return errors.Join(operate.WriteJSON(s.stdout, outcome), err)
	}
	if err != nil {
		return err
	}
	if outcome.State == "" {
		_, err = fmt.Fprintln(s.stdout, l.Say("%s accepted: %s", outcome.Action, outcome.ID))
		return err
	}
	_, err = fmt.Fprintln(s.stdout, l.Say("%s accepted: %s is %s", outcome.Action, outcome.ID,
		strings.TrimSpace(outcome.State+" "+outcome.Cause)))
	return err
}

// verdictWithin is how long by default a command on one sync waits for the result.
const verdictWithin = 20 * time.Second

func waitFlag(c *cobra.Command, into *time.Duration) {
	c.Flags().Var(duration(into, verdictWithin, 0), "wait",
		"how long to wait for the outcome of one sync; 0: not at all")
}

// awaited waits for the result of an accepted command.
func awaited(ctx context.Context, o *session, wait time.Duration) func(operate.Outcome, error) (operate.Outcome,
	error) {
	return func(outcome operate.Outcome, err error) (operate.Outcome, error) {
		if err != nil || wait == 0 {
			return outcome, err
		}
		return o.Await(ctx, outcome, wait)
	}
}
