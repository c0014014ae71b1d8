package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// receiptPatience is how long a notice waits for its receipt, which WeChat sends within seconds.
const receiptPatience = 10 * time.Minute

// AnnounceReplyInput starts AnnounceReply.
type AnnounceReplyInput struct {
	SyncInput
	TicketID string `json:"ticket_id"`
	Since    int64  `json:"since"` // since when the answer waits, in seconds since 1970
	Count    int    `json:"count"` // answers that wait
	Text     string `json:"text"`  // what the notice says
	URL      string `json:"url,omitempty"`
	// Customer is where notes go that the ticket does not take.
	Customer NoteCustomer `json:"customer,omitzero"`
	// Subscription is tried first: the follower granted it. Template is for all others.
	Subscription NoticeForm `json:"subscription,omitzero"`
	Template     NoticeForm `json:"template,omitzero"`
}

// AnnounceReply tells a follower outside of the reply window that an answer waits for them: by a notice they granted, else by a
// template message. It ends when WeChat has said what became of it. A template that WeChat does not accept parks it; the
// answer waits all the same.
func (w *Workflows) AnnounceReply(ctx workflow.Context, in AnnounceReplyInput) error {
	sync, err := w.startSync(ctx, in.SyncInput, "", "Notice that an answer waits in ticket "+in.TicketID, StateSyncing)
	if err != nil {
		return err
	}
	sync.ticketID = in.TicketID
	wf := &announceReply{in: in, sync: sync, texts: w.Policies[in.Account].Texts, counts: w.Counts, granted: in.Subscription.TemplateID != ""}
	sync.paused = func(ctx workflow.Context, _, failure string) {
		wf.counts.notice(ctx, in.Account, failure)
		if err := wf.untold(ctx, failure); err != nil {
			workflow.GetLogger(ctx).Warn("the agent was not told that no notice reached the follower", "error", err)
		}
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, SignalObsolete).Receive(ctx, nil)
		sync.over = true
	})
	return wf.announce(ctx)
}

type announceReply struct {
	in      AnnounceReplyInput
	sync    *sync
	texts   Texts
	counts  Counts
	granted bool   // the follower's grant is still to be tried
	msgID   string // of the template message
}

func (wf *announceReply) announce(ctx workflow.Context) error {
	for {
		wf.sync.arm(ctx)
		err := wf.send(ctx)
		switch {
		case err == nil:
			return wf.settle(ctx)
		case temporal.IsCanceledError(err):
			return wf.sync.cancelled(ctx, err)
		case failureIs(err, activities.ErrorWeChatFollowerGone) || failureIs(err, activities.ErrorWeChatFollowerUnreachable):
			return wf.giveUp(ctx, failureOf(err))
		}
		if err := wf.sync.pause(ctx, err); err != nil {
			return wf.sync.leave(ctx, err)
		}
	}
}

// send sends the notice. Where the outcome of a granted one is unknown its receipt may still come.
func (wf *announceReply) send(ctx workflow.Context) error {
	values := map[string]string{
		"ticket": wf.in.TicketID, "text": wf.in.Text, "count": strconv.Itoa(wf.in.Count),
		"time": time.Unix(wf.in.Since, 0).In(beijing).Format("2006-01-02 15:04"),
	}
	if wf.granted {
		in := activities.SendSubscriptionInput{
			Follower: wf.in.follower(), TemplateID: wf.in.Subscription.TemplateID, Page: wf.in.URL, Data: wf.in.Subscription.data(values),
		}
		err := workflow.ExecuteActivity(wechatSend(ctx, "WeChat: granted notice that an answer waits"), toWeChat.SendSubscription, in).Get(ctx, nil)
		if err == nil || failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
			return nil
		}
		if wf.in.Template.TemplateID == "" || temporal.IsCanceledError(err) {
			return err
		}
		wf.granted = false
	}
	in := activities.SendTemplateInput{
		Follower: wf.in.follower(), TemplateID: wf.in.Template.TemplateID, URL: wf.in.URL, Data: wf.in.Template.data(values),
		ClientMsgID: noticeID(workflow.GetInfo(ctx).WorkflowExecution.ID, wf.in.Since),
	}
	var sent activities.SentNotice
	err := workflow.ExecuteActivity(wechatCall(ctx, "WeChat: template message that an answer waits"), toWeChat.SendTemplate, in).Get(ctx, &sent)
	wf.msgID = sent.MsgID
	return err
}

// settle waits for WeChat's receipt and tells the agent. Without one in time nobody knows more than that WeChat took the notice.
func (wf *announceReply) settle(ctx workflow.Context) error {
	wf.sync.disarm()
	wf.sync.describe(ctx, "WeChat has taken the notice. Its receipt is awaited.")
	receipt, told := wf.receive(ctx)
	if receipt.Delivered || !told {
		result, text := NoticeDelivered, wf.words().NoteAnnounced
		if !told {
			result, text = NoticeTaken, wf.words().NoteNotice
		}
		wf.sync.end(ctx, StateSynced, nil)
		wf.counts.notice(ctx, wf.in.Account, result)
		return wf.note(ctx, text, "")
	}
	failure := syncFailure{Type: activities.ErrorWeChatNotDelivered, Failure: activities.Failure{Text: receipt.Reason}}
	if receipt.Refused {
		failure.Type = activities.ErrorWeChatFollowerUnreachable
	}
	return wf.giveUp(ctx, failure)
}

// receive waits for the receipt of this notice, among those of others. It is false where none came.
func (wf *announceReply) receive(ctx workflow.Context) (Receipt, bool) {
	receipts := workflow.GetSignalChannel(ctx, SignalReceipt)
	deadline := workflow.Now(ctx).Add(receiptPatience)
	for {
		wait := deadline.Sub(workflow.Now(ctx))
		if wait <= 0 {
			return Receipt{}, false
		}
		if ok, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return receipts.Len() > 0 }); !ok || err != nil {
			return Receipt{}, false
		}
		var got Receipt
		receipts.ReceiveAsync(&got)
		if wf.granted && got.TemplateID == wf.in.Subscription.TemplateID || !wf.granted && got.MsgID == wf.msgID {
			return got, true
		}
	}
}

// giveUp ends a notice that the follower does not get.
func (wf *announceReply) giveUp(ctx workflow.Context, failure syncFailure) error {
	wf.sync.end(ctx, StateSkipped, &failure)
	wf.counts.notice(ctx, wf.in.Account, failure.Type)
	return wf.untold(ctx, failure.Type)
}

// untold tells the agent that the follower does not know of the answer.
func (wf *announceReply) untold(ctx workflow.Context, failure string) error {
	words := wf.words()
	return wf.note(ctx, replaced(words.NoteUntold, "{reason}", words.reason(failure)), "/failed")
}

func (wf *announceReply) words() *WindowTexts {
	if wf.texts.Window != nil {
		return wf.texts.Window
	}
	return &WindowTexts{}
}

func (wf *announceReply) note(ctx workflow.Context, text, aspect string) error {
	return startNote(ctx, NoteTicketInput{
		SyncInput: wf.in.SyncInput, TicketID: wf.in.TicketID, Text: text, Language: wf.texts.Language, Customer: wf.in.Customer,
	}, "announce/"+strconv.FormatInt(wf.in.Since, 10)+aspect)
}
