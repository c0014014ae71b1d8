package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/config"
)

// drainWithin is how long Temporal may take, unless asked otherwise.
const drainWithin = time.Minute

func newSpool(s shell) *cobra.Command {
	parent := &cobra.Command{Use: "spool", Short: "Show or hand over what an api keeps on disk while Temporal is away", Args: cobra.NoArgs,
		Long: "Shows or hands over what an api keeps on disk while Temporal is away. Without --dir it asks the api of this machine,\n" +
			"at its internal address; where none answers it opens the folder of " + config.Prefix + "SPOOL_DIR. With --dir it opens\n" +
			"that folder, which no api may be using: one that was brought from another machine, for example."}
	parent.AddCommand(newSpoolList(s), newSpoolDrain(s), newSpoolDrop(s))
	return parent
}

// spoolFlags are those of all three commands.
type spoolFlags struct {
	operatorFlags
	folder string
}

func (f *spoolFlags) add(c *cobra.Command) {
	c.Flags().StringVarP(&f.output, "output", "o", outputTable, "table or json")
	c.Flags().StringVar(&f.folder, "dir", "", "folder of a spool that no api uses")
}

func newSpoolList(s shell) *cobra.Command {
	var f spoolFlags
	c := &cobra.Command{Use: "list", Short: "List what waits, without texts and openids", Args: cobra.NoArgs,
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
	c := &cobra.Command{Use: "drain", Short: "Hand over what waits, and once more what was refused", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withSpool(c.Context(), f, func(ctx context.Context, o spoolSession) error {
				ctx, cancel := context.WithTimeout(ctx, within)
				defer cancel()
				if err := o.retry(ctx); err != nil {
					return err
				}
				return errors.Join(awaitEmpty(ctx, o), s.printSpool(f, o))
			})
		}}
	f.add(c)
	c.Flags().DurationVar(&within, "timeout", drainWithin, "how long Temporal may take")
	return c
}

func newSpoolDrop(s shell) *cobra.Command {
	var (
		f   spoolFlags
		yes bool
	)
	c := &cobra.Command{Use: "drop <id>", Short: "Give up an event that Temporal refused for good", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not the id of an event: spool list shows them", args[0])
			}
			return s.withSpool(c.Context(), f, func(_ context.Context, o spoolSession) error {
				if o.opened == nil {
					return errors.New("the api of this machine is using the spool: stop it first, so that nobody drops events from afar")
				}
				if !yes {
					return fmt.Errorf("event %d would be deleted, and with it what somebody wrote; this cannot be undone: confirm with --yes", id)
				}
				return o.opened.Drop(id)
			})
		}}
	f.add(c)
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

// spoolSession is a spool that a command has to do with: one that it opened, or that of the api of this machine.
type spoolSession struct {
	opened  *running // nil: it is the api's
	address string
}

// withSpool finds the spool that is meant, and has it handed over while do goes on where it is nobody else's.
func (s shell) withSpool(ctx context.Context, f spoolFlags, do func(context.Context, spoolSession) error) error {
	if f.output != outputTable && f.output != outputJSON {
		return fmt.Errorf("--output is %s or %s, not %q", outputTable, outputJSON, f.output)
	}
	live := spoolSession{address: internalAddr(s.environ)}
	if f.folder == "" {
		if _, err := live.show(ctx); err == nil {
			return do(ctx, live)
		}
	}
	cfg, err := s.load()
	if err != nil {
		return err
	}
	folder := f.folder
	if folder == "" {
		folder = cfg.Spool.Dir
	}
	if folder == "" {
		return errors.New("no api with a spool answers at " + live.address + ", and " + config.Prefix + "SPOOL_DIR is not set: say where it is with --dir")
	}
	if _, err := os.Stat(filepath.Join(folder, spool.FileName)); err != nil {
		return fmt.Errorf("there is no spool in %s: %w", folder, err)
	}
	p, err := s.process(cfg, "operator")
	if err != nil {
		return err
	}
	defer p.close()
	temporal, err := client.NewLazyClient(p.options)
	if err != nil {
		return fmt.Errorf("temporal at %s: %w", p.options.HostPort, err)
	}
	defer temporal.Close()
	return p.withFolder(ctx, folder, temporal, do)
}

// withFolder opens a folder. Nothing of it is handed over before the session's retry.
func (p *process) withFolder(
	ctx context.Context, folder string, temporal handover.Temporal, do func(context.Context, spoolSession) error,
) error {
	kept, err := p.spoolAt(folder, temporal)
	if err != nil {
		return err
	}
	own := &running{Spool: kept, stop: func() {}}
	err = do(ctx, spoolSession{opened: own})
	own.stop()
	own.group.Wait()
	return errors.Join(err, kept.Close())
}

// show says how the spool stands.
func (o spoolSession) show(ctx context.Context) (api.Spooled, error) {
	if o.opened != nil {
		return api.Spooled{Status: o.opened.Status(), Events: o.opened.List()}, nil
	}
	return o.ask(ctx, http.MethodGet, "/spool")
}

// retry has what was refused wait again, and all of it handed over.
func (o spoolSession) retry(ctx context.Context) error {
	if o.opened == nil {
		_, err := o.ask(ctx, http.MethodPost, "/spool/retry")
		return err
	}
	if _, err := o.opened.Retry(); err != nil {
		return err
	}
	ctx, o.opened.stop = context.WithCancel(context.WithoutCancel(ctx))
	o.opened.group.Go(func() { o.opened.Run(ctx) })
	return nil
}

func (o spoolSession) ask(ctx context.Context, method, path string) (api.Spooled, error) {
	var found api.Spooled
	body, err := askInternal(ctx, method, o.address, path, 64<<20)
	if err != nil {
		return found, fmt.Errorf("spool: %w", err)
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return found, fmt.Errorf("spool: %s answers something else: %w", o.address, err)
	}
	return found, nil
}

// awaitEmpty waits until nothing waits.
func awaitEmpty(ctx context.Context, o spoolSession) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := o.show(ctx)
		if err == nil && found.Waiting == 0 {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if err != nil {
				return err
			}
			return fmt.Errorf("%d events are left: see whether Temporal answers, then drain again", found.Waiting)
		}
	}
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
