package workflows

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// ReasonBehind says that other replies wait ahead of one. It is no error type.
const ReasonBehind = "behind"

// reasons are why a reply or a notice has not arrived, by error type or ReasonBehind.
var reasons = map[string]catalogue.Key{
	activities.ErrorWeChatWindowClosed:        catalogue.ReasonWindowClosed,
	activities.ErrorWeChatWindowUsedUp:        catalogue.ReasonWindowUsedUp,
	activities.ErrorWeChatFollowerGone:        catalogue.ReasonGone,
	activities.ErrorWeChatFollowerUnreachable: catalogue.ReasonUnreachable,
	activities.ErrorWeChatRejected:            catalogue.ReasonRejected,
	activities.ErrorWeChatRefused:             catalogue.ReasonRefused,
	activities.ErrorWeChatOutcomeUnknown:      catalogue.ReasonOutcomeUnknown,
	activities.ErrorRepliesInDoubt:            catalogue.ReasonInDoubt,
	activities.ErrorWeChatNotPermitted:        catalogue.ReasonNotPermitted,
	activities.ErrorWeChatTemplateRefused:     catalogue.ReasonTemplateRefused,
	activities.ErrorWeChatNotDelivered:        catalogue.ReasonNotDelivered,
	activities.ErrorFollowerUnknown:           catalogue.ReasonUnrouted,
	ReasonBehind:                              catalogue.ReasonBehind,
}

// reason is why a reply or a notice has not arrived, worded for the agent.
func reason(texts *catalogue.Texts, failure string) catalogue.Arg {
	key, ok := reasons[failure]
	if !ok {
		key = catalogue.ReasonOther
	}
	return catalogue.Reason(texts.Text(key))
}

// nextSteps is what will happen with a held reply, worded for the agent.
func (p Policy) nextSteps(delay conversation.DelayPolicy) string {
	next := []string{p.Texts.Text(catalogue.NextWhenFollowerActs)}
	if p.Page {
		next = append(next, p.Texts.Text(catalogue.NextOnPage))
	}
	switch {
	case delay.Announced:
	case delay.AnnounceAfter > 0:
		minutes := int(max(1, delay.AnnounceAfter.Round(time.Minute)/time.Minute))
		next = append(next, p.Texts.Text(catalogue.NextAnnouncement, catalogue.Minutes(minutes)))
	default:
		next = append(next, p.Texts.Text(catalogue.NextNoAnnouncement))
	}
	if delay.ExpireAfter > 0 {
		tenths := max(1, math.Round(delay.ExpireAfter.Hours()/2.4))
		next = append(next, p.Texts.Text(catalogue.NextExpiry, catalogue.Days(tenths/10)))
	}
	return strings.Join(next, p.Texts.Language().Between())
}

// maxWords is how much of a reply a note repeats, and maxUntold how much of a text that its agent does not know, in
// characters.
const (
	maxWords  = 40
	maxUntold = 500
)

// wordsOf is the beginning of a reply, by which its agent recognises it.
func wordsOf(reply string) string { return beginningOf(reply, maxWords) }

// beginningOf is the beginning of a text, on one line.
func beginningOf(whole string, most int) string {
	words := strings.Join(strings.Fields(text.WithoutLinks(whole)), " ")
	if shown := text.Beginning(words, most); shown != words {
		return shown + "…"
	}
	return words
}

// textAbout is a text for the agent about this reply, which it calls by its subject.
func (wf *deliverReply) textAbout(key catalogue.Key, more ...catalogue.Arg) string {
	return wf.textAboutPart(key, wf.subject(), more...)
}

// textAboutPart is the same with a given subject. If some of its messages have arrived, it says so, and how the rest
// begins.
func (wf *deliverReply) textAboutPart(key catalogue.Key, subject string, more ...catalogue.Arg) string {
	texts := wf.policy.Texts
	text := texts.Text(key, append(more, catalogue.Words(subject))...)
	if wf.sent == 0 || wf.sent >= len(wf.parts) {
		return text
	}
	partly := texts.Text(catalogue.ReplyPartly, catalogue.Sent(wf.sent), catalogue.Parts(len(wf.parts)),
		catalogue.Rest(wordsOf(wf.parts[wf.sent].Text)))
	return strings.Join([]string{text, partly}, texts.Language().Between())
}

// paused tells the service agent why the reply waits, once per reason. If the follower has unfollowed, the
// conversation tells the agent. If all known parts of the reply have arrived, there is nothing to tell.
func (wf *deliverReply) paused(ctx workflow.Context, state, failure string) {
	if state == StateNeedsAttention {
		wf.uncarry()
	}
	wf.counts.reply(ctx, wf.in.Account, state, failure)
	if wf.sync.foundGone || wf.delayPolicy == nil || wf.in.Reply.Automatic || wf.prepared && !wf.missing() {
		return
	}
	texts, aspect := wf.policy.Texts, "/held"
	key, next := catalogue.NoteReplyHeld, wf.policy.nextSteps(*wf.delayPolicy)
	if state == StateNeedsAttention {
		aspect = "/parked/" + failure
		if activities.CauseOf(failure).Everything { // it continues by itself when the cause is gone
			next = texts.Text(catalogue.NextRetry)
		} else {
			key = catalogue.NoteReplyParked
		}
	}
	text := wf.textAbout(key, reason(texts, failure), catalogue.Next(next))
	wf.agentWarned, wf.arrivalOwed, wf.missedSubject = true, true, wf.subject()
	if err := wf.noteState(ctx, wf.noteOf(text), wf.aspect(aspect)); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply waits", "error", err)
	}
}

// stuck tells the service agent that the reply is still being retried, unless they know that it waits. An attachment
// in C4C may still be missing; once the text has arrived, that is not worth a note.
func (wf *deliverReply) stuck(ctx workflow.Context) {
	if wf.agentWarned || wf.delayPolicy == nil || wf.in.Reply.Automatic || !wf.missing() {
		return
	}
	wf.agentWarned, wf.arrivalOwed, wf.missedSubject = true, true, wf.subject()
	texts := wf.policy.Texts
	text := wf.textAbout(catalogue.NoteReplyHeld, reason(texts, ""), catalogue.Next(texts.Text(catalogue.NextRetry)))
	if err := wf.noteState(ctx, wf.noteOf(text), wf.aspect("/stuck")); err != nil {
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

// noteArrival tells the service agent that the reply has arrived, if a note said that it had not.
func (wf *deliverReply) noteArrival(ctx workflow.Context, aspect string) error {
	if !wf.arrivalOwed || len(wf.parts)+len(wf.files) == 0 {
		return nil
	}
	note := wf.noteOf(wf.textAboutPart(catalogue.NoteReplyArrived, cmp.Or(wf.missedSubject, wf.subject())))
	note.IfTold = true
	if err := wf.noteState(ctx, note, aspect); err != nil {
		return err
	}
	wf.arrivalOwed = false
	return nil
}

// noteNotArrived leaves a note in the ticket that this reply did not reach the follower. The note is a sync of its own.
func (wf *deliverReply) noteNotArrived(ctx workflow.Context) error {
	text := wf.textAbout(catalogue.NoteReplySkipped)
	switch {
	case wf.in.Gone || wf.sync.gone:
		text = wf.textAbout(catalogue.NoteReplyGone)
	case wf.sync.expired:
		text = wf.textAbout(catalogue.NoteReplyExpired)
	case wf.sync.failure.Type == activities.ErrorWeChatOutcomeUnknown,
		wf.sync.failure.Type == activities.ErrorRepliesInDoubt:
		text = wf.textAbout(catalogue.NoteReplyUnsure)
	case wf.sent > 0 && wf.sent == len(wf.parts):
		text = wf.policy.Texts.Text(catalogue.NoteReplyFilesSkipped)
	}
	return wf.noteState(ctx, wf.noteOf(text), "")
}

// noteCancelled tells the agent about a reply that an operator has cancelled in Temporal. It counts as given up, like
// a skipped one. A part that was being sent may have arrived.
func (wf *deliverReply) noteCancelled(ctx workflow.Context) {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // never cancelled: the note must outlive the reply
	if wf.in.Reply.Automatic {
		return
	}
	wf.countEnd(ctx)
	if err := wf.noteNotArrived(ctx); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply was cancelled", "error", err)
	}
}

// noteShortened tells the agent if the follower reads less than was written.
func (wf *deliverReply) noteShortened(ctx workflow.Context) error {
	if wf.in.Reply.Automatic {
		return nil
	}
	texts := wf.policy.Texts
	if wf.filesNote != "" {
		if err := wf.note(ctx, wf.filesNote, "/files"); err != nil {
			return err
		}
	}
	if wf.quoted {
		if err := wf.note(ctx, texts.Text(catalogue.NoteReplyQuote), "/quote"); err != nil {
			return err
		}
	}
	switch {
	case wf.cut:
		return wf.note(ctx, texts.Text(catalogue.NoteReplyCut), "/cut")
	case wf.long:
		return wf.note(ctx, texts.Text(catalogue.NoteReplyLong), "/cut")
	case len(wf.parts) == 0 && len(wf.files) == 0:
		wf.arrivalOwed = false // nothing of it can arrive
		return wf.noteState(ctx, wf.noteOf(texts.Text(catalogue.NoteReplyEmpty)), "/empty")
	}
	return nil
}

// note leaves a note about this reply in its ticket, one per aspect.
func (wf *deliverReply) note(ctx workflow.Context, text, aspect string) error {
	return startNote(ctx, wf.noteOf(text), wf.noteKey(aspect))
}

func (wf *deliverReply) noteOf(text string) NoteTicketInput {
	return NoteTicketInput{
		SyncInput: wf.in.SyncInput, TicketID: wf.in.Reply.TicketID, Text: text,
		Language: string(wf.policy.Texts.Language()), Customer: wf.in.Customer,
	}
}

func (wf *deliverReply) noteKey(aspect string) string { return "reply/" + wf.in.Reply.SmaID + aspect }

// noteState leaves a note about the reply's present state, at most one per aspect. It replaces the previous note, so
// that the last thing the agent reads is the latest.
func (wf *deliverReply) noteState(ctx workflow.Context, in NoteTicketInput, aspect string) error {
	id := NoteID(in.Account, in.FollowerKey, wf.noteKey(aspect))
	if slices.Contains(wf.states, id) {
		return nil
	}
	if n := len(wf.states); n > 0 {
		in.After = wf.states[n-1]
	}
	wf.states = append(wf.states, id)
	return startNote(ctx, in, wf.noteKey(aspect))
}
