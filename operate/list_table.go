package operate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// WriteTable writes the listing for people: first the causes that stop an account, then the syncs by cause, then the
// counts.
func (l Listing) WriteTable(w io.Writer, now time.Time) error {
	for _, c := range l.Open {
		c.write(w, l.Language, now)
	}
	groups := l.groups()
	for _, g := range groups {
		if err := g.write(w, l.Language, now); err != nil {
			return err
		}
	}
	switch more := l.Matched - len(l.Syncs); {
	case len(l.Syncs) == 0:
		fmt.Fprintf(w, "%s\n\n", l.Language.Say("No sync matches."))
	case more > 0:
		fmt.Fprintf(w, "%s\n\n", l.Language.Say("… and %d younger ones; --limit 0 shows all.", more))
	}
	var states []string
	for _, s := range l.States {
		states = append(states, fmt.Sprintf("%s %d", s.State, s.Count))
	}
	fmt.Fprintln(w, strings.Join(states, ", "))
	return l.writeRest(w, groups)
}

// writeRest lists causes without a row: their syncs were cut from the list.
func (l Listing) writeRest(w io.Writer, shown []causeGroup) error {
	rest := slices.DeleteFunc(slices.Clone(l.Causes), func(c CauseCount) bool {
		return slices.ContainsFunc(shown, func(g causeGroup) bool { return g.cause != "" && g.cause == c.Cause })
	})
	if len(rest) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", l.Language.Say("Why:"))
	return table(w, func(w io.Writer) {
		for _, c := range rest {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", c.Count, c.State, dash(c.Cause), c.Meaning)
		}
	})
}

func (c OpenCause) write(w io.Writer, l wording.Language, now time.Time) {
	fmt.Fprintln(w, l.Say("%s: %s since %s. No other command is needed: when it is over they resume automatically.",
		c.Cause, plural(l, c.Waiting, "sync waits", "syncs wait"), Age(now.Sub(c.Since))))
	fmt.Fprintln(w, wrapped("  "+c.Remedy, "  "))
	fmt.Fprintf(w, "  %s\n\n", l.Say("Ask at once whether it is over: wechat-c4c sync retry %s", quoteArgument(c.ID)))
}

// causeGroup is the unfinished syncs with the same cause.
type causeGroup struct {
	cause string // empty: nothing is wrong
	all   int    // in the whole listing; 0: not counted
	syncs []Sync
	open  bool // the cause stops the account and was already listed
}

// groups puts the rows of one cause together: first those of causes that stop an account, then the largest.
func (l Listing) groups() []causeGroup {
	var groups []causeGroup
	for _, s := range l.Syncs {
		if s.resumes() != "" {
			continue // already listed with its cause
		}
		cause := s.shownCause()
		i := slices.IndexFunc(groups, func(g causeGroup) bool { return g.cause == cause })
		if i < 0 {
			i = len(groups)
			groups = append(groups, causeGroup{cause: cause, all: l.countOf(cause),
				open: slices.ContainsFunc(l.Open, func(c OpenCause) bool { return c.Cause == cause })})
		}
		groups[i].syncs = append(groups[i].syncs, s)
	}
	slices.SortStableFunc(groups, func(a, b causeGroup) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(b.all, a.all), cmp.Compare(a.cause, b.cause))
	})
	return groups
}

// rank puts syncs that are on their way last, and before them those that only wait for others.
func rank(g causeGroup) int {
	switch {
	case g.open:
		return 0
	case g.cause == activities.ErrorReplyBehind: // the first of them says more
		return 2
	case g.cause != "":
		return 1
	}
	return 3
}

func (l Listing) countOf(cause string) (n int) {
	for _, c := range l.Causes {
		if c.Cause == cause {
			n += c.Count
		}
	}
	return n
}

func (g causeGroup) write(w io.Writer, l wording.Language, now time.Time) error {
	if g.cause != "" {
		fmt.Fprintf(w, "%s\n", strings.TrimSpace(fmt.Sprintf("%s %s", g.cause, g.total())))
		if cause := activities.CauseOf(g.cause).In(l); !g.open {
			fmt.Fprintln(w, wrapped("  "+cause.Meaning, "  "))
			fmt.Fprintln(w, wrapped("  "+l.Say("What to do: %s", cause.Remedy), "  "))
		}
	}
	if err := writeSyncs(w, g.syncs, now); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (g causeGroup) total() string {
	if g.all == 0 {
		return ""
	}
	return fmt.Sprintf("(%d)", g.all)
}

func writeSyncs(w io.Writer, syncs []Sync, now time.Time) error {
	return table(w, func(w io.Writer) {
		fmt.Fprintln(w, "STATE\tTYPE\tTICKET\tCAUSE\tAGE\tID")
		for _, s := range syncs {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.shownState(), s.Type, dash(s.TicketID), dash(s.shownCause()),
				Age(now.Sub(s.StartedAt)), s.ID)
		}
	})
}
