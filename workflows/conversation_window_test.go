package workflows

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// windowed is a policy that manages the reply window.
func windowed() Policy {
	policy := testPolicy
	policy.Window = conversation.WindowPolicy{Rules: window.Published}
	return policy
}

// window asks the conversation.
func (s *stage) window() conversation.WindowView {
	s.t.Helper()
	value, err := s.env.QueryWorkflowByID(testConversation, QueryWindow)
	require.NoError(s.t, err)
	var view conversation.WindowView
	require.NoError(s.t, value.Get(&view))
	return view
}

// requireLeft checks how many messages may still be sent at this moment of the script.
func (s *stage) requireLeft(left int) {
	s.check(func() {
		s.t.Helper()
		require.Equal(s.t, left, s.window().Left(s.env.Now()))
	})
}

// tap taps an item of a menu message.
func (s *stage) tap(item string) {
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text, in.EventKey = "tap"+item, "text", "tapped", item
	s.inbound(in)
}

func TestLedgerFollowsWhatIsSent(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, windowed())
	s.say("hello") // opens 5, of which the ticket's number takes one
	s.requireLeft(4)
	s.reply("one")
	s.requireLeft(3)
	s.click()
	s.requireLeft(6)
	s.reply("two") // of the click's
	s.advance(time.Minute)
	s.requireLeft(3)
	s.tap("101")
	s.requireLeft(6)
	s.inbound(s.event(conversation.KindScan))
	s.requireLeft(9)
	s.check(func() {
		view := s.window()
		require.Equal(t, []window.Trigger{window.Click, window.Scan, window.Message},
			[]window.Trigger{view.Grants[0].Trigger, view.Grants[1].Trigger, view.Grants[2].Trigger})
		require.Len(t, view.Alive(s.env.Now().Add(time.Hour)), 1)
		shown, err := json.Marshal(view.Grants[2])
		require.NoError(t, err)
		require.JSONEq(t, `{"trigger": "message", "left": 3, "until": 1767772802, "ends": "2026-01-07T08:00:02Z"}`,
			string(shown))
	})
	s.run()
}

func TestLedgerTakesTheWordOfWeChat(t *testing.T) {
	t.Parallel()
	for refusal, left := range map[string]int{activities.ErrorWeChatWindowClosed: 0,
		activities.ErrorWeChatWindowUsedUp: 0} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, windowed())
			s.say("hello")
			s.will("SendText", parking(refusal))
			s.reply("one")
			s.requireLeft(left)
			s.check(func() { require.Equal(t, 1, s.window().Held) })
			s.click()
			s.requireLeft(2)
			s.run()
		})
	}
}

// The agent sees in the ticket how many messages remain, before it matters.
func TestAgentReadsThatTheWindowIsNearlySpent(t *testing.T) {
	t.Parallel()
	reminding := policyForDelays()
	reminding.Window.RemindBefore = 2 * time.Hour
	low := func(left int, until string) string {
		return agentReads(catalogue.NoteWindowLow, catalogue.Count(left), catalogue.Until("2026-01-07 "+until))
	}
	once, again := low(1, "16:00"), low(1, "17:00")
	answers := func(s *stage, n int) {
		for range n {
			s.reply("answer")
		}
	}
	for _, tt := range []struct {
		name string
		act  func(*stage)
		want []string
	}{
		{"three of five", func(s *stage) { answers(s, 3) }, nil},
		{"four of five", func(s *stage) { answers(s, 4) }, []string{once}},
		{"all", func(s *stage) { answers(s, 5) }, []string{once}},
		{"all at once", func(s *stage) { s.reply(strings.Repeat("a", 5*text.MaxBytes)) },
			[]string{low(0, "16:00")}},
		{"he wrote again", func(s *stage) { answers(s, 4); s.advance(time.Hour); s.say("and?"); answers(s, 4) },
			[]string{once, again}},
		{"he clicked meanwhile", func(s *stage) { s.click(); answers(s, 6) }, nil},
		{"released", func(s *stage) {
			s.will("SendText", parking(activities.ErrorWeChatWindowUsedUp))
			s.reply("answer")
			s.advance(time.Hour)
			s.say("and?")
			answers(s, 3)
		}, []string{noteHeld("answer", catalogue.ReasonWindowUsedUp, nextUntold), noteArrived("answer"), again}},
		{"left", func(s *stage) { answers(s, 3); s.unfollow(); answers(s, 1) },
			[]string{noteLeft, noteGone("answer")}},
		{"completed", func(s *stage) { answers(s, 3); s.step(func() { s.tenant.complete("1") }); answers(s, 1) }, nil},
		{"next run", func(s *stage) { answers(s, 4); s.step(func() { s.suggested = true }); answers(s, 1) }, []string{once}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, reminding)
			s.say("hello")
			tt.act(s)
			s.run()
			require.ElementsMatch(t, tt.want, s.noted())
		})
	}
	t.Run("nobody wants to know", func(t *testing.T) {
		t.Parallel()
		s := newStageWith(t, policyForDelays())
		s.say("hello")
		answers(s, 5)
		s.run()
		require.Empty(t, s.noted())
	})
}

// The follower writes while WeChat is being asked: the refusal is older than the window they opened.
func TestLedgerIgnoresAnOldRefusal(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, windowed())
	s.will("SendText", append(times(3, transient(activities.ErrorWeChatUnavailable)),
		parking(activities.ErrorWeChatWindowClosed))...)
	s.reply("answer")
	s.click()
	s.advance(20 * time.Second)
	s.requireLeft(2)
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
}

func TestLedgerCountsWhatParkedSyncsSent(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, windowed())
	s.say("hello")
	s.will("SendText", nil, parking(activities.ErrorWeChatRejected))
	reply := s.reply(strings.Repeat("a", 1990) + ". " + strings.Repeat("b", 1990))
	s.requireLeft(3)
	s.command(reply, CommandRetry, "ada")
	s.requireLeft(2)
	s.will("SendText", parking(activities.ErrorWeChatOutcomeUnknown))
	s.reply("perhaps")
	s.requireLeft(1) // it may have arrived
	s.run()
}

func TestLedgerSurvivesContinueAsNew(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, windowed())
	s.say("hello")
	s.step(func() { s.suggested = true })
	s.reply("one")
	s.requireLeft(3)
	s.check(func() { require.Equal(t, 2, s.runs[testConversation]) })
	s.run()
}

func TestNumberLeavesTheAgentHisMessages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		rules func(*window.Rules)
		told  bool
		row   bool // of its own: it has waited
	}{
		{"five", func(*window.Rules) {}, true, false},
		{"three", func(r *window.Rules) { r.Message = 3 }, true, false},
		{"two", func(r *window.Rules) { r.Message = 2 }, true, true},
		{"one", func(r *window.Rules) { r.Message = 1 }, false, false},
		{"twenty", func(r *window.Rules) { r.Message = 20 }, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy := windowed()
			tt.rules(&policy.Window.Rules)
			s := newStageWith(t, policy)
			message := s.say("hello")
			s.run()
			require.Equal(t, tt.told, len(s.tenant.received()) == 1)
			require.Equal(t, tt.row, s.runs[toldID("number/1")] == 1)
			s.requireSynced(message)
		})
	}
}

// toldNumbers is a policy that tells numbers, and agents of what the follower was not told.
func toldNumbers() Policy {
	policy := windowedQuiet()
	policy.TellNumber = true
	return policy
}

// A message that was parked for days, until the window had closed: the number waits, and the agent reads that it was
// not sent.
func TestLateNumberWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		play  func(*stage)
		want  []string
		notes []string
	}{
		{"until the follower acts", func(s *stage) { s.advance(23 * time.Hour); s.click() },
			[]string{number("1"), number("2")}, nil},
		{"in vain", func(s *stage) { s.advance(25 * time.Hour); s.click() },
			[]string{number("1")}, []string{"2: " + said(catalogue.NoteAutomatic, catalogue.Words(number("2")))}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, toldNumbers())
			s.will("AddMessage", parking(activities.ErrorC4CRejected))
			parked := s.say("hello")
			s.advance(47*time.Hour + 59*time.Minute)
			early := s.command(parked, CommandRetry, "ada")
			s.will("AddMessage", parking(activities.ErrorC4CRejected))
			late := s.say("another")
			s.advance(49 * time.Hour)
			s.step(func() { s.tenant.complete("1") })
			s.command(late, CommandRetry, "ada")
			tt.play(s)
			s.run()
			require.NoError(t, early.err)
			require.Equal(t, tt.want, s.tenant.received())
			require.Equal(t, tt.notes, s.tenant.notes)
			s.requireSynced(parked, late)
		})
	}
}

// A message whose picture cannot be attached is given up. Its ticket was opened all the same.
func TestNumberOfAMessageThatIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, toldNumbers())
	s.follow()
	s.will("DescribeTicket", parking(activities.ErrorC4CRejected))
	s.submit(UpdateOpenTicket, "key00001", s.ticketRequest("key00001", "subject"))
	s.advance(time.Minute)
	id := conversation.TicketSyncID(testAccount, testFollower, "web-key00001")
	s.requireState(id, StateNeedsAttention, activities.ErrorC4CRejected)
	s.check(func() { require.Empty(t, s.tenant.received()) })
	s.command(id, CommandSkip, "ada")
	s.advance(time.Minute)
	s.say("hello") // the follow's window is over
	s.run()
	require.Equal(t, StateSkipped, s.state(id))
	require.Contains(t, s.tenant.received(), number("1"))
}

// Tapping an item opens a window of three messages for a minute, and a waiting answer needs one of them.
func TestNumberLeavesWaitingAnswersTheirMessages(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, windowed())
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.reply("answer")
	s.tap("101")
	s.run()
	require.Equal(t, []string{"answer", number("1")}, s.tenant.received(), "the number waits for the answer")
}
