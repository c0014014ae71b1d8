package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// spoken is a policy with a voice: names, two messages per reply, and a page for the rest.
func spoken() Policy {
	policy := testPolicy
	policy.TellNumber = false
	policy.Voice = Voice{Name: true, MaxParts: 2}
	policy.TicketLink = "https://x.example/web/tickets/{ticket}"
	return policy
}

// restOn7 ends a reply that goes on on the page of ticket 7.
var restOn7 = "…\n" + said(catalogue.ReplyRest, catalogue.Address("https://x.example/web/tickets/7"))

// texts are the texts of a plan.
func (p replyPlan) texts() []string {
	var texts []string
	for _, part := range p.Parts {
		texts = append(texts, part.Text)
	}
	return texts
}

func TestPlanReply(t *testing.T) {
	t.Parallel()
	changed := func(change func(*Policy)) Policy {
		policy := spoken()
		change(&policy)
		return policy
	}
	long := strings.Repeat("刹车片已经磨损，建议更换。", 60) // 2,340 bytes
	for _, test := range []struct {
		name   string
		reply  conversation.Reply
		policy Policy
		want   []string
	}{
		{"name before the text", conversation.Reply{Author: "Chen Li", Text: "come by"}, spoken(),
			[]string{"Chen Li: come by"}},
		{"name of several lines", conversation.Reply{Author: " Chen\n<b>Li</b> ", Text: "come by"}, spoken(),
			[]string{"Chen Li: come by"}},
		{"name too long", conversation.Reply{Author: strings.Repeat("陈", 50), Text: "x"}, spoken(),
			[]string{strings.Repeat("陈", 40) + ": x"}},
		{"no name known", conversation.Reply{Text: "come by"}, spoken(), []string{"come by"}},
		{"name not wanted", conversation.Reply{Author: "Chen Li", Text: "come by"},
			changed(func(p *Policy) { p.Voice.Name = false }), []string{"come by"}},
		{"placeholders in a text", conversation.Reply{Author: "{text}", Text: "{name}"}, spoken(),
			[]string{"{text}: {name}"}},
		{"mark-up", conversation.Reply{Author: "Chen Li", Text: "<p>come <b>by</b></p>"}, spoken(),
			[]string{"Chen Li: come by"}},
		{"nothing but mark-up", conversation.Reply{Author: "Chen Li", Text: "<p><br></p>"}, spoken(), nil},
		{"blanks", conversation.Reply{Author: "Chen Li", Text: " \n"}, spoken(), nil},
		{"as long as may be", conversation.Reply{TicketID: "7", Text: long}, spoken(), text.Split(long, text.MaxBytes)},
		{"too long", conversation.Reply{TicketID: "7", Text: long + long}, spoken(), []string{
			text.Split(long+long, text.MaxBytes)[0],
			text.Split(text.Split(long+long, text.MaxBytes)[1],
				text.MaxBytes-len(restOn7))[0] + restOn7,
		}},
		{"too long without a page", conversation.Reply{TicketID: "7", Text: long + long},
			changed(func(p *Policy) { p.TicketLink = "" }), text.Split(long+long, text.MaxBytes)},
		{"too long without a ticket", conversation.Reply{Text: long + long}, spoken(), text.Split(long+long, text.MaxBytes)},
		{"as many messages as it takes", conversation.Reply{TicketID: "7", Text: long + long},
			changed(func(p *Policy) { p.Voice.MaxParts = 0 }), text.Split(long+long, text.MaxBytes)},
		{"page with an endless address", conversation.Reply{TicketID: "7", Text: long + long},
			changed(func(p *Policy) { p.TicketLink = "https://x.example/" + strings.Repeat("a", 1000) }),
			text.Split(long+long, text.MaxBytes)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plan := planReply(test.reply, test.policy, roomToSpare)
			require.Equal(t, test.want, plan.texts())
			require.Equal(t, test.name == "too long", plan.Cut)
			for _, words := range plan.texts() {
				require.LessOrEqual(t, len(words), text.MaxBytes)
			}
		})
	}
}

func TestLinksAreNotCut(t *testing.T) {
	t.Parallel()
	for _, link := range []string{`<a href="https://x.example/a">our page. Look.</a>`, "https://x.example/" +
		strings.Repeat("a.", 50)} {
		for before := text.MaxBytes - 2*len(link); before < text.MaxBytes; before++ {
			plan := planReply(conversation.Reply{Text: "<p>" + strings.Repeat("a", before) + " " + link + " bye</p>"}, Policy{},
				roomToSpare)
			require.Contains(t, strings.Join(plan.texts(), "\n"), link, before)
		}
	}
}

func TestTwentyThousandCharacters(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("刹车片已经磨损，建议更换。", 1539)[:60_000]
	s := newStageWith(t, spoken())
	reply := s.reply(text)
	s.advance(time.Minute)
	s.run()
	got := s.tenant.received()
	require.Len(t, got, 2)
	require.True(t, strings.HasSuffix(got[1], strings.ReplaceAll(restOn7, "tickets/7", "tickets/1")), got[1])
	require.True(t, strings.HasPrefix(text, got[0]))
	require.Equal(t, []string{agentReads(catalogue.NoteReplyCut)}, s.tenant.notes)
	s.requireSynced(reply)
}

// A reply must not use up one window after the other, whatever was pasted into it.
func TestEndlessReplyIsCut(t *testing.T) {
	t.Parallel()
	endless := strings.Repeat("刹车片已经磨损，建议更换。", 20_000) // 780,000 bytes
	picture := "data:image/png;base64," + strings.Repeat("A", 800_000)
	for _, test := range []struct {
		name     string
		reply    conversation.Reply
		maxParts int
		parts    int
		end      string
		cut      bool
		long     bool
	}{
		{"a page", conversation.Reply{TicketID: "7", Text: endless}, 2, 2, restOn7,
			true, false},
		{"a page and no limit", conversation.Reply{TicketID: "7", Text: endless}, 0,
			text.MaxMessages, "https://x.example/web/tickets/7", true, false},
		{"no page", conversation.Reply{Text: endless}, 2, text.MaxMessages, "…", false, true},
		{"no page and no limit", conversation.Reply{Text: "<p>" + endless}, 0, text.MaxMessages, "…", false, true},
		{"a pasted picture", conversation.Reply{Text: `<p>look</p><img src="` + picture + `">`}, 2, 1, "look", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			policy := spoken()
			policy.Voice.MaxParts = test.maxParts
			plan := planReply(test.reply, policy, roomToSpare)
			require.Len(t, plan.Parts, test.parts)
			require.True(t, strings.HasSuffix(plan.Parts[test.parts-1].Text, test.end))
			require.Equal(t, []bool{test.cut, test.long}, []bool{plan.Cut, plan.Long})
		})
	}
}

func TestAgentReadsOfAnEndlessReply(t *testing.T) {
	t.Parallel()
	policy := spoken()
	policy.TicketLink = ""
	s := newStageWith(t, policy)
	reply := s.reply(strings.Repeat("刹车片已经磨损，建议更换。", 10_000))
	s.advance(time.Minute)
	s.run()
	require.Len(t, s.tenant.received(), text.MaxMessages)
	require.Equal(t, []string{agentReads(catalogue.NoteReplyLong)}, s.tenant.notes)
	s.requireSynced(reply)
}

// quotedMail is the text below a reply that answers a mail.
const quotedMail = "\n\nFrom: Li\nSent: Monday, 2 February 2026\nTo: Service\nSubject: brakes\n\nThey squeal."

// TestAgentReadsOfAQuotedMail: it is not sent, and one note says so.
func TestAgentReadsOfAQuotedMail(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, spoken())
	reply := s.reply("come by" + quotedMail)
	s.advance(time.Minute)
	s.run()
	require.Len(t, s.tenant.received(), 1)
	require.True(t, strings.HasSuffix(s.tenant.received()[0], "come by"), s.tenant.received())
	require.Equal(t, []string{agentReads(catalogue.NoteReplyQuote)}, s.tenant.notes)
	s.requireSynced(reply)
}

func TestReplyOfMarkUpAlone(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, spoken())
	reply := s.reply("<p>&nbsp;</p>")
	s.advance(time.Minute)
	s.run()
	require.Empty(t, s.tenant.received())
	require.Equal(t, []string{agentReads(catalogue.NoteReplyEmpty)}, s.tenant.notes)
	s.requireSynced(reply)
}

func TestAmendedReplyHasTheSameVoice(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, spoken())
	s.will("SendText", nil, parking(activities.ErrorWeChatRejected))
	s.converse()
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "9", TicketID: "1", Author: "Chen Li",
			Text: strings.Repeat("a", 1999) + " bad"})
	})
	reply := conversation.ReplyID(testAccount, "9")
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatRejected)
	s.amend(reply, Amendment{Actor: "ada", Text: "<p>good</p>"})
	s.run()
	got := s.tenant.received()
	require.Len(t, got, 2)
	require.True(t, strings.HasPrefix(got[0], "Chen Li: aaa"))
	require.Equal(t, "good", got[1], "only the first message begins with the name")
	s.requireSynced(reply)
}

func TestMenuIsOneMessage(t *testing.T) {
	t.Parallel()
	menu := &conversation.ReplyMenu{Head: "Happy?", Items: []conversation.ReplyMenuItem{{ID: "yes", Text: "Yes"},
		{ID: "no", Text: "No"}}, Tail: "Thanks"}
	require.Equal(t, []replyPart{{Menu: menu}}, planReply(conversation.Reply{Author: "Chen Li", Text: "x", Menu: menu},
		spoken(), roomToSpare).Parts)
	require.Equal(t, []string{"Chen Li: x"},
		planReply(conversation.Reply{Author: "Chen Li", Text: "x", Menu: &conversation.ReplyMenu{Head: "Happy?"}},
			spoken(), roomToSpare).texts())

	s := newStageWith(t, spoken())
	s.converse()
	s.click()
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "9", TicketID: "1", Menu: menu})
	})
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"Happy? [yes Yes] [no No] Thanks"}, s.tenant.received())
	s.requireSynced(conversation.ReplyID(testAccount, "9"))
}

func TestAutomaticTextIsSentAsItIs(t *testing.T) {
	t.Parallel()
	text := `<a href="weixin://bizmsgmenu?msgmenucontent=yes&msgmenuid=1">yes</a> & <b>`
	require.Equal(t, []string{text}, planReply(conversation.Reply{Author: "Chen Li", Text: text, Automatic: true},
		spoken(), roomToSpare).texts())
}
