package worker

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func options(t *testing.T) Options {
	t.Helper()
	lazy, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1"})
	require.NoError(t, err)
	t.Cleanup(lazy.Close)
	return Options{
		Client: lazy, WorkflowClient: lazy, Accounts: activities.Accounts{"acme": {}},
		Slots:       NewSlots(config.Development(), lazy, "1@test", slog.New(slog.DiscardHandler)),
		FollowerKey: func(_, openID string) string { return openID },
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"client":       {func(o *Options) { o.Client = nil }, "worker: no Temporal client"},
		"workflows":    {func(o *Options) { o.WorkflowClient = nil }, "worker: no Temporal client for workflows"},
		"accounts":     {func(o *Options) { o.Accounts = nil }, "worker: no account"},
		"follower key": {func(o *Options) { o.FollowerKey = nil }, "worker: no follower key"},
		"slots":        {func(o *Options) { o.Slots = nil }, "worker: no slots for calls to C4C"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			require.NoError(t, o.check())
			test.change(&o)
			require.EqualError(t, Run(t.Context(), o), test.want)
		})
	}
}

// Registering panics on a name that is taken and on anything that cannot be a workflow or an activity.
func TestOneWorkerPerQueue(t *testing.T) {
	t.Parallel()
	workers, err := build(options(t), make(chan error, 1))
	require.NoError(t, err)
	require.Len(t, workers, 5)
}

func TestRunNeedsAServer(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Ready = func() { t.Error("ready without a server") }
	require.ErrorContains(t, Run(t.Context(), o), "start worker")
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	accounts, err := Accounts(config.Development(), RoleAll, nil, givenSlots(t, config.Development()), Telemetry{})
	require.NoError(t, err)
	require.Equal(t, []string{"default"}, accountNames(accounts))
	account := accounts["default"]
	require.NotNil(t, account.C4C)
	require.Equal(t, account.Tokens, account.WeChat.Tokens(), "the source that is checked is the one that is used")

	cfg := config.Development()
	cfg.C4C.URL = "not a url"
	_, err = Accounts(cfg, RoleAll, nil, givenSlots(t, cfg), Telemetry{})
	require.ErrorContains(t, err, "account default: ")
	cfg = config.Development()
	cfg.WeChat.APIURL = "not a url"
	_, err = Accounts(cfg, RoleAll, nil, givenSlots(t, cfg), Telemetry{})
	require.ErrorContains(t, err, "account default: ")
}

// refreshClient records which workflow was requested.
type refreshClient struct {
	client.Client
	client.WorkflowRun

	options client.StartWorkflowOptions
	name    any
	input   []any
	start   error
	result  error
}

func (c *refreshClient) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, name any,
	in ...any) (client.WorkflowRun, error) {
	c.options, c.name, c.input = o, name, in
	return c, c.start
}

func (c *refreshClient) Get(context.Context, any) error { return c.result }

func TestRefresherJoinsTheOneRefresh(t *testing.T) {
	t.Parallel()
	c := &refreshClient{}
	require.NoError(t, refresher(c, "acme", "")(t.Context(), "01234567"))
	require.Equal(t, "refresh-token/acme", c.options.ID)
	require.Equal(t, workflows.TaskQueue, c.options.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, c.options.WorkflowIDConflictPolicy)
	require.Equal(t, workflows.TypeRefreshToken, c.name)
	require.Equal(t, []any{workflows.TokenWorkflowInput{Account: "acme", Refused: "01234567"}}, c.input)
}

func TestRefresherFails(t *testing.T) {
	t.Parallel()
	failing := errors.New("no")
	require.ErrorIs(t, refresher(&refreshClient{start: failing}, "acme", "")(t.Context(), ""), failing)
	require.ErrorIs(t, refresher(&refreshClient{result: failing}, "acme", "")(t.Context(), ""), failing)
}
