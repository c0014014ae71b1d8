package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// row is one line of the table. Only rows with an aim can fail.
type row struct {
	what, connector, bare, ratio, aim string
	met                               *bool
}

// compared is a row of two rates; the first should reach a share of the second.
func compared(what string, connector, bare, share float64) row {
	met := connector >= share*bare
	return row{
		what: what, connector: fmt.Sprintf("%.1f/s", connector), bare: fmt.Sprintf("%.1f/s", bare),
		ratio: fmt.Sprintf("%.2f", connector/bare), aim: fmt.Sprintf("≥ %v", share), met: &met,
	}
}

// besides is a row of two rates without an aim.
func besides(what string, connector, bare float64) row {
	r := compared(what, connector, bare, 0)
	r.aim, r.met = "", nil
	return r
}

// bounded is a row with a number that should not exceed a limit.
func bounded(what string, value, limit float64, unit string) row {
	met := value <= limit
	return row{what: what, connector: number(value) + unit, aim: "≤ " + number(limit) + unit, met: &met}
}

// reached is a row with a rate that should reach a limit.
func reached(what string, rate, limit float64) row {
	met := rate >= limit
	return row{what: what, connector: fmt.Sprintf("%.0f/s", rate), aim: fmt.Sprintf("≥ %.0f/s", limit), met: &met}
}

// durations is a row without an aim; zero leaves its side empty.
func durations(what string, connector, bare time.Duration) row {
	return row{what: what, connector: milliseconds(connector), bare: milliseconds(bare)}
}

func number(value float64) string {
	if value == float64(int(value)) {
		return fmt.Sprintf("%d", int(value))
	}
	return fmt.Sprintf("%.2f", value)
}

func milliseconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// printTable writes the rows as a Markdown table whose columns are aligned.
func printTable(out io.Writer, rows []row) {
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| measure\t| connector\t| bare Temporal\t| ratio\t| aim\t|  \t|")
	fmt.Fprintln(table, "|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, r := range rows {
		verdict := ""
		switch {
		case r.met == nil:
		case *r.met:
			verdict = "met"
		default:
			verdict = "missed"
		}
		fmt.Fprintf(table, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", r.what, r.connector, r.bare, r.ratio, r.aim, verdict)
	}
	_ = table.Flush()
}
