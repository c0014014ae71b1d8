package operate

import (
	"context"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Detail is everything known about one sync.
type Detail struct {
	Sync
	Title string `json:"title,omitempty"` // what is synced, without personal data
	// System, Meaning and Remedy explain the cause. They are empty while nothing is wrong.
	System  string `json:"system,omitempty"` // who refused
	Meaning string `json:"meaning,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
	// Said is the last error, in the other side's words.
	Said    *Said     `json:"said,omitempty"`
	SaidAt  time.Time `json:"said_at,omitzero"`
	Pending []Pending `json:"pending"`
	Link    string    `json:"link,omitempty"`
	Hint    string    `json:"hint"` // what an operator can do now
	// GivenUp is how it ended without being carried out; nil: it is open, or was carried out.
	GivenUp *GivenUp `json:"given_up,omitempty"`
	// Waiting is how many syncs wait for the end of the cause that this row represents; nil: it is no such row.
	Waiting *int `json:"waiting,omitempty"`

	// Language is the language of the table.
	Language wording.Language `json:"-"`
}

// Pending is an activity that is running or waits for its next attempt.
type Pending struct {
	Activity  string     `json:"activity"`
	What      string     `json:"what"`
	State     string     `json:"state"` // running, waiting, paused
	Attempt   int        `json:"attempt"`
	NextRetry *time.Time `json:"next_retry,omitempty"`
	Failure   *Said      `json:"failure,omitempty"` // of the previous attempt
}

// Show reads one sync and explains it.
func (o *Operator) Show(ctx context.Context, id string) (Detail, error) {
	found, sync, err := o.describe(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	t, err := o.history(ctx, sync, found.GetPendingActivities())
	if err != nil {
		return Detail{}, err
	}
	d := Detail{
		Sync: sync, Title: o.text(found.GetExecutionConfig().GetUserMetadata().GetSummary()),
		Pending: []Pending{}, Link: o.Link(sync.ID, sync.RunID), Hint: hint(o.Language, sync), Language: o.Language,
	}
	for _, p := range found.GetPendingActivities() {
		d.Pending = append(d.Pending, o.pending(p, t))
	}
	d.GivenUp = t.givenUp(sync)
	d.explain(t)
	if cause := sync.resumes(); cause != "" && sync.Open() {
		n, err := o.waiting(ctx, sync.Account, cause)
		if err != nil {
			return Detail{}, err
		}
		d.Waiting = &n
	}
	return d, nil
}

// waiting counts the syncs that are parked under a cause, without the row that represents it.
func (o *Operator) waiting(ctx context.Context, account, cause string) (int, error) {
	under, err := o.find(ctx, Filter{
		Account: account, Causes: []string{cause}, States: []string{workflows.StateNeedsAttention},
	})
	n := 0
	for _, sync := range under {
		if sync.resumes() == "" {
			n++
		}
	}
	return n, err
}

// pending describes the activity with the summary of its step in the history.
func (o *Operator) pending(p *workflowpb.PendingActivityInfo, t *timelineBuilder) Pending {
	name := p.GetActivityType().GetName()
	pending := Pending{Activity: name, What: name, Attempt: int(p.GetAttempt()), State: "running",
		Failure: o.said(p.GetLastFailure())}
	for _, i := range t.open {
		if step := t.steps[i]; step.Kind == kindActivity && step.Attempts == pending.Attempt {
			pending.What = step.What
		}
	}
	switch {
	case p.GetPaused():
		pending.State = "paused"
	case p.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED:
		pending.State = "waiting"
	}
	if next := nextRetry(p, o.now()); !next.IsZero() {
		pending.NextRetry = &next
	}
	return pending
}

// explain finds the cause: that of the attempts under way, otherwise the one that parked the sync.
func (d *Detail) explain(t *timelineBuilder) {
	for _, p := range d.Pending {
		if p.Failure != nil {
			d.because(*p.Failure, p.Failure.Type)
			return
		}
	}
	if d.State == workflows.StateSynced || d.State == workflows.StateSyncing || d.Cause == "" {
		return
	}
	said, at := t.lastFailure()
	if said.Type == "" || said.Type != d.Cause && said.Type != "Timeout" {
		said, at = Said{}, time.Time{}
	}
	d.because(said, d.Cause)
	d.SaidAt = at
}

func (d *Detail) because(said Said, name string) {
	cause := activities.CauseOf(name).In(d.Language)
	d.System, d.Meaning = cause.System, cause.Explain(said.Failure)
	if !d.GivenUp.byPerson() { // then nothing is left to do
		d.Remedy = cause.Remedy
	}
	if said.Type != "" {
		d.Said = &said
	}
}

// hint describes what an operator can do with the sync in its present state.
func hint(l wording.Language, s Sync) string {
	id := quoteArgument(s.ID)
	switch {
	case !s.Open():
		return l.Say("It is closed; nothing is left to do.")
	case s.resumes() != "":
		return l.Say("It asks whether the cause is over, and then resumes them all. "+
			"Ask at once: wechat-c4c sync retry %s", id)
	case s.State == workflows.StateNeedsAttention && activities.CauseOf(s.Cause).Everything:
		return l.Say("Nothing to do here: it resumes automatically when the cause is over. Look at wechat-c4c sync show %[2]s\n"+
			"This one alone: wechat-c4c sync retry %[1]s\nGive up: wechat-c4c sync skip %[1]s --reason …", id,
			quoteArgument(workflows.ResumeCauseID(s.Account, s.Cause)))
	case s.State == workflows.StateNeedsAttention && s.Type == workflows.TypeReviewReplies:
		return l.Say("What it asks about: wechat-c4c reconcile show --account %[2]s\n"+
			"Deliver them: wechat-c4c reconcile approve %[1]s --yes --reason …\n"+
			"Leave them:   wechat-c4c sync skip %[1]s --reason …", id, s.Account)
	case s.State == workflows.StateNeedsAttention:
		return l.Say("Try again: wechat-c4c sync retry %[1]s\nGive up:   wechat-c4c sync skip %[1]s --reason …", id)
	case s.State == workflows.StateHeld:
		return l.Say("It is sent automatically when the follower acts. Try now: wechat-c4c sync retry %[1]s\n"+
			"Give up: wechat-c4c sync skip %[1]s --reason …", id)
	case s.State == workflows.StateStuck:
		return l.Say("It keeps retrying automatically. Retry now: wechat-c4c sync retry %[1]s\n"+
			"Give up: wechat-c4c sync skip %[1]s --reason …", id)
	case s.State == workflows.StateWaiting:
		return l.Say("It waits for those that were written before it. Give up: wechat-c4c sync skip %s --reason …", id)
	}
	return l.Say("It is on its way; nothing has to be done.")
}

// quoteArgument quotes an id as one argument of a shell.
func quoteArgument(id string) string {
	if !strings.ContainsFunc(id, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-.:=", r)
	}) {
		return id
	}
	return "'" + strings.ReplaceAll(id, "'", `'\''`) + "'"
}
