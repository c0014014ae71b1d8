package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// mediaImage is the kind of media that the page can show.
const mediaImage = "image"

// attachTimeout is the longest one attempt may take: 10 MB from WeChat to C4C.
const attachTimeout = 3 * time.Minute

// AttachMediaInput starts AttachMedia.
type AttachMediaInput struct {
	SyncInput
	TicketID string `json:"ticket_id"`
	ObjectID string `json:"object_id"`
	MsgID    string `json:"msg_id"`
	Number   int    `json:"number"` // of the message's files, from 1
	Media    Media  `json:"media"`
	SentAt   int64  `json:"sent_at"` // seconds since 1970; WeChat keeps the file for three days
}

// AttachMedia attaches one file of a message to its ticket. The file is streamed from WeChat to C4C within one activity
// and never part of a history. It is a sync of its own, so that a file never delays a text.
func (w *Workflows) AttachMedia(ctx workflow.Context, in AttachMediaInput) error {
	deadline := time.Unix(in.SentAt+mediaLife, 0).UTC().Format(time.DateTime)
	title := fmt.Sprintf("File %d (%s) of message %s in ticket %s; WeChat deletes it on %s UTC",
		in.Number, in.Media.Kind, in.MsgID, in.TicketID, deadline)
	sync, err := w.startSync(ctx, in.SyncInput, "", title, StateSyncing)
	if err != nil {
		return err
	}
	sync.ticketID = in.TicketID
	return sync.until(ctx, func(ctx workflow.Context) error {
		file := activities.AttachMediaInput{
			Account: in.Account, ObjectID: in.ObjectID, MediaID: in.Media.ID, Kind: in.Media.Kind, Round: sync.round,
			Name: fmt.Sprintf("%s-%s-%d", in.Media.Kind, in.MsgID, in.Number),
		}
		ctx = workflow.WithStartToCloseTimeout(c4cCall(ctx, "C4C: attach a file to ticket "+in.TicketID), attachTimeout)
		return workflow.ExecuteActivity(ctx, toC4C.AttachMedia, file).Get(ctx, nil)
	})
}

// AttachID is the workflow id of one file's sync.
func AttachID(account, followerKey, msgID string, number int) string {
	return fmt.Sprintf("media/%s/%s/%s/%d", account, followerKey, msgID, number)
}

// files are what a message brings along.
func (in Inbound) files() []Media {
	var files []Media
	if in.Media != nil && in.Media.ID != "" {
		files = append(files, *in.Media)
	}
	if in.Web != nil {
		files = append(files, in.Web.Pictures...)
	}
	return files
}

// attach starts the syncs of the message's files and does not wait for their end.
func (wf *createTicket) attach(ctx workflow.Context) error {
	for i, media := range wf.in.Message.files() {
		in := AttachMediaInput{
			SyncInput: wf.in.SyncInput, TicketID: wf.facts.Thread.TicketID, ObjectID: wf.facts.Thread.TicketObjectID,
			MsgID: wf.in.Message.MsgID, Number: i + 1, Media: media, SentAt: wf.in.Message.CreateTime,
		}
		id := AttachID(in.Account, in.FollowerKey, in.MsgID, in.Number)
		child := in.child(ctx, id, fmt.Sprintf("File %d of message %s in ticket %s", in.Number, in.MsgID, in.TicketID), StateSyncing)
		err := workflow.ExecuteChildWorkflow(child, TypeAttachMedia, in).GetChildWorkflowExecution().Get(ctx, nil)
		if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return err
		}
	}
	return nil
}
