package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// maxAutomatic bounds the automatic texts that wait.
const maxAutomatic = 20

// automaticLife is how long an automatic text waits where the account says nothing.
const automaticLife = time.Hour

// AutomaticText is a text of ours that waits until the window spares a message for it.
type AutomaticText struct {
	Reply Reply `json:"reply"`
	At    int64 `json:"at"` // seconds since 1970
}

// tellFollower sends a text or a menu of ours, one per key, when the window spares a message and no answer of an agent waits.
// What finds no room in time is dropped without a word.
func (wf *conversation) tellFollower(key string, r Reply) {
	r.SmaID = "auto/" + wf.in.FollowerKey + "/" + key
	if !wf.state.first("reply/" + r.SmaID) {
		return
	}
	r.Automatic, r.OpenID = true, wf.in.OpenID
	wf.state.Automatic = newest(append(wf.state.Automatic, AutomaticText{Reply: r, At: wf.now().Unix()}), maxAutomatic)
}

// automatic is the first automatic text that has its time left; -1: there is none.
func (wf *conversation) automatic() int {
	life := wf.state.Window.Rules.AutomaticLife
	if life <= 0 {
		life = automaticLife
	}
	oldest := wf.now().Add(-life).Unix()
	return slices.IndexFunc(wf.state.Automatic, func(t AutomaticText) bool { return t.At > oldest })
}

// mayTellFollower says that an automatic text may go now.
func (wf *conversation) mayTellFollower() bool {
	return len(wf.state.Automatic) > 0 && len(wf.state.Held)+len(wf.state.Outbox) == 0 && !wf.state.Gone &&
		wf.state.Window.spares(wf.now()) && wf.automatic() >= 0
}

// deliverAutomatic sends the next automatic text; those whose time is over are forgotten.
func (wf *conversation) deliverAutomatic(ctx workflow.Context) {
	at := wf.automatic()
	next := wf.state.Automatic[at]
	reply := next.Reply
	wf.state.Automatic = wf.state.Automatic[at+1:]
	id := ReplyID(wf.in.Account, reply.SmaID)
	child := wf.sync().child(ctx, id, "Automatic text in ticket "+reply.TicketID, StateSyncing)
	sync := workflow.ExecuteChildWorkflow(child, TypeDeliverReply, DeliverReplyInput{SyncInput: wf.sync(), Reply: reply, Form: replyForm})
	wf.await(ctx, LaneReplies, id, sync)
	var out Outcome
	if !sync.IsReady() || sync.Get(ctx, &out) != nil {
		return
	}
	if out.Failure != activities.ErrorWeChatWindowClosed && out.Failure != activities.ErrorWeChatWindowUsedUp {
		return
	}
	if workflow.GetVersion(ctx, changeRefused, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	// WeChat allows less than the ledger says: the text waits as if the ledger had known, and is another attempt then.
	next.Reply.SmaID += "/again"
	wf.state.Automatic = append([]AutomaticText{next}, wf.state.Automatic...)
}

// changeRefused is the version from which an automatic text waits where WeChat's window turns out to be closed.
const changeRefused = "refused-automatic-text-waits"
