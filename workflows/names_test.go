package workflows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "conversation/acme/key", ConversationID("acme", "key"))
	require.Equal(t, "onboard/acme/key/1767600002", conversation.OnboardID("acme", "key", 1767600002))
	require.Equal(t, "ticket/acme/key/7", conversation.TicketSyncID("acme", "key", "7"))
	require.Equal(t, "reply/acme/8", conversation.ReplyID("acme", "8"))
	require.Equal(t, "route/acme/8", RouteID("acme", "8"))
	require.Equal(t, "note/acme/key/unfollow/9", NoteID("acme", "key", "unfollow/9"))
	require.Equal(t, "maintain-token/acme", MaintainTokenID("acme"))
	require.Equal(t, "refresh-token/acme", RefreshTokenID("acme"))
	require.Equal(t, []string{"SyncState", "SyncError", "FollowerKey", "TicketID", "Account"}, SearchAttributes)
}

// The key is part of every id for ever: this value was made with printf 'acme\0o-the-follower' | openssl dgst -sha256
// -hmac secret -binary | base32 | cut -c1-16 | tr A-Z a-z.
func TestFollowerKey(t *testing.T) {
	t.Parallel()
	key := FollowerKey([]byte("secret"), "acme", "o-the-follower")
	require.Equal(t, "kn2nlhiejpbqk7a6", key)
	for name, other := range map[string]string{
		"secret":  FollowerKey([]byte("secret2"), "acme", "o-the-follower"),
		"account": FollowerKey([]byte("secret"), "acme2", "o-the-follower"),
		"openid":  FollowerKey([]byte("secret"), "acme", "o-the-follower2"),
		"border":  FollowerKey([]byte("secret"), "acmeo", "-the-follower"),
	} {
		require.NotEqual(t, key, other, name)
		require.Len(t, other, 16)
	}
}

func TestMessageID(t *testing.T) {
	t.Parallel()
	id := conversation.MessageID("acme", "o-the_follower", "24153512345678901")
	require.Equal(t, "wx:acme:o-the_follower:24153512345678901", id)
	account, openID, msgID, ok := conversation.ParseMessageID(id)
	require.True(t, ok)
	require.Equal(t, []string{"acme", "o-the_follower", "24153512345678901"}, []string{account, openID, msgID})
	for _, foreign := range []string{"", "wx", "wx:acme:o", "wx:acme:o:1:2", "wy:acme:o:1", "wx::o:1", "wx:acme::1",
		"wx:acme:o:", "24153512345678901"} {
		_, _, _, ok := conversation.ParseMessageID(foreign)
		require.False(t, ok, foreign)
	}
}

func TestWithTicket(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Ticket 7 is open. 7", withTicket("Ticket {ticket} is open. {ticket}", "7"))
}

// TestActivityOptions checks promises that the test environment cannot keep: it ends retries after ten attempts, and
// repeats an attempt that timed out whatever the policy says.
func TestActivityOptions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options func(workflow.Context, string) workflow.Context
		queue   string
		fixed   []string
	}{
		"c4c call":    {c4cCall, QueueC4C, nil},
		"c4c poll":    {c4cPoll, QueueC4C, nil},
		"wechat call": {wechatCall, QueueWeChat, nil},
		"wechat send": {wechatSend, QueueWeChat, []string{activities.NotRetriedTimeout}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.ExecuteWorkflow(func(ctx workflow.Context) error {
				o := workflow.GetActivityOptions(test.options(ctx, "a summary"))
				require.Equal(t, test.queue, o.TaskQueue)
				require.Equal(t, "a summary", o.Summary)
				require.NotZero(t, o.StartToCloseTimeout)
				require.Zero(t, o.ScheduleToCloseTimeout, "an outage may last")
				require.Zero(t, o.RetryPolicy.MaximumAttempts, "for ever")
				require.Equal(t, time.Minute, o.RetryPolicy.MaximumInterval)
				require.Equal(t, test.fixed, o.RetryPolicy.NonRetryableErrorTypes)
				return nil
			})
			require.True(t, env.IsWorkflowCompleted())
			require.NoError(t, env.GetWorkflowError())
		})
	}
}

// A changed setting must not disturb earlier decisions, and texts are never part of a decision.
func TestPolicyIsRecordedWithoutItsTexts(t *testing.T) {
	t.Parallel()
	under := &Workflows{Policies: map[string]Policy{testAccount: testPolicy}}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		want := testPolicy.Policy
		want.StuckAfter = DefaultStuckAfter
		require.Equal(t, want, under.recordedPolicy(ctx, testAccount))
		changed := testPolicy
		changed.TellNumber, changed.Texts = false, catalogue.Standard(catalogue.Chinese)
		under.Policies[testAccount] = changed
		want.TellNumber = false
		require.Equal(t, want, under.recordedPolicy(ctx, testAccount))
		require.Panics(t, func() { under.recordedPolicy(ctx, "another") }, "a worker that lacks the account decides nothing")
		return nil
	})
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
}

// noSyncs are the workflow types without a SyncState, or whose SyncState is not that of a sync.
var noSyncs = []string{TypeConversation, TypeRefreshToken, TypeResumeCause, TypeShareC4C, TypeErasedReply,
	TypeErasedFollower, TypeStartWaiting}

// Every type either counts as a sync or is listed as not being one, so that counts and alerts include new types.
func TestEveryTypeIsASyncOrKnownNotToBe(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	require.NoError(t, err)
	var types []string
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Type") {
			types = append(types, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	require.GreaterOrEqual(t, len(types), 15)
	require.ElementsMatch(t, types, slices.Concat(SyncTypes, noSyncs),
		"a type of names.go is in SyncTypes there, or in noSyncs here")

	registered := typesOf(worker.NewWorkflowReplayer(), nil)
	for _, name := range types {
		if name != TypeErasedReply && name != TypeErasedFollower { // these have no code
			require.True(t, registered[name], "register.go does not register %s", name)
		}
	}
}
