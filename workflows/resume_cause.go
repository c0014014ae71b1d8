package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// How often a cause is probed: soon at first, then at most every five minutes.
const (
	firstProbe = 15 * time.Second
	lastProbe  = 5 * time.Minute
)

// lookAgain is how long released syncs get to meet the cause once more.
const lookAgain = 5 * time.Second

// maxProbes bounds one run's history; then it continues as new.
const maxProbes = 300

// ResumeCauseInput starts ResumeCause.
type ResumeCauseInput struct {
	Account string `json:"account"`
	Cause   string `json:"cause"` // the error type that the syncs are parked under
}

// ResumeCause stands for one cause that hits every sync of an account, from its first appearance until its syncs go on.
// While the other side refuses every call the syncs park under the cause; this workflow probes with one call now and
// then, and releases them gradually, oldest first, as soon as a probe succeeds or an operator says retry. An operator
// who says skip leaves them parked.
func (w *Workflows) ResumeCause(ctx workflow.Context, in ResumeCauseInput) error {
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOf{title: "All syncs under " + in.Cause, state: StateNeedsAttention}, errandFunc{})
	if err != nil {
		return err
	}
	return (&resumeCause{in: in, sync: sync}).run(ctx)
}

type resumeCause struct {
	in    ResumeCauseInput
	sync  *sync
	probe activities.Probe
}

func (wf *resumeCause) run(ctx workflow.Context) error {
	pause := firstProbe
	for probes := 0; probes < maxProbes || wf.sync.command != nil; probes++ {
		wf.describe(ctx)
		if _, err := workflow.AwaitWithTimeout(ctx, pause, func() bool { return wf.sync.command != nil }); err != nil {
			return wf.sync.cancelled(ctx, err)
		}
		command := wf.sync.command
		wf.sync.command = nil
		if command != nil && command.name == CommandSkip {
			wf.sync.end(ctx, StateSkipped, nil)
			return nil
		}
		// An operator's retry is probed as well: a success lets the calls pass that the circuit kept back.
		probe, err := askCause(ctx, wf.cause())
		if err != nil {
			return wf.sync.cancelled(ctx, err)
		}
		wf.probe = probe
		pause = min(2*pause, lastProbe)
		if command == nil && !probe.OK {
			continue
		}
		before, left, err := wf.release(ctx, command != nil)
		if err != nil {
			return wf.sync.cancelled(ctx, err)
		}
		if left == 0 {
			wf.sync.end(ctx, StateSynced, nil)
			return nil
		}
		if left < before {
			pause = firstProbe
		}
	}
	return workflow.NewContinueAsNewError(ctx, TypeResumeCause, wf.in)
}

// askCause probes the system that a cause belongs to.
func askCause(ctx workflow.Context, in activities.CauseInput) (found activities.Probe, err error) {
	if activities.CauseOf(in.Cause).System == activities.SystemC4C {
		err = workflow.ExecuteActivity(c4cCall(ctx, "C4C: does it take calls again?"), toC4C.ProbeC4C, in).Get(ctx, &found)
		return found, err
	}
	err = workflow.ExecuteActivity(wechatCall(ctx, "WeChat: does it take calls again?"), toWeChat.ProbeWeChat, in).Get(ctx, &found)
	return found, err
}

// cause names the cause to an activity.
func (wf *resumeCause) cause() activities.CauseInput {
	return activities.CauseInput{Account: wf.in.Account, Cause: wf.in.Cause}
}

// release lets the parked syncs try again and says how many there were and how many are parked a moment later: those
// that another process still kept back, and those that met the cause once more. Unless an operator wants all of them,
// the oldest goes ahead alone: a probe cannot try every service, and a cause that is still there would meet them all
// again.
func (wf *resumeCause) release(ctx workflow.Context, all bool) (before, left int, err error) {
	if before, err = wf.count(ctx); err != nil || before == 0 {
		return before, 0, err
	}
	if !all {
		if left, err = wf.letGo(ctx, 1); err != nil || left == 0 || left >= before {
			return before, left, err
		}
	}
	left, err = wf.letGo(ctx, 0)
	return before, left, err
}

// letGo releases the oldest syncs, all with limit 0, and counts what is parked after a look at how they do.
func (wf *resumeCause) letGo(ctx workflow.Context, limit int) (left int, err error) {
	slow := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: QueueWeChat, StartToCloseTimeout: 6 * time.Hour, HeartbeatTimeout: time.Minute,
		RetryPolicy: backoff(time.Second), Summary: "release the parked syncs, oldest first",
	})
	in := activities.ReleaseInput{CauseInput: wf.cause(), Limit: limit}
	if err := workflow.ExecuteActivity(slow, operations.ReleaseParked, in).Get(ctx, nil); err != nil {
		return 0, err
	}
	if err := workflow.Sleep(ctx, lookAgain); err != nil {
		return 0, err
	}
	return wf.count(ctx)
}

// count says how many syncs are parked under the cause.
func (wf *resumeCause) count(ctx workflow.Context) (n int, err error) {
	err = workflow.ExecuteActivity(wechatCall(ctx, "count the syncs that are parked"), operations.CountParked, wf.cause()).Get(ctx, &n)
	return n, err
}

// describe shows the cause, the remedy and how the last probe went.
func (wf *resumeCause) describe(ctx workflow.Context) {
	failure := syncFailure{Type: wf.in.Cause}
	found := ""
	switch {
	case wf.probe.OK:
		found = "\n\nThe last probe went through, but syncs met the cause again: it hits some calls only."
	case wf.probe.Type == wf.in.Cause:
		failure.Failure = wf.probe.Failure
	case wf.probe.Type != "":
		found = "\n\nThe last probe failed for another reason, **" + wf.probe.Type + "**: " + activities.CauseOf(wf.probe.Type).Explain(wf.probe.Failure)
	}
	wf.sync.describe(ctx, failure.markdown(false)+found+
		"\n\nNew syncs park under this cause without a call. It is probed at least every five minutes; "+
		"the first success releases them all, gradually and oldest first. `retry` releases them now, `skip` leaves them parked.")
}
