package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// english sets the language for agents and followers.
func english(c *config.Config) { c.Language = "en" }

// push is what C4C posts to the address of its social media channel.
func (s *scene) push(content map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(content)
	require.NoError(s.t, err)
	settings := s.Settings().C4C
	status, body := s.answer("/c4c/wechat", "application/x-www-form-urlencoded",
		url.Values{"content": {string(text)}}.Encode(),
		s.basic(config.WebhookUser, settings.WebhookPassword.Reveal()))
	require.Equal(s.t, http.StatusOK, status, body)
}

// pushAnswer pushes an agent's answer that names no message of the connector.
func (s *scene) pushAnswer(smaID, ticketID, text string) {
	s.t.Helper()
	s.push(map[string]any{
		"original_id": "", "sma_id": smaID, "service_req_no": ticketID, "text": text, "private_ind": "FALSE",
		"author_name": "Chen Li",
	})
}

// errcode 43019: the account has blacklisted the follower. Nothing gets through until it removes the follower from the
// list.
func TestAnswerToABlacklistedFollower(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(english))
	ticket := s.withTicket("oAlice")
	blacklist := func(on bool) {
		require.NoError(t, s.wechat.Call(t.Context(), http.MethodPatch, "/followers/oAlice",
			map[string]any{"blacklisted": on}, nil))
	}
	blacklist(true)
	s.agentReplies(ticket.ID, "one", nil)
	s.agentReplies(ticket.ID, "two", nil)
	for _, row := range s.waitForState(workflows.TypeDeliverReply, workflows.StateNeedsAttention, 2) {
		require.Equal(t, activities.ErrorWeChatFollowerUnreachable, attributes(row)["SyncError"])
		require.Contains(t, s.show(row.GetExecution().GetWorkflowId()).Remedy, "blacklist")
	}
	s.waitForNote(`"one" did not arrive`, "blacklist", "An administrator")
	s.waitForNote(`"two" did not arrive`)
	require.Empty(t, s.answers("oAlice", ticket))

	blacklist(false)
	code, _, stderr := s.command("sync", "retry", "--cause", activities.ErrorWeChatFollowerUnreachable, "--reason",
		"off the blacklist")
	require.Zero(t, code, stderr)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	s.waitForNote(`"one"`, "has now reached the customer")
	require.Equal(t, []string{"one", "two"}, s.answers("oAlice", ticket))
}

// The agent answers a customer without a WeChat profile, or in a ticket that does not exist.
func TestAnswerToNobody(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(english))
	var foreign ticket
	s.c4c.post("/tickets", map[string]any{"subject": "by phone"}, &foreign)
	s.pushAnswer("77", foreign.ID, "We call you back.")
	s.pushAnswer("78", "4711", "We call you back.")
	s.waitForState(workflows.TypeRouteReply, workflows.StateNeedsAttention, 2)
	s.waitForNote(`"We call you back." did not arrive`, "no WeChat profile", "An administrator")
	row := s.waitForState(workflows.TypeNoteTicket, workflows.StateSkipped, 1)[0]
	require.Equal(t, activities.ErrorC4CNotFound, attributes(row)["SyncError"])
	code, _, stderr := s.command("sync", "skip", "route/default/77", "--reason", "called")
	require.Zero(t, code, stderr)
	s.waitForNote(`"We call you back." has not reached the customer`, "given up")
}

// The window is used up in the middle of a long answer.
func TestHalfSentAnswer(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(*config.Window) {}),
		withSettings(func(c *config.Config) { c.Fixed.WindowMessages, c.TellNumber = 2, false }))
	require.NoError(t, s.wechat.Call(t.Context(), http.MethodPatch, "/settings", map[string]any{"message_quota": 2}, nil))
	s.say("oAlice", "my brakes squeal") // without a follow, which would allow more
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	ticket := s.waitForThread("my brakes squeal")
	long := strings.Repeat("刹车片已经磨损。", 80) + "\n" + strings.Repeat("建议更换。", 130) + "\n" + strings.Repeat("请来店。", 160)
	s.agentReplies(ticket.ID, long, nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)
	s.waitForNote(`"刹车片`, "has not arrived yet", "used up", "has the first 2 of its 3 messages", `begins with "请来店`)
	before := s.answers("oAlice", ticket)
	require.Len(t, before, 2)
	s.say("oAlice", "and?")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	s.waitForNote("has now reached the customer")
	got := s.answers("oAlice", ticket)
	require.Equal(t, long, strings.Join(got, "\n"), "each message once")
}

// The agent answers, completes the ticket and goes home; the follower reads it days later. C4C accepts no note in a
// completed ticket, so the note is added to the customer.
func TestNotesOfACompletedTicket(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(*config.Window) {}))
	ticket := s.withTicket("oAlice")
	s.closeWindow()
	reply := s.agentReplies(ticket.ID, "one", nil)
	s.waitForNote(`"one" has not arrived yet`)
	s.setStatus(ticket.ID, "5")
	before := len(s.c4c.requests())
	s.wechat.post("/followers/oAlice/click", map[string]any{"key": "any"}, nil)
	s.waitForRead("oAlice", "one")
	s.waitFor("the note", func() bool {
		return slices.ContainsFunc(s.workflows(`WorkflowType = "NoteTicket" AND SyncState = "synced"`),
			func(e *workflowpb.WorkflowExecutionInfo) bool {
				return strings.HasSuffix(e.GetExecution().GetWorkflowId(), "/reply/"+reply.SMAID+"/arrived")
			})
	})
	require.Contains(t, strings.Join(s.calls(before), "\n"), "IndividualCustomerTextCollection")
	require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
}

// C4C's workflow rules push texts such as the link to a survey. They take nothing from the agent: they are sent when
// the window has a message to spare.
func TestTextsOfC4CsWorkflowRules(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(english))
	ticket := s.withTicket("oAlice")
	push := func(texts ...map[string]any) {
		for range 2 { // a repeat is sent once
			s.push(map[string]any{"type": "WKF", "data": texts})
		}
	}
	push(map[string]any{"openId": "oAlice", "fullText": "Rate us: #SURVEY1#",
		"surveyLink": "https://survey.example/1?a=1&b=2"})
	s.waitForRead("oAlice", "Rate us: https://survey.example/1?a=1&b=2")

	s.closeWindow()
	// WeChat's window is closed, but the connector does not know it yet.
	push(map[string]any{"openId": "oAlice", "fullText": "Later"},
		map[string]any{"openId": "oNobody", "fullText": "Hello?"})
	s.agentReplies(ticket.ID, "come by", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)
	s.say("oAlice", "hello again")
	s.waitForRead("oAlice", "Later")
	require.Equal(t, []string{"Rate us: https://survey.example/1?a=1&b=2", "come by", "Later"},
		s.answers("oAlice", ticket), "the agent comes first")
	require.Empty(t, s.inbox("oNobody"))
	require.Len(t, s.workflows(`WorkflowType = "Conversation"`), 1, "nobody becomes a follower by being written to")
	require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
}
