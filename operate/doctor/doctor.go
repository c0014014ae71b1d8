// Package doctor checks a configuration against the real WeChat, C4C, Temporal and H5 page. It runs one small check
// after the other, each with a verdict and a remedy. It sends nothing to followers and changes nothing in C4C.
package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Verdict is the result of a check.
type Verdict string

// Verdicts. Warn: it works, but something will be missed. Skip: the check could not be made, mostly because an
// earlier one failed.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
	Skip Verdict = "skip"
)

// The systems that are checked.
const (
	SystemTemporal = "Temporal"
	SystemWeChat   = "WeChat"
	SystemC4C      = "C4C"
	SystemPage     = "Page"
	SystemSettings = "Settings"
)

// Finding is the verdict of one check.
type Finding struct {
	Account string  `json:"account,omitempty"` // empty if there is only one
	System  string  `json:"system"`
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
	Cause   string  `json:"cause,omitempty"` // error type in the catalogue, as syncs would show it
	Remedy  string  `json:"remedy,omitempty"`

	detail, remedy words // the sentences of Detail and Remedy
}

// Report is what the doctor found, in the order of the checks.
type Report struct {
	Findings []Finding       `json:"findings"`
	Counts   map[Verdict]int `json:"counts"`
}

// Healthy reports whether nothing failed.
func (r Report) Healthy() bool { return r.Counts[Fail] == 0 }

// Check is one check. Gate means that later checks of the same system need its success.
type Check struct {
	System string
	Name   string
	Gate   bool
	Run    func(ctx context.Context) Finding
}

// errTimeout reports that a check took too long.
var errTimeout = errors.New("no answer in time")

// Examine runs the checks one after the other, each for at most timeout, and calls tell with every finding as it
// comes; tell may be nil. It stops when ctx ends.
func Examine(ctx context.Context, checks []Check, timeout time.Duration, tell func(Finding)) Report {
	report := Report{Findings: []Finding{}, Counts: map[Verdict]int{}}
	closed := map[string]string{} // system → the gate that failed
	for _, check := range checks {
		if ctx.Err() != nil {
			break
		}
		var finding Finding
		if gate, ok := closed[check.System]; ok {
			finding = skip(say("not checked, because %q failed", gate))
		} else {
			finding = check.run(ctx, timeout)
		}
		finding.System, finding.Check = check.System, check.Name
		if check.Gate && finding.Verdict == Fail {
			closed[check.System] = check.Name
		}
		report.Findings = append(report.Findings, finding)
		report.Counts[finding.Verdict]++
		if tell != nil {
			tell(finding)
		}
	}
	return report
}

func (c Check) run(ctx context.Context, timeout time.Duration) Finding {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	return c.Run(ctx)
}

func ok(format string, args ...any) Finding {
	return found(OK, say(format, args...), nil)
}

func skip[D sayable](detail D) Finding { return found(Skip, wordsOf(detail), nil) }

func warn[D, R sayable](detail D, remedy R) Finding {
	return found(Warn, wordsOf(detail), wordsOf(remedy))
}

func fail[D, R sayable](detail D, remedy R) Finding {
	return found(Fail, wordsOf(detail), wordsOf(remedy))
}

// Of sets the account that the findings are about.
func (r Report) Of(account string) Report {
	for i := range r.Findings {
		r.Findings[i].Account = account
	}
	return r
}

// Add appends the findings of another account.
func (r Report) Add(other Report) Report {
	all := Report{Findings: append(slices.Clone(r.Findings), other.Findings...), Counts: map[Verdict]int{}}
	for _, f := range all.Findings {
		all.Counts[f.Verdict]++
	}
	return all
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteTable writes the report for people: one line per check, and below it what to do.
func (r Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	account := ""
	for _, f := range r.Findings {
		if f.Account != account {
			account = f.Account
			fmt.Fprintf(t, "Account %s\n", account)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", f.Verdict, f.System, f.Check, f.Detail)
		if f.Remedy != "" {
			fmt.Fprintf(t, "\t\t\t→ %s\n", f.Remedy)
		}
	}
	fmt.Fprintf(t, "\n%d ok, %d warn, %d fail, %d skip\n", r.Counts[OK], r.Counts[Warn], r.Counts[Fail], r.Counts[Skip])
	return t.Flush()
}
