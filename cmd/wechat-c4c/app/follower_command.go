package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func newFollower(s shell) *cobra.Command {
	parent := group(&cobra.Command{Use: "follower", Short: "Show or erase a follower's data",
		Example: "  wechat-c4c follower show oAbc123"})
	parent.AddCommand(newFollowerShow(s), newFollowerErase(s))
	return parent
}

// anOpenID is the argument of commands on one follower.
var anOpenID = argument{"<openid>", "the follower's openid, which C4C has as the user's id in the social media profile"}

func newFollowerShow(s shell) *cobra.Command {
	var (
		f       operatorFlags
		account string
	)
	c := &cobra.Command{Use: "show <openid>", Short: "Show a follower's conversation and syncs, without texts",
		Args:    takes(anOpenID, 1, 1),
		Example: "  wechat-c4c follower show oAbc123",
		RunE: func(c *cobra.Command, args []string) error {
			return s.askInSession(c.Context(), f, func(ctx context.Context, o *session) error {
				subject, err := o.subject(account, args[0])
				if err != nil {
					return err
				}
				follower, err := o.ShowFollower(ctx, subject)
				if err != nil {
					return err
				}
				return s.print(f, follower, func(w io.Writer) error { return follower.WriteTable(w, time.Now()) })
			})
		}}
	f.showFlags(c)
	c.Flags().StringVar(&account, "account", "", "account; required if there are several")
	return c
}

const (
	// eraseWithin is the default time limit for Temporal's deletions.
	eraseWithin = 5 * time.Minute
	// verifyAfter is the default time until the second look: by then sessions of the page have ended everywhere, and
	// their last reads have been swept.
	verifyAfter = 2 * time.Minute
)

// eraseFlags are the flags of follower erase.
type eraseFlags struct {
	operatorFlags
	account, receipt string
	yes              bool
	within           time.Duration // how long Temporal may take
	verify           time.Duration // time until the second look; 0: none
}

func newFollowerErase(s shell) *cobra.Command {
	var f eraseFlags
	c := &cobra.Command{Use: "erase <openid>", Short: "Close a follower's conversation and delete all their histories",
		Args:    takes(anOpenID, 1, 1),
		Example: "  wechat-c4c follower erase oAbc123\n  wechat-c4c follower erase oAbc123 --yes --receipt receipt.json --reason \"request 12\"",
		Long: "Closes the follower's conversation and open syncs, deletes all their histories in Temporal and everything that the\n" +
			"page has read, and writes a receipt. C4C and WeChat keep their data; the receipt lists what to delete there.\n" +
			"Erasing again is harmless.",
		RunE: func(c *cobra.Command, args []string) error {
			command, err := f.command()
			if err != nil {
				return err
			}
			f.output = outputJSON
			return s.inSession(c.Context(), f.operatorFlags, func(ctx context.Context, o *session) error {
				subject, err := o.subject(f.account, args[0])
				if err != nil {
					return err
				}
				if !f.yes {
					return s.askErase(ctx, o, subject)
				}
				return s.erase(ctx, o, subject, command, f)
			})
		}}
	f.actionFlags(c)
	c.Flags().StringVar(&f.account, "account", "", "account; required if there are several")
	c.Flags().StringVar(&f.receipt, "receipt", "", "file for the receipt, which must not exist yet (default: standard output)")
	c.Flags().BoolVar(&f.yes, "yes", false, "erase; without it, only show what would be deleted")
	c.Flags().Var(duration(&f.within, eraseWithin, time.Second), "timeout", "how long to wait for Temporal")
	c.Flags().Var(duration(&f.verify, verifyAfter, 0), "verify",
		"check again after this time and record the result in the receipt; 0: no second check")
	return c
}

// erase erases a follower, looks again after a while, and writes the receipt, whatever the outcome.
func (s shell) erase(
	ctx context.Context, o *session, subject operate.Subject, command workflows.Command, f eraseFlags,
) error {
	out, err := s.receiptTo(f.receipt)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, f.within)
	defer cancel()
	done, err := o.Erase(limited, subject, command)
	if done.Deleted == 0 && err == nil {
		fmt.Fprintln(s.stderr, "Nothing is kept of this follower.")
	}
	if err == nil && f.verify > 0 {
		done.Verified, err = s.lookAgain(ctx, o, subject, f.verify)
	}
	written := operate.WriteJSON(out, done)
	return errors.Join(written, out.Close(), err)
}

// lookAgain waits and checks whether anything came back. The receipt is written even if the wait is interrupted.
func (s shell) lookAgain(
	ctx context.Context, o *session, subject operate.Subject, after time.Duration,
) (*operate.Verification, error) {
	fmt.Fprintf(s.stderr, "Erased. Looking again in %s; the receipt is written then.\n", after)
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("erased, but not looked again: %w", context.Cause(ctx))
	case <-time.After(after):
		return o.Verify(ctx, subject)
	}
}

// askErase reports what would be deleted, and that nothing was.
func (s shell) askErase(ctx context.Context, o *session, subject operate.Subject) error {
	inventory, err := o.Inventory(ctx, subject)
	if err != nil {
		return err
	}
	if err := operate.WriteJSON(s.stdout, inventory); err != nil {
		return err
	}
	return fmt.Errorf(
		"%d histories would be deleted, %d of them of running workflows; this cannot be undone: confirm with --yes",
		inventory.Total, inventory.Running)
}

// receiptTo opens the receipt before anything is deleted. A receipt is never overwritten.
func (s shell) receiptTo(path string) (io.WriteCloser, error) {
	if path == "" {
		return unclosed{s.stdout}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return file, nil
}
