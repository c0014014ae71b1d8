package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// receiptPatience is how long a notice waits for its receipt. WeChat sends it within seconds.
const receiptPatience = 10 * time.Minute

// AnnounceReplyInput starts AnnounceReply.
type AnnounceReplyInput struct {
	SyncInput
	TicketID string `json:"ticket_id"`
	Since    int64  `json:"since"` // since when the answer has waited, in seconds since 1970
	Count    int    `json:"count"` // answers that wait
	Text     string `json:"text"`  // what the notice says
	URL      string `json:"url,omitempty"`
	// Customer is the customer that gets notes if the ticket does not accept them.
	Customer conversation.NoteCustomer `json:"customer,omitzero"`
	// Subscription is tried first if the follower granted it; otherwise Template.
	Subscription conversation.NoticeForm `json:"subscription,omitzero"`
	Template     conversation.NoticeForm `json:"template,omitzero"`
}

// AnnounceReply tells a follower outside the reply window that an answer waits: by a notice they granted, otherwise
// by a template message. It ends when WeChat has reported the result. A template that WeChat does not accept parks
// it; the answer keeps waiting.
func (w *Workflows) AnnounceReply(ctx workflow.Context, in AnnounceReplyInput) error {
	wf := &announceReply{in: in, texts: w.policyOf(in.Account).Texts, counts: w.Counts,
		byGrant: in.Subscription.TemplateID != ""}
	sync, err := w.newSync(ctx, in.SyncInput, syncOptions{
		title: say(ctx, "Notice that an answer waits in ticket %s", in.TicketID), ticketID: in.TicketID,
	}, wf)
	if err != nil {
		return err
	}
	wf.sync = sync
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, SignalObsolete).Receive(ctx, nil)
		sync.pointless = true // a notice already sent is allowed to arrive
	})
	if err := sync.run(ctx); err != nil {
		return err
	}
	return wf.noteEnd(ctx)
}

type announceReply struct {
	plainErrand
	in      AnnounceReplyInput
	sync    *engine
	texts   *catalogue.Texts
	counts  Counts
	byGrant bool   // the follower's grant has not been tried yet
	sent    bool   // WeChat has accepted the notice
	msgID   string // of the template message
	result  string // the result in WeChat's receipt
}

// attempt sends the notice and waits for its receipt.
func (wf *announceReply) attempt(ctx workflow.Context) error {
	if !wf.sent {
		if err := wf.send(ctx); err != nil {
			return err
		}
		wf.sent = true
	}
	return wf.awaitReceipt(ctx)
}

// final reports whether the follower will not get the notice.
func (wf *announceReply) final(failure string) bool {
	switch failure {
	case activities.ErrorWeChatFollowerGone, activities.ErrorWeChatFollowerUnreachable, activities.ErrorWeChatNotDelivered:
		return true
	}
	return false
}

// paused tells the agent that no notice has reached the follower.
func (wf *announceReply) paused(ctx workflow.Context, _, failure string) {
	wf.counts.notice(ctx, wf.in.Account, failure)
	if err := wf.noteUntold(ctx, failure); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that no notice reached the follower", "error", err)
	}
}

// noteEnd tells the agent the outcome of the notice.
func (wf *announceReply) noteEnd(ctx workflow.Context) error {
	switch {
	case wf.sync.state == StateSynced:
		key := catalogue.NoteAnnounced
		if wf.result == NoticeTaken {
			key = catalogue.NoteNoticeTaken
		}
		wf.counts.notice(ctx, wf.in.Account, wf.result)
		return wf.note(ctx, wf.texts.Text(key), "")
	case wf.final(wf.sync.failure.Type):
		wf.counts.notice(ctx, wf.in.Account, wf.sync.failure.Type)
		return wf.noteUntold(ctx, wf.sync.failure.Type)
	}
	return nil
}

// send sends the notice. If the outcome of a granted one is unknown, its receipt may still come.
func (wf *announceReply) send(ctx workflow.Context) error {
	values := map[string]string{
		"ticket": wf.in.TicketID, "text": wf.in.Text, "count": strconv.Itoa(wf.in.Count),
		"time": time.Unix(wf.in.Since, 0).In(activities.Beijing).Format("2006-01-02 15:04"),
	}
	if wf.byGrant {
		in := activities.SendSubscriptionInput{
			Follower: wf.in.follower(), TemplateID: wf.in.Subscription.TemplateID, Page: wf.in.URL,
			Data: noticeData(wf.in.Subscription, values),
		}
		err := workflow.ExecuteActivity(wechatSend(ctx, "WeChat: granted notice that an answer waits"),
			toWeChat.SendSubscription, in).Get(ctx, nil)
		if err == nil || failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
			return nil
		}
		if wf.in.Template.TemplateID == "" || temporal.IsCanceledError(err) {
			return err
		}
		wf.byGrant = false
	}
	in := activities.SendTemplateInput{
		Follower: wf.in.follower(), TemplateID: wf.in.Template.TemplateID, URL: wf.in.URL,
		Data:        noticeData(wf.in.Template, values),
		ClientMsgID: noticeID(workflow.GetInfo(ctx).WorkflowExecution.ID, wf.in.Since),
	}
	var sent activities.SentNotice
	err := workflow.ExecuteActivity(wechatCall(ctx, "WeChat: template message that an answer waits"),
		toWeChat.SendTemplate, in).Get(ctx, &sent)
	wf.msgID = sent.MsgID
	return err
}

// awaitReceipt waits for WeChat's receipt and tells the agent. If none comes in time, it is only known that WeChat
// accepted the notice.
func (wf *announceReply) awaitReceipt(ctx workflow.Context) error {
	wf.sync.stopStuckTimer()
	wf.sync.describe(ctx, say(ctx, "WeChat has taken the notice. Its receipt is awaited."))
	receipt, told := wf.receiveReceipt(ctx)
	switch {
	case !told:
		wf.result = NoticeTaken
		return ctx.Err()
	case receipt.Delivered:
		wf.result = NoticeDelivered
		return nil
	}
	failure := activities.ErrorWeChatNotDelivered
	if receipt.Refused {
		failure = activities.ErrorWeChatFollowerUnreachable
	}
	return temporal.NewNonRetryableApplicationError("WeChat has not delivered the notice", failure, nil,
		activities.Failure{Text: receipt.Reason})
}

// receiveReceipt waits for this notice's receipt among those of others. It returns false if none came. The receipt of a
// template message sent with our own id may lack WeChat's id.
func (wf *announceReply) receiveReceipt(ctx workflow.Context) (Receipt, bool) {
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
		if wf.byGrant && got.TemplateID == wf.in.Subscription.TemplateID {
			return got, true
		}
		if !wf.byGrant && got.TemplateID == "" && (got.MsgID == wf.msgID || got.MsgID == "" || got.MsgID == "0") {
			return got, true
		}
	}
}

// noteUntold tells the agent that the follower does not know about the answer.
func (wf *announceReply) noteUntold(ctx workflow.Context, failure string) error {
	return wf.note(ctx, wf.texts.Text(catalogue.NoteNotAnnounced, reason(wf.texts, failure)), "/failed")
}

func (wf *announceReply) note(ctx workflow.Context, text, aspect string) error {
	return startNote(ctx, NoteTicketInput{
		SyncInput: wf.in.SyncInput, TicketID: wf.in.TicketID, Text: text, Language: string(wf.texts.Language()),
		Customer: wf.in.Customer,
	}, "announce/"+strconv.FormatInt(wf.in.Since, 10)+aspect)
}

// noticeID identifies a notice so that WeChat sends it only once.
func noticeID(announcement string, since int64) string {
	sum := sha256.Sum256([]byte(announcement + time.Unix(since, 0).UTC().Format(time.RFC3339)))
	return hex.EncodeToString(sum[:16])
}
