package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// announcing is a policy under which followers get notices.
func announcing() Policy {
	policy := policyForDelays()
	policy.Window.AnnounceAfter = 10 * time.Minute
	policy.Window.Template = conversation.NoticeForm{TemplateID: "template",
		Fields: "character_string1=ticket, thing2=text,time3=time,number4=count"}
	policy.TicketLink = "https://service.example.com/web/ticket/{ticket}"
	return policy
}

// granting also has a template that followers grant.
func granting() Policy {
	policy := announcing()
	policy.Window.Subscription = conversation.NoticeForm{TemplateID: "granted", Fields: `thing1="words of ours"`}
	return policy
}

var testAnnouncement = AnnounceID(testAccount, testFollower)

// receipt is WeChat's result for a notice.
func (s *stage) receipt(r Receipt) {
	s.step(func() { s.signal(testAnnouncement, SignalReceipt, r) })
}

// consent is the follower's decision about notices.
func (s *stage) consent(c conversation.NoticeConsent) {
	in := s.event(conversation.KindConsent)
	in.Consents = []conversation.NoticeConsent{c}
	s.inbound(in)
}

// held is a stage with two replies that wait from the first second.
func held(t *testing.T, policy Policy, before ...func(*stage)) (s *stage, first, second string) {
	t.Helper()
	s = newStageWith(t, policy)
	for _, do := range before {
		do(s)
	}
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	return s, s.reply("one"), s.reply("two")
}

func TestNoticeTellsThatAnAnswerWaits(t *testing.T) {
	t.Parallel()
	s, first, second := held(t, announcing())
	s.advance(9 * time.Minute)
	s.check(func() { require.Empty(t, s.tenant.window.templates) })
	s.advance(2 * time.Minute)
	s.check(func() {
		require.Len(t, s.tenant.window.templates, 1)
		sent := s.tenant.window.templates[0]
		require.Equal(t, "template", sent.TemplateID)
		require.Equal(t, "https://service.example.com/web/ticket/1", sent.URL)
		require.Len(t, sent.ClientMsgID, 32)
		require.Equal(t, map[string]string{
			"character_string1": "1", "thing2": said(catalogue.AnnouncementText), "time3": "2026-01-05 16:00", "number4": "2",
		}, sent.Data)
		require.Contains(t, s.details(testAnnouncement), "receipt is awaited")
	})
	s.receipt(Receipt{MsgID: "of another"})
	s.receipt(Receipt{MsgID: "msg-1", Delivered: true})
	s.requireState(testAnnouncement, StateSynced, "")
	third := s.reply("three")
	s.advance(24 * time.Hour)
	s.check(func() { require.Len(t, s.tenant.window.templates, 1, "one notice for all that wait") })
	s.click()
	s.run()
	require.Equal(t, []string{"one", "two", "three"}, s.tenant.received())
	s.requireSynced(first, second, third, testAnnouncement)
	require.ElementsMatch(t, []string{
		noteHeld("one", reasonClosed, nextTold), noteHeld("two", reasonBehind, nextTold), agentReads(catalogue.NoteAnnounced),
		noteHeld("three", reasonBehind, nextAct), noteArrived("one"), noteArrived("two"), noteArrived("three"),
	}, s.noted())
}

// A notice that leads nowhere says what brings the answer.
func TestNoticeWithoutALinkAsksForAMessage(t *testing.T) {
	t.Parallel()
	policy := announcing()
	policy.TicketLink = ""
	s, first, second := held(t, policy)
	s.advance(11 * time.Minute)
	s.check(func() {
		require.Len(t, s.tenant.window.templates, 1)
		require.Empty(t, s.tenant.window.templates[0].URL)
		require.Equal(t, said(catalogue.AnnouncementChat), s.tenant.window.templates[0].Data["thing2"])
	})
	s.click()
	s.run()
	s.requireSynced(first, second)
}

// TestReceiptWithoutAnID: WeChat may push 0 as the message's id, which can only mean a notice of ours.
func TestReceiptWithoutAnID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		receipt Receipt
		noted   string
	}{
		{"delivered", Receipt{MsgID: "0", Delivered: true}, agentReads(catalogue.NoteAnnounced)},
		{"blocked", Receipt{MsgID: "0", Refused: true, Reason: "user block"}, noteNotAnnounced(catalogue.ReasonUnreachable)},
		{"no number at all", Receipt{Reason: "system failed"}, noteNotAnnounced(catalogue.ReasonNotDelivered)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := held(t, announcing())
			s.advance(11 * time.Minute)
			s.receipt(Receipt{MsgID: "of another"})
			s.receipt(Receipt{TemplateID: "granted elsewhere"})
			s.receipt(tt.receipt)
			s.run()
			require.Contains(t, s.noted(), tt.noted)
		})
	}
}

func TestNextBatchIsAnnouncedToo(t *testing.T) {
	t.Parallel()
	s, _, _ := held(t, announcing())
	s.advance(11 * time.Minute)
	s.receipt(Receipt{MsgID: "msg-1", Delivered: true})
	s.click()
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.reply("three")
	s.advance(11 * time.Minute)
	s.run()
	require.Len(t, s.tenant.window.templates, 2)
	require.NotEqual(t, s.tenant.window.templates[0].ClientMsgID, s.tenant.window.templates[1].ClientMsgID)
}

func TestNoNoticeWithoutNeed(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*stage, string, string){
		"the follower came": func(s *stage, _, _ string) { s.click() },
		"he left":           func(s *stage, _, _ string) { s.unfollow() },
		"given up": func(s *stage, first, second string) {
			s.command(first, CommandSkip, "ada")
			s.command(second, CommandSkip, "ada")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, first, second := held(t, announcing())
			s.advance(5 * time.Minute)
			act(s, first, second)
			s.advance(time.Hour)
			s.run()
			require.Empty(t, s.tenant.window.templates)
		})
	}
}

// WeChat pushes the receipt while the worker that sent the notice is about to record it.
func TestReceiptThatComesBeforeTheNoticeIsRecorded(t *testing.T) {
	t.Parallel()
	s, _, _ := held(t, announcing())
	s.will("SendTemplate", transient(activities.ErrorWeChatUnavailable))
	s.advance(10*time.Minute - 2*time.Second)
	s.step(func() { s.tenant.will("SendTemplate", later(activities.ErrorWeChatUnavailable, time.Minute)) })
	s.advance(5 * time.Second)
	s.receipt(Receipt{MsgID: "msg-1", Reason: "system failed"})
	s.check(func() { require.Empty(t, s.tenant.window.templates) })
	s.advance(2 * time.Minute)
	s.run()
	require.Len(t, s.tenant.window.templates, 1)
	require.Equal(t, StateSkipped, s.state(testAnnouncement))
	require.Contains(t, s.noted(), noteNotAnnounced(catalogue.ReasonNotDelivered))
}

// The push of the receipt may be lost: then no note may claim that the follower was notified.
func TestNoticeWithoutReceiptIsOnlyTaken(t *testing.T) {
	t.Parallel()
	s, _, _ := held(t, announcing())
	s.advance(25 * time.Minute)
	s.run()
	s.requireSynced(testAnnouncement)
	require.Contains(t, s.noted(), agentReads(catalogue.NoteNoticeTaken))
	require.NotContains(t, s.noted(), agentReads(catalogue.NoteAnnounced))
}

func TestNoticeThatIsNotDelivered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		receipt Receipt
		reason  string
		note    string
	}{
		{"refused", Receipt{MsgID: "msg-1", Refused: true, Reason: "user block"}, activities.ErrorWeChatFollowerUnreachable,
			noteNotAnnounced(catalogue.ReasonUnreachable)},
		{"failed", Receipt{MsgID: "msg-1", Reason: "system failed"}, activities.ErrorWeChatNotDelivered,
			noteNotAnnounced(catalogue.ReasonNotDelivered)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, first, _ := held(t, announcing())
			s.advance(11 * time.Minute)
			s.receipt(tt.receipt)
			s.requireState(testAnnouncement, StateSkipped, tt.reason)
			s.requireState(first, StateHeld, activities.ErrorWeChatWindowClosed)
			s.run()
			require.Contains(t, s.noted(), tt.note)
			require.NotContains(t, s.noted(), agentReads(catalogue.NoteAnnounced))
			require.NoError(t, s.closed[testAnnouncement])
		})
	}
}

func TestUnknownTemplateParksTheNoticeAlone(t *testing.T) {
	t.Parallel()
	s, first, second := held(t, announcing())
	s.will("SendTemplate", parking(activities.ErrorWeChatTemplateRefused), transient(activities.ErrorWeChatBusy))
	s.advance(11 * time.Minute)
	s.requireState(testAnnouncement, StateNeedsAttention, activities.ErrorWeChatTemplateRefused)
	s.requireState(first, StateHeld, activities.ErrorWeChatWindowClosed)
	s.check(func() { require.Contains(t, s.noted(), noteNotAnnounced(catalogue.ReasonTemplateRefused)) })
	s.command(testAnnouncement, CommandRetry, "ada")
	s.advance(time.Minute)
	s.receipt(Receipt{MsgID: "msg-1", Delivered: true})
	s.requireState(testAnnouncement, StateSynced, "")
	s.click()
	s.run()
	s.requireSynced(first, second)
}

func TestNoticeEndsWhenNothingWaitsAnyMore(t *testing.T) {
	t.Parallel()
	s, first, second := held(t, announcing())
	s.will("SendTemplate", parking(activities.ErrorWeChatTemplateRefused))
	s.advance(11 * time.Minute)
	s.click()
	s.requireState(testAnnouncement, StateSkipped, activities.ErrorWeChatTemplateRefused)
	s.run()
	s.requireSynced(first, second)
	require.NoError(t, s.closed[testAnnouncement])
}

func TestGrantedNoticeComesFirst(t *testing.T) {
	t.Parallel()
	granted := func(s *stage) { s.consent(conversation.NoticeConsent{TemplateID: "granted", Granted: true}) }
	revoked := func(s *stage) { s.consent(conversation.NoticeConsent{TemplateID: "granted", Revoked: true}) }
	refused := func(s *stage) { s.will("SendSubscription", parking(activities.ErrorWeChatFollowerUnreachable)) }
	unknown := func(s *stage) { s.will("SendSubscription", parking(activities.ErrorWeChatOutcomeUnknown)) }
	for _, tt := range []struct {
		name               string
		before             []func(*stage)
		granted, templates int
		receipt            Receipt
		template           string
	}{
		{"granted", []func(*stage){granted}, 1, 0, Receipt{TemplateID: "granted", Delivered: true}, "template"},
		{"not granted", nil, 0, 1, Receipt{MsgID: "msg-1", Delivered: true}, "template"},
		{"revoked", []func(*stage){granted, granted, revoked}, 0, 1, Receipt{MsgID: "msg-1", Delivered: true}, "template"},
		{"refused", []func(*stage){granted, refused}, 0, 1, Receipt{MsgID: "msg-1", Delivered: true}, "template"},
		{"perhaps sent", []func(*stage){granted, unknown}, 0, 0, Receipt{TemplateID: "granted", Delivered: true}, "template"},
		{"no other way", []func(*stage){granted}, 1, 0, Receipt{TemplateID: "granted", Delivered: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy := granting()
			policy.Window.Template.TemplateID = tt.template
			s, _, _ := held(t, policy, tt.before...)
			s.advance(11 * time.Minute)
			s.receipt(tt.receipt)
			s.run()
			require.Len(t, s.tenant.window.granted, tt.granted)
			require.Len(t, s.tenant.window.templates, tt.templates)
			for _, sent := range s.tenant.window.granted {
				require.Equal(t, map[string]string{"thing1": "words of ours"}, sent.Data)
			}
			s.requireSynced(testAnnouncement)
		})
	}
}

func TestGrantIsSpentOnce(t *testing.T) {
	t.Parallel()
	policy := granting()
	policy.Window.Template.TemplateID = ""
	s, _, _ := held(t, policy, func(s *stage) {
		s.consent(conversation.NoticeConsent{TemplateID: "granted", Granted: true})
	})
	s.advance(11 * time.Minute)
	s.receipt(Receipt{TemplateID: "granted", Delivered: true})
	s.click()
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.reply("three")
	s.advance(time.Hour)
	s.run()
	require.Len(t, s.tenant.window.granted, 1)
	require.Equal(t, noteHeld("three", reasonClosed, nextUntold), s.noted()[len(s.noted())-1])
}

func TestAgentIsRemindedBeforeTheWindowCloses(t *testing.T) {
	t.Parallel()
	reminding := policyForDelays()
	reminding.Window.RemindBefore = 2 * time.Hour
	ending := func(until string) string {
		return agentReads(catalogue.NoteWindowEnding, catalogue.Until("2026-01-07 "+until))
	}
	for _, tt := range []struct {
		name string
		act  func(*stage)
		want []string
	}{
		{"nobody answered", func(*stage) {}, []string{ending("16:00")}},
		{"answered", func(s *stage) { s.reply("answer") }, nil},
		{"asked again", func(s *stage) { s.reply("answer"); s.advance(time.Hour); s.say("and now?") },
			[]string{ending("17:00")}},
		{"answered at last", func(s *stage) { s.advance(time.Hour); s.say("and now?"); s.reply("answer") }, nil},
		{"left", func(s *stage) { s.unfollow() }, []string{noteLeft}},
		{"completed", func(s *stage) { s.step(func() { s.tenant.complete("1") }) }, nil},
		{"next run", func(s *stage) { s.step(func() { s.suggested = true }); s.click() },
			[]string{ending("16:00")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, reminding)
			s.say("hello")
			tt.act(s)
			s.advance(47 * time.Hour)
			s.advance(2 * time.Hour)
			s.run()
			require.ElementsMatch(t, tt.want, s.noted())
		})
	}
}

// A conversation in which much happens starts few timers.
func TestClockStartsFewTimers(t *testing.T) {
	t.Parallel()
	policy := policyForDelays()
	policy.Settle, policy.Window.RemindBefore = 0, 2*time.Hour
	s := newStageWith(t, policy)
	timers := 0
	s.env.SetOnTimerScheduledListener(func(_ string, d time.Duration) {
		if d > time.Hour {
			timers++
		}
	})
	for range 50 {
		s.say("hello")
		s.reply("answer")
		s.advance(time.Minute)
	}
	s.run()
	require.LessOrEqual(t, timers, 3)
}
