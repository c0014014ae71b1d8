// Command size prints what an installation needs, from the last figures of "make figures". With -write it updates the
// tables of docs/deploy/sizing.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/wechat-c4c/wechat-c4c/dev/sizing"
)

func main() {
	err := run(os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	l, c := sizing.Example, sizing.Campaigns
	var page string
	set := flag.NewFlagSet("size", flag.ContinueOnError)
	set.SetOutput(out)
	set.IntVar(&l.Followers, "followers", l.Followers, "people who follow, over all accounts")
	set.IntVar(&l.Messages, "messages", l.Messages, "messages of followers a day")
	set.IntVar(&l.Tickets, "tickets", l.Tickets, "tickets a day that messages open")
	set.IntVar(&l.Replies, "replies", l.Replies, "replies of agents a day")
	set.IntVar(&l.Follows, "follows", l.Follows, "follows a day")
	set.IntVar(&l.Accounts, "accounts", l.Accounts, "Official Accounts")
	set.DurationVar(&l.Retention, "retention", l.Retention, "how long Temporal keeps closed workflows")
	set.DurationVar(&l.Compare, "compare", l.Compare, "how often replies are compared; 0: never")
	set.DurationVar(&l.Call, "call", l.Call, "how long C4C takes for a call")
	set.IntVar(&l.Cap, "cap", l.Cap, "calls that C4C takes at once")
	set.IntVar(&c.Follows, "campaign", c.Follows, "follows of a campaign, within an hour")
	set.IntVar(&c.Hour, "hour", c.Hour, "the campaign's hour of the day")
	set.Float64Var(&c.Write, "write", c.Write, "share of the campaign's followers who write at once")
	set.StringVar(&page, "write-page", "", "bring the tables of this `file` up to date, with the load that it describes")
	if err := set.Parse(args); err != nil {
		return err
	}
	if err := check(l, c); err != nil {
		return err
	}
	figures, err := sizing.Read()
	if err != nil {
		return err
	}
	if page != "" {
		return renew(figures, page)
	}
	fmt.Fprintf(out, "%s\n\n%s\n%s\n\n%s", l.Text(), figures.NeedTable(l), figures.CampaignText(l, c),
		figures.DayTable(l, c))
	return nil
}

// check rejects impossible values.
func check(l sizing.Load, c sizing.Campaign) error {
	for name, n := range map[string]int{
		"followers": l.Followers, "messages": l.Messages, "tickets": l.Tickets, "replies": l.Replies, "follows": l.Follows,
		"campaign": c.Follows,
	} {
		if n < 0 || n > 1e9 {
			return fmt.Errorf("-%s must lie between 0 and 1000000000", name)
		}
	}
	switch {
	case l.Accounts < 1:
		return errors.New("-accounts must be at least 1")
	case l.Cap < 1:
		return errors.New("-cap must be at least 1")
	case l.Call <= 0:
		return errors.New("-call must be a time such as 200ms")
	case l.Retention <= 0 || l.Compare < 0:
		return errors.New("-retention must be a time such as 336h, -compare one such as 5m, or 0")
	case c.Hour < 0 || c.Hour > 23:
		return errors.New("-hour must lie between 0 and 23")
	case c.Write < 0 || c.Write > 1:
		return errors.New("-write must lie between 0 and 1")
	case l.Messages+l.Replies+l.Follows+c.Follows > 5_000_000:
		return errors.New(
			"the simulation plays at most 5000000 acts a day: take a part of the load, and as large a part of -cap")
	}
	return nil
}

func renew(figures sizing.Figures, path string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	page, err := figures.Renew(string(old))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(page), 0o644) //nolint:gosec // a page of the repository
}
