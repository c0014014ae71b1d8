package workflows

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// WindowTexts are the texts about replies that do not arrive at once. {words} is replaced by the beginning of the
// reply.
type WindowTexts struct {
	NoteHeld      string // {words}, {reason}, {next}
	NoteParked    string // {words}, {reason}
	NoteArrived   string // {words}: the held reply has arrived
	NoteExpired   string // {words}
	NoteUnsure    string // {words}: given up; it is unknown whether it arrived
	NoteEnding    string // {until}: the window is about to close on an unanswered message
	NoteLow       string // {count}, {until}: few messages remain in the window
	NoteAnnounced string // the follower was notified that an answer waits
	NoteNotice    string // WeChat accepted the notice but does not report whether it arrived
	NoteUntold    string // {reason}: the follower could not be notified
	NoteAutomatic string // {words}: an automatic text was not sent

	NoteAutomaticUnsure string // {words}: it is unknown whether an automatic text arrived

	NextAct        string // it is sent when the follower acts
	NextPage       string // until then the follower can read it on the page; empty: there is no page
	NextAnnounce   string // {minutes}
	NextNoTemplate string // nobody notifies the follower
	NextExpire     string // {days}
	NextRetry      string // it is retried automatically

	NotePartly string // {sent}, {parts}, {rest}: some messages of a reply have arrived
	Between    string // placed between two sentences

	// Reasons by error type; the empty type is for all others.
	Reasons map[string]string
	// Announcement is the notice's text about the answer, at most 20 characters; InChat if the notice leads to no page.
	Announcement, InChat string
}

// Keys of WindowTexts.Reasons that are not error types.
const (
	ReasonBehind = "behind" // others wait ahead of it
	ReasonOther  = ""       // any other
)

// reason is why a reply has not arrived, worded for the agent.
func (t *WindowTexts) reason(failure string) string {
	if reason := t.Reasons[failure]; reason != "" {
		return reason
	}
	return t.Reasons[ReasonOther]
}

// next is what will happen with a held reply, worded for the agent.
func (t *WindowTexts) next(policy conversation.DelayPolicy) string {
	next := []string{t.NextAct}
	if t.NextPage != "" {
		next = append(next, t.NextPage)
	}
	switch {
	case policy.Announced:
	case policy.AnnounceAfter > 0:
		minutes := int(max(1, policy.AnnounceAfter.Round(time.Minute)/time.Minute))
		next = append(next, strings.ReplaceAll(t.NextAnnounce, "{minutes}", strconv.Itoa(minutes)))
	default:
		next = append(next, t.NextNoTemplate)
	}
	if policy.ExpireAfter > 0 {
		tenths := max(1, math.Round(policy.ExpireAfter.Hours()/2.4))
		next = append(next, strings.ReplaceAll(t.NextExpire, "{days}", strconv.FormatFloat(tenths/10, 'f', -1, 64)))
	}
	return strings.Join(next, t.Between)
}

// maxWords is how much of a reply a note repeats, in characters.
const maxWords = 40

// wordsOf is the beginning of a reply, by which its agent recognises it.
func wordsOf(reply string) string {
	words := []rune(strings.Join(strings.Fields(text.WithoutLinks(reply)), " "))
	if len(words) > maxWords {
		return string(words[:maxWords]) + "…"
	}
	return string(words)
}

// about fills in a text about this reply. If some of its messages have arrived, it says so, and how the rest begins.
func (wf *deliverReply) about(text string, more ...string) string {
	text = replaced(text, append(more, "{words}", wf.subject())...)
	if wf.sent == 0 || wf.sent >= len(wf.parts) {
		return text
	}
	partly := replaced(wf.policy.Texts.window().NotePartly,
		"{sent}", strconv.Itoa(wf.sent), "{parts}", strconv.Itoa(len(wf.parts)), "{rest}", wordsOf(wf.parts[wf.sent].Text))
	return strings.Join([]string{text, partly}, wf.policy.Texts.window().Between)
}

// setDelayPolicy sets what the sync does if the reply does not arrive at once.
func (wf *deliverReply) setDelayPolicy(ctx workflow.Context, policy *conversation.DelayPolicy) {
	wf.delayPolicy = policy
	if policy != nil && policy.ExpireAfter > 0 {
		wf.sync.expires = workflow.Now(ctx).Add(policy.ExpireAfter)
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for uncarry := workflow.GetSignalChannel(ctx, SignalUncarry); uncarry.Receive(ctx, nil); {
			wf.uncarry()
		}
	})
}

// paused tells the service agent why the reply waits, once per reason. If the follower has unfollowed, the
// conversation tells the agent. If all known parts of the reply have arrived, there is nothing to tell.
func (wf *deliverReply) paused(ctx workflow.Context, state, failure string) {
	if state == StateNeedsAttention {
		wf.uncarry()
	}
	wf.counts.reply(ctx, wf.in.Account, state, failure)
	if wf.sync.left || wf.delayPolicy == nil || wf.in.Reply.Automatic || wf.prepared && !wf.missing() {
		return
	}
	words, aspect := wf.policy.Texts.window(), "/held"
	form, next := words.NoteHeld, words.next(*wf.delayPolicy)
	if state == StateNeedsAttention {
		aspect = "/parked/" + failure
		if activities.CauseOf(failure).Everything { // it continues by itself when the cause is gone
			next = words.NextRetry
		} else {
			form = words.NoteParked
		}
	}
	text := wf.about(form, "{reason}", words.reason(failure), "{next}", next)
	wf.waited, wf.owed, wf.missed = true, true, wf.subject()
	if err := wf.state(ctx, wf.noteOf(text), wf.aspect(aspect)); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply waits", "error", err)
	}
}

// stuck tells the service agent that the reply is still being retried, unless they know that it waits. An attachment
// in C4C may still be missing; once the text has arrived, that is not worth a note.
func (wf *deliverReply) stuck(ctx workflow.Context) {
	if wf.waited || wf.delayPolicy == nil || wf.in.Reply.Automatic || !wf.missing() {
		return
	}
	wf.waited, wf.owed, wf.missed = true, true, wf.subject()
	words := wf.policy.Texts.window()
	text := wf.about(words.NoteHeld, "{reason}", words.reason(ReasonOther), "{next}", words.NextRetry)
	if err := wf.state(ctx, wf.noteOf(text), wf.aspect("/stuck")); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply is still being tried", "error", err)
	}
}

// aspect distinguishes the notes on a reply's files from those on its text.
func (wf *deliverReply) aspect(of string) string {
	if wf.prepared && len(wf.parts) > 0 && wf.sent == len(wf.parts) {
		return "/files" + of
	}
	return of
}

// missing reports whether a message or file of the reply is known not to have arrived.
func (wf *deliverReply) missing() bool {
	return wf.sent < len(wf.parts) || slices.ContainsFunc(wf.files, func(f *replyFile) bool { return !f.settled })
}

// checkFollows finds out what WeChat's refusal means: errcode 45015 is the same for a closed window and for a
// follower who has unfollowed.
func (wf *deliverReply) checkFollows(ctx workflow.Context, refusal error) {
	wf.sync.left = failureIs(refusal, activities.ErrorWeChatFollowerGone)
	if !failureIs(refusal, activities.ErrorWeChatWindowClosed) {
		return
	}
	var found activities.FollowState
	ctx = workflow.WithScheduleToCloseTimeout(wechatCall(ctx, "WeChat: does the follower still follow?"), time.Minute)
	err := workflow.ExecuteActivity(ctx, toWeChat.FollowState, wf.in.follower()).Get(ctx, &found)
	if err != nil {
		workflow.GetLogger(ctx).Info("WeChat did not say whether the follower follows", "error", failureOf(err).Type)
		return
	}
	wf.sync.left = !found.Follows
}

// arrived tells the service agent that the reply has arrived, if a note said that it had not.
func (wf *deliverReply) arrived(ctx workflow.Context, aspect string) error {
	if !wf.owed || len(wf.parts)+len(wf.files) == 0 {
		return nil
	}
	var more []string
	if wf.missed != "" {
		more = []string{"{words}", wf.missed}
	}
	note := wf.noteOf(wf.about(wf.policy.Texts.window().NoteArrived, more...))
	note.IfTold = true
	if err := wf.state(ctx, note, aspect); err != nil {
		return err
	}
	wf.owed = false
	return nil
}
