package app

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// newBackfill makes the commands that bring an account's existing followers to C4C.
func newBackfill(s shell) *cobra.Command {
	parent := group(&cobra.Command{
		Use: "backfill", Short: "Bring an account's existing followers to C4C, with start, status, follow, pause and resume",
		Example: "  wechat-c4c backfill start --dry-run\n  wechat-c4c backfill status",
		Long: "Walks the account's list of followers and makes a customer of everyone whom C4C does not know. Followers are not told.\n" +
			"It runs in Temporal, so it goes on when this command ends and when workers are restarted. Running it again is harmless.",
	})
	b := &backfillCommands{shell: s}
	parent.PersistentFlags().StringVar(&b.account, "account", "", "account; needed where there are several")
	parent.PersistentFlags().VarP(oneOf(&b.flags.output, outputTable, outputTable, outputJSON), "output", "o",
		"table or json")
	parent.AddCommand(
		b.start(),
		&cobra.Command{Use: "status", Short: "Say how far it is", Example: "  wechat-c4c backfill status -o json",
			Args: takesNothing, RunE: b.on(b.show)},
		b.hold("pause", "Begin with no more followers", true),
		b.hold("resume", "Go on after a pause", false),
		&cobra.Command{Use: "follow", Short: "Show its progress to its end", Example: "  wechat-c4c backfill follow",
			Args: takesNothing, RunE: b.on(b.follow)},
	)
	return parent
}

// backfillCommands are the subcommands of backfill, with the flags they share.
type backfillCommands struct {
	shell
	flags   operatorFlags
	account string
}

// on runs work in a session, for the selected account.
func (b *backfillCommands) on(work func(context.Context, *session, string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error {
		return b.with(c.Context(), b.flags, func(ctx context.Context, o *session) error {
			one, err := accountOf(o.cfg, b.account)
			if err != nil {
				return err
			}
			return work(ctx, o, one.Account)
		})
	}
}

// actionFlags adds the flags of commands that change something.
func (b *backfillCommands) actionFlags(c *cobra.Command) {
	c.Flags().StringVar(&b.flags.actor, "actor", "",
		"who does this; kept in the audit log (default: the user of this machine)")
	c.Flags().StringVar(&b.flags.reason, "reason", "", "why; kept in the audit log")
	c.Flags().StringVar(&b.flags.auditLog, "audit-log", "",
		"file that audit lines are appended to (default: standard error)")
}

func (b *backfillCommands) start() *cobra.Command {
	var (
		in     workflows.BackfillFollowersInput
		change changeFlags
		detach bool
	)
	c := &cobra.Command{
		Use: "start", Short: "Start it and follow it to its end", Args: takesNothing,
		Example: "  wechat-c4c backfill start --dry-run\n  wechat-c4c backfill start --per-second 2 --detach",
	}
	c.RunE = b.on(func(ctx context.Context, o *session, account string) error {
		in.Account, in.DryRun = account, change.dryRun
		if !in.DryRun {
			if err := b.confirm(ctx, change, "make a customer in C4C of every follower of "+account+
				" whom it does not know"); err != nil {
				return err
			}
		}
		word, err := b.flags.command()
		if err != nil {
			return err
		}
		if err := o.StartBackfill(ctx, in, word); err != nil || detach {
			return err
		}
		return b.follow(ctx, o, account)
	})
	c.Flags().Var(rate(&in.PerSecond, workflows.DefaultBackfillRate, workflows.MaxBackfillRate), "per-second",
		"followers a second at most; each new one costs about three calls to C4C")
	change.add(c, "only count them")
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for its end")
	b.actionFlags(c)
	return c
}

// hold makes the command that pauses or resumes the backfill.
func (b *backfillCommands) hold(use, short string, paused bool) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: takesNothing, Example: "  wechat-c4c backfill " + use +
		` --reason "month's end"`}
	c.RunE = b.on(func(ctx context.Context, o *session, account string) error {
		word, err := b.flags.command()
		if err != nil {
			return err
		}
		if err := o.HoldBackfill(ctx, account, paused, word); err != nil {
			return err
		}
		return b.show(ctx, o, account)
	})
	b.actionFlags(c)
	return c
}

func (b *backfillCommands) show(ctx context.Context, o *session, account string) error {
	found, err := o.BackfillOf(ctx, account)
	if err != nil {
		return err
	}
	return b.printBackfill(found)
}

func (b *backfillCommands) follow(ctx context.Context, o *session, account string) error {
	found, err := o.FollowBackfill(ctx, account, operate.NewProgress(b.stderr, terminal(b.stderr), "followers"))
	if err != nil {
		return err
	}
	return b.printBackfill(found)
}

func (b *backfillCommands) printBackfill(found operate.Backfill) error {
	return b.print(b.flags, found, func(w io.Writer) error { return found.WriteTable(w) })
}
