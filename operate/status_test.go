package operate_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// status asks about the account of the test.
func (s *shop) status() operate.Status {
	s.t.Helper()
	found, err := s.Status(s.t.Context(), operate.StatusQuestion{Accounts: []string{s.account}, Calls: 8})
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
	require.Equal(t, operate.CallCap{Allowed: 8, Workers: 1}, found.Cap)

	found.Spools = []operate.SpoolStatus{{Address: "127.0.0.1:8081", Full: "disk full", Waiting: 3, Refused: 1}}
	found.Judge()
	var what []string
	for _, trouble := range found.Trouble {
		what = append(what, trouble.What)
	}
	require.Regexp(t, "^WeChatCredentials stops account "+s.account+` since \S+; 1 sync waits under it$`, what[0])
	require.Equal(t, []string{
		"nobody works on queue wechat", "nobody works on queue c4c-page",
		"nobody works on queue c4c-files",
		"the spool at 127.0.0.1:8081 takes nothing more: disk full",
		"1 sync needs attention in account " + s.account + ", each for a reason of its own",
	}, what[1:])
	var out bytes.Buffer
	require.NoError(t, found.WriteTable(&out))
	require.Contains(t, out.String(), "6 things want a person")
	require.Contains(t, out.String(), "wechat-c4c sync show "+id)
	require.Contains(t, out.String(), "C4C gets at most 8 calls at once, shared by 1 worker")
	harmless(t, out.String())
}

// In December the status already mentions missing holidays of the next year, before followers are told that agents
// are there.
func TestStatusTellsOfHolidaysThatNobodyKnows(t *testing.T) {
	t.Parallel()
	s := operate.Status{Accounts: []operate.AccountStatus{{Account: "default"}, {Account: "shop", HolidaysMissing: 2027}}}
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
		Cap:    operate.CallCap{Allowed: 8, Workers: 2},
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
