package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// withWindow changes the settings of the reply window. Agents read English.
func withWindow(change func(*config.Window)) option {
	return withSettings(func(c *config.Config) {
		c.Language = "en"
		change(&c.Window)
	})
}

// soon announces held replies after a second, with the template of the development account.
func soon(w *config.Window) {
	w.AnnounceAfter, w.TemplateID = time.Second, wechatsim.TemplateReplyWaiting
}

// notice is a template message or a subscription notice on the phone.
type notice struct {
	Kind     string `json:"kind"`
	Template string `json:"template_id"`
	URL      string `json:"url"`
	Rows     []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"rows"`
}

// notices returns the notices that reached the follower.
func (s *scene) notices(openid string) []notice {
	s.t.Helper()
	var items, found []notice
	s.wechat.get("/followers/"+openid+"/inbox", &items)
	for _, item := range items {
		if item.Kind == "template" || item.Kind == "subscription" {
			found = append(found, item)
		}
	}
	return found
}

// noted returns the notes of the only ticket.
func (s *scene) noted() []string {
	s.t.Helper()
	var texts []string
	for _, note := range s.tickets()[0].Notes {
		texts = append(texts, note.Text)
	}
	return texts
}

// waitForNote waits until a note of the only ticket contains the words.
func (s *scene) waitForNote(words ...string) {
	s.t.Helper()
	s.waitFor("a note with "+strings.Join(words, ", "), func() bool {
		return slices.ContainsFunc(s.noted(), func(note string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(note, word) })
		})
	})
}

func TestAnswerAfterTheWindowIsHeldNotedAnnouncedAndReleased(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(soon), recording("window"))
	ticket := s.withTicket("oAlice")
	s.closeWindow()
	s.agentReplies(ticket.ID, "one", nil)
	s.agentReplies(ticket.ID, "two", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 2)
	s.waitForNote(`"one" has not arrived yet`, "that time is over", "gets a notice")
	s.waitForNote(`"two" has not arrived yet`)

	row := s.waitForState(workflows.TypeAnnounceReply, workflows.StateSynced, 1)[0]
	require.Equal(t, ticket.ID, attributes(row)["TicketID"])
	notices := s.notices("oAlice")
	require.Len(t, notices, 1)
	require.Equal(t, ticket.ID, notices[0].Rows[0].Value)
	require.NotEmpty(t, notices[0].Rows[1].Value)
	require.NotContains(t, notices[0].Rows[1].Value, "one")
	s.waitForNote("got a notice in WeChat")
	require.Empty(t, s.answers("oAlice", ticket))

	s.say("oAlice", "hello")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	s.waitForNote(`"two"`, "has now reached the customer")
	s.waitForNote(`"one"`, "has now reached the customer")
	s.waitForState(workflows.TypeNoteTicket, workflows.StateSynced, 5)
	s.requireNotesStay(ticket, "one", "two")
}

// requireNotesStay proves that notes are only for the agent: the last answer reaches the follower after all notes were
// written, and nothing but answers has reached them.
func (s *scene) requireNotesStay(ticket ticket, answers ...string) {
	s.t.Helper()
	s.agentReplies(ticket.ID, "the end", nil)
	s.waitForRead("oAlice", "the end")
	require.Equal(s.t, append(answers, "the end"), s.answers("oAlice", ticket))
	require.Len(s.t, s.workflows(`WorkflowType = "DeliverReply"`), len(answers)+1)
	require.Empty(s.t, s.workflows(`WorkflowType = "RouteReply"`))
}

func TestSixthAnswerWaits(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(w *config.Window) { w.TemplateID, w.SubscriptionID = "", "" }))
	ticket := s.withTicket("oAlice")
	s.wechat.post("/clock", map[string]any{"advance": "2m"}, nil) // the messages that the follow allowed have expired
	sent := []string{"a", "b", "c", "d", "e"}
	for _, text := range sent {
		s.agentReplies(ticket.ID, text, nil)
		s.waitForRead("oAlice", text)
	}
	s.agentReplies(ticket.ID, "f", nil)
	row := s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)[0]
	require.Equal(t, activities.ErrorWeChatWindowUsedUp, attributes(row)["SyncError"])
	s.waitForNote(`"f" has not arrived yet`, "are used up", "nothing tells the customer")
	key := workflows.FollowerKey(s.Settings().FollowerKeySecret.Bytes(), "default", "oAlice")
	answer, err := s.client.QueryWorkflow(t.Context(), workflows.ConversationID("default", key), "", workflows.QueryWindow)
	require.NoError(t, err)
	var window conversation.WindowView
	require.NoError(t, answer.Get(&window))
	require.Equal(t, 1, window.Held)
	require.Zero(t, window.Left(time.Now()), "WeChat has the last word")
	s.say("oAlice", "go on")
	s.waitForRead("oAlice", "f")
	require.Equal(t, append(sent, "f"), s.answers("oAlice", ticket))
}

func TestUnfollowCancelsWhatIsHeldAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		push    map[string]any // of the unfollow
		skipped int            // replies
	}{
		{"WeChat pushes it", nil, 2},
		{"its push is lost", map[string]any{"tamper": "signature"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, withWindow(func(*config.Window) {}))
			ticket := s.withTicket("oAlice")
			s.closeWindow()
			if test.push == nil {
				s.agentReplies(ticket.ID, "one", nil)
				s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)
			}
			s.wechat.post("/followers/oAlice/unsubscribe", test.push, nil)
			s.agentReplies(ticket.ID, "two", nil)
			rows := s.waitForState(workflows.TypeDeliverReply, workflows.StateSkipped, test.skipped)
			for _, row := range rows {
				require.Equal(t, activities.ErrorWeChatFollowerGone, attributes(row)["SyncError"])
			}
			s.waitForNote("unfollowed the account")
			require.Empty(t, s.answers("oAlice", ticket))

			s.follow("oAlice")
			s.agentReplies(ticket.ID, "three", nil)
			s.waitForRead("oAlice", "three")
		})
	}
}

func TestTemplateThatDoesNotExistParksTheNotice(t *testing.T) {
	t.Parallel()
	s := newStack(t,
		withWindow(func(w *config.Window) { w.AnnounceAfter, w.TemplateID = time.Second, "no-such-template" }))
	ticket := s.withTicket("oAlice")
	s.closeWindow()
	s.agentReplies(ticket.ID, "one", nil)
	row := s.waitForState(workflows.TypeAnnounceReply, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, activities.ErrorWeChatTemplateRefused, attributes(row)["SyncError"])
	s.waitForNote("could not be told", "template")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)
	s.say("oAlice", "hello")
	s.waitForRead("oAlice", "one")
	s.waitForState(workflows.TypeAnnounceReply, workflows.StateSkipped, 1)
	require.Empty(t, s.notices("oAlice"))
}

func TestNoticeThatTheFollowerRefuses(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(soon))
	ticket := s.withTicket("oAlice")
	require.NoError(t, s.wechat.Call(t.Context(), http.MethodPatch, "/settings",
		map[string]any{"template_outcome": "failed:user block"}, nil))
	s.closeWindow()
	s.agentReplies(ticket.ID, "one", nil)
	row := s.waitForState(workflows.TypeAnnounceReply, workflows.StateSkipped, 1)[0]
	require.Equal(t, activities.ErrorWeChatFollowerUnreachable, attributes(row)["SyncError"])
	s.waitForNote("could not be told", "refuse messages")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)
}

func TestNoticeThatTheFollowerGranted(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(w *config.Window) {
		soon(w)
		w.SubscriptionID = wechatsim.SubscriptionReplyWaiting
	}))
	ticket := s.withTicket("oAlice")
	s.wechat.post("/followers/oAlice/subscription", map[string]any{"template_id": wechatsim.SubscriptionReplyWaiting,
		"status": "accept"}, nil)
	s.closeWindow()
	s.agentReplies(ticket.ID, "one", nil)
	s.waitForState(workflows.TypeAnnounceReply, workflows.StateSynced, 1)
	s.say("oAlice", "hello")
	s.waitForRead("oAlice", "one")

	s.closeWindow()
	s.agentReplies(ticket.ID, "two", nil)
	s.waitForState(workflows.TypeAnnounceReply, workflows.StateSynced, 2)
	notices := s.notices("oAlice")
	require.Equal(t, []string{"subscription", "template"}, []string{notices[0].Kind, notices[1].Kind},
		"a grant is good for one")
}

func TestNumberOfTheTicketLeavesTheAgentHisMessage(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(*config.Window) {}),
		withSettings(func(c *config.Config) { c.Fixed.WindowMessages = 1 }))
	require.NoError(t, s.wechat.Call(t.Context(), http.MethodPatch, "/settings", map[string]any{"message_quota": 1}, nil))
	s.say("oAlice", "my brakes squeal") // without a follow, which would allow more
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	ticket := s.waitForThread("my brakes squeal")
	s.agentReplies(ticket.ID, "come by", nil)
	s.waitForRead("oAlice", "come by")
	require.Equal(t, []string{"come by"}, s.read("oAlice", "customer_service"))
	s.waitForNote("Messages that WeChat still takes", "(Beijing time): 0")
}

func TestAgentIsRemindedAndHeldAnswersExpire(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(w *config.Window) {
		w.RemindBefore = 48*time.Hour - 2*time.Second
		w.ExpireAfter = 2 * time.Second
	}), recording("reminded"))
	ticket := s.withTicket("oAlice")
	s.waitForNote("has not been answered")
	s.closeWindow()
	s.agentReplies(ticket.ID, "one", nil)
	row := s.waitForState(workflows.TypeDeliverReply, workflows.StateSkipped, 1)[0]
	require.Equal(t, activities.ErrorReplyExpired, attributes(row)["SyncError"])
	s.waitForNote(`"one" waited too long`)
	s.say("oAlice", "hello")
	s.agentReplies(ticket.ID, "two", nil)
	s.waitForRead("oAlice", "two")
	require.Equal(t, []string{"two"}, s.answers("oAlice", ticket))
}

func TestWaitingAnswersAreMergedWhenMessagesAreFew(t *testing.T) {
	t.Parallel()
	s := newStack(t, withWindow(func(*config.Window) {}), recording("merged"))
	ticket := s.withTicket("oAlice")
	s.closeWindow()
	answers := []string{"one", "two", "three", "four", "five"}
	for _, text := range answers {
		s.agentReplies(ticket.ID, text, nil)
	}
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, len(answers))
	s.wechat.post("/followers/oAlice/click", map[string]any{"key": "any"}, nil) // allows three
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, len(answers))
	require.Equal(t, []string{strings.Join(answers, "\n\n")}, s.answers("oAlice", ticket))
}
