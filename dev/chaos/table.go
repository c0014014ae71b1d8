package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

var head = []string{
	"cell", "sent", "given up", "lost", "doubled", "out of order", "late", "replies", "waiting",
	"first new after", "all there after", "p99 of acknowledgement", "",
}

// row returns a result as cells of the table. The acknowledgement time covers messages sent since the fault began.
func (r result) row() []string {
	if r.skipped != "" {
		return append([]string{r.cell.name()}, append(make([]string, len(head)-2), "not run: "+r.skipped)...)
	}
	replies := 0
	for _, of := range r.ledger {
		replies += len(of.Replies)
	}
	verdict := "ok"
	if r.failed() {
		verdict = "FAILED"
	}
	v := r.verdict
	return []string{
		r.cell.name(), fmt.Sprint(len(r.ledger.messages(time.Time{}))), fmt.Sprint(len(r.ledger.givenUp())),
		fmt.Sprint(v.lost), fmt.Sprint(v.doubled), fmt.Sprint(v.misplaced), fmt.Sprint(v.late),
		fmt.Sprint(replies), fmt.Sprint(v.waiting),
		seconds(r.firstNew), seconds(r.settled), milliseconds(p99(r.ledger.messages(r.injected))), verdict,
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

func printHead(out io.Writer) {
	printRow(out, head)
	fmt.Fprintln(out, "|"+strings.Repeat("---|", len(head)))
}

func printRow(out io.Writer, cells []string) {
	fmt.Fprintln(out, "| "+strings.Join(cells, " | ")+" |")
}

// shown is how many faults of a cell are printed; the others are in its folder.
const shown = 20

// explain prints what is wrong.
func (r result) explain(out io.Writer) {
	wrong := r.wrong()
	fmt.Fprintf(out, "\n%s\n", r.cell.name())
	for _, fault := range wrong[:min(shown, len(wrong))] {
		fmt.Fprintln(out, "  "+fault)
	}
	fmt.Fprintf(out, "  %d faults, logs and state are in %s\n", len(wrong), r.kept)
}

// machine describes the machine that the figures come from.
func machine() string {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Sprintf("%d cores", runtime.NumCPU())
	}
	return fmt.Sprintf("%d cores, load %s", runtime.NumCPU(), strings.Join(strings.Fields(string(load))[:3], " "))
}
