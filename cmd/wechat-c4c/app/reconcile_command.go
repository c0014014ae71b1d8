package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// aReview is the argument that identifies a review.
var aReview = argument{"the id of a review", "as wechat-c4c reconcile show prints it"}

// newReconcile makes the commands about the comparison of agents' replies in C4C with those that arrived.
func newReconcile(s shell) *cobra.Command {
	parent := group(&cobra.Command{
		Use:     "reconcile",
		Short:   "Show the comparison of agents' replies and decide after a restore, with show, approve, move and restored",
		Example: "  wechat-c4c reconcile show\n  wechat-c4c reconcile restored --backup 2026-03-02T02:00:00Z",
		Long: "A comparison delivers agents' replies that are in C4C but have not arrived. After an outage or a restore Temporal does\n" +
			"not know what was delivered meanwhile: a review then asks, and nothing of that time is sent before somebody decides.\n" +
			"docs/restore.md has the procedure.",
	})
	r := &reconcileCommands{shell: s}
	parent.PersistentFlags().StringVar(&r.account, "account", "",
		"account; required if there are several, except for restored, which covers all of them")
	parent.PersistentFlags().VarP(oneOf(&r.flags.output, outputTable, outputTable, outputJSON), "output", "o",
		"table or json")
	parent.AddCommand(r.show(), r.approve(), r.move(), r.restored())
	return parent
}

// reconcileCommands are the subcommands of reconcile, with the flags they share.
type reconcileCommands struct {
	shell
	flags   operatorFlags
	account string
}

// on runs work in a session, for the selected account.
func (r *reconcileCommands) on(c *cobra.Command, work func(context.Context, *session, string) error) error {
	return r.inSession(c.Context(), r.flags, func(ctx context.Context, o *session) error {
		one, err := accountOf(o.cfg, r.account)
		if err != nil {
			return err
		}
		return work(ctx, o, one.Account)
	})
}

func (r *reconcileCommands) show() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show how far the comparison is, and what needs a decision", Args: takesNothing,
		Example: "  wechat-c4c reconcile show\n  wechat-c4c reconcile show -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			return r.on(c, func(ctx context.Context, o *session, account string) error {
				found, err := o.ComparisonOf(ctx, account)
				if err != nil {
					return err
				}
				return r.print(r.flags, found, func(w io.Writer) error { return found.WriteTable(w, time.Now()) })
			})
		},
	}
}

func (r *reconcileCommands) approve() *cobra.Command {
	var change changeFlags
	c := &cobra.Command{
		Use: "approve <id>", Short: "Deliver the replies that a review asks about: they have not reached the followers",
		Example: "  wechat-c4c reconcile approve review-replies/default/20260302T005931Z --dry-run\n" +
			"  wechat-c4c reconcile approve review-replies/default/20260302T005931Z --reason \"Temporal was away, nothing was restored\"",
		Args: takes(aReview, 1, 1), ValidArgsFunction: r.completeSync(),
		RunE: func(c *cobra.Command, args []string) error {
			command, err := r.flags.command()
			if err != nil {
				return err
			}
			return r.inSession(c.Context(), r.flags, func(ctx context.Context, o *session) error {
				return r.approveOne(ctx, o, args[0], change, command)
			})
		},
	}
	r.flags.actionFlags(c)
	change.add(c, "only show what would be delivered")
	return c
}

// approveOne reports what would be delivered, and delivers it if confirmed.
func (r *reconcileCommands) approveOne(
	ctx context.Context, o *session, id string, change changeFlags, command workflows.Command,
) error {
	if !change.yes || change.dryRun {
		found, err := o.ReviewOf(ctx, id)
		if err != nil {
			return err
		}
		if err := r.print(r.flags, found, found.WriteTable); err != nil || change.dryRun {
			return err
		}
	}
	if err := r.confirm(ctx, change, "deliver these replies, also to followers who have read them"); err != nil {
		return err
	}
	outcome, err := o.Approve(ctx, id, command)
	return r.printOutcome(r.flags, o.Language, outcome, err)
}

func (r *reconcileCommands) move() *cobra.Command {
	var (
		to     time.Time
		change changeFlags
	)
	c := &cobra.Command{
		Use: "move --to <time>", Args: takesNothing,
		Short:   "Move the cursor: back, to be asked about the replies written since; or ahead, to leave them undelivered for good",
		Example: "  wechat-c4c reconcile move --to 6h --dry-run\n  wechat-c4c reconcile move --to 2026-03-02T08:30:00Z",
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if to.IsZero() {
			return usagef("say where to move it: --to is a time or an age, for example %s", exampleOf(c))
		}
		command, err := r.flags.command()
		if err != nil {
			return err
		}
		return r.on(c, func(ctx context.Context, o *session, account string) error {
			plan, err := o.MoveCursor(ctx, account, to, true, command)
			if err == nil && !change.dryRun && plan.Review == "" {
				err = r.confirm(ctx, change, "leave alone what agents wrote up to "+plan.To.Format(time.RFC3339)+
					" and no push has brought")
			}
			if err == nil && !change.dryRun {
				plan, err = o.MoveCursor(ctx, account, to, false, command)
			}
			if err != nil {
				return err
			}
			return r.print(r.flags, plan, plan.WriteTable)
		})
	}
	c.Flags().Var(moment(&to), "to", "time such as 2026-03-02T08:30:00Z, or 6h for six hours ago")
	r.flags.actionFlags(c)
	change.add(c, "only show what it would do")
	return c
}

func (r *reconcileCommands) restored() *cobra.Command {
	var (
		backup time.Time
		change changeFlags
	)
	c := &cobra.Command{
		Use: "restored --backup <time>", Args: takesNothing,
		Short: "After a restore of Temporal, before workers run: make the replies that were open at the backup wait for a person",
		Example: "  wechat-c4c reconcile restored --backup 2026-03-02T02:00:00Z --dry-run\n" +
			"  wechat-c4c reconcile restored --backup 2026-03-02T02:00:00Z --reason \"the disk failed\"",
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if backup.IsZero() {
			return usagef("say when the backup was made: --backup is a time or an age, for example %s", exampleOf(c))
		}
		command, err := r.flags.command()
		if err != nil {
			return err
		}
		return r.inSession(c.Context(), r.flags, func(ctx context.Context, o *session) error {
			accounts := o.cfg.Names()
			if r.account != "" {
				one, err := accountOf(o.cfg, r.account)
				if err != nil {
					return err
				}
				accounts = []string{one.Account}
			}
			return r.doubt(ctx, o, accounts, backup, change, command)
		})
	}
	c.Flags().Var(moment(&backup), "backup",
		"time of the backup, such as 2026-03-02T02:00:00Z, or 6h for six hours ago")
	r.flags.actionFlags(c)
	change.add(c, "only count them")
	return c
}

func (r *reconcileCommands) doubt(
	ctx context.Context, o *session, accounts []string, backup time.Time, change changeFlags, command workflows.Command,
) error {
	if !change.dryRun {
		what := "have every reply that was open at " + backup.UTC().Format(time.RFC3339) + " wait for a person"
		if err := r.confirm(ctx, change, what); err != nil {
			return err
		}
	}
	all, failures := []operate.Restored{}, []error{}
	for _, account := range accounts {
		one, err := o.Doubt(ctx, account, backup, change.dryRun, command)
		all, failures = append(all, one), append(failures, err)
	}
	printed := r.print(r.flags, all, func(w io.Writer) error {
		for _, one := range all {
			if err := one.WriteTable(w); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(printed, errors.Join(failures...))
}

// moment accepts a time in the past, or an age: how long ago.
func moment(into *time.Time) *value {
	return &value{
		kind: "a time in the past such as 2026-03-02T08:30:00Z, or an age such as 6h", holder: "time",
		example: "2026-03-02T08:30:00Z",
		set: func(text string) error {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				ago, err := operate.ParseAge(text)
				if err != nil {
					return fmt.Errorf("%w: %s", errValue, text)
				}
				at = time.Now().Add(-ago)
			}
			if at.After(time.Now()) {
				return errValue
			}
			*into = at
			return nil
		},
	}
}
