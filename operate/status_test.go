package operate_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// tenantOf is the C4C tenant of the test.
func tenantOf(s *shop) string { return s.account + ".crm.example" }

// The screen says who holds how many of the calls to each tenant.
func TestStatusNamesHolders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now()
	ledger := slots.Ledger{Holders: []slots.Holder{
		{Process: "1@a/AB", Cap: 8, Slots: 5, Until: now.Add(time.Hour)},
		{Process: "1@b/CD", Cap: 8, Slots: 3, Until: now.Add(-time.Minute), Room: time.Hour},
		{Process: "1@c/EF", Cap: 8, Slots: 1, Until: now.Add(-time.Minute)},
	}}
	id := workflows.ShareC4CID(tenantOf(s))
	options := client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue}
	_, err := shared.client.ExecuteWorkflow(t.Context(), options, workflows.TypeShareC4C,
		workflows.ShareC4CInput{Ledger: ledger})
	require.NoError(t, err)
	t.Cleanup(func() { _ = shared.client.TerminateWorkflow(context.Background(), id, "", "over") })
	found := s.status()
	require.Len(t, found.Caps, 1)
	holders := found.Caps[0].Holders
	require.Len(t, holders, 2, "what the third had is free")
	require.Equal(t, operate.CallShare{Process: "1@a/AB", Calls: 5}, holders[0])
	require.InDelta(t, 59*time.Minute, holders[1].LostFor, float64(time.Minute))
	holders[1].LostFor = 65 * time.Second
	var out bytes.Buffer
	require.NoError(t, found.WriteTable(&out))
	require.Contains(t, strings.ReplaceAll(out.String(), "\n  ", " "), tenantOf(s)+
		" gets at most 8 calls at once, shared by 1 worker: 8 of 8 taken (1@a/AB holds 5, 1@b/CD held 3 and is lost: they are free in 1m5s)\n")
}

// Who holds the calls is known to workers alone: without one, the rest of the screen is there all the same.
func TestStatusWithoutWhoKnowsTheHolders(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"no worker of the role workflows answers": context.DeadlineExceeded, "unknown key": errors.New("unknown key"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, tenants := (&mute{fake: newFake(), answers: err}).operator(), []string{"t"}
			found, failed := o.Status(t.Context(), operate.StatusQuestion{Tenants: tenants, Calls: 8})
			require.NoError(t, failed)
			limit := operate.CallCap{Tenant: "t", Allowed: 8, Workers: 1, Note: name,
				CallShares: operate.CallShares{Holders: []operate.CallShare{}}}
			require.Equal(t, []operate.CallCap{limit}, found.Caps)
			var out bytes.Buffer
			require.NoError(t, found.WriteTable(&out))
			require.Contains(t, strings.ReplaceAll(out.String(), "\n  ", " "), "t gets at most 8 calls at once, "+
				"shared by 1 worker: who holds how many is not known: "+name+"\n")
		})
	}
}

// mute is a Temporal with a worker that does not answer queries.
type mute struct {
	*fake
	answers error
}

func (m *mute) operator() *operate.Operator {
	o := m.fake.operator()
	o.Temporal = m
	return o
}

func (m *mute) WorkflowService() workflowservice.WorkflowServiceClient { return polled{} }

// polled is a server whose queues are polled.
type polled struct {
	workflowservice.WorkflowServiceClient
}

func (polled) DescribeTaskQueue(
	context.Context, *workflowservice.DescribeTaskQueueRequest, ...grpc.CallOption,
) (*workflowservice.DescribeTaskQueueResponse, error) {
	return &workflowservice.DescribeTaskQueueResponse{Pollers: []*taskqueuepb.PollerInfo{
		{Identity: "1@a", LastAccessTime: timestamppb.Now()}}}, nil
}

func (m *mute) QueryWorkflow(ctx context.Context, _, _, _ string, _ ...any) (converter.EncodedValue, error) {
	if errors.Is(m.answers, context.DeadlineExceeded) {
		<-ctx.Done()
	}
	return nil, m.answers
}

// status asks about the account of the test.
func (s *shop) status() operate.Status {
	s.t.Helper()
	found, err := s.Status(s.t.Context(), operate.StatusQuestion{Accounts: []string{s.account},
		Tenants: []string{tenantOf(s)}, Calls: 8})
	require.NoError(s.t, err)
	return found
}

// One screen shows what stops an account, what waits under it, and what else needs a person.
func TestStatus(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	id := s.start(workflows.ResumeCauseID(s.account, activities.ErrorWeChatCredentials), workflows.TypeResumeCause,
		workflows.StateNeedsAttention,
		workflows.ResumeCauseInput{Account: s.account, Cause: activities.ErrorWeChatCredentials})
	s.note(2, activities.ErrorWeChatCredentials, workflows.StateNeedsAttention)
	s.note(3, "", workflows.StateSynced)
	var found operate.Status
	s.eventually(func() bool {
		found = s.status()
		return len(found.Accounts[0].Causes) == 1
	})
	a := found.Accounts[0]
	require.Equal(t, s.account, a.Account)
	require.Equal(t, []operate.StateCount{{"needs_attention", 2}, {"stuck", 0}, {"held", 0}, {"syncing", 0},
		{"waiting", 0}}, a.States)
	require.Equal(t, id, a.Causes[0].ID)
	require.Equal(t, 1, a.Causes[0].Waiting)
	require.Equal(t, activities.CauseOf(activities.ErrorWeChatCredentials).Remedy, a.Causes[0].Remedy)
	require.Equal(t, workflows.NoteID(s.account, s.key(), "1"), a.Oldest.ID)
	require.Nil(t, a.LastFollow)
	require.Equal(t, workflows.TaskQueue, found.Queues[0].Queue)
	require.Equal(t, 1, found.Queues[0].Workers)
	require.Equal(t, 0, found.Queues[1].Workers, "nobody works on queue wechat in this test")
	require.Equal(t, []operate.CallCap{{Tenant: tenantOf(s), Allowed: 8, Workers: 1,
		CallShares: operate.CallShares{Holders: []operate.CallShare{}}}},
		found.Caps, "nobody has asked for any yet")

	found.Spools = []operate.SpoolStatus{{Address: "127.0.0.1:8081", Full: "disk full", Waiting: 3, Refused: 1}}
	found.Judge()
	var what []string
	for _, trouble := range found.Trouble {
		what = append(what, trouble.What)
	}
	require.Regexp(t, "^WeChatCredentials stops account "+s.account+` since \S+; 1 sync waits under it$`, what[0])
	require.Equal(t, []string{
		"nobody works on queue wechat", "nobody works on queue c4c-page, c4c-files",
		"the spool at 127.0.0.1:8081 takes nothing more: disk full",
		"the access token of account " + s.account + " was never checked",
		"1 sync needs attention in account " + s.account + ": C4CRejected: C4C refused the data.",
	}, what[1:])
	for _, trouble := range found.Trouble {
		require.NotEmpty(t, trouble.Remedy, "%s: and what is to be done?", trouble.What)
		require.NotEmpty(t, trouble.Command, trouble.What)
	}
	var out bytes.Buffer
	require.NoError(t, found.WriteTable(&out))
	require.Contains(t, out.String(), "6 things want a person")
	require.Contains(t, out.String(), "Start workers of the role c4c (wechat-c4c worker --role c4c).")
	require.Contains(t, out.String(), "wechat-c4c sync list --account "+s.account+" --cause C4CRejected\n")
	require.Contains(t, out.String(), "wechat-c4c sync show "+id)
	require.Contains(t, out.String(), tenantOf(s)+" gets at most 8 calls at once, shared by 1 worker: all are free\n")
	harmless(t, out.String())
}

// In December the status already mentions missing holidays of the next year, before followers are told that agents
// are there.
func TestStatusTellsOfHolidaysThatNobodyKnows(t *testing.T) {
	t.Parallel()
	checked := operate.TokenStatus{State: workflows.StateSynced}
	s := operate.Status{Accounts: []operate.AccountStatus{{Account: "default", Token: checked},
		{Account: "shop", Token: checked, HolidaysMissing: 2027}}}
	s.Judge()
	require.Len(t, s.Trouble, 1)
	require.Contains(t, s.Trouble[0].What, "account shop does not know the public holidays of 2027")
	require.Contains(t, s.Trouble[0].Remedy, "WECHAT_C4C_HOURS_HOLIDAYS")
	s.Trouble, s.Language = nil, wording.Chinese
	s.Judge()
	require.Contains(t, s.Trouble[0].What, "公众号 shop 不知道 2027 年的法定节假日")
}

// The screen of a healthy installation says so, and what happened last.
func TestStatusOfAWellInstallation(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) *time.Time { then := now.Add(-ago); return &then }
	s := operate.Status{
		At: now, Namespace: "default",
		Accounts: []operate.AccountStatus{{
			Account: "default", Token: operate.TokenStatus{State: workflows.StateSynced, At: at(3 * time.Minute)},
			States:     []operate.StateCount{{workflows.StateHeld, 5}, {workflows.StateSyncing, 2}},
			Window:     operate.WindowStatus{Held: 5, Closed: 3, UsedUp: 1, Oldest: at(3 * time.Hour)},
			LastFollow: at(time.Hour), LastMessage: at(time.Minute),
		}},
		Queues: []operate.QueueStatus{{Queue: "c4c", Workers: 2, Backlog: 14, Age: 3 * time.Second}},
		Caps: []operate.CallCap{{Tenant: "my1.crm.example", Allowed: 8, Workers: 2,
			CallShares: operate.CallShares{
				All: 8, Holders: []operate.CallShare{{Process: "1@a/AB", Calls: 4}, {Process: "1@b/CD", Calls: 4}}}}},
		Spools: []operate.SpoolStatus{
			{Address: "10.0.0.7:8081", Waiting: 2, Oldest: at(time.Minute)},
			{Address: "10.0.0.8:8081"},
		},
	}
	s.Judge()
	require.Empty(t, s.Trouble)
	var out bytes.Buffer
	require.NoError(t, s.WriteTable(&out))
	for _, want := range []string{
		"namespace default: all is well\n",
		"default  checked 3m0s ago  0          0      5 (closed 3, used up 1; 3h0m)  2           -\n",
		"default  1h0m ago     1m0s ago      -\n", "c4c    2        14       3s\n",
		"my1.crm.example gets at most 8 calls at once, shared by 2 workers: 8 of 8 taken (1@a/AB holds 4,\n  1@b/CD holds 4)\n",
		"spool at 10.0.0.7:8081: 2 events wait, the oldest for 1m0s\n", "spool at 10.0.0.8:8081: empty\n",
	} {
		require.Contains(t, out.String(), want)
	}
}

// The result of a command on one sync is reported, not only that it was accepted.
func TestAwaitTellsWhatCameOfACommand(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	told := func() (operate.Outcome, error) {
		outcome, err := s.Retry(t.Context(), id, alice)
		require.NoError(t, err)
		return s.Await(t.Context(), outcome, time.Minute)
	}
	outcome, err := told()
	var again *operate.AgainError
	require.ErrorAs(t, err, &again)
	require.Equal(t, "tried again, and it is needs_attention again: C4CRejected: C4C refused the data. What to do: "+
		activities.CauseOf(activities.ErrorC4CRejected).Remedy, err.Error())
	require.Equal(t, workflows.StateNeedsAttention, outcome.State)

	s.fail(s.ticket(1), "")
	outcome, err = told()
	require.NoError(t, err)
	require.Equal(t, operate.Outcome{ID: id, Action: "retry", Result: "accepted", State: workflows.StateSynced}, outcome)
}

// A retry of a cause's row says whether the cause is over, without waiting for anything else.
func TestAwaitTellsThatACauseIsStillThere(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.startCause(activities.ErrorC4CCredentials)
	id := workflows.ResumeCauseID(s.account, activities.ErrorC4CCredentials)
	outcome, err := s.Retry(t.Context(), id, alice)
	require.NoError(t, err)
	_, err = s.Await(t.Context(), outcome, time.Hour)
	require.ErrorContains(t, err, "tried again, and it is needs_attention again: C4CCredentials: C4C refuses")
}

// The check of a token has an id of its own each time. The status names the one that can be shown.
func TestStatusNamesTheCheckOfTheToken(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.start(workflows.MaintainTokenID(s.account)+"-2026-05-01T11:50:00Z", workflows.TypeMaintainToken,
		workflows.StateSyncing, workflows.TokenWorkflowInput{Account: s.account})
	s.eventually(func() bool { return s.status().Accounts[0].Token.ID == id })
	s.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	found := s.status()
	found.Judge()
	require.True(t, slices.ContainsFunc(found.Trouble, func(trouble operate.Trouble) bool {
		return trouble.Command == "wechat-c4c sync show "+id
	}), "%+v", found.Trouble)
}

// A system that is away is named, with its remedy, long before syncs count as stuck.
func TestStatusNamesWhatSyncsRetryFor(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.note(1, tryAgain+activities.ErrorC4CUnavailable, workflows.StateSyncing)
	s.eventually(func() bool {
		d, err := s.Show(t.Context(), id)
		require.NoError(t, err)
		return len(d.Pending) == 1 && d.Pending[0].Failure != nil
	})
	require.Nil(t, s.status().Accounts[0].Retrying, "a moment is not worth a word")
	s.Now = func() time.Time { return time.Now().Add(90 * time.Second) }
	found := s.status()
	cause := activities.CauseOf(activities.ErrorC4CUnavailable)
	retrying := found.Accounts[0].Retrying
	require.NotNil(t, retrying)
	require.Equal(t, id, retrying.ID)
	require.Contains(t, retrying.Meaning, cause.Meaning)
	found.Judge()
	last := found.Trouble[len(found.Trouble)-1]
	require.Regexp(t, "^C4CUnavailable: a sync of account "+s.account+" has been retrying for 1m3[0-9]s, and 0 are stuck: C4C could",
		last.What)
	require.Equal(t, cause.Remedy, last.Remedy)
	require.Equal(t, "wechat-c4c sync show "+id, last.Command)
}

// Whatever is wrong ends in a sentence that says what to do, and in a command.
func TestStatusSaysWhatToDo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) *time.Time { then := now.Add(-ago); return &then }
	account := func(token operate.TokenStatus) []operate.AccountStatus {
		return []operate.AccountStatus{{Account: "shop", Token: token}}
	}
	for _, tt := range []struct {
		name   string
		status operate.Status
		what   string // empty: all is well
	}{
		{"Temporal is away", operate.Status{Away: "temporal at x:7233 does not answer: start it"},
			"Temporal cannot be asked, so only spools are known"},
		{"a token that nobody checked", operate.Status{Accounts: account(operate.TokenStatus{})},
			"the access token of account shop was never checked"},
		{"a token that was checked in time",
			operate.Status{Accounts: account(operate.TokenStatus{State: workflows.StateSynced, At: at(12 * time.Minute)})}, ""},
		{"a token that is not checked any more",
			operate.Status{Accounts: account(operate.TokenStatus{State: workflows.StateSynced, At: at(3 * time.Hour)})},
			"the access token of account shop was last checked 3h0m ago"},
		{"a check that does not end",
			operate.Status{Accounts: account(operate.TokenStatus{State: workflows.StateSyncing, At: at(7 * time.Minute)})},
			"the check of the access token of account shop has not ended for 7m0s"},
		{"a token that is refused", operate.Status{Accounts: account(operate.TokenStatus{
			ID:    "maintain-token/shop-2026-05-01T11:59:00Z",
			State: workflows.StateNeedsAttention, Cause: activities.ErrorWeChatIPNotAllowed, At: at(time.Minute),
		})}, "the access token of account shop is not renewed: WeChatIPNotAllowed"},
		{"a spool that fills",
			operate.Status{Spools: []operate.SpoolStatus{{Address: "a", Waiting: 7, Oldest: at(2 * time.Minute)}}},
			"7 events wait in the spool at a, the oldest for 2m0s"},
		{"a spool that was used a moment ago",
			operate.Status{Spools: []operate.SpoolStatus{{Address: "a", Waiting: 7, Oldest: at(10 * time.Second)}}}, ""},
		{"events that Temporal refuses", operate.Status{Spools: []operate.SpoolStatus{{Address: "a", Refused: 2}}},
			"Temporal refuses 2 events of the spool at a"},
		{"an api that was named and is not there",
			operate.Status{Spools: []operate.SpoolStatus{{Address: "a", Note: "not known", Wanted: true}}},
			"no api with a spool answers at a"},
		{"a machine without an api", operate.Status{Spools: []operate.SpoolStatus{{Address: "a", Note: "not known"}}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, language := range []wording.Language{wording.English, wording.Chinese} {
				s := tt.status
				s.At, s.Language = now, language
				s.Judge()
				var out bytes.Buffer
				require.NoError(t, s.WriteTable(&out))
				if tt.what == "" {
					require.Empty(t, s.Trouble)
					continue
				}
				require.Len(t, s.Trouble, 1)
				require.NotEmpty(t, s.Trouble[0].Remedy)
				require.Regexp(t, "^wechat-c4c ", s.Trouble[0].Command)
				if language == wording.English {
					require.Equal(t, tt.what, s.Trouble[0].What)
				}
			}
		})
	}
}
