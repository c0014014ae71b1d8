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

// WindowTexts are the words about replies that do not arrive at once. {words} stands for the beginning of the reply.
type WindowTexts struct {
	NoteHeld      string // {words}, {reason}, {next}
	NoteParked    string // {words}, {reason}
	NoteArrived   string // {words}: what was held has arrived
	NoteExpired   string // {words}
	NoteUnsure    string // {words}: given up, and nobody knows whether it has arrived
	NoteEnding    string // {until}: the window closes on a message that nobody answered
	NoteLow       string // {count}, {until}: the window is nearly spent
	NoteAnnounced string // the follower was told that an answer waits
	NoteNotice    string // WeChat took a notice of it and does not say whether it arrived
	NoteUntold    string // {reason}: the follower could not be told
	NoteAutomatic string // {words}: an automatic text was not sent

	NextAct        string // it goes when the follower acts
	NextAnnounce   string // {minutes}
	NextNoTemplate string // nobody tells the follower
	NextExpire     string // {days}
	NextRetry      string // it is tried again by itself

	NotePartly string // {sent}, {parts}, {rest}: some messages of a reply have arrived
	Between    string // stands between two sentences

	// Reasons by error type; the one without a type is for all others.
	Reasons map[string]string
	// Announcement is what a notice says about the answer, at most 20 characters; InChat where it leads to no page.
	Announcement, InChat string
}

// Keys of WindowTexts.Reasons that are no error types.
const (
	ReasonBehind = "behind" // others wait in front
	ReasonOther  = ""       // any other
)

// reason is why a reply has not arrived, in words for the agent.
func (t *WindowTexts) reason(failure string) string {
	if reason := t.Reasons[failure]; reason != "" {
		return reason
	}
	return t.Reasons[ReasonOther]
}

// next is what happens with a held reply, in words for the agent.
func (t *WindowTexts) next(care conversation.ReplyCare) string {
	next := []string{t.NextAct}
	switch {
	case care.Announced:
	case care.AnnounceAfter > 0:
		minutes := int(max(1, care.AnnounceAfter.Round(time.Minute)/time.Minute))
		next = append(next, strings.ReplaceAll(t.NextAnnounce, "{minutes}", strconv.Itoa(minutes)))
	default:
		next = append(next, t.NextNoTemplate)
	}
	if care.ExpireAfter > 0 {
		tenths := max(1, math.Round(care.ExpireAfter.Hours()/2.4))
		next = append(next, strings.ReplaceAll(t.NextExpire, "{days}", strconv.FormatFloat(tenths/10, 'f', -1, 64)))
	}
	return strings.Join(next, t.Between)
}

// maxWords is how much of a reply a note repeats, in characters.
const maxWords = 40

// wordsOf is the beginning of a reply, by which its agent knows it.
func wordsOf(reply string) string {
	words := []rune(strings.Join(strings.Fields(text.WithoutLinks(reply)), " "))
	if len(words) > maxWords {
		return string(words[:maxWords]) + "…"
	}
	return string(words)
}

// about fills a text about this reply. Where some of its messages have arrived it says so, and how the rest begins.
func (wf *deliverReply) about(text string, more ...string) string {
	text = replaced(text, append(more, "{words}", wf.subject())...)
	if wf.sent == 0 || wf.sent >= len(wf.parts) {
		return text
	}
	partly := replaced(wf.policy.Texts.window().NotePartly,
		"{sent}", strconv.Itoa(wf.sent), "{parts}", strconv.Itoa(len(wf.parts)), "{rest}", wordsOf(wf.parts[wf.sent].Text))
	return strings.Join([]string{text, partly}, wf.policy.Texts.window().Between)
}

// takeCare makes the sync look after a reply that does not arrive at once.
func (wf *deliverReply) takeCare(ctx workflow.Context, care *conversation.ReplyCare) {
	wf.care = care
	if care != nil && care.ExpireAfter > 0 {
		wf.sync.expires = workflow.Now(ctx).Add(care.ExpireAfter)
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for uncarry := workflow.GetSignalChannel(ctx, SignalUncarry); uncarry.Receive(ctx, nil); {
			wf.uncarry()
		}
	})
}

// paused tells the service agent once of each reason why the reply waits. Of a follower who left the conversation
// tells. Where all that is known of the reply has arrived there is nothing to tell.
func (wf *deliverReply) paused(ctx workflow.Context, state, failure string) {
	if state == StateNeedsAttention {
		wf.uncarry()
	}
	wf.counts.reply(ctx, wf.in.Account, state, failure)
	if wf.sync.left || wf.care == nil || wf.in.Reply.Automatic || wf.prepared && !wf.missing() {
		return
	}
	words, aspect := wf.policy.Texts.window(), "/held"
	form, next := words.NoteHeld, words.next(*wf.care)
	if state == StateNeedsAttention {
		aspect = "/parked/" + failure
		if activities.CauseOf(failure).Everything { // it goes on by itself when the cause is gone
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

// stuck tells the service agent that the reply is still being tried, unless it is known that it waits. What C4C has
// attached to it may be missing yet: that is nothing to tell once the text has arrived.
func (wf *deliverReply) stuck(ctx workflow.Context) {
	if wf.waited || wf.care == nil || wf.in.Reply.Automatic || !wf.missing() {
		return
	}
	wf.waited, wf.owed, wf.missed = true, true, wf.subject()
	words := wf.policy.Texts.window()
	text := wf.about(words.NoteHeld, "{reason}", words.reason(ReasonOther), "{next}", words.NextRetry)
	if err := wf.state(ctx, wf.noteOf(text), wf.aspect("/stuck")); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply is still being tried", "error", err)
	}
}

// aspect tells the notes on a reply's files from those on its text.
func (wf *deliverReply) aspect(of string) string {
	if wf.prepared && len(wf.parts) > 0 && wf.sent == len(wf.parts) {
		return "/files" + of
	}
	return of
}

// missing says that a message or a file of the reply is known not to have arrived.
func (wf *deliverReply) missing() bool {
	return wf.sent < len(wf.parts) || slices.ContainsFunc(wf.files, func(f *replyFile) bool { return !f.settled })
}

// look finds out what WeChat's refusal means: errcode 45015 says the same of a closed window and of a follower who
// left.
func (wf *deliverReply) look(ctx workflow.Context, refusal error) {
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

// arrived tells the service agent, whom a note told that the reply had not arrived, that it has.
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
