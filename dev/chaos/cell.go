package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// cell is one target with one fault.
type cell struct {
	target string
	fault  fault
	// mayGiveUp is the reason why WeChat may give up a push; empty: it may not.
	mayGiveUp string
}

func (c cell) name() string { return c.target + "/" + c.fault.name }

// fault is what happens to a target.
type fault struct {
	name  string
	lasts time.Duration
	// both hits both processes of a pair.
	both bool
	kind kind
}

// kind is the way in which a process fails.
type kind int

const (
	kills kind = iota // SIGKILL, and started again when the fault is over
	stops             // SIGSTOP, and SIGCONT
	terms             // SIGTERM, and started again as soon as it has ended
	fills             // its disk is full
	jumps             // a simulator's clock jumps forward
	crash             // both apis end while Temporal is down, with their spools full of events
	errs              // the simulators sometimes answer with errors, or lose calls and answers
)

// The faults that hit every target.
var faults = []fault{
	{name: "kill1", lasts: time.Second, kind: kills},
	{name: "kill30", lasts: 30 * time.Second, kind: kills},
	{name: "stop20", lasts: 20 * time.Second, kind: stops},
	{name: "term", kind: terms},
}

// bothAway hits the targets that are pairs.
var bothAway = fault{name: "both30", lasts: 30 * time.Second, kind: kills, both: true}

// targetSimulators is both simulators.
const targetSimulators = "simulators"

// matrix is every cell, in the order in which they run.
func matrix() []cell {
	var all []cell
	targets := []string{targetAPI, targetWorkflows, targetWeChat, targetC4C, targetTemporal, simulateWeChat, simulateC4C}
	for _, target := range targets {
		for _, f := range faults {
			all = append(all, cell{target: target, fault: f})
		}
		if roles[target] != nil {
			all = append(all, cell{target: target, fault: bothAway})
		}
	}
	all = append(all,
		cell{target: targetTemporal, fault: fault{name: "kill60", lasts: 60 * time.Second, kind: kills}},
		cell{target: targetTemporal, fault: fault{name: "disk", lasts: 20 * time.Second, kind: fills}},
		cell{target: targetAPI, fault: fault{name: "disk", lasts: 20 * time.Second, kind: fills, both: true}},
		cell{target: targetAPI, fault: fault{name: "spooling", lasts: 20 * time.Second, kind: crash, both: true}},
		cell{target: simulateWeChat, fault: fault{name: "clock", lasts: 5 * time.Second, kind: jumps}},
		cell{target: simulateC4C, fault: fault{name: "clock", lasts: 5 * time.Second, kind: jumps}},
		cell{target: targetSimulators, fault: fault{name: "errors", lasts: 20 * time.Second, kind: errs}},
	)
	for i := range all {
		all[i].mayGiveUp = excuse(all[i])
	}
	return all
}

// excuse returns the reason why WeChat may give up a push in a cell; empty: it may not.
func excuse(c cell) string {
	switch {
	case c.target == targetAPI && c.fault.kind == fills:
		return "neither Temporal nor the spool takes anything"
	case c.target == targetAPI && c.fault.kind == kills && c.fault.both:
		return "there is no api"
	}
	return ""
}

// choose picks cells by name: names or patterns such as temporal/*, separated by commas. Empty is all.
func choose(names string) ([]cell, error) {
	all := matrix()
	if names == "" {
		return all, nil
	}
	var some []cell
	for pattern := range strings.SplitSeq(names, ",") {
		found := slices.DeleteFunc(slices.Clone(all), func(c cell) bool {
			matches, err := path.Match(strings.TrimSpace(pattern), c.name())
			return err != nil || !matches
		})
		if len(found) == 0 {
			return nil, fmt.Errorf("there is no cell %q; -list shows them", pattern)
		}
		some = append(some, found...)
	}
	return some, nil
}
