package main

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// Measures of the picture of the cap, in its own units.
const (
	curveWidth, curveHeight = 440, 150 // of a run
	curveLeft, curveTop     = 40, 84
	curveGap                = 40
	curveBin                = time.Second
)

// curveColours are the workers' colours in the order in which they began.
var curveColours = []string{"#1f9d55", "#3b82d6", "#d97706", "#8b5cf6", "#0f9aa8", "#db2777"}

// drawCap draws for each run how many calls each worker had in flight over time, beside the cap.
func drawCap(runs []capRun, takes time.Duration) []byte {
	var out bytes.Buffer
	height := (len(runs)+1)/2*(curveHeight+curveTop) + curveGap
	fmt.Fprintf(&out,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc" font-family="-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" font-size="12" fill="#7d8794">`+"\n",
		2*(curveWidth+curveGap)+curveLeft, height)
	fmt.Fprintf(&out, "  <title id=\"title\">Calls to C4C under way while workers come and go</title>\n")
	fmt.Fprintf(&out,
		"  <desc id=\"desc\">Each picture is a backlog that workers work off, each call taking %v: one worker is added and one is killed. "+
			"The areas are the calls of each worker, the line above them is the cap.</desc>\n", takes)
	for i, run := range runs {
		left, top := curveLeft+i%2*(curveWidth+curveGap), curveTop+i/2*(curveHeight+curveTop)
		fmt.Fprintf(&out, "  <g transform=\"translate(%d %d)\">\n", left, top)
		run.draw(&out, takes)
		fmt.Fprintf(&out, "  </g>\n")
	}
	fmt.Fprintf(&out, "</svg>\n")
	return out.Bytes()
}

// draw draws one run.
func (r capRun) draw(out *bytes.Buffer, takes time.Duration) {
	last := r.calls[0].to
	for _, c := range r.calls {
		if c.to.After(last) {
			last = c.to
		}
	}
	whole := last.Sub(r.began)
	x := func(at time.Time) float64 { return curveWidth * at.Sub(r.began).Seconds() / whole.Seconds() }
	y := func(calls float64) float64 { return curveHeight * (1 - calls/float64(theCap()+1)) }
	fmt.Fprintf(out, "    <text y=\"-42\" font-size=\"15\">%d %s: %.0f %% of the cap, at most %d calls at once</text>\n",
		r.workers, plural(r.workers, "worker"), 100*r.used(takes), mostAtOnce(r.calls))
	r.areas(out, whole, x, y)
	fmt.Fprintf(out, "    <path d=\"M0 %.1fH%d\" stroke=\"#c0392b\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>\n",
		y(float64(theCap())), curveWidth)
	fmt.Fprintf(out, "    <path d=\"M0 0V%dH%d\" fill=\"none\" stroke=\"#7d8794\"/>\n", curveHeight, curveWidth)
	for _, calls := range []int{0, theCap() / 2, theCap()} {
		fmt.Fprintf(out, "    <text x=\"-8\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n", y(float64(calls))+4, calls)
	}
	for _, at := range []time.Duration{0, whole / 2, whole} {
		fmt.Fprintf(out, "    <text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f s</text>\n", x(r.began.Add(at)),
			curveHeight+17, at.Seconds())
	}
	for i, mark := range []struct {
		at   time.Time
		says string
	}{{r.added, "one is added"}, {r.killed, "one is killed"}} {
		above := -10 - 14*(1-i) // one above the other: they may be close
		fmt.Fprintf(out,
			"    <path d=\"M%.1f %dV%d\" stroke=\"#7d8794\" stroke-dasharray=\"2 3\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			x(mark.at), above+4, curveHeight, x(mark.at), above, mark.says)
	}
}

// areas draws the calls of the workers as stacked areas.
func (r capRun) areas(out *bytes.Buffer, whole time.Duration, x func(time.Time) float64, y func(float64) float64) {
	bins := int(whole/curveBin) + 1
	below := make([]float64, bins)
	var names []string
	for _, c := range r.calls {
		if !slices.Contains(names, c.who) {
			names = append(names, c.who)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		above := slices.Clone(below)
		for bin, calls := range r.under(name, bins) {
			above[bin] += calls
		}
		path := new(bytes.Buffer)
		for bin, calls := range above {
			step(path, bin == 0, x(r.began.Add(time.Duration(bin)*curveBin)), x(r.until(bin, whole)), y(calls))
		}
		for bin := bins - 1; bin >= 0; bin-- {
			step(path, false, x(r.until(bin, whole)), x(r.began.Add(time.Duration(bin)*curveBin)), y(below[bin]))
		}
		fmt.Fprintf(out, "    <path d=\"%sZ\" fill=\"%s\" fill-opacity=\"0.75\"/>\n", path, curveColours[i%len(curveColours)])
		below = above
	}
}

// until returns the end of a bin.
func (r capRun) until(bin int, whole time.Duration) time.Time {
	return r.began.Add(min(time.Duration(bin+1)*curveBin, whole))
}

func step(path *bytes.Buffer, first bool, from, to, at float64) {
	if first {
		fmt.Fprintf(path, "M%.1f %.1f", from, at)
	} else {
		fmt.Fprintf(path, "L%.1f %.1f", from, at)
	}
	fmt.Fprintf(path, "H%.1f", to)
}

// under returns how many calls a worker had in flight in each bin, on average.
func (r capRun) under(who string, bins int) []float64 {
	calls := make([]float64, bins)
	for _, c := range r.calls {
		if c.who != who {
			continue
		}
		for bin := int(c.from.Sub(r.began) / curveBin); bin < bins; bin++ {
			from, to := r.began.Add(time.Duration(bin)*curveBin), r.began.Add(time.Duration(bin+1)*curveBin)
			if !c.to.After(from) {
				break
			}
			if c.from.After(from) {
				from = c.from
			}
			if c.to.Before(to) {
				to = c.to
			}
			calls[bin] += to.Sub(from).Seconds() / curveBin.Seconds()
		}
	}
	return calls
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
