package conversation_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// story is a conversation that a test writes line by line, each as "event -> commands". The syncs of messages are
// called m1, m2, those of replies r1, r2, the onboarding is called onboard. Words with an equals sign add details.
//
//	message 1        the follower writes; at= seconds from now, text=
//	click, scan, follow, unfollow, tap        at=, key=
//	reply 1          an agent answers; at=, by=, in=, text=; automatic
//	received=-60     of a reply: C4C did not say when it was written, the api got it then
//	late=true        of a message or reply: it was kept in a spool
//	r1 held          a sync reports: held, parked, everything, turn, ended, arrived; why=, with=, spent=, ask=, number=
//	r1 closed        or it is closed: closed, sent, lost, cancelled, watched
//	ticket T1 5      C4C reports a ticket's status
//	wait 5m          time passes, and what is due is done
type story struct {
	t      *testing.T
	s      *conversation.State
	now    time.Time
	policy conversation.Policy
}

// aStory begins with a follower whom C4C knows.
func aStory(t *testing.T, policy conversation.Policy) *story {
	t.Helper()
	st := &story{t: t, s: newState(), now: time.Unix(1_700_000_000, 0), policy: policy}
	st.s.Presence.Onboarded = true
	return st
}

// tell plays lines of a story and checks the resulting commands.
func (st *story) tell(lines string) *story {
	st.t.Helper()
	for line := range strings.SplitSeq(lines, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		happens, expected, _ := strings.Cut(line, "->")
		require.Equal(st.t, strings.TrimSpace(expected), strings.Join(st.happens(strings.Fields(happens)), ", "), "%s", line)
	}
	return st
}

// words are the additional words of a line.
type words map[string]string

func (w words) number(key string, otherwise int) int {
	if n, err := strconv.Atoi(w[key]); err == nil {
		return n
	}
	return otherwise
}

func (st *story) happens(line []string) []string {
	st.t.Helper()
	more, plain := words{}, []string{}
	for _, word := range line {
		if key, value, ok := strings.Cut(word, "="); ok {
			more[key] = strings.ReplaceAll(value, "_", " ")
		} else {
			plain = append(plain, word)
		}
	}
	if plain[0] == "wait" {
		wait, err := time.ParseDuration(plain[1])
		require.NoError(st.t, err)
		return st.wait(wait)
	}
	return st.step(st.event(plain, more))
}

func (st *story) step(e conversation.Event) (done []string) {
	for _, c := range st.s.Step(st.now, st.policy, e) {
		done = append(done, short(c))
	}
	return done
}

func (st *story) wait(wait time.Duration) (done []string) {
	until := st.now.Add(wait)
	for {
		due := st.s.Due(st.policy)
		if due.IsZero() || due.After(until) {
			st.now = until
			return done
		}
		st.now = due
		done = append(done, st.step(conversation.Tick{})...)
	}
}

func (st *story) event(plain []string, more words) conversation.Event {
	at := st.now.Unix() + int64(more.number("at", 0))
	kind, name := plain[0], plain[len(plain)-1]
	key := more["again"]
	if key == "" {
		key = fmt.Sprintf("%s/%s/%d", kind, name, at)
	}
	switch kind {
	case "message", "tap":
		in := conversation.Inbound{
			Key: key, Kind: conversation.KindMessage, CreateTime: at, MsgID: name, MsgType: "text", Text: more["text"],
			EventKey: more["key"],
			Late:     more["late"] != "",
		}
		if kind == "tap" {
			in.MsgID = "1"
		}
		return in
	case "click", "scan", "follow", "unfollow", "backfill":
		in := conversation.Inbound{Key: key, Kind: conversation.InboundKind(kind), CreateTime: at, EventKey: more["key"]}
		if kind == "backfill" {
			in.MsgID = "run"
		}
		return in
	case "reply":
		r := conversation.Reply{
			SmaID: plain[1], TicketID: or(more["in"], "T1"), Author: or(more["by"], "Ada"),
			Text:      or(more["text"], "text "+plain[1]),
			CreatedAt: time.Unix(at, 0).UTC().Format(time.RFC3339), Automatic: name == "automatic", Missed: name == "missed",
			Late: more["late"] != "",
		}
		if received := more.number("received", 0); received != 0 {
			r.CreatedAt, r.Received = "at noon", st.now.Unix()+int64(received)
		}
		return r
	}
	if kind == "ticket" {
		return changed(st, plain[1], name, false)
	}
	return st.report(kind, plain[1], at, more)
}

// causes maps the short names used in stories to failures.
var causes = map[string]string{
	"held": activities.ErrorWeChatWindowClosed, "closed": activities.ErrorWeChatWindowClosed,
	"used-up": activities.ErrorWeChatWindowUsedUp,
	"unknown": activities.ErrorWeChatOutcomeUnknown, "gone": activities.ErrorWeChatFollowerGone,
	"rejected":   activities.ErrorWeChatRejected,
	"everything": activities.ErrorWeChatTokenRefused, "parked": activities.ErrorWeChatRejected,
}

func (st *story) report(name, what string, at int64, more words) conversation.Event {
	id := long(name)
	why, said := more["why"]
	if !said && what != "closed" {
		why = what
	}
	out := conversation.Outcome{
		Arrived: what == "arrived" || what == "sent", Spent: more.number("spent", 0), Failure: causes[why],
		Number: conversation.NumberFate(more["number"]),
	}
	for _, with := range strings.Fields(more["with"]) {
		out.With = append(out.With, long(with))
	}
	if ticket := more["ticket"]; ticket != "" {
		root := conversation.MessageID(account, openID, strings.TrimPrefix(name, "m"))
		out.Thread = conversation.Thread{RootMessageID: root, TicketID: ticket, TicketObjectID: "O" + ticket}
		out.Ticket = &conversation.TicketState{Ticket: activities.Ticket{ID: ticket, ObjectID: "O" + ticket, Open: true},
			At: st.now.Unix()}
	}
	switch what {
	case "closed", "sent", "lost", "cancelled":
		return conversation.Closed{WorkflowID: id, Outcome: out, Lost: what == "lost", Cancelled: what == "cancelled"}
	case "watched":
		return conversation.Watched{WorkflowID: id}
	}
	kinds := map[string]conversation.ReportKind{
		"held": conversation.ReportHeld, "parked": conversation.ReportParked, "everything": conversation.ReportParked,
		"turn": conversation.ReportTurn, "ended": conversation.ReportEnded, "arrived": conversation.ReportEnded,
	}
	require.Contains(st.t, kinds, what)
	r := conversation.Report{
		WorkflowID: id, Lane: conversation.LaneMessages, Kind: kinds[what], Outcome: out, Everything: what == "everything",
		Order: conversation.Order{At: at, ID: name[1:]}, Ask: more.number("ask", 0), Left: more["why"] == "gone",
	}
	if strings.HasPrefix(id, "reply/") {
		r.Lane, r.TicketID = conversation.LaneReplies, or(more["in"], "T1")
	}
	return r
}

// long is a workflow id; short is its name in stories.
func long(name string) string {
	switch {
	case name == "onboard":
		return conversation.OnboardID(account, follower, 1_700_000_000)
	case strings.HasPrefix(name, "m"):
		return conversation.TicketSyncID(account, follower, name[1:])
	}
	if key, ok := strings.CutPrefix(name, "auto_"); ok {
		return conversation.ReplyID(account, "auto/"+follower+"/"+key)
	}
	return conversation.ReplyID(account, name[1:])
}

func shortID(id string) string {
	if strings.HasPrefix(id, "onboard/") {
		return "onboard"
	}
	return strings.NewReplacer(
		"ticket/main/f0/", "m", "reply/main/auto/f0/", "auto ", "reply/main/", "r", "register/main/f0/", "register ",
	).Replace(id)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
