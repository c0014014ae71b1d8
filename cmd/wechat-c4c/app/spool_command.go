package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// drainWithin is the default time limit for Temporal.
const drainWithin = time.Minute

func newSpool(s shell) *cobra.Command {
	parent := group(&cobra.Command{Use: "spool",
		Short:   "Show or hand over the events that an api keeps on disk while Temporal is down",
		Example: "  wechat-c4c spool list",
		Long: "Shows or hands over the events that an api keeps on disk while Temporal is down. Without --dir it asks the api of this\n" +
			"machine at its internal address; if none answers, it opens the folder of WECHAT_C4C_SPOOL_DIR. With --dir it opens\n" +
			"that folder, which no api may be using, for example one from another machine."})
	parent.AddCommand(newSpoolList(s), newSpoolDrain(s), newSpoolDrop(s))
	return parent
}

// spoolFlags are the flags of all three commands.
type spoolFlags struct {
	operatorFlags
	folder string
}

func (f *spoolFlags) add(c *cobra.Command) {
	addOutput(c, &f.output)
	c.Flags().StringVar(&f.folder, "dir", "", "folder of a spool that no api uses")
}

func newSpoolList(s shell) *cobra.Command {
	var f spoolFlags
	c := &cobra.Command{Use: "list", Short: "List the waiting events, without texts and openids", Args: takesNothing,
		Example: "  wechat-c4c spool list\n  wechat-c4c spool list --dir /mnt/spool",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withSpool(c.Context(), f, func(_ context.Context, o spoolSession) error { return s.printSpool(f, o) })
		}}
	f.add(c)
	return c
}

func newSpoolDrain(s shell) *cobra.Command {
	var (
		f      spoolFlags
		within time.Duration
	)
	c := &cobra.Command{Use: "drain", Args: takesNothing,
		Short:   "Hand over the waiting events, and retry the refused ones",
		Example: "  wechat-c4c spool drain\n  wechat-c4c spool drain --dir /mnt/spool --timeout 10m",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withSpool(c.Context(), f, func(ctx context.Context, o spoolSession) error {
				ctx, cancel := context.WithTimeout(ctx, within)
				defer cancel()
				if err := o.retry(ctx); err != nil {
					return err
				}
				drained := awaitEmpty(ctx, o)
				return errors.Join(drained, s.printSpool(f, o)) // what is left is worth seeing
			})
		}}
	f.add(c)
	c.Flags().Var(duration(&within, drainWithin, time.Second), "timeout", "how long to wait for Temporal")
	return c
}

// anEvent is the argument of drop.
var anEvent = argument{"<id>", "the id of an event, which spool list shows"}

func newSpoolDrop(s shell) *cobra.Command {
	var (
		f      spoolFlags
		change changeFlags
	)
	c := &cobra.Command{Use: "drop <id>", Short: "Give up an event that Temporal refused for good",
		Args:    takes(anEvent, 1, 1),
		Example: "  wechat-c4c spool drop 17 --dry-run\n  wechat-c4c spool drop 17 --yes --reason \"empty message\"",
		Long: "Deletes an event that Temporal refused for good, and so the words of a follower or an agent. No api may be using the\n" +
			"spool: events cannot be dropped remotely.",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return usagef("%q is not the id of an event: spool list shows them, for example %s", args[0], exampleOf(c))
			}
			return s.withSpool(c.Context(), f, func(ctx context.Context, o spoolSession) error {
				return s.drop(ctx, f, change, o, id)
			})
		}}
	f.add(c)
	f.actionFlags(c)
	change.add(c, "only show the event")
	return c
}

// drop deletes an event.
func (s shell) drop(ctx context.Context, f spoolFlags, change changeFlags, o spoolSession, id uint64) error {
	if o.opened == nil {
		return errors.New("the api of this machine is using the spool: stop it first, so that nobody drops events from afar")
	}
	found, err := o.refused(id)
	if err != nil {
		return err
	}
	if change.dryRun {
		return s.print(f.operatorFlags, found, func(w io.Writer) error { return writeSpool(w, found, time.Now()) })
	}
	what := fmt.Sprintf("delete event %d, and with it what somebody wrote, for good", id)
	if err := s.confirm(ctx, change, what); err != nil {
		return err
	}
	subject := strconv.FormatUint(id, 10)
	return s.audited(ctx, f.operatorFlags, "spool drop", subject, func() error { return o.opened.Drop(id) })
}

func (s shell) printSpool(f spoolFlags, o spoolSession) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	found, err := o.show(ctx)
	if err != nil {
		return err
	}
	return s.print(f.operatorFlags, found, func(w io.Writer) error { return writeSpool(w, found, time.Now()) })
}

// writeSpool writes a spool for people.
func writeSpool(w io.Writer, found api.Spooled, now time.Time) error {
	if len(found.Events) == 0 {
		_, err := fmt.Fprintln(w, "The spool is empty.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tAGE\tKIND\tWORKFLOW\tBYTES\tSTATE")
	for _, e := range found.Events {
		state := "waits"
		if e.Refused != "" {
			state = "refused: " + e.Refused
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%d\t%s\n", e.ID, now.Sub(e.At).Round(time.Second), e.Kind, e.Workflow, e.Bytes, state)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d wait, %d refused, %d bytes.\n", found.Waiting, found.Refused, found.Bytes)
	return err
}
