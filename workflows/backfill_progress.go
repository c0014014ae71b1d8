package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// BackfillState is how far a backfill is. It contains openids, which appear only in the encrypted history.
type BackfillState struct {
	BackfillProgress
	Run     string   `json:"run"`
	At      int64    `json:"at"`                // when the page was listed
	Reading bool     `json:"reading,omitempty"` // a page was read
	Next    string   `json:"next,omitempty"`
	Waiting []string `json:"waiting,omitempty"` // of the page
}

// BackfillProgress is how far a backfill is, without personal data.
type BackfillProgress struct {
	Total     int     `json:"total"`  // the account's followers according to WeChat
	Listed    int     `json:"listed"` // read from WeChat so far
	Begun     int     `json:"begun"`  // conversations that were signalled
	Created   int     `json:"created"`
	Known     int     `json:"known"`
	Failed    int     `json:"failed"`
	Silent    int     `json:"silent,omitempty"` // conversations that have not answered for a long time
	Erased    int     `json:"erased,omitempty"` // erased after they were listed: not recreated
	Paused    bool    `json:"paused,omitempty"`
	PerSecond float64 `json:"per_second"`
	DryRun    bool    `json:"dry_run,omitempty"`
	Done      bool    `json:"done,omitempty"`
}

// Ended is how many followers have an outcome or are no longer waited for.
func (p BackfillProgress) Ended() int { return p.Created + p.Known + p.Failed + p.Silent + p.Erased }

// listed reports whether the list has been read to its end.
func (s *BackfillState) listed() bool { return s.Reading && s.Next == "" }

// countOutcome counts a follower's outcome. Reports to an earlier backfill of the account do not count.
func (wf *backfill) countOutcome(b Backfilled) {
	if b.Run != wf.state.Run {
		return
	}
	switch b.Outcome {
	case conversation.BackfillCreated:
		wf.state.Created++
	case conversation.BackfillKnown:
		wf.state.Known++
	case conversation.BackfillFailed:
		wf.state.Failed++
	default:
		return
	}
	if wf.ahead() < 0 && wf.state.Silent > 0 { // it was no longer waited for
		wf.state.Silent--
	}
}

// ahead is how many signalled conversations have not answered.
func (wf *backfill) ahead() int { return wf.state.Begun - wf.state.Ended() }

// showProgress updates the progress in the row.
func (wf *backfill) showProgress(ctx workflow.Context) {
	p, word := wf.state.BackfillProgress, say(ctx, "at most %v a second", wf.state.PerSecond)
	switch {
	case p.Done:
		word = say(ctx, "done")
	case p.Paused:
		word = say(ctx, "**paused**")
	}
	if p.DryRun {
		word += say(ctx, ", only counted")
	}
	if p.Erased > 0 {
		word += say(ctx, ", %d erased meanwhile", p.Erased)
	}
	workflow.SetCurrentDetails(ctx, say(ctx, "### %s\n\nState: **%s**, %s\n\n"+
		"| followers | listed | begun | created | known | failed | silent |\n|---|---|---|---|---|---|---|\n"+
		"| %d | %d | %d | %d | %d | %d | %d |",
		wf.sync.title, wf.sync.state, word, p.Total, p.Listed, p.Begun, p.Created, p.Known, p.Failed, p.Silent))
}
