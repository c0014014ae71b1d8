package conversation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Anything waiting above a limit is started early and waits as a row of its own.
func TestRelieve(t *testing.T) {
	t.Parallel()
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		st := aStory(t, conversation.Policy{})
		st.tell(`message 100 -> start m100`)
		for i := range 50 {
			st.tell(fmt.Sprintf(`message %d ->`, 101+i))
		}
		st.tell(`
			message 151   -> start m151 waits
			message 152   -> start m152 waits
			m151 turn at=0 ask=1 ->
			m100 closed   -> start m101`)
		for i := range 49 {
			st.tell(fmt.Sprintf(`m%d closed -> start m%d`, 101+i, 102+i))
		}
		st.tell(`
			m150 closed -> turn m151
			m151 ended  -> turn m152
			m152 ended  ->`)
		require.True(t, st.s.AtRest())
	})
	t.Run("large", func(t *testing.T) {
		t.Parallel()
		st := aStory(t, conversation.Policy{})
		huge := strings.Repeat("x", 70<<10)
		st.tell(`
			reply 1                  -> start r1
			reply 2 text=` + huge + ` -> start r2 waits
			r1 sent                  -> turn r2`)
		data, err := json.Marshal(st.s)
		require.NoError(t, err)
		require.Less(t, len(data), 2000)
	})
	stories(t, conversation.Policy{}, map[string]string{
		"early replies wait behind held ones": earlyReplies + `
			r1 held               -> turn r2 held
			r2 turn ask=1         -> turn r2 held
			click                 -> turn r1
			r1 arrived            -> turn r2`,
		"one that a person retries afterwards goes": earlyReplies + `
			r1 held               -> turn r2 held
			r2 turn at=1 ask=2    -> turn r2
			r2 arrived            -> turn r1`,
		"one who left is told so": earlyReplies + `
			unfollow              ->
			r1 sent               -> turn r2 gone`,
	})
}

var earlyReplies = `
			reply 1                -> start r1
			reply 2 text=` + strings.Repeat("x", 70<<10) + ` -> start r2 waits`
