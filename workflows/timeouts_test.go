package workflows

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// No timeout is shorter than the calls that it covers, whatever the settings allow. A dead worker is noticed as soon
// as before.
func TestTimeoutsCoverTheCalls(t *testing.T) {
	t.Parallel()
	const slow = 5 * time.Minute
	defaults := activities.CallTimes{WeChat: 10 * time.Second, C4C: 30 * time.Second}
	send := func(ctx workflow.Context) workflow.Context { return wechatSend(ctx, "") }
	for _, test := range []struct {
		name, activity string
		options        func(workflow.Context) workflow.Context
		calls          activities.CallTimes
		least, most    time.Duration // of an attempt
		all            time.Duration // of all attempts together; 0: no limit
		heartbeat      bool
	}{
		{"C4C", "AddMessage", func(ctx workflow.Context) workflow.Context { return c4cCall(ctx, "") },
			defaults, 5 * time.Minute, 5 * time.Minute, 0, true},
		{"C4C, in haste", "AddMessage", func(ctx workflow.Context) workflow.Context { return c4cCall(ctx, "") },
			activities.CallTimes{C4C: time.Second}, time.Minute, time.Minute, 0, true},
		{"slow C4C", "FindTicket", func(ctx workflow.Context) workflow.Context { return c4cPoll(ctx, "") },
			activities.CallTimes{WeChat: time.Second, C4C: slow}, 8 * slow, time.Hour, 0, true},
		{"a file", "AttachMedia", func(ctx workflow.Context) workflow.Context {
			return workflow.WithStartToCloseTimeout(c4cCall(ctx, ""), attachTimeout)
		}, defaults, attachTimeout + 4*defaults.C4C + 3*defaults.WeChat, 15 * time.Minute, 0, true},
		{"WeChat", "CheckToken", func(ctx workflow.Context) workflow.Context { return wechatCall(ctx, "") },
			activities.CallTimes{WeChat: slow, C4C: time.Second}, 3 * slow, 4 * slow, 0, true},
		{"a send", "SendText", send, defaults, 30 * time.Second, 30 * time.Second, 0, false},
		{"a slow send", "SendText", send, activities.CallTimes{WeChat: slow}, 3 * slow, 4 * slow, 0, false},
		{"an auto-reply", "SendText", func(ctx workflow.Context) workflow.Context {
			return workflow.WithScheduleToCloseTimeout(wechatSend(ctx, ""), 30*time.Second)
		}, activities.CallTimes{WeChat: slow}, 3 * slow, 4 * slow, 3 * slow, false},
		{"a question that may be given up", "ReplyFiles", func(ctx workflow.Context) workflow.Context {
			return workflow.WithScheduleToCloseTimeout(c4cPoll(ctx, ""), searchPatience)
		}, defaults, 0, 5 * time.Minute, searchPatience, true},
		{"long already", "ReleaseParked", func(ctx workflow.Context) workflow.Context {
			return workflow.WithStartToCloseTimeout(wechatCall(ctx, ""), 6*time.Hour)
		}, defaults, 6 * time.Hour, 6 * time.Hour, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := scheduled(t, test.activity, test.options, test.calls)
			require.GreaterOrEqual(t, got.StartToCloseTimeout, test.least)
			require.LessOrEqual(t, got.StartToCloseTimeout, test.most)
			if test.all != 0 { // otherwise the test environment makes it ten years
				require.Equal(t, test.all, got.ScheduleToCloseTimeout)
			}
			require.Equal(t, test.heartbeat, got.HeartbeatTimeout > 0 && got.HeartbeatTimeout <= workerLost)
		})
	}
}

// An activity that may send a second message, in words, has the time for both.
func TestEveryFormHasTimeForItsWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../activities/*.go")
	require.NoError(t, err)
	sends := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || !function.Name.IsExported() {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				if called, ok := n.(*ast.SelectorExpr); ok && called.Sel.Name == "sendForm" {
					sends[function.Name.Name] = true
				}
				return true
			})
		}
	}
	require.Equal(t, sends, formed, "formed in timeouts.go names the activities that call sendForm")
}

// scheduled is what an activity sees of its options when they are a worker's.
func scheduled(
	t *testing.T, name string, options func(workflow.Context) workflow.Context, calls activities.CallTimes,
) activity.Info {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&Timeouts{
		CallTimes: func(account string) activities.CallTimes {
			require.Equal(t, testAccount, account)
			return calls
		},
	}}})
	var heard activity.Info
	env.RegisterActivityWithOptions(func(ctx context.Context, _ activities.TokenInput) error {
		heard = activity.GetInfo(ctx)
		return nil
	}, activity.RegisterOptions{Name: name})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(options(ctx), name, activities.TokenInput{Account: testAccount}).Get(ctx, nil)
	})
	require.NoError(t, env.GetWorkflowError())
	return heard
}
