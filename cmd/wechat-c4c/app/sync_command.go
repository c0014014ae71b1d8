package app

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func newSync(s shell) *cobra.Command {
	parent := &cobra.Command{Use: "sync", Short: "Find syncs, understand them, get them moving", Args: cobra.NoArgs}
	parent.AddCommand(
		newSyncList(s), newSyncShow(s), newSyncTimeline(s),
		newSyncCommand(s, workflows.CommandRetry, "Try parked or held syncs again", (*operate.Operator).Retry),
		newSyncCommand(s, workflows.CommandSkip, "Give parked or held syncs up", (*operate.Operator).Skip),
		newSyncAmend(s),
	)
	return parent
}

// filterFlags select syncs. The openid never leaves them but as a follower key.
type filterFlags struct {
	operate.Filter
	follower, older, newer string
}

func (f *filterFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.States, "state", nil, "state: needs_attention, stuck, held, syncing, synced, skipped or all; repeatable")
	flags.StringSliceVar(&f.Causes, "cause", nil, "error type, for example C4CCredentials; repeatable")
	flags.StringSliceVar(&f.Types, "type", nil, "workflow type, for example CreateTicket; repeatable")
	flags.StringVar(&f.Account, "account", "", "account (default: all; needed with --follower where there are several)")
	flags.StringVar(&f.TicketID, "ticket", "", "ticket number")
	flags.StringVar(&f.follower, "follower", "", "openid of a follower")
	flags.StringVar(&f.older, "older", "", "started at least this long ago, for example 30m, 12h or 3d")
	flags.StringVar(&f.newer, "newer", "", "started at most this long ago")
}

// filter reads the flags, but for the follower.
func (f *filterFlags) filter() (operate.Filter, error) {
	filter := f.Filter
	for _, age := range []struct {
		name, text string
		into       *time.Duration
	}{{"--older", f.older, &filter.Older}, {"--newer", f.newer, &filter.Newer}} {
		if age.text == "" {
			continue
		}
		parsed, err := operate.ParseAge(age.text)
		if err != nil {
			return operate.Filter{}, errors.New(age.name + ": " + err.Error())
		}
		*age.into = parsed
	}
	return filter, nil
}

// in completes the filter with the follower's key.
func (f *filterFlags) in(o *session) (operate.Filter, error) {
	filter, err := f.filter()
	if err != nil || f.follower == "" {
		return filter, err
	}
	subject, err := o.subject(filter.Account, f.follower)
	filter.FollowerKey = subject.Key
	return filter, err
}

// subject names a follower of an account, by default the only one. An account that is configured no longer may be named.
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
		Use: "list", Short: "List syncs, oldest first; without --state those that are not finished", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("limit") && f.output == outputJSON {
				limit = 0
			}
			return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
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
	c.Flags().IntVar(&limit, "limit", peopleLimit, "at most so many rows; 0 shows all, which is the default with --output json")
	return c
}

// with runs f in a session.
func (s shell) with(ctx context.Context, f operatorFlags, work func(context.Context, *session) error) error {
	o, err := s.open(ctx, f)
	if err != nil {
		return err
	}
	defer o.close()
	return unprepared(o.Namespace, work(ctx, o))
}

func newSyncShow(s shell) *cobra.Command {
	var f operatorFlags
	c := &cobra.Command{Use: "show <id>", Short: "Explain one sync: state, cause, remedy, what is being tried", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
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
	c := &cobra.Command{Use: "timeline <id>", Short: "Tell what happened to one sync, step by step", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.with(c.Context(), f, func(ctx context.Context, o *session) error {
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
