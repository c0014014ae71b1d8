package operate

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// NewProgress shows a bar on a terminal, and elsewhere an occasional line.
func NewProgress(w io.Writer, terminal bool, what string) func(total int) Progress {
	return func(total int) Progress {
		if !terminal {
			return &lines{w: w, what: what, total: total, every: max(1, min(100, total/10))}
		}
		return &bar{w: w, bar: progressbar.NewOptions(total,
			progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetRenderBlankState(true))}
	}
}

type bar struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

// A display that fails must not stop the work.
func (b *bar) Step(done int) { _ = b.bar.Set(done) }

func (b *bar) End() { fmt.Fprintln(b.w) }

type lines struct {
	w            io.Writer
	what         string
	total, every int
}

func (l *lines) Step(done int) {
	if done%l.every == 0 || done == l.total {
		fmt.Fprintf(l.w, "%s: %d of %d\n", l.what, done, l.total)
	}
}

func (l *lines) End() {}

type silent struct{}

func (silent) Step(int) {}
func (silent) End()     {}
