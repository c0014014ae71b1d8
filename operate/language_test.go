package operate

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestTablesAreSaidInTheOperatorsLanguage(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	parked := Sync{
		ID: "message/a", Type: workflows.TypeCreateTicket, State: workflows.StateNeedsAttention, Status: "Running",
		Cause: activities.ErrorC4CNotFound, Account: "default", StartedAt: now.Add(-time.Hour),
	}
	written := func(write func(*strings.Builder) error) string {
		var b strings.Builder
		require.NoError(t, write(&b))
		return b.String()
	}
	o := Operator{Language: wording.Chinese}
	list := Listing{
		Syncs: []Sync{parked}, Matched: 3, Language: o.Language, Causes: countCauses(o.Language, []Sync{parked}),
		States: []StateCount{{State: workflows.StateNeedsAttention, Count: 1}},
	}
	text := written(func(b *strings.Builder) error { return list.WriteTable(b, now) })
	require.Contains(t, text, "C4C 中没有（或已没有）该对象。")
	require.Contains(t, text, "处理办法：检查工单号；amend 后 retry，或 skip。")
	require.Contains(t, text, "… 另有 2 个更新的；--limit 0 显示全部。")
	require.Contains(t, text, "STATE")

	status := Status{
		At: now, Namespace: "shop", Language: o.Language,
		Accounts: []AccountStatus{
			{Account: "default", Token: TokenStatus{State: workflows.StateSynced},
				States: []StateCount{{State: workflows.StateNeedsAttention, Count: 1}},
				Parked: countCauses(o.Language, []Sync{parked})}},
		Queues: []QueueStatus{{Queue: workflows.QueueC4C}},
	}
	status.Judge()
	text = written(func(b *strings.Builder) error { return status.WriteTable(b) })
	require.Contains(t, text, "命名空间 shop：2 件事需要人工处理")
	require.Contains(t, text, "1. 队列 c4c 没有 worker")
	require.Contains(t, text, "2. 1 个同步任务需要处理，公众号 default：C4CNotFound：")
	require.Contains(t, text, "\n   检查工单号；amend 后 retry，或 skip。\n")

	require.Contains(t, hint(o.Language, parked), "重试：wechat-c4c sync retry message/a")
	_, err := judge(o.Language, Outcome{State: workflows.StateNeedsAttention, Cause: activities.ErrorC4CNotFound})
	require.EqualError(t, err, "已重试，结果仍为 needs_attention：C4CNotFound：C4C 中没有（或已没有）该对象。处理办法：检查工单号；amend 后 retry，或 skip。")
}
