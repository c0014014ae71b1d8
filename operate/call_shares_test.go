package operate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

func TestCallSharesInWords(t *testing.T) {
	t.Parallel()
	now := time.Now()
	lost := slots.Ledger{Holders: []slots.Holder{
		{Process: "1@a/AB", Cap: 8, Slots: 5, Until: now.Add(-time.Minute), Room: 65 * time.Second},
		{Process: "1@b/CD", Cap: 8, Slots: 3, Until: now.Add(-time.Minute), Room: time.Second},
	}}
	anew := slots.Ledger{QuietUntil: now.Add(45 * time.Second)}
	for name, tt := range map[string]struct {
		ledger           slots.Ledger
		english, chinese string
	}{
		"lost": {lost, "5 of 8 taken (1@a/AB held 5 and is lost: they are free in 5s)",
			"8 个中已占 5 个（1@a/AB 曾占 5 个，已失联：5s 后空出）"},
		"anew": {anew, "all are free; nobody gets more for 45s, because the workflow was ended and started anew",
			"全部空闲；45s 内不再分配，因为该 workflow 曾被终止并重新启动"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shares := operate.SharesOf(tt.ledger, now)
			require.Equal(t, tt.english, shares.In(wording.English))
			require.Equal(t, tt.chinese, shares.In(wording.Chinese))
		})
	}
}
