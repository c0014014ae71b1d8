package operate_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// After an outage the list shows first what stops everything, what to do about it, and that nothing else needs a
// command.
func TestListLeadsWithWhatStopsAll(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	row := func(kind, id, state, cause string) operate.Sync {
		return operate.Sync{ID: id, Type: kind, State: state, Cause: cause, Account: "default",
			StartedAt: now.Add(-3 * time.Minute), Status: "Running"}
	}
	credentials := activities.CauseOf(activities.ErrorC4CCredentials)
	l := operate.Listing{
		Syncs: []operate.Sync{
			row(workflows.TypeNoteTicket, "note/1", workflows.StateNeedsAttention, activities.ErrorC4CRejected),
			row(workflows.TypeCreateTicket, "ticket/1", workflows.StateSyncing, ""),
			row(workflows.TypeCreateTicket, "ticket/2", workflows.StateNeedsAttention, activities.ErrorC4CCredentials),
			row(workflows.TypeResumeCause, "resume/default/C4CCredentials", workflows.StateNeedsAttention,
				activities.ErrorC4CCredentials),
		},
		Matched: 9,
		States:  []operate.StateCount{{State: workflows.StateNeedsAttention, Count: 2}},
		Causes: []operate.CauseCount{
			{State: workflows.StateNeedsAttention, Cause: activities.ErrorC4CRejected, Count: 5},
			{State: workflows.StateNeedsAttention, Cause: activities.ErrorC4CCredentials, Count: 1},
		},
		Open: []operate.OpenCause{{
			ID: "resume/default/C4CCredentials", Cause: activities.ErrorC4CCredentials, Since: now.Add(-3 * time.Minute),
			Waiting: 1,
			Meaning: credentials.Meaning, Remedy: "Put the new password into its file.",
		}},
	}
	var out bytes.Buffer
	require.NoError(t, l.WriteTable(&out, now))
	require.Equal(t,
		`C4CCredentials: 1 sync waits since 3m0s. No other command is needed: when it is over they resume automatically.
  Put the new password into its file.
  Ask at once whether it is over: wechat-c4c sync retry resume/default/C4CCredentials

C4CCredentials (1)
STATE            TYPE          TICKET  CAUSE           AGE   ID
needs_attention  CreateTicket  -       C4CCredentials  3m0s  ticket/2

C4CRejected (5)
  C4C refused the data.
  What to do: Its message names the field or rule. Correct the master data or the configuration in
  C4C and retry; amend or skip if it is the message itself.
STATE            TYPE        TICKET  CAUSE        AGE   ID
needs_attention  NoteTicket  -       C4CRejected  3m0s  note/1

STATE    TYPE          TICKET  CAUSE  AGE   ID
syncing  CreateTicket  -       -      3m0s  ticket/1

… and 5 younger ones; --limit 0 shows all.

needs_attention 2
`, out.String())
}

// Replies that only wait for others come after those that say why.
func TestListPutsTheFirstHeldReplyFirst(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	held := func(id, cause string) operate.Sync {
		return operate.Sync{ID: id, Type: workflows.TypeDeliverReply, State: workflows.StateHeld, Cause: cause,
			StartedAt: now, Status: "Running"}
	}
	l := operate.Listing{
		Syncs: []operate.Sync{held("reply/2", activities.ErrorReplyBehind), held("reply/3", activities.ErrorReplyBehind),
			held("reply/1", activities.ErrorWeChatWindowClosed)},
		Matched: 3,
		Causes: []operate.CauseCount{{State: workflows.StateHeld, Cause: activities.ErrorReplyBehind, Count: 2},
			{State: workflows.StateHeld, Cause: activities.ErrorWeChatWindowClosed, Count: 1}},
	}
	var out bytes.Buffer
	require.NoError(t, l.WriteTable(&out, now))
	require.Regexp(t, `(?s)^WeChatWindowClosed.*reply/1\n.*ReplyBehind.*reply/2\n`, out.String())
}

// A failure's line leaves the columns of a timeline aligned.
func TestTimelineKeepsItsColumns(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	l := operate.Timeline{Steps: []operate.Step{
		{At: at, Kind: "activity", What: "send", Result: "failed", Failure: &operate.Said{Type: "C4CUnavailable"}},
		{At: at, Kind: "activity", What: "send it again", Result: "done"},
		{At: at, Kind: "end", What: "completed"},
	}}
	var out bytes.Buffer
	require.NoError(t, l.WriteTable(&out, at))
	require.Regexp(t, `(?m)activity  send           failed\n +C4CUnavailable\n.*activity  send it again  done\n.*end       completed\n$`,
		out.String())
}
