package operate

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// What an operator reads of a week: sync list --type DeliverReply --state all --newer 7d --limit 1.
func TestListingSaysWhyRepliesDidNotArrive(t *testing.T) {
	t.Parallel()
	reply := func(state, cause, status string) Sync { return Sync{State: state, Cause: cause, Status: status} }
	const running, completed = "Running", "Completed"
	causes := countCauses([]Sync{
		reply(workflows.StateHeld, activities.ErrorWeChatWindowClosed, running),
		reply(workflows.StateHeld, "", running),
		reply(workflows.StateSkipped, activities.ErrorReplyExpired, completed),
		reply(workflows.StateSkipped, activities.ErrorWeChatFollowerGone, completed),
		reply(workflows.StateSkipped, activities.ErrorWeChatFollowerGone, completed),
		reply(workflows.StateNeedsAttention, activities.ErrorWeChatRejected, running),
		reply(workflows.StateNeedsAttention, activities.ErrorWeChatRejected, "Terminated"),
		reply(workflows.StateSynced, "", completed),
		reply(workflows.StateSyncing, activities.ErrorWeChatWindowUsedUp, running),
	})
	var out bytes.Buffer
	require.NoError(t, Listing{Causes: causes, Matched: 9, Syncs: []Sync{{}}}.WriteTable(&out, time.Now()))
	meaning := func(cause string) string { return activities.CauseOf(cause).Meaning }
	require.Contains(t, out.String(), "\nWhy:\n"+
		"1  needs_attention  WeChatRejected      "+meaning(activities.ErrorWeChatRejected)+"\n"+
		"1  held             -                   \n"+
		"1  held             WeChatWindowClosed  "+meaning(activities.ErrorWeChatWindowClosed)+"\n"+
		"2  skipped          WeChatFollowerGone  "+meaning(activities.ErrorWeChatFollowerGone)+"\n"+
		"1  skipped          ReplyExpired        "+meaning(activities.ErrorReplyExpired)+"\n")
}
