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
		Long: "Reads the account's list of followers and creates a customer for each one that C4C does not know. Followers notice nothing.\n" +
			"It runs in Temporal, so it continues when this command ends and when workers restart. Running it again is harmless.",
	})
	b := &backfillCommands{shell: s}
	parent.PersistentFlags().StringVar(&b.account, "account", "", "account; required if there are several")
	parent.PersistentFlags().VarP(oneOf(&b.flags.output, outputTable, outputTable, outputJSON), "output", "o",
		"table or json")
	parent.AddCommand(
		b.start(),
		&cobra.Command{Use: "status", Short: "Show its progress", Example: "  wechat-c4c backfill status -o json",
			Args: takesNothing, RunE: b.on(b.show)},
		b.hold("pause", "Pause: begin with no further followers", true),
		b.hold("resume", "Resume after a pause", false),
		&cobra.Command{Use: "follow", Short: "Follow its progress to the end", Example: "  wechat-c4c backfill follow",
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
		return b.inSession(c.Context(), b.flags, func(ctx context.Context, o *session) error {
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
		"your name, for the audit log (default: this machine's user)")
	c.Flags().StringVar(&b.flags.reason, "reason", "", "your reason, for the audit log")
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
		Use: "start", Short: "Start it and follow its progress to the end", Args: takesNothing,
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
		command, err := b.flags.command()
		if err != nil {
			return err
		}
		if err := o.StartBackfill(ctx, in, command); err != nil || detach {
			return err
		}
		return b.follow(ctx, o, account)
	})
	c.Flags().Var(rate(&in.PerSecond, workflows.DefaultBackfillRate, workflows.MaxBackfillRate), "per-second",
		"followers a second at most; each new one costs about three calls to C4C")
	change.add(c, "only count them")
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	b.actionFlags(c)
	return c
}

// hold makes the command that pauses or resumes the backfill.
func (b *backfillCommands) hold(use, short string, paused bool) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: takesNothing, Example: "  wechat-c4c backfill " + use +
		` --reason "month's end"`}
	c.RunE = b.on(func(ctx context.Context, o *session, account string) error {
		command, err := b.flags.command()
		if err != nil {
			return err
		}
		if err := o.HoldBackfill(ctx, account, paused, command); err != nil {
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
