package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// shown is what a finding shows.
func shown(f Finding) Finding {
	f.detail, f.remedy = nil, nil
	return f
}

func TestFindingsAreSaidInTheOperatorsLanguage(t *testing.T) {
	t.Parallel()
	said := activities.Failure{Code: "40164", Text: "invalid ip 203.0.113.7, not in whitelist"}
	report := Report{Findings: []Finding{
		warn(say("schedule %s is paused: %s", "x/shop", "by ada"), say("Unpause it in Temporal UI; without it %s.",
			say("nobody sees that the token is refused"))),
		caused(activities.ErrorWeChatIPNotAllowed, say("%s (%s)", explained{activities.ErrorWeChatIPNotAllowed, said},
			"token: errcode 40164")),
		caused(activities.ErrorWeChatBusy, say("parked: %s", explained{cause: activities.ErrorWeChatBusy})),
		fail("something new", startWorker),
	}}
	chinese := report.In(wording.Chinese).Findings
	require.Equal(t, Finding{
		Verdict: Warn, Detail: "Schedule x/shop 已暂停：by ada", Remedy: "在 Temporal UI 中恢复它；否则access_token 被拒绝时无人知晓。",
	}, shown(chinese[0]))
	require.Equal(t, "微信不接受来自该 IP 地址的调用（errcode 40164、61004 等）。需加入的地址是 203.0.113.7。 (token: errcode 40164)",
		chinese[1].Detail)
	require.Contains(t, chinese[1].Remedy, "IP白名单")
	require.Equal(t, "几分钟后再运行 doctor。对同步任务：无需处理：调用会自动重试，间隔逐次加长。", chinese[2].Remedy)
	require.Equal(t, Finding{Verdict: Fail, Detail: "something new", Remedy: "启动 wechat-c4c worker，并查看其日志。"},
		shown(chinese[3]))
	require.Equal(t, "Unpause it in Temporal UI; without it nobody sees that the token is refused.",
		report.Findings[0].Remedy)
	require.Equal(t, report, report.In(wording.English))
}
