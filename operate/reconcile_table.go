package operate

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// WriteTable writes the comparison for people.
func (c Comparison) WriteTable(w io.Writer, now time.Time) error {
	err := table(w, func(w io.Writer) {
		state := "every " + c.Every.String()
		switch {
		case c.Paused:
			state += ", paused: " + dash(c.Note)
		case !c.Next.IsZero():
			state += ", next at " + stamp(c.Next)
		}
		fmt.Fprintf(w, "Comparison\t%s, %s\n", c.Schedule, state)
		if last := c.Last; last != nil {
			fmt.Fprintf(w, "Cursor\t%s (%s ago): what was written up to then has been compared\n",
				stamp(last.Until), Age(now.Sub(last.Until)))
			fmt.Fprintf(w, "Not before\t%s\n", stamp(last.Begin))
			fmt.Fprintf(w, "Last run\t%d replies compared, %d of them private; %d had not arrived\n",
				last.Checked, last.Private, last.Missed)
		} else {
			fmt.Fprintf(w, "Cursor\tnone: none of the latest runs has completed\n")
		}
		for _, run := range c.Open {
			fmt.Fprintf(w, "Running\t%s, %s %s, for %s\n",
				run.ID, run.shownState(), run.shownCause(), Age(now.Sub(run.StartedAt)))
		}
	})
	if err != nil {
		return err
	}
	if len(c.Reviews) == 0 {
		_, err := fmt.Fprintln(w, "\nNothing waits for a decision.")
		return err
	}
	for _, r := range c.Reviews {
		if err := r.WriteTable(w); err != nil {
			return err
		}
	}
	return nil
}

// WriteTable writes what a person has to decide.
func (r OpenReview) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "\n%s: %s\n", r.ID, r.State)
	if r.Review == nil {
		_, err := fmt.Fprintln(w, "No worker says what it is about: is one running?")
		return err
	}
	found := r.Review
	err := table(w, func(w io.Writer) {
		fmt.Fprintf(w, "Replies written\tfrom %s to %s\n", stamp(found.Span.From), stamp(found.Span.To))
		if found.Approved {
			fmt.Fprintf(w, "Approved\t%d delivered so far\n", found.Delivered)
			return
		}
		fmt.Fprintf(w, "Without a workflow\t%s\n", writtenIn(*found))
		if found.Unknown > 0 {
			fmt.Fprintf(w, "Numbers in C4C\t%s\n", numbersOf(*found))
		}
	})
	if err != nil || r.State != workflows.StateNeedsAttention {
		return err
	}
	id := quoteArgument(r.ID)
	_, err = fmt.Fprintf(w, "Were they delivered before? Then: wechat-c4c sync skip %s --reason …\n"+
		"Were they not?               Then: wechat-c4c reconcile approve %s --yes --reason …\n", id, id)
	return err
}

// WriteTable writes for people what the move does.
func (m CursorMove) WriteTable(w io.Writer) error {
	what := fmt.Sprintf("Replies written from %s to %s are left alone: nobody compares them.", stamp(m.From), stamp(m.To))
	if m.Review != "" {
		what = fmt.Sprintf("%s counts the replies written from %s to %s that have no workflow, and asks: "+
			"see wechat-c4c reconcile show.", m.Review, stamp(m.To), stamp(m.From))
	}
	if m.DryRun {
		what += "\nDry run: nothing was done."
	}
	_, err := fmt.Fprintln(w, what)
	return err
}

// WriteTable writes for people what was done.
func (r Restored) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "Account %s: %d replies were open at %s.\n", r.Account, r.Matched, stamp(r.Backup))
	err := table(w, func(w io.Writer) {
		for _, g := range r.Groups {
			fmt.Fprintf(w, "%d\t%s\t%s\n", g.Count, dash(g.Cause), g.Type)
		}
	})
	switch {
	case err != nil || r.Matched == 0:
	case r.DryRun:
		_, err = fmt.Fprintln(w, "Dry run: nothing was done.")
	default:
		_, err = fmt.Fprintf(w, "%d told that they may have arrived, %d closed meanwhile, %d could not be told.\n"+
			"They park as RepliesInDoubt: wechat-c4c sync list --account %s --cause RepliesInDoubt\n",
			r.Told, r.Closed, r.Failed, r.Account)
	}
	return err
}

// writtenIn describes how many replies a review asks about, and when they were written.
func writtenIn(r workflows.Review) string {
	if r.Unknown == 0 {
		return "none so far"
	}
	return fmt.Sprintf("%d replies, written from %s to %s", r.Unknown, stamp(r.First), stamp(r.Last))
}

// numbersOf lists the replies that a review asks about, the oldest first.
func numbersOf(r workflows.Review) string {
	text := strings.Join(r.SmaIDs, ", ")
	if more := r.Unknown - len(r.SmaIDs); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
