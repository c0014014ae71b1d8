package app

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// newBackfill makes the commands that bring an account's existing followers to C4C.
func newBackfill(s shell) *cobra.Command {
	var (
		f       operatorFlags
		account string
	)
	parent := &cobra.Command{
		Use: "backfill", Short: "Bring those who follow already to C4C, with start, status, follow, pause and resume", Args: cobra.NoArgs,
		Long: "Walks the account's list of followers and makes a customer of everyone whom C4C does not know. Nobody is told anything.\n" +
			"It runs in Temporal, so it goes on when this command ends and when workers are restarted. Running it again is harmless.",
	}
	parent.PersistentFlags().StringVar(&account, "account", "", "account; needed where there are several")
	parent.PersistentFlags().StringVarP(&f.output, "output", "o", outputTable, "table or json")
	on := func(work func(context.Context, *session, string) error) func(*cobra.Command, []string) error {
		return func(c *cobra.Command, _ []string) error {
			return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
				one, err := accountOf(o.cfg, account)
				if err != nil {
					return err
				}
				return work(ctx, o, one.Account)
			})
		}
	}
	show := func(found operate.Backfill) error {
		return s.print(f, found, func(w io.Writer) error { return found.WriteTable(w) })
	}
	follow := func(ctx context.Context, o *session, account string) error {
		found, err := o.FollowBackfill(ctx, account, operate.NewProgress(s.stderr, terminal(s.stderr), "followers"))
		if err != nil {
			return err
		}
		return show(found)
	}
	hold := func(paused bool) func(*cobra.Command, []string) error {
		return on(func(ctx context.Context, o *session, account string) error {
			word, err := f.command()
			if err != nil {
				return err
			}
			if err := o.HoldBackfill(ctx, account, paused, word); err != nil {
				return err
			}
			found, err := o.BackfillOf(ctx, account)
			if err != nil {
				return err
			}
			return show(found)
		})
	}
	var (
		in     workflows.BackfillFollowersInput
		detach bool
	)
	start := &cobra.Command{Use: "start", Short: "Start it and follow it to its end", Args: cobra.NoArgs,
		RunE: on(func(ctx context.Context, o *session, account string) error {
			if in.PerSecond <= 0 || in.PerSecond > workflows.MaxBackfillRate {
				return fmt.Errorf("--per-second must be above 0 and at most %g", workflows.MaxBackfillRate)
			}
			in.Account = account
			word, err := f.command()
			if err != nil {
				return err
			}
			if err := o.StartBackfill(ctx, in, word); err != nil || detach {
				return err
			}
			return follow(ctx, o, account)
		})}
	start.Flags().Float64Var(&in.PerSecond, "per-second", workflows.DefaultBackfillRate, "followers a second at most; each new one costs about five calls to C4C")
	start.Flags().BoolVar(&in.DryRun, "dry-run", false, "only count them")
	start.Flags().BoolVar(&detach, "detach", false, "do not wait for its end")
	status := &cobra.Command{Use: "status", Short: "Say how far it is", Args: cobra.NoArgs,
		RunE: on(func(ctx context.Context, o *session, account string) error {
			found, err := o.BackfillOf(ctx, account)
			if err != nil {
				return err
			}
			return show(found)
		})}
	pause := &cobra.Command{Use: "pause", Short: "Begin with no more followers", Args: cobra.NoArgs, RunE: hold(true)}
	resume := &cobra.Command{Use: "resume", Short: "Go on after a pause", Args: cobra.NoArgs, RunE: hold(false)}
	for _, c := range []*cobra.Command{start, pause, resume} {
		c.Flags().StringVar(&f.actor, "actor", "", "who does this; kept in the audit log (default: the user of this machine)")
		c.Flags().StringVar(&f.reason, "reason", "", "why; kept in the audit log")
		c.Flags().StringVar(&f.auditLog, "audit-log", "", "file that audit lines are appended to (default: standard error)")
	}
	parent.AddCommand(start, status, pause, resume,
		&cobra.Command{Use: "follow", Short: "Show its progress to its end", Args: cobra.NoArgs, RunE: on(follow)})
	return parent
}
