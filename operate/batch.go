package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// AskAbove is the largest batch that may run unconfirmed if nobody can be asked.
const AskAbove = 1000

// signalWithin limits the duration of one signal. A stopped batch lets the signal under way finish, so that its count
// is correct.
const signalWithin = 15 * time.Second

// Batch is one command for many syncs.
type Batch struct {
	Action  string // retry or skip
	Command workflows.Command
	// Filter selects the syncs. Its states may be needs_attention, held and stuck, since only such syncs accept
	// commands. No state means needs_attention.
	Filter Filter
	DryRun bool    // only count
	Yes    bool    // confirmed: more than AskAbove syncs may be signalled
	Rate   float64 // signals per second, more than 0

	// Confirm asks whether to carry out the plan, unless Yes is set; a non-nil error means no. If Confirm is nil,
	// nobody can be asked, and at most AskAbove syncs are signalled.
	Confirm func(Plan) error
	// Plan is called with what will happen before anything happens; may be nil.
	Plan func(Plan)
	// Progress returns a display of the signals sent; may be nil.
	Progress func(total int) Progress
}

// Progress shows how far a batch is.
type Progress interface {
	Step(done int) // after each signal
	End()          // once, even if the batch was stopped
}

// Plan lists the syncs that a batch will signal.
type Plan struct {
	Action  string       `json:"action"`
	Query   string       `json:"query"`
	Matched int          `json:"matched"`
	Groups  []GroupCount `json:"groups"`
	// Language is the language of the table.
	Language wording.Language `json:"-"`
}

// GroupCount is how many syncs of a type wait for the same reason.
type GroupCount struct {
	Cause string `json:"cause"`
	Type  string `json:"type"`
	Count int    `json:"count"`
}

// BatchReport is what a batch did.
type BatchReport struct {
	Plan
	DryRun  bool `json:"dry_run"`
	Told    int  `json:"told"`    // took the signal
	Closed  int  `json:"closed"`  // closed before the signal arrived
	Failed  int  `json:"failed"`  // could not be signalled
	Stopped bool `json:"stopped"` // the operator stopped it
}

// ConfirmError reports a batch that is too large to run unconfirmed.
type ConfirmError struct{ Matched int }

// Error says what to do.
func (e *ConfirmError) Error() string {
	return fmt.Sprintf("%d syncs match, and more than %d need --yes; nothing was done", e.Matched, AskAbove)
}

// Run counts the syncs, then signals each, oldest first and at the given rate. A sync that is no longer parked, held or
// stuck ignores the signal, so a batch may be run twice. Run ends early with the context. The error reports that the
// batch needs a confirmation, was stopped, or could not signal all; the report is valid even then.
func (o *Operator) Run(ctx context.Context, b Batch) (BatchReport, error) {
	if err := b.check(); err != nil {
		return BatchReport{}, err
	}
	if len(b.Filter.States) == 0 {
		b.Filter.States = []string{workflows.StateNeedsAttention}
	}
	q, err := b.Filter.Query(o.now())
	if err != nil {
		return BatchReport{}, err
	}
	syncs, err := o.find(ctx, b.Filter)
	if err != nil {
		return BatchReport{}, err
	}
	report := BatchReport{DryRun: b.DryRun, Plan: Plan{Action: b.Action, Query: q, Matched: len(syncs),
		Groups: countGroups(syncs), Language: o.Language}}
	if b.Plan != nil {
		b.Plan(report.Plan)
	}
	if b.DryRun {
		return report, nil
	}
	if err := b.confirm(report.Plan); err != nil {
		return report, err
	}
	err = o.signalAll(ctx, b, syncs, &report)
	o.audit(ctx, entry{Action: b.Action, Actor: b.Command.Actor, Reason: b.Command.Reason, Query: q,
		Counts: map[string]int{
			"matched": report.Matched, "told": report.Told, "closed": report.Closed, "failed": report.Failed,
		}})
	return report, err
}

func (b Batch) confirm(p Plan) error {
	switch {
	case b.Yes || p.Matched == 0:
		return nil
	case b.Confirm != nil:
		return b.Confirm(p)
	case p.Matched > AskAbove:
		return &ConfirmError{Matched: p.Matched}
	}
	return nil
}

// commanded are the states in which syncs accept commands.
var commanded = []string{workflows.StateNeedsAttention, workflows.StateHeld, workflows.StateStuck}

func (b Batch) check() error {
	switch {
	case b.Action != workflows.CommandRetry && b.Action != workflows.CommandSkip:
		return fmt.Errorf("%s is not possible for many syncs at once", b.Action)
	case b.Filter.Empty():
		return fmt.Errorf("say which syncs to %s: an id, or filters such as --state %s", b.Action,
			workflows.StateNeedsAttention)
	case b.Command.Actor == "":
		return errors.New("say who you are: --actor")
	case b.Rate <= 0:
		return errors.New("the rate must be more than 0 per second")
	}
	for _, state := range b.Filter.States {
		if !slices.Contains(commanded, state) {
			return fmt.Errorf("syncs in state %s take no %s: only those in %s do", state, b.Action,
				strings.Join(commanded, ", "))
		}
	}
	return nil
}

// signalAll sends the signals one at a time, so that the oldest sync asks for its turn first.
func (o *Operator) signalAll(ctx context.Context, b Batch, syncs []Sync, report *BatchReport) error {
	if len(syncs) == 0 {
		return nil
	}
	progress := Progress(silent{})
	if b.Progress != nil {
		progress = b.Progress(len(syncs))
	}
	defer progress.End()
	pace := time.NewTicker(max(time.Duration(float64(time.Second)/b.Rate), time.Microsecond))
	defer pace.Stop()
	var first error
	for i, sync := range syncs {
		if i > 0 {
			select {
			case <-ctx.Done():
			case <-pace.C:
			}
		}
		if ctx.Err() != nil {
			report.Stopped = true
			return errors.Join(fmt.Errorf("interrupted: %d of %d told; run the same command again to continue with the rest",
				report.Told, len(syncs)), first)
		}
		err := o.signal(ctx, sync, b)
		switch {
		case err == nil:
			report.Told++
		case isNotFound(err):
			report.Closed++
		default:
			report.Failed++
			first = cmp.Or(first, err)
		}
		progress.Step(i + 1)
	}
	if first != nil {
		return fmt.Errorf("%d of %d could not be told: %w", report.Failed, len(syncs), first)
	}
	return nil
}

func (o *Operator) signal(ctx context.Context, sync Sync, b Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signalWithin)
	defer cancel()
	return o.Temporal.SignalWorkflow(ctx, sync.ID, sync.RunID, b.Action, b.Command)
}

// countGroups counts by cause and type, the largest group first.
func countGroups(syncs []Sync) []GroupCount {
	counts := map[GroupCount]int{}
	for _, sync := range syncs {
		counts[GroupCount{Cause: sync.Cause, Type: sync.Type}]++
	}
	groups := []GroupCount{}
	for group, n := range counts {
		group.Count = n
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b GroupCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Type, b.Type))
	})
	return groups
}
