package app

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func newSync(s shell) *cobra.Command {
	parent := group(&cobra.Command{
		Use: "sync", Short: "Find syncs, understand them, get them moving",
		Example: "  wechat-c4c sync list\n  wechat-c4c sync show reply/default/1059002",
	})
	parent.AddCommand(
		newSyncList(s), newSyncShow(s), newSyncTimeline(s),
		newSyncCommand(s, workflows.CommandRetry, "Retry parked, held or stuck syncs: one by its id, or all that filters select",
			(*operate.Operator).Retry),
		newSyncCommand(s, workflows.CommandSkip, "Give up parked, held or stuck syncs: one by its id, or all that filters select",
			(*operate.Operator).Skip),
		newSyncAmend(s),
	)
	return parent
}

// anID is the argument of commands on one sync.
var anID = argument{"<id>", "the id of a sync as wechat-c4c sync list shows it"}

// filterFlags select syncs. The openid leaves them only as a follower key.
type filterFlags struct {
	operate.Filter
	follower string
}

func (f *filterFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.Var(someOf(&f.States, append(slices.Clone(operate.States), operate.AllStates)...), "state",
		"state: needs_attention, stuck, held, syncing, waiting, synced, skipped or all; repeatable")
	flags.Var(someOf(&f.Causes, operate.CauseNames()...), "cause", "error type, for example C4CCredentials; repeatable")
	types := append(slices.Clone(workflows.SyncTypes), workflows.TypeResumeCause)
	flags.Var(someOf(&f.Types, types...), "type", "workflow type, for example CreateTicket; repeatable")
	flags.StringVar(&f.Account, "account", "", "account (default: all; required with --follower if there are several)")
	flags.StringVar(&f.TicketID, "ticket", "", "ticket number")
	flags.StringVar(&f.follower, "follower", "", "openid of a follower")
	flags.Var(age(&f.Older), "older", "started at least this long ago, for example 30m, 12h or 3d")
	flags.Var(age(&f.Newer), "newer", "started at most this long ago")
}

// in completes the filter with the follower's key.
func (f *filterFlags) in(o *session) (operate.Filter, error) {
	filter := f.Filter
	if f.follower == "" {
		return filter, nil
	}
	subject, err := o.subject(filter.Account, f.follower)
	filter.FollowerKey = subject.Key
	return filter, err
}

// subject identifies a follower of an account, by default of the only one. An account that is no longer configured
// may be named.
func (s *session) subject(account, openID string) (operate.Subject, error) {
	if account == "" {
		only, err := accountOf(s.cfg, "")
		if err != nil {
			return operate.Subject{}, err
		}
		account = only.Account
	}
	return operate.Subject{Account: account, Key: followerKey(s.cfg)(account, openID)}, nil
}

// peopleLimit is how many rows a person wants to see at once.
const peopleLimit = 50

func newSyncList(s shell) *cobra.Command {
	var (
		f       operatorFlags
		filters filterFlags
		limit   int
	)
	c := &cobra.Command{
		Use: "list", Short: "List syncs, oldest first; without --state those that are not finished", Args: takesNothing,
		Example: "  wechat-c4c sync list --state needs_attention --cause C4CCredentials\n  wechat-c4c sync list --state all --newer 1d -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("limit") && f.output == outputJSON {
				limit = 0
			}
			return s.askInSession(c.Context(), f, func(ctx context.Context, o *session) error {
				filter, err := filters.in(o)
				if err != nil {
					return err
				}
				listing, err := o.List(ctx, filter, limit)
				if err != nil {
					return err
				}
				return s.print(f, listing, func(w io.Writer) error { return listing.WriteTable(w, time.Now()) })
			})
		},
	}
	f.showFlags(c)
	filters.add(c)
	c.Flags().Var(count(&limit, peopleLimit), "limit",
		"maximum number of rows; 0 shows all (default with --output json)")
	return c
}

// inSession connects to Temporal, runs work and closes the session.
func (s shell) inSession(ctx context.Context, f operatorFlags, work func(context.Context, *session) error) error {
	o, err := s.open(ctx, f)
	if err != nil {
		return err
	}
	defer o.close()
	return unprepared(o.Namespace, work(ctx, o))
}

// askInSession is inSession for work that shows no progress of its own: it reports if the answer takes long.
func (s shell) askInSession(ctx context.Context, f operatorFlags, work func(context.Context, *session) error) error {
	return s.inSession(ctx, f, func(ctx context.Context, o *session) error {
		defer waiting(s.stderr, "waiting for an answer; Ctrl-C stops it")()
		return work(ctx, o)
	})
}

func newSyncShow(s shell) *cobra.Command {
	var f operatorFlags
	c := &cobra.Command{Use: "show <id>", Short: "Explain one sync: state, cause, remedy, what is being tried",
		Args:    takes(anID, 1, 1),
		Example: "  wechat-c4c sync show reply/default/1059002", ValidArgsFunction: s.completeSync(),
		RunE: func(c *cobra.Command, args []string) error {
			return s.askInSession(c.Context(), f, func(ctx context.Context, o *session) error {
				detail, err := o.Show(ctx, args[0])
				if err != nil {
					return err
				}
				return s.print(f, detail, func(w io.Writer) error { return detail.WriteTable(w, time.Now()) })
			})
		}}
	f.showFlags(c)
	return c
}

func newSyncTimeline(s shell) *cobra.Command {
	var f operatorFlags
	c := &cobra.Command{Use: "timeline <id>", Short: "Show what happened to one sync, step by step",
		Args:    takes(anID, 1, 1),
		Example: "  wechat-c4c sync timeline reply/default/1059002", ValidArgsFunction: s.completeSync(),
		RunE: func(c *cobra.Command, args []string) error {
			return s.askInSession(c.Context(), f, func(ctx context.Context, o *session) error {
				timeline, err := o.Timeline(ctx, args[0])
				if err != nil {
					return err
				}
				return s.print(f, timeline, func(w io.Writer) error { return timeline.WriteTable(w, time.Now()) })
			})
		}}
	f.showFlags(c)
	return c
}
