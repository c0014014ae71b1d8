package operate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// WriteJSON writes a value of this package for programs.
func WriteJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// table aligns columns that are separated by tabs.
func table(w io.Writer, write func(io.Writer)) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	write(t)
	return t.Flush()
}

// shownState distinguishes a sync that was ended from outside from one that is on its way.
func (s Sync) shownState() string {
	if !s.Open() && s.State != workflows.StateSynced && s.State != workflows.StateSkipped {
		return strings.ToLower(s.Status)
	}
	return s.State
}

// shownCause omits the error of an earlier attempt.
func (s Sync) shownCause() string {
	if s.State == workflows.StateSyncing || s.State == workflows.StateSynced {
		return ""
	}
	return s.Cause
}

// WriteTable writes the sync for people.
func (d Detail) WriteTable(w io.Writer, now time.Time) error {
	fmt.Fprintln(w, d.ID)
	err := table(w, func(w io.Writer) {
		row := func(name, value string) {
			if value != "" {
				fmt.Fprintf(w, "%s\t%s\n", d.Language.Say(name), value)
			}
		}
		row("State", d.shownState())
		row("What", d.Title)
		row("Type", d.Type)
		row("Ticket", d.TicketID)
		row("Account", d.Account)
		row("Follower", d.FollowerKey)
		row("Started", d.Language.Say("%s (%s ago)", stamp(d.StartedAt), Age(now.Sub(d.StartedAt))))
		if d.GivenUp != nil {
			row("Given up", d.GivenUp.line(d.Language, now))
		}
		row("Cause", d.shownCause())
		if d.Waiting != nil {
			row("Under it", plural(d.Language, *d.Waiting, "sync waits", "syncs wait"))
		}
		row("Meaning", d.Meaning)
		row("Remedy", d.Remedy)
		if d.Said != nil {
			row("Said", d.Said.String())
		}
		for _, p := range d.Pending {
			row("Now", p.line(d.Language, now))
		}
		row("Link", d.Link)
	})
	if err == nil {
		_, err = fmt.Fprintf(w, "\n%s\n", d.Hint)
	}
	return err
}

func (p Pending) line(l wording.Language, now time.Time) string {
	line := l.Say("%s: %s, attempt %d", p.What, p.State, p.Attempt)
	if p.NextRetry != nil {
		line += l.Say(", next at %s (in %s)", p.NextRetry.Local().Format(time.TimeOnly), Age(p.NextRetry.Sub(now)))
	}
	return line
}

// maxWhat is how wide the column of what happened may be.
const maxWhat = 60

// WriteTable writes the timeline for people.
func (t Timeline) WriteTable(w io.Writer, now time.Time) error {
	fmt.Fprintf(w, "%s: %s\n", t.ID, t.shownState())
	what := 0 // width of the column: lines of failures would break it
	for _, s := range t.Steps {
		what = max(what, min(maxWhat, utf8.RuneCountInString(s.What)))
	}
	err := table(w, func(w io.Writer) {
		for _, s := range t.Steps {
			text := strings.TrimRight(fmt.Sprintf("%-*s  %s", what, s.What, s.outcome(now)), " ")
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.At.Local().Format("2006-01-02 15:04:05.000"), s.Kind, text)
			if s.Failure != nil {
				fmt.Fprintf(w, "\t\t  %s\n", s.Failure)
			}
		}
	})
	if err == nil && t.Link != "" {
		_, err = fmt.Fprintln(w, t.Link)
	}
	return err
}

// outcome puts result, time and attempts in one cell.
func (s Step) outcome(now time.Time) string {
	var parts []string
	if s.Result != "" {
		parts = append(parts, s.Result)
	}
	if s.Seconds > 0 {
		parts = append(parts, Age(time.Duration(s.Seconds*float64(time.Second))))
	}
	if s.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", s.Attempts))
	}
	if s.NextRetry != nil {
		parts = append(parts, "next in "+Age(s.NextRetry.Sub(now)))
	}
	return strings.Join(parts, ", ")
}

// WriteTable writes the plan for people.
func (p Plan) WriteTable(w io.Writer) error {
	if p.Matched == 0 {
		_, err := fmt.Fprintln(w, p.Language.Say("No sync matches; nothing to %s.", p.Action))
		return err
	}
	fmt.Fprintln(w, p.Language.Say("%s to %s:", plural(p.Language, p.Matched, "sync", "syncs"), p.Action))
	return table(w, func(w io.Writer) {
		for _, g := range p.Groups {
			fmt.Fprintf(w, "%d\t%s\t%s\n", g.Count, dash(g.Cause), g.Type)
		}
	})
}

// WriteTable writes for people what was done. The plan has already been shown.
func (r BatchReport) WriteTable(w io.Writer) error {
	var err error
	switch {
	case r.Matched == 0 || r.Stopped:
	case r.DryRun:
		_, err = fmt.Fprintln(w, r.Language.Say("Dry run: nothing was done."))
	default:
		_, err = fmt.Fprintln(w, r.Language.Say("%d told to %s, %d closed meanwhile, %d could not be told.",
			r.Told, r.Action, r.Closed, r.Failed))
	}
	return err
}

// waiting describes how much waits for its turn, and for how long.
func (s *FollowerState) waiting(now time.Time) string {
	text := fmt.Sprintf("%d messages, %d replies", s.WaitingMessages, s.WaitingReplies)
	if s.WaitingSince != nil {
		text += fmt.Sprintf(", the oldest for %s", Age(now.Sub(*s.WaitingSince)))
	}
	return text
}

// WriteTable writes the follower for people.
func (f Follower) WriteTable(w io.Writer, now time.Time) error {
	err := table(w, func(w io.Writer) {
		fmt.Fprintf(w, "Follower\t%s of account %s\nConversation\t%s, %s\n", f.FollowerKey, f.Account, f.ConversationID,
			strings.ToLower(f.Conversation))
		if s := f.State; s != nil {
			fmt.Fprintf(w, "Profile\t%s\nCustomer\t%s\nTicket\t%s\n", dash(s.ProfileID), dash(s.CustomerID), dash(s.TicketID))
			fmt.Fprintf(w, "Follows\t%t\nWindow\t%s\n", !s.Gone, s.Window)
			fmt.Fprintf(w, "Waiting\t%s\nHeld\t%s\n", s.waiting(now), dash(strings.Join(s.Held, ", ")))
		}
		if f.Note != "" {
			fmt.Fprintf(w, "Note\t%s\n", f.Note)
		}
		if f.Link != "" {
			fmt.Fprintf(w, "Link\t%s\n", f.Link)
		}
	})
	if err != nil || len(f.Syncs) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return writeSyncs(w, f.Syncs, now)
}

// Age formats a duration for people: 850ms, 42s, 12m30s, 5h7m, 3d4h.
func Age(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(time.Second / 10).String()
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
