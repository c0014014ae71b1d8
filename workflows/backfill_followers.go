package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// How fast a backfill is, and the most followers it handles at once, so that C4C's queue always has room for
// messages.
const (
	DefaultBackfillRate = 1.0
	MaxBackfillRate     = 100.0
	backfillAhead       = 20
)

// backfillSilence is how long the backfill waits without an answer from any conversation. Then the unanswered ones
// count as silent and the backfill continues: a closed conversation never answers. The time is long because C4C may
// be down, and more followers would only queue.
const backfillSilence = 6 * time.Hour

// Backfilled reports one follower's outcome to a backfill.
type Backfilled struct {
	Run     string `json:"run"`
	Outcome string `json:"outcome"`
}

// BackfillFollowersInput starts BackfillFollowers.
type BackfillFollowersInput struct {
	Account   string  `json:"account"`
	PerSecond float64 `json:"per_second,omitempty"` // most followers per second; 0: DefaultBackfillRate
	DryRun    bool    `json:"dry_run,omitempty"`    // only count the followers

	// State is what a run passes to the next one.
	State *BackfillState `json:"state,omitempty"`
}

// BackfillFollowers walks the list of the account's present followers and has their conversations onboard them, a few
// at a time. It waits for the outcomes, so it is no faster than C4C. A follower whose onboarding parks counts as
// failed and is a row of its own. The backfill can be paused, and resumes where it was after any loss of workers.
func (w *Workflows) BackfillFollowers(ctx workflow.Context, in BackfillFollowersInput) (BackfillProgress, error) {
	wf := &backfill{in: in, workflows: w}
	if in.State != nil {
		wf.state = *in.State
	}
	wf.state.DryRun, wf.state.PerSecond = in.DryRun, in.PerSecond
	if wf.state.PerSecond <= 0 {
		wf.state.PerSecond = DefaultBackfillRate
	}
	if wf.state.Run == "" {
		wf.state.Run = workflow.GetInfo(ctx).WorkflowExecution.RunID
	}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOptions{title: say(ctx, "Bring the followers of account %s to C4C", in.Account)}, errandFunc{})
	if err != nil {
		return wf.state.BackfillProgress, err
	}
	wf.sync = sync
	if err := wf.serve(ctx); err != nil {
		return wf.state.BackfillProgress, err
	}
	return wf.run(ctx)
}

type backfill struct {
	in        BackfillFollowersInput
	workflows *Workflows
	sync      *engine
	state     BackfillState
}

// serve takes the conversations' answers, and the commands that pause and resume the backfill.
func (wf *backfill) serve(ctx workflow.Context) error {
	reports := workflow.GetSignalChannel(ctx, SignalBackfilled)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for workflow.Await(ctx, func() bool { return reports.Len() > 0 }) == nil {
			drain(reports, wf.countOutcome)
		}
	})
	hold := func(paused bool) func(workflow.Context, Command) error {
		return func(ctx workflow.Context, _ Command) error {
			wf.state.Paused = paused
			wf.showProgress(ctx)
			return nil
		}
	}
	return errors.Join(
		workflow.SetQueryHandlerWithOptions(ctx, QueryBackfill, func() (BackfillProgress, error) {
			return wf.state.BackfillProgress, nil
		},
			workflow.QueryHandlerOptions{Description: "How far the backfill is."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdatePause, hold(true),
			workflow.UpdateHandlerOptions{Description: "Begin with no more followers; those under way are finished."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateResume, hold(false),
			workflow.UpdateHandlerOptions{Description: "Go on after a pause."}),
	)
}

// run reads the list page by page and begins its followers, a few at a time, until all have an outcome.
func (wf *backfill) run(ctx workflow.Context) (BackfillProgress, error) {
	for {
		if err := workflow.Await(ctx, func() bool { return !wf.state.Paused }); err != nil {
			return wf.state.BackfillProgress, wf.sync.cancelled(ctx, err)
		}
		wf.showProgress(ctx)
		if len(wf.state.Waiting) == 0 {
			if wf.state.listed() {
				break
			}
			if err := wf.persist(ctx, wf.listNext); err != nil || wf.sync.state == StateSkipped {
				return wf.state.BackfillProgress, err
			}
			continue
		}
		if err := wf.beginNext(ctx); err != nil || wf.sync.state == StateSkipped {
			return wf.state.BackfillProgress, err
		}
		if wf.workflows.historyFull(ctx) {
			return wf.state.BackfillProgress, wf.continueAsNew(ctx)
		}
	}
	if err := wf.awaitAnswers(ctx, func() bool { return wf.ahead() <= 0 }); err != nil {
		return wf.state.BackfillProgress, wf.sync.cancelled(ctx, err)
	}
	wf.state.Done = true
	wf.sync.end(ctx, StateSynced, nil)
	wf.showProgress(ctx)
	return wf.state.BackfillProgress, nil
}

// awaitAnswers waits until enough conversations have answered, or none has for a long time.
func (wf *backfill) awaitAnswers(ctx workflow.Context, enough func() bool) error {
	if enough() {
		return nil
	}
	for {
		heard := wf.state.Ended()
		answered, err := awaitAtMost(ctx, backfillSilence, "wait for the followers under way", enough)
		if answered || err != nil {
			return err
		}
		if wf.state.Ended() == heard {
			wf.state.Silent += wf.ahead()
		}
	}
}

// continueAsNew carries everything over. Nothing may yield between the last look at the signals and the end.
func (wf *backfill) continueAsNew(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return wf.sync.cancelled(ctx, err)
	}
	drain(workflow.GetSignalChannel(ctx, SignalBackfilled), wf.countOutcome)
	next := wf.in
	next.State = &wf.state
	return workflow.NewContinueAsNewError(ctx, TypeBackfillFollowers, next)
}

// persist repeats a step until it succeeds or an operator gives up the backfill. A cause such as a missing right to
// the list parks it, like any sync.
func (wf *backfill) persist(ctx workflow.Context, step func(workflow.Context) error) error {
	for {
		err := wf.sync.try(ctx, step)
		if err == nil {
			wf.sync.setState(ctx, StateSyncing, nil)
			return nil
		}
		if temporal.IsCanceledError(err) || wf.sync.wasInterrupted(err) {
			if ctx.Err() != nil {
				return wf.sync.cancelled(ctx, err)
			}
			if wf.sync.obey(ctx) != nil {
				return nil
			}
			continue
		}
		if err := wf.sync.pause(ctx, err); err != nil {
			return wf.sync.endWait(ctx, err)
		}
	}
}

// listNext reads the next page.
func (wf *backfill) listNext(ctx workflow.Context) error {
	var page activities.FollowersPage
	in := activities.ListFollowersInput{Account: wf.in.Account, Next: wf.state.Next}
	err := workflow.ExecuteActivity(wechatCall(ctx, "WeChat: the next followers of the list"), toWeChat.ListFollowers,
		in).Get(ctx, &page)
	if err != nil {
		return err
	}
	wf.state.Reading, wf.state.Total, wf.state.Next, wf.state.At = true, page.Total, page.Next, workflow.Now(ctx).Unix()
	wf.state.Listed += len(page.OpenIDs)
	if !wf.in.DryRun {
		wf.state.Waiting = page.OpenIDs
	}
	return nil
}

// beginNext signals the conversations of the next followers once earlier ones have answered, and keeps to the rate.
func (wf *backfill) beginNext(ctx workflow.Context) error {
	few := max(1, min(backfillAhead/2, int(wf.state.PerSecond*2), len(wf.state.Waiting)))
	few = min(few, len(wf.state.Waiting))
	if err := wf.awaitAnswers(ctx, func() bool { return wf.ahead()+few <= max(backfillAhead, few) }); err != nil {
		return wf.sync.cancelled(ctx, err)
	}
	in := activities.OnboardFollowersInput{
		Account: wf.in.Account, OpenIDs: wf.state.Waiting[:few], Run: wf.state.Run, At: wf.state.At,
	}
	// Their answers may come before the activity's result.
	wf.state.Waiting, wf.state.Begun = wf.state.Waiting[few:], wf.state.Begun+few
	var done activities.OnboardedFollowers
	err := wf.persist(ctx, func(ctx workflow.Context) error {
		options := workflow.WithHeartbeatTimeout(wechatCall(ctx, say(ctx, "tell %d conversations", few)), 30*time.Second)
		return workflow.ExecuteActivity(options, operations.OnboardFollowers, in).Get(ctx, &done)
	})
	if err != nil || wf.sync.state == StateSkipped {
		return err
	}
	wf.state.Erased += done.Erased
	pause := time.Duration(float64(few) / wf.state.PerSecond * float64(time.Second))
	timer := workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: say(ctx, "keep the rate")})
	if err := timer.Get(ctx, nil); err != nil {
		return wf.sync.cancelled(ctx, err)
	}
	return nil
}
