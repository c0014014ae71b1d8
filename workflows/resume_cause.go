package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// How often a cause is probed. Temporal repeats a probe that still finds the cause every ten seconds, which adds
// nothing to the history. Causes that end by the clock, such as a quota, are probed less and less often. The same
// holds when syncs meet the cause although the probe does not.
const (
	firstProbe = 10 * time.Second
	lastProbe  = 5 * time.Minute
)

// meetAgainWithin is how long released syncs have to meet the cause again.
const meetAgainWithin = 5 * time.Second

// maxProbes limits one run's history; then it continues as new.
const maxProbes = 300

// ResumeCauseInput starts ResumeCause.
type ResumeCauseInput struct {
	Account string `json:"account"`
	Cause   string `json:"cause"` // the error type under which the syncs are parked
}

// ResumeCause represents one cause that affects every sync of an account, from its first appearance until its syncs
// continue. While the other side refuses every call, the syncs park under the cause and this workflow probes with an
// occasional call. It releases them gradually, oldest first, as soon as a probe succeeds or an operator retries. If
// an operator skips it, they remain parked.
func (w *Workflows) ResumeCause(ctx workflow.Context, in ResumeCauseInput) error {
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOptions{title: say(ctx, "All syncs under %s", in.Cause), state: StateNeedsAttention}, errandFunc{})
	if err != nil {
		return err
	}
	return (&resumeCause{in: in, sync: sync}).run(ctx)
}

type resumeCause struct {
	in    ResumeCauseInput
	sync  *engine
	probe activities.Probe
	asked time.Time // when the last probe was answered

	waiting int           // how many syncs were parked at that time
	pause   time.Duration // until the next probe, unless the cause is probed all the time
}

// run probes until the cause is gone or an operator sends a command, then releases the syncs. If some of them met the
// cause again, it continues. It ends when no sync is parked under the cause, or when an operator skips it.
func (wf *resumeCause) run(ctx workflow.Context) error {
	wf.pause = firstProbe
	for probes := 0; probes < maxProbes || wf.commanded(); probes++ {
		done, err := wf.round(ctx)
		if err != nil {
			return wf.sync.cancelled(ctx, err)
		}
		if done {
			return nil
		}
	}
	return workflow.NewContinueAsNewError(ctx, TypeResumeCause, wf.in)
}

// round waits for the next finding, and releases the syncs if the cause is gone or an operator wants it. It returns
// true if the workflow has ended.
func (wf *resumeCause) round(ctx workflow.Context) (done bool, err error) {
	wf.describe(ctx)
	if _, err := awaitAtMost(ctx, wf.pause, "until the next probe", wf.commanded); err != nil {
		return false, err
	}
	command, err := wf.nextFinding(ctx)
	switch {
	case err != nil:
		return false, err
	case command != nil && command.name == CommandSkip:
		wf.sync.end(ctx, StateSkipped, nil)
		return true, nil
	case command == nil && !wf.probe.OK:
		wf.pauseAfter(!wf.probesConstantly())
		wf.waiting, err = wf.count(ctx)
		return false, err
	}
	before, left, err := wf.release(ctx, command != nil)
	if err != nil {
		return false, err
	}
	if wf.waiting = left; left == 0 {
		wf.sync.end(ctx, StateSynced, nil)
		return true, nil
	}
	wf.pauseAfter(left >= before && (wf.probe.OK || !wf.probesConstantly()))
	return false, nil
}

// nextFinding probes the cause, and returns the command that an operator has sent meanwhile; nil: none. An operator's
// retry is probed, too: a success lets through the calls that the circuit breaker held back.
func (wf *resumeCause) nextFinding(ctx workflow.Context) (*operatorCommand, error) {
	// The first finding is shown to operators at once.
	waits := wf.probesConstantly() && !wf.asked.IsZero() && !wf.commanded()
	if waits {
		if err := wf.awaitEnd(ctx); err != nil {
			return nil, err
		}
	}
	command := wf.sync.takeCommand(ctx)
	if command == nil && waits || command != nil && command.name == CommandSkip {
		return command, nil
	}
	probe, err := probeCause(ctx, wf.cause())
	if err != nil {
		return nil, err
	}
	wf.probe, wf.asked = probe, workflow.Now(ctx)
	return command, nil
}

// pauseAfter sets the pause before the next probe: a longer one if the last one was in vain and only time can help.
func (wf *resumeCause) pauseAfter(longer bool) {
	if longer {
		wf.pause = min(2*wf.pause, lastProbe)
		return
	}
	wf.pause = firstProbe
}

// commanded reports whether an operator has sent a command.
func (wf *resumeCause) commanded() bool { return wf.sync.command != nil }

// probesConstantly reports whether the cause is probed all the time, because a person may end it at any moment.
func (wf *resumeCause) probesConstantly() bool {
	return wf.in.Cause != activities.ErrorWeChatQuotaExhausted
}

// awaitEnd waits until a probe succeeds, an operator sends a command, or it is time to show the last probe's result.
func (wf *resumeCause) awaitEnd(ctx workflow.Context) error {
	waiting, cancel := workflow.WithCancel(ctx)
	defer cancel()
	in := wf.cause()
	in.Wait = true
	every := &temporal.RetryPolicy{InitialInterval: firstProbe, BackoffCoefficient: 1, MaximumInterval: firstProbe}
	probe := startProbe(repeatProbe(waiting, every), in)
	if err := workflow.Await(ctx, func() bool { return probe.IsReady() || wf.commanded() }); err != nil {
		return err
	}
	if !probe.IsReady() { // an operator's command does not wait for the running call
		return nil
	}
	wf.asked, wf.probe = workflow.Now(ctx), activities.Probe{}
	err := probe.Get(ctx, &wf.probe)
	if temporal.IsCanceledError(err) {
		return err
	}
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok { // of the last attempt
		wf.probe.Type = application.Type()
		if application.HasDetails() {
			// Details in another form give a finding without the other side's words.
			_ = application.Details(&wf.probe.Failure)
		}
	}
	return nil
}

// repeatProbe returns the options of a probe that repeats until it succeeds, for a limited time.
func repeatProbe(ctx workflow.Context, every *temporal.RetryPolicy) workflow.Context {
	ctx = workflow.WithRetryPolicy(wechatCall(ctx, "is the cause gone?"), *every)
	return workflow.WithScheduleToCloseTimeout(ctx, lastProbe)
}

// startProbe probes the system that a cause belongs to.
func startProbe(ctx workflow.Context, in activities.CauseInput) workflow.Future {
	if activities.CauseOf(in.Cause).System == activities.SystemC4C {
		return workflow.ExecuteActivity(prioritised(workflow.WithTaskQueue(ctx, QueueC4C)), toC4C.ProbeC4C, in)
	}
	return workflow.ExecuteActivity(workflow.WithTaskQueue(ctx, QueueWeChat), toWeChat.ProbeWeChat, in)
}

// probeCause probes the system that a cause belongs to.
func probeCause(ctx workflow.Context, in activities.CauseInput) (found activities.Probe, err error) {
	if activities.CauseOf(in.Cause).System == activities.SystemC4C {
		err = workflow.ExecuteActivity(c4cCall(ctx, "C4C: does it take calls again?"), toC4C.ProbeC4C, in).Get(ctx, &found)
		return found, err
	}
	err = workflow.ExecuteActivity(wechatCall(ctx, "WeChat: does it take calls again?"), toWeChat.ProbeWeChat, in).Get(ctx,
		&found)
	return found, err
}

// cause is the cause as an activity's input.
func (wf *resumeCause) cause() activities.CauseInput {
	return activities.CauseInput{Account: wf.in.Account, Cause: wf.in.Cause}
}

// release lets the parked syncs retry. It returns how many there were and how many are parked a moment later: those
// that another process still held back, and those that met the cause again. Unless an operator wants all of them, the
// oldest goes first, alone: a probe cannot try every service, and a persisting cause would stop all of them again.
func (wf *resumeCause) release(ctx workflow.Context, all bool) (before, left int, err error) {
	if before, err = wf.count(ctx); err != nil || before == 0 {
		return before, 0, err
	}
	if !all {
		if left, err = wf.releaseOldest(ctx, 1); err != nil || left == 0 || left >= before {
			return before, left, err
		}
	}
	left, err = wf.releaseOldest(ctx, 0)
	return before, left, err
}

// releaseOldest releases the oldest syncs, or all if limit is 0. After a moment it counts the parked ones.
func (wf *resumeCause) releaseOldest(ctx workflow.Context, limit int) (left int, err error) {
	slow := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: QueueWeChat, StartToCloseTimeout: 6 * time.Hour, HeartbeatTimeout: time.Minute,
		RetryPolicy: backoff(time.Second), Summary: say(ctx, "release the parked syncs, oldest first"),
	})
	in := activities.ReleaseInput{CauseInput: wf.cause(), Limit: limit, At: wf.asked}
	if err := workflow.ExecuteActivity(slow, operations.ReleaseParked, in).Get(ctx, nil); err != nil {
		return 0, err
	}
	if _, err := awaitAtMost(ctx, meetAgainWithin, "let them try", never); err != nil {
		return 0, err
	}
	return wf.count(ctx)
}

// count returns how many syncs are parked under the cause.
func (wf *resumeCause) count(ctx workflow.Context) (n int, err error) {
	err = workflow.ExecuteActivity(wechatCall(ctx, "count the syncs that are parked"), operations.CountParked,
		wf.cause()).Get(ctx, &n)
	return n, err
}

// describe shows the cause, the remedy and the last probe's result.
func (wf *resumeCause) describe(ctx workflow.Context) {
	l, failure := languageOf(ctx), syncFailure{Type: wf.in.Cause}
	found := ""
	switch {
	case wf.probe.OK:
		found = "\n\n" + l.Say("The last probe went through, but syncs met the cause again: it hits some calls only.")
	case wf.probe.Type == wf.in.Cause:
		failure.Failure, failure.at = wf.probe.Failure, wf.asked
	case wf.probe.Type != "":
		found = "\n\n" + l.Say("The last probe failed for another reason, **%s**: %s", wf.probe.Type,
			activities.CauseOf(wf.probe.Type).In(l).Explain(wf.probe.Failure))
	}
	wf.sync.describe(ctx, wf.waitingText(ctx)+failure.markdown(l, false)+found+"\n\n"+
		l.Say("New syncs park under this cause without a call. The first probe that succeeds releases them all, gradually "+
			"and oldest first. `retry` releases them now, `skip` leaves them parked."))
}

// waitingText tells operators how many syncs wait, and when the cause is probed next.
func (wf *resumeCause) waitingText(ctx workflow.Context) string {
	l := languageOf(ctx)
	if wf.asked.IsZero() {
		return l.Say("It is probed for the first time at %s.", stamp(workflow.Now(ctx).Add(firstProbe))) + "\n\n"
	}
	next := l.Say("It is probed every ten seconds.")
	if !wf.probesConstantly() || wf.probe.OK {
		next = l.Say("It is probed next at %s.", stamp(workflow.Now(ctx).Add(wf.pause)))
	}
	return l.Say("**%d** wait under it, as of %s. %s", wf.waiting, stamp(workflow.Now(ctx)), next) + "\n\n"
}
