package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// Operators in China read in Temporal UI what is wrong and what to do, at each moment of a sync.
func TestDetailsAreSaidInTheOperatorsLanguage(t *testing.T) {
	t.Parallel()
	s := newStageIn(t, testPolicy, wording.Chinese)
	s.follow()
	s.will("AddMessage", temporal.NewNonRetryableApplicationError("refused", activities.ErrorC4CRejected, nil,
		activities.Failure{Code: "42", Text: "Category is missing"}))
	id := s.say("hello")
	s.check(func() {
		details := s.details(id)
		require.Contains(t, details, "### 消息 ")
		require.Contains(t, details, "状态：**needs_attention**")
		require.Contains(t, details, "**C4CRejected**：C4C 拒绝了数据。C4C 的原话（42）：Category is missing")
		require.Contains(t, details, "**处理办法：** 其报错会指明字段或规则。")
		require.Contains(t, details, "- 代码：`42`")
		require.Contains(t, details, "重试请发送 update `retry`")
		require.NotContains(t, details, "What to do")
	})
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	reply := s.reply("answer")
	s.check(func() {
		require.Contains(t, s.details(reply), "状态：**held**")
		require.Contains(t, s.details(reply), "自动发出")
	})
	s.run()
}
