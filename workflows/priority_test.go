package workflows

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Recent messages come first, then those that have waited longest.
func TestPriorityByAge(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	ago := func(d time.Duration) urgency { return urgency{written: now.Add(-d).Unix()} }
	for _, tt := range []struct {
		name string
		of   urgency
		want int
	}{
		{"a note", urgency{}, 1},
		{"written by a clock ahead", ago(-time.Minute), 1},
		{"written lately", ago(newFor - time.Second), 1},
		{"older than ten days", ago(240 * time.Hour), 2},
		{"six hours old", ago(oldFrom), 2},
		{"hours old", ago(oldFrom - time.Second), 3},
		{"an hour old", ago(lateFrom), 3},
		{"less than an hour old", ago(lateFrom - time.Second), 4},
		{"no longer new", ago(newFor), 4},
		{"a follow", urgency{fixed: priorityPatient}, 5},
		{"a follow of long ago", urgency{fixed: priorityPatient, written: now.Add(-24 * time.Hour).Unix()}, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.of.priority(now))
		})
	}
}

// priorities records the priority of each activity on C4C's queue.
type priorities struct {
	interceptor.WorkerInterceptorBase
	seen map[int]int
}

func (p *priorities) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	in := &prioritiesInbound{of: p}
	in.Next = next
	return in
}

type prioritiesInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	of *priorities
}

func (p *prioritiesInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	out := &prioritiesOutbound{of: p.of}
	out.Next = outbound
	return p.Next.Init(out)
}

type prioritiesOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	of *priorities
}

func (p *prioritiesOutbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if o := workflow.GetActivityOptions(ctx); o.TaskQueue == QueueC4C || o.TaskQueue == QueueFiles {
		p.of.seen[o.Priority.PriorityKey]++
	}
	return p.Next.ExecuteActivity(ctx, name, args...)
}

// All of a sync's calls to C4C have the priority of its own age.
func TestSyncsHaveAPriority(t *testing.T) {
	t.Parallel()
	in := SyncInput{Account: testAccount, OpenID: "oAlice", FollowerKey: "abcdefghijklmnop"}
	message := func(age time.Duration) CreateTicketInput {
		return CreateTicketInput{SyncInput: in, TicketAsk: conversation.TicketAsk{Message: conversation.Inbound{
			Key: "k", Kind: conversation.KindMessage, MsgType: "text", MsgID: "7", Text: "hello",
			CreateTime: dawn.Add(-age).Unix(),
		}}}
	}
	cause := activities.CauseInput{Account: testAccount, Cause: activities.ErrorC4CCredentials}
	for _, tt := range []struct {
		name, workflow string
		in             any
		want           int
	}{
		{"a new message", TypeCreateTicket, message(time.Minute), 1},
		{"an old message", TypeCreateTicket, message(24 * time.Hour), 2},
		{"a late message", TypeCreateTicket, message(30 * time.Minute), 4},
		{"a follow", TypeOnboardFollower, OnboardFollowerInput{SyncInput: in}, 5},
		{"a follower whose message waits", TypeOnboardFollower, OnboardFollowerInput{SyncInput: in, Asked: true}, 1},
		{"a file", TypeAttachMedia, AttachMediaInput{
			SyncInput: in, TicketID: "71", ObjectID: "O71", MsgID: "7", Number: 1, SentAt: dawn.Unix(),
			Media: conversation.Media{ID: "m", Kind: "image"},
		}, 4},
		{"a note", TypeNoteTicket, NoteTicketInput{SyncInput: in, TicketID: "71", ObjectID: "O71", Text: "note"}, 1},
		{"a probe", TypeResumeCause, cause, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
			env := suite.NewTestWorkflowEnvironment()
			env.SetStartTime(dawn)
			noted := &priorities{seen: map[int]int{}}
			env.SetWorkerOptions(worker.Options{
				DeadlockDetectionTimeout: stagePatience, Interceptors: []interceptor.WorkerInterceptor{noted},
			})
			env.SetTestTimeout(stagePatience)
			(&Workflows{Policies: map[string]Policy{testAccount: testPolicy}}).Register(env)
			tenant := newTenant()
			env.RegisterActivity(&fakeC4C{tenant})
			env.RegisterActivity(&fakeWeChat{tenant})
			env.RegisterActivity(&fakeOperations{tenant})
			env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour) // a parked sync would wait for ever
			env.ExecuteWorkflow(tt.workflow, tt.in)
			require.Len(t, noted.seen, 1, "%v", noted.seen)
			require.NotZero(t, noted.seen[tt.want], "%v", noted.seen)
		})
	}
}
