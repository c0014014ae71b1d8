package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// attachTimeout is the longest that one attempt may take: 10 MB from WeChat to C4C.
const attachTimeout = 3 * time.Minute

// AttachMediaInput starts AttachMedia.
type AttachMediaInput struct {
	SyncInput
	TicketID string             `json:"ticket_id"`
	ObjectID string             `json:"object_id"`
	MsgID    string             `json:"msg_id"`
	Number   int                `json:"number"` // position among the message's files, from 1
	Media    conversation.Media `json:"media"`
	SentAt   int64              `json:"sent_at"` // seconds since 1970; WeChat keeps the file for three days
	// Customer is the customer that gets notes if the ticket does not accept them.
	Customer conversation.NoteCustomer `json:"customer,omitzero"`
	// Line is the thread's text in place of the file.
	Line string `json:"line,omitempty"`
}

// AttachMedia attaches one file of a message to its ticket. One activity streams the file from WeChat to C4C; the
// file never enters a history. AttachMedia is a sync of its own, so that a file never delays a text. It ends when the
// file does: three days after the message WeChat deletes it, and a note tells the agent.
func (w *Workflows) AttachMedia(ctx workflow.Context, in AttachMediaInput) error {
	wf := &attachMedia{
		in: in, policy: w.policyOf(in.Account), deadline: time.Unix(in.SentAt+conversation.MediaLife, 0).UTC(),
	}
	title := say(ctx, "File %d (%s) of message %s in ticket %s; WeChat deletes it on %s UTC",
		in.Number, in.Media.Kind, in.MsgID, in.TicketID, wf.deadline.Format(time.DateTime))
	sync, err := w.newSync(ctx, in.SyncInput, syncOptions{title: title, ticketID: in.TicketID, priority: priorityLate}, wf)
	if err != nil {
		return err
	}
	wf.sync = sync
	if err := sync.run(ctx); err != nil {
		return err
	}
	return wf.noteEnd(ctx)
}

type attachMedia struct {
	plainErrand
	in       AttachMediaInput
	sync     *engine
	policy   Policy // as it is now: only use it for activity inputs and notes
	deadline time.Time
	noted    bool // the agent was told that the file is missing
}

// final reports whether WeChat has deleted the file.
func (wf *attachMedia) final(failure string) bool {
	return failure == activities.ErrorWeChatMediaExpired
}

// attempt attaches the file, as long as WeChat keeps it.
func (wf *attachMedia) attempt(ctx workflow.Context) error {
	left := wf.deadline.Sub(workflow.Now(ctx))
	if left <= 0 {
		return errExpired()
	}
	attempt := workflow.WithStartToCloseTimeout(c4cCall(ctx, say(ctx, "C4C: attach a file to ticket %s", wf.in.TicketID)),
		attachTimeout)
	attempt = workflow.WithTaskQueue(attempt, QueueFiles)
	attempt = workflow.WithScheduleToCloseTimeout(attempt, left)
	err := workflow.ExecuteActivity(attempt, toC4C.AttachMedia, activities.AttachMediaInput{
		Account: wf.in.Account, ObjectID: wf.in.ObjectID, MediaID: wf.in.Media.ID, Kind: wf.in.Media.Kind,
		Round: wf.sync.round,
		Name:  fmt.Sprintf("%s-%s-%d", wf.in.Media.Kind, wf.in.MsgID, wf.in.Number), MaxBytes: wf.policy.MediaMax,
		SentAt: wf.in.SentAt,
	}).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	if retryMayHelp(err) {
		return errExpired()
	}
	return wf.noteParked(ctx, err)
}

func errExpired() error {
	return temporal.NewNonRetryableApplicationError("three days are over: WeChat has deleted the file",
		activities.ErrorWeChatMediaExpired, nil)
}

// noteParked tells the agent once that the file is missing, unless the cause affects everything and ends by itself.
// The sync checks again by itself when WeChat deletes the file.
func (wf *attachMedia) noteParked(ctx workflow.Context, cause error) error {
	failure := failureOf(cause).Type
	everything := activities.CauseOf(failure).Everything
	wf.sync.selfRetry = 0
	if !everything {
		wf.sync.selfRetry = max(wf.deadline.Sub(workflow.Now(ctx)), time.Second)
	}
	if everything || wf.noted || failure == activities.ErrorWeChatMediaExpired {
		return cause
	}
	wf.noted = true
	key := catalogue.NoteMediaRefused
	if failure == activities.ErrorWeChatMediaTooLarge {
		key = catalogue.NoteMediaTooLarge
	}
	if err := wf.note(ctx, key, ""); err != nil {
		return err
	}
	return cause
}

// noteEnd tells the agent the outcome for the file, unless an earlier note already said it.
func (wf *attachMedia) noteEnd(ctx workflow.Context) error {
	switch {
	case wf.sync.state == StateSynced && wf.noted:
		return wf.note(ctx, catalogue.NoteMediaAttached, "/attached")
	case wf.sync.state == StateSkipped && wf.sync.failure.Type == activities.ErrorWeChatMediaExpired:
		return wf.note(ctx, catalogue.NoteMediaExpired, "/expired")
	case wf.sync.state == StateSkipped && !wf.noted:
		return wf.note(ctx, catalogue.NoteMediaRefused, "")
	}
	return nil
}

// note tells the agent about the file, which it calls by its line in the thread.
func (wf *attachMedia) note(ctx workflow.Context, key catalogue.Key, aspect string) error {
	return startNote(ctx, NoteTicketInput{
		SyncInput: wf.in.SyncInput, TicketID: wf.in.TicketID, Language: string(wf.policy.Texts.Language()),
		Text: wf.policy.Texts.Text(key, catalogue.Message(fileName(wf.in.Line))), Customer: wf.in.Customer,
	}, fmt.Sprintf("media/%s/%d%s", wf.in.MsgID, wf.in.Number, aspect))
}
