package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// WindowView is what the query "window" shows: no openid and no text.
type WindowView struct {
	// Grants are what was open when the conversation last did something; whoever reads them later compares the times.
	Grants []Grant `json:"grants"`
	Gone   bool    `json:"gone"`
	Held   int     `json:"held"` // replies that wait for the follower
}

// Left is how many messages may still be sent, as far as we know.
func (v WindowView) Left(now time.Time) int { return leftOf(v.Grants, now) }

// Alive are the grants that have not ended.
func (v WindowView) Alive(now time.Time) []Grant {
	alive := []Grant{}
	for _, g := range v.Grants {
		if g.alive(now) {
			alive = append(alive, g)
		}
	}
	return alive
}

func (s *ConversationState) windowView() WindowView {
	return WindowView{Grants: s.Window.grants(), Gone: s.Gone, Held: len(s.Held)}
}

// serveWindow answers the query.
func (wf *conversation) serveWindow(ctx workflow.Context) error {
	return workflow.SetQueryHandlerWithOptions(ctx, QueryWindow, func() (WindowView, error) { return wf.state.windowView(), nil },
		workflow.QueryHandlerOptions{Description: "What may still be sent to the follower, by what allows it."})
}

// openWindow notes in the ledger what the follower did.
func (wf *conversation) openWindow(in Inbound) {
	if trigger := in.trigger(); trigger != "" {
		wf.state.Window.open(trigger, time.Unix(in.CreateTime, 0))
		wf.openings++
		wf.state.Window.Asked = wf.state.Window.Asked || trigger == TriggerMessage
	}
}

// account notes in the ledger what a sync sent, and what WeChat said of the window. A refusal counts as long as the follower
// has done nothing since the sync began.
func (wf *conversation) account(lane Lane, spent int, failure string) {
	now := wf.now()
	for range spent {
		wf.countSpent(wf.state.Window.spend(now))
	}
	if wf.openings != wf.began[lane] {
		return
	}
	switch failure {
	case activities.ErrorWeChatWindowClosed:
		wf.state.Window.closed()
	case activities.ErrorWeChatWindowUsedUp:
		wf.state.Window.usedUp()
	}
}

// changeLow is the version from which the agent is told of a window that is nearly spent.
const changeLow = "tell-of-low-window"

// warn tells the agent, once per message of the follower, that WeChat takes hardly another answer. Where replies wait already
// their notes say so.
func (wf *conversation) warn(ctx workflow.Context) {
	s := &wf.state
	until, left := s.Window.ends(TriggerMessage), s.Window.left(wf.now())
	if s.Window.Rules.RemindBefore <= 0 || left > 1 || until.Unix() == s.Window.Low || !until.After(wf.now()) ||
		len(s.Held) > 0 || s.Gone || s.Facts.Thread.TicketID == "" {
		return
	}
	if workflow.GetVersion(ctx, changeLow, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	s.Window.Low = until.Unix()
	wf.noteWindow(ctx, "low", func(t WindowTexts) string { return t.NoteLow }, "{count}", strconv.Itoa(left))
}

// noteWindow leaves a note about the window that the follower's last message opened.
func (wf *conversation) noteWindow(ctx workflow.Context, about string, form func(WindowTexts) string, places ...string) {
	s := &wf.state
	until := s.Window.ends(TriggerMessage)
	texts, words := wf.texts(), WindowTexts{} // what is started must not depend on texts
	if texts.Window != nil {
		words = *texts.Window
	}
	places = append(places, "{until}", until.In(beijing).Format("2006-01-02 15:04"))
	note := NoteTicketInput{
		SyncInput: wf.sync(), TicketID: s.Facts.Thread.TicketID, Language: texts.Language, IfOpen: s.Facts.Thread.TicketObjectID,
		Text: replaced(form(words), places...),
	}
	if err := startNote(ctx, note, about+"/"+strconv.FormatInt(until.Unix(), 10)); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told how the window stands", "about", about, "error", err)
	}
}

// mayTell says that the ticket's number may be told: it costs a message, and the last one, and what answers that wait need,
// is the service agent's. It goes out a moment later, hence the one more.
func (wf *conversation) mayTell(policy Policy) bool {
	if !policy.TellNumber || !policy.Window.known() {
		return policy.TellNumber
	}
	waiting := len(wf.state.Outbox) + len(wf.state.Held)
	return wf.state.Window.left(wf.now())-waiting > 2
}

// left notes that the follower left at a time, in seconds since 1970: by the push of it, or because WeChat says so of a refused
// reply. WeChat forgets what was open and granted; whatever they do next says that they are back.
func (wf *conversation) left(at int64) {
	if wf.state.Left == 0 {
		wf.state.LeftAgain = wf.state.Gone
	}
	wf.state.Gone, wf.state.Left, wf.state.Web.Ended = true, at, max(wf.state.Web.Ended, at)
	wf.state.Window.closed()
	wf.state.Window.Asked, wf.state.Credits = false, nil
}
