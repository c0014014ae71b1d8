package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// breakage is one way in which something breaks: how it looks to an operator and how to fix it. Afterwards everything
// arrives once.
type breakage struct {
	name, cause string
	breakIt     func(*scene, ticket)
	act         func(*scene, ticket) string // an act that cannot get through; returns the id of its sync
	says        []string                    // what the details say about this case
	mend        func(*scene, ticket)
	retry       func(*scene, string) // nil: by the update
	arrived     func(*scene, ticket)
}

const words = "this one counts"

// answerIt is an agent's answer.
func answerIt(s *scene, t ticket) string {
	s.t.Helper()
	out := s.agentReplies(t.ID, words, nil)
	require.Equal(s.t, 200, out.Status, out.Body)
	return "reply/default/" + out.SMAID
}

func readOnce(s *scene, t ticket) {
	s.t.Helper()
	require.Equal(s.t, []string{words}, s.answers("oAlice", t))
}

// writeIt is a follower's message.
func writeIt(s *scene, _ ticket) string {
	s.t.Helper()
	out := s.say("oAlice", words)
	require.Equal(s.t, "success", out.Body)
	row := s.workflows(`WorkflowType = "Conversation"`)
	require.Len(s.t, row, 1)
	return conversation.TicketSyncID("default", attributes(row[0])["FollowerKey"], out.MsgID)
}

func writtenOnce(s *scene, _ ticket) {
	s.t.Helper()
	s.waitForThread("my brakes squeal", words)
}

func wechatSettings(change map[string]any) func(*scene, ticket) {
	return func(s *scene, _ ticket) { s.wechat.patch("/settings", change) }
}

func c4cSwitches(change map[string]any) func(*scene, ticket) {
	return func(s *scene, _ ticket) { s.c4c.post("/switches", change, nil) }
}

func wechatFault(r rule) func(*scene, ticket) { return func(s *scene, _ ticket) { s.wechat.faults(r) } }
func c4cFault(r rule) func(*scene, ticket)    { return func(s *scene, _ ticket) { s.c4c.faults(r) } }

func healWeChat(s *scene, _ ticket) { s.wechat.heal() }
func healC4C(s *scene, _ ticket)    { s.c4c.heal() }
func nothing(*scene, ticket)        {}

const (
	sendPath    = "POST /cgi-bin/message/custom/send"
	addActivity = "SocialMediaActivityBundleMaintainRequestsync"
)

// parking lists the causes that park a sync until a person acts or the cause ends.
var parking = []breakage{
	{
		name: "address not on the whitelist", cause: activities.ErrorWeChatIPNotAllowed, act: answerIt, arrived: readOnce,
		breakIt: wechatSettings(map[string]any{"ip_whitelist": []string{"203.0.113.7"}}),
		says:    []string{"The address to add is 127.0.0.1.", "- code: `40164`", "IP whitelist"},
		mend:    wechatSettings(map[string]any{"ip_whitelist": []string{}}),
	},
	{
		name: "secret reset", cause: activities.ErrorWeChatCredentials, act: answerIt, arrived: readOnce,
		breakIt: func(s *scene, _ ticket) {
			s.wechat.patch("/settings", map[string]any{"app_secret": "a-new-appsecret"})
			s.wechat.post("/tokens/revoke", map[string]any{}, nil)
		},
		says: []string{"- code: `40125`", "WECHAT_C4C_WECHAT_APP_SECRET"},
		mend: wechatSettings(map[string]any{"app_secret": config.Development().WeChat.AppSecret.Reveal()}),
	},
	{
		name: "verification expired", cause: activities.ErrorWeChatNotPermitted, act: answerIt, arrived: readOnce,
		breakIt: wechatSettings(map[string]any{"account_type": "service_unverified"}),
		says:    []string{"WeChat said (48001): api unauthorized", "Renew the verification"},
		mend:    wechatSettings(map[string]any{"account_type": "service_verified"}),
	},
	{
		name: "quota of the day used up", cause: activities.ErrorWeChatQuotaExhausted, act: answerIt, arrived: readOnce,
		breakIt: wechatSettings(map[string]any{"quotas": map[string]int{"/cgi-bin/message/custom/send": 1}}),
		says:    []string{"- code: `45009`", "after midnight in Beijing"},
		mend:    wechatSettings(map[string]any{"quotas": map[string]int{"/cgi-bin/message/custom/send": 100}}),
	},
	{
		name: "text that WeChat's rules forbid", cause: activities.ErrorWeChatRejected, act: answerIt,
		breakIt: wechatFault(rule{Match: sendPath, Kind: "errcode", Errcode: 87014, Times: 1}),
		says:    []string{"WeChat said (87014)", "The update `amend` corrects the input"}, mend: nothing,
		retry: func(s *scene, id string) {
			require.NoError(s.t, s.update(id, workflows.CommandAmend, workflows.Amendment{Actor: "ada", Text: "other words"}))
		},
		arrived: func(s *scene, t ticket) {
			s.t.Helper()
			require.Equal(s.t, []string{"other words"}, s.answers("oAlice", t))
		},
	},
	{
		name: "blacklisted follower", cause: activities.ErrorWeChatFollowerUnreachable, act: answerIt, arrived: readOnce,
		breakIt: wechatFault(rule{Match: sendPath, Kind: "errcode", Errcode: 43019, Times: 1}),
		says:    []string{"WeChat said (43019)", "blacklist"}, mend: nothing,
	},
	{
		name: "send without an answer, not arrived", cause: activities.ErrorWeChatOutcomeUnknown, act: answerIt,
		arrived: readOnce,
		breakIt: wechatFault(rule{Match: sendPath, Kind: "drop_before", Times: 1}),
		says:    []string{"it may have arrived, or not", "Ask the follower"}, mend: nothing,
	},
	{
		name: "send without an answer, arrived", cause: activities.ErrorWeChatOutcomeUnknown, act: answerIt,
		arrived: readOnce,
		breakIt: wechatFault(rule{Match: sendPath, Kind: "drop_after_commit", Times: 1}),
		says:    []string{"it may have arrived, or not"}, mend: nothing,
		retry: func(s *scene, id string) {
			require.NoError(s.t,
				s.update(id, workflows.CommandSkip, workflows.Command{Actor: "ada", Reason: "seen on the phone"}))
			s.waitForSync(id, workflows.StateSkipped)
		},
	},
	{
		name: "C4C's password changed", cause: activities.ErrorC4CCredentials, act: writeIt, arrived: writtenOnce,
		breakIt: c4cSwitches(map[string]any{"refuse_credentials": true}),
		says:    []string{"- code: `HTTP 401`", "WECHAT_C4C_C4C_PASSWORD"},
		mend:    c4cSwitches(map[string]any{"refuse_credentials": false}),
	},
	{
		name: "communication arrangement missing", cause: activities.ErrorC4CNotAuthorized, act: writeIt,
		arrived: writtenOnce,
		breakIt: c4cSwitches(map[string]any{"unauthorized": []string{"managesocialmediaactivityin"}}),
		says:    []string{"C4C said (", "Authorization role missing", "Communication Arrangements"},
		mend:    c4cSwitches(map[string]any{"unauthorized": []string{}}),
	},
	{
		name: "data that C4C refuses", cause: activities.ErrorC4CRejected, act: writeIt, arrived: writtenOnce,
		breakIt: c4cFault(rule{Match: addActivity, Kind: "errcode", Errcode: "/CL_CDA_BUSDT/:034", Times: 1}),
		says:    []string{"C4C said (034(/CL_CDA_BUSDT/))", "`amend`"}, mend: nothing,
	},
	{
		name: "note for a completed ticket of nobody", cause: activities.ErrorC4CReadOnly,
		breakIt: func(s *scene, _ ticket) {
			var foreign ticket
			s.c4c.post("/tickets", map[string]any{"subject": "by phone"}, &foreign)
			s.setStatus(foreign.ID, "5")
		},
		act: func(s *scene, _ ticket) string {
			s.pushAnswer("77", s.tickets()[1].ID, words)
			return s.waitForState(workflows.TypeNoteTicket, workflows.StateNeedsAttention, 1)[0].GetExecution().GetWorkflowId()
		},
		says: []string{"107", "Reopen the ticket"},
		mend: func(s *scene, _ ticket) { s.setStatus(s.tickets()[1].ID, "2") },
		arrived: func(s *scene, _ ticket) {
			s.t.Helper()
			require.Len(s.t, s.tickets()[1].Notes, 1)
		},
	},
	{
		name: "answer in a ticket of nobody", cause: activities.ErrorFollowerUnknown, breakIt: nothing, mend: nothing,
		arrived: readOnce,
		act: func(s *scene, _ ticket) string {
			s.pushAnswer("77", "4711", words)
			return "route/default/77"
		},
		says: []string{"The reply has no recipient", "amend the ticket number"},
		retry: func(s *scene, id string) {
			require.NoError(s.t,
				s.update(id, workflows.CommandAmend, workflows.Amendment{Actor: "ada", TicketID: s.tickets()[0].ID}))
			s.waitForSync("reply/default/77", workflows.StateSynced)
		},
	},
}

func TestParkingCauses(t *testing.T) {
	t.Parallel()
	for _, b := range parking {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			ticket := s.withTicket("oAlice")
			b.breakIt(s, ticket)
			id := b.act(s, ticket)
			found := s.waitForSync(id, workflows.StateNeedsAttention)
			require.Equal(t, b.cause, found["SyncError"])
			require.Equal(t, "default", found["Account"])
			s.explains(id, b)

			b.mend(s, ticket)
			if b.retry != nil {
				b.retry(s, id)
			} else {
				s.mustRetry(id)
			}
			if found := s.waitForEnd(id); found["SyncState"] == workflows.StateSynced {
				require.Empty(t, found["SyncError"])
			}
			b.arrived(s, ticket)
			require.Error(t, s.update(id, workflows.CommandRetry, workflows.Command{Actor: "ada"}), "once is enough")
		})
	}
}

// waitForEnd waits until a sync has ended, successfully or not.
func (s *scene) waitForEnd(id string) map[string]string {
	s.t.Helper()
	var found map[string]string
	s.waitFor(id+" done", func() bool {
		for _, e := range s.workflows(`WorkflowId = "` + id + `" AND ExecutionStatus = "Completed"`) {
			found = attributes(e)
		}
		return found != nil
	})
	return found
}

// explains requires Temporal UI and the command line to show what happened and what to do about it, and nothing
// private.
func (s *scene) explains(id string, b breakage) {
	s.t.Helper()
	cause := activities.CauseOf(b.cause)
	text := s.details(id)
	for _, part := range append([]string{"State: **needs_attention**", "**" + b.cause + "**: " + cause.Meaning,
		"**What to do:** " + cause.Remedy, "`retry`", "`skip`"}, b.says...) {
		require.Contains(s.t, text, part)
	}
	for _, secret := range []string{words, "oAlice", "dev-appsecret", "dev-password", "access_token="} {
		require.NotContains(s.t, text, secret)
	}
	shown := s.show(id)
	require.Equal(s.t, cause.Remedy, shown.Remedy)
	require.True(s.t, strings.HasPrefix(shown.Meaning, cause.Meaning), shown.Meaning)
	require.Contains(s.t, shown.Hint, "wechat-c4c sync retry "+id)
}

// waiting lists the causes that end without an operator.
var waiting = []struct {
	breakage
	activity string
}{
	{breakage{
		name: "somebody edits the ticket", cause: activities.ErrorC4CLocked, act: writeIt, arrived: writtenOnce,
		breakIt: c4cFault(rule{Match: addActivity, Kind: "lock"}), says: []string{"AGENT01"}, mend: healC4C,
	}, "AddMessage"},
	{breakage{
		name: "a fault that says nothing", cause: activities.ErrorC4CFault, act: writeIt, arrived: writtenOnce,
		breakIt: c4cFault(rule{Match: addActivity, Kind: "fault"}), says: []string{"Web service processing error"},
		mend: healC4C,
	}, "AddMessage"},
	{breakage{
		name: "C4C is down", cause: activities.ErrorC4CUnavailable, act: writeIt, arrived: writtenOnce,
		breakIt: func(s *scene, _ ticket) { s.StopC4C() }, mend: func(s *scene, _ ticket) {
			require.NoError(s.t, s.StartC4C())
		},
	}, "AddMessage"},
	{breakage{
		name: "C4C is slow to open a ticket", cause: activities.ErrorC4CTicketPending,
		breakIt: c4cSwitches(map[string]any{"ticket_delay": "1h"}),
		act: func(s *scene, t ticket) string {
			s.c4c.post("/tickets/"+t.ID+"/status", map[string]any{"status": "5"}, nil)
			return writeIt(s, t)
		},
		mend:    func(s *scene, _ ticket) { s.c4c.post("/clock", map[string]any{"advance": "2h"}, nil) },
		arrived: func(s *scene, _ ticket) { s.t.Helper(); require.Len(s.t, s.tickets(), 2) },
	}, "FindTicket"},
	{breakage{
		name: "too many calls in this minute", cause: activities.ErrorWeChatRateLimited, act: answerIt, arrived: readOnce,
		breakIt: wechatFault(rule{Match: sendPath, Kind: "errcode", Errcode: 45011}), mend: healWeChat,
	}, "SendText"},
}

func TestPassingCauses(t *testing.T) {
	t.Parallel()
	for _, b := range waiting {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			ticket := s.withTicket("oAlice")
			b.breakIt(s, ticket)
			id := b.act(s, ticket)
			s.waitForSync(id, workflows.StateSyncing)
			s.waitFor("a failed attempt", func() bool {
				shown := s.show(id)
				return len(shown.Pending) == 1 && shown.Pending[0].Failure != nil && shown.Pending[0].Activity == b.activity
			})
			shown := s.show(id)
			require.Equal(t, workflows.StateSyncing, shown.State, "nobody has to act")
			require.Equal(t, activities.CauseOf(b.cause).Remedy, shown.Remedy)
			require.Equal(t, b.cause, shown.Said.Type)
			for _, part := range b.says {
				require.Contains(t, shown.Meaning+shown.Said.Message, part)
			}
			require.ErrorContains(t, s.update(id, workflows.CommandRetry, workflows.Command{Actor: "ada"}),
				"this sync is syncing")

			b.mend(s, ticket)
			s.resetActivity(id, b.activity)
			s.waitForSync(id, workflows.StateSynced)
			b.arrived(s, ticket)
		})
	}
}

// resetActivity retries an activity now, as the button "Reset" of Temporal UI does.
func (s *scene) resetActivity(id, name string) {
	s.t.Helper()
	request := &workflowservice.ResetActivityRequest{
		Namespace: s.Namespace(), Identity: "ada", Activity: &workflowservice.ResetActivityRequest_Type{Type: name},
	}
	request.Execution = s.execution(id)
	_, err := s.client.WorkflowService().ResetActivity(s.t.Context(), request)
	require.NoError(s.t, err)
}

// Causes that the follower ends.
func TestHoldingCauses(t *testing.T) {
	t.Parallel()
	for _, b := range []breakage{
		{name: "window closed", cause: activities.ErrorWeChatWindowClosed, says: []string{"- code: `45015`"},
			breakIt: func(s *scene, _ ticket) { s.closeWindow() }},
		{name: "window used up", cause: activities.ErrorWeChatWindowUsedUp, says: []string{"- code: `45047`"},
			breakIt: wechatFault(rule{Match: sendPath, Kind: "errcode", Errcode: 45047, Times: 1})},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			ticket := s.withTicket("oAlice")
			b.breakIt(s, ticket)
			id := answerIt(s, ticket)
			require.Equal(t, b.cause, s.waitForSync(id, workflows.StateHeld)["SyncError"])
			text := s.details(id)
			cause := activities.CauseOf(b.cause)
			for _, part := range append(b.says, "State: **held**", cause.Meaning, cause.Remedy,
				"It is sent automatically when the follower writes") {
				require.Contains(t, text, part)
			}
			require.NotContains(t, text, "`amend`")
			s.say("oAlice", "I am here")
			s.waitForSync(id, workflows.StateSynced)
			readOnce(s, ticket)
		})
	}
}
