package operate

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// statusWidth is the width of the screen that a status must fit.
const statusWidth = 100

// WriteTable writes the status for people, on one screen: first what needs them.
func (s Status) WriteTable(w io.Writer) error {
	verdict := s.Language.Say("all is well")
	if len(s.Trouble) > 0 {
		verdict = plural(s.Language, len(s.Trouble), "thing wants a person", "things want a person")
	}
	head := s.Language.Say("%s, namespace %s: %s", stamp(s.At), s.Namespace, verdict)
	if s.Away != "" {
		head = s.Language.Say("%s: %s", stamp(s.At), verdict)
	}
	fmt.Fprintln(w, head)
	for i, t := range s.Trouble {
		t.write(w, i+1)
	}
	fmt.Fprintln(w)
	parts := []func(io.Writer) error{s.writeAccounts, s.writeLast, s.writeQueues}
	if s.Away != "" {
		parts = nil
	}
	for _, part := range parts {
		if err := part(w); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	for _, spool := range s.Spools {
		fmt.Fprintln(w, s.Language.Say("spool at %s: %s", spool.Address, spool.line(s.Language, s.At)))
	}
	return nil
}

func (t Trouble) write(w io.Writer, number int) {
	fmt.Fprintln(w, wrapped(fmt.Sprintf("%d. %s", number, t.What), "   "))
	if t.Remedy != "" {
		fmt.Fprintln(w, wrapped("   "+t.Remedy, "   "))
	}
	if t.Command != "" {
		fmt.Fprintln(w, "   "+t.Command)
	}
}

func (s Status) writeAccounts(w io.Writer) error {
	return table(w, func(w io.Writer) {
		fmt.Fprintln(w, "ACCOUNT\tTOKEN\tATTENTION\tSTUCK\tHELD\tON THE WAY\tOLDEST")
		for _, a := range s.Accounts {
			oldest := "-"
			if a.Oldest != nil {
				oldest = Age(s.At.Sub(a.Oldest.StartedAt)) + " " + a.Oldest.ID
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%d\t%s\n", a.Account, a.Token.line(s.Language, s.At),
				a.count(workflows.StateNeedsAttention), a.count(workflows.StateStuck), a.Window.line(s.Language, s.At),
				a.count(workflows.StateSyncing)+a.count(workflows.StateWaiting), oldest)
		}
	})
}

func (s Status) writeLast(w io.Writer) error {
	return table(w, func(w io.Writer) {
		fmt.Fprintln(w, "ACCOUNT\tLAST FOLLOW\tLAST MESSAGE\tLAST REPLY")
		for _, a := range s.Accounts {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Account, ago(s.Language, s.At, a.LastFollow),
				ago(s.Language, s.At, a.LastMessage), ago(s.Language, s.At, a.LastReply))
		}
	})
}

func (s Status) writeQueues(w io.Writer) error {
	err := table(w, func(w io.Writer) {
		fmt.Fprintln(w, "QUEUE\tWORKERS\tBACKLOG\tOLDEST")
		for _, q := range s.Queues {
			age := "-"
			if q.Backlog > 0 {
				age = Age(q.Age)
			}
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", q.Queue, q.Workers, q.Backlog, age)
		}
	})
	for _, limit := range s.Caps {
		fmt.Fprintln(w, wrapped(limit.line(s.Language), "  "))
	}
	return err
}

// line describes the limit of calls to a tenant, and who holds how many of them.
func (c CallCap) line(l wording.Language) string {
	line := l.Say("%s gets at most %s at once, shared by %s: ", c.Tenant, plural(l, c.Allowed, "call", "calls"),
		plural(l, c.Workers, "worker", "workers"))
	if c.Note != "" {
		return line + l.Say("who holds how many is not known: %s", c.Note)
	}
	return line + c.In(l)
}

func (t TokenStatus) line(l wording.Language, now time.Time) string {
	switch {
	case t.State == "":
		return l.Say("never checked")
	case t.State == workflows.StateSynced:
		return l.Say("checked %s ago", Age(t.age(now)))
	case t.Cause != "":
		return t.State + " " + t.Cause
	}
	return t.State
}

// line describes how many replies wait and why: the window is closed, or its messages are spent.
func (w WindowStatus) line(l wording.Language, now time.Time) string {
	if w.Held == 0 {
		return "0"
	}
	return l.Say("%d (closed %d, used up %d; %s)", w.Held, w.Closed, w.UsedUp, Age(now.Sub(*w.Oldest)))
}

func (s SpoolStatus) line(l wording.Language, now time.Time) string {
	switch {
	case s.Note != "":
		return l.Say(s.Note)
	case s.Waiting == 0 && s.Refused == 0 && s.Full == "":
		return l.Say("empty")
	}
	line := plural(l, s.Waiting, "event waits", "events wait")
	if s.Oldest != nil {
		line += l.Say(", the oldest for %s", Age(now.Sub(*s.Oldest)))
	}
	if s.Refused > 0 {
		line += l.Say("; %d refused", s.Refused)
	}
	if s.Full != "" {
		line += l.Say("; takes nothing more: %s", s.Full)
	}
	return line
}

func ago(l wording.Language, now time.Time, at *time.Time) string {
	if at == nil {
		return "-"
	}
	return l.Say("%s ago", Age(now.Sub(*at)))
}

// wrapped breaks a text into lines of the screen's width. Lines after the first begin with the indent.
func wrapped(text, indent string) string {
	var lines []string
	line := ""
	for i, word := range strings.SplitAfter(text, " ") {
		if i > 0 && len(line)+len(strings.TrimRight(word, " ")) > statusWidth {
			lines = append(lines, strings.TrimRight(line, " "))
			line = indent
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
