package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// A held reply holds those behind it until the follower acts.
func TestHeldReplies(t *testing.T) {
	t.Parallel()
	stories(t, conversation.Policy{}, map[string]string{
		"released in order, one after the other": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			reply 3 at=2      -> start r3 held
			click             -> turn r1
			r1 arrived        -> turn r2
			r2 arrived        -> turn r3
			r3 arrived        ->`,
		"refused again: all wait again": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			click             -> turn r1
			r1 held           ->
			reply 3 at=2      -> start r3 held
			click at=1        -> turn r1`,
		"the follower acts while WeChat is asked": `
			reply 1           -> start r1
			click             ->
			r1 held           -> turn r1`,
		"one that parks lets the next one go": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			click             -> turn r1
			r1 parked         -> turn r2`,
		"one that is terminated does, too": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			click             -> turn r1
			r1 lost           -> note lost in T1
			wait 15s          -> turn r2`,
		"one that is given up leaves the others": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			r1 ended          ->
			click             -> turn r2`,
		"one that comes late takes its place": `
			reply 1           -> start r1
			r1 held           ->
			reply 3 at=2      -> start r3 held
			click             -> turn r1
			reply 2 at=1      ->
			r1 arrived        -> start r2 held, turn r2
			r2 arrived        -> turn r3`,
		"a person tries one alone": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			r2 turn at=1      -> turn r2
			r2 arrived        -> turn r1`,
		"a turn that was lost is given again": `
			reply 1           -> start r1
			r1 held           ->
			reply 2 at=1      -> start r2 held
			click             -> turn r1
			r1 arrived        -> turn r2
			wait 5m           -> watch r2
			r2 held ask=1     -> turn r2`,
		"an answer to no question of the window opens it": `
			reply 1           -> start r1
			r1 held           ->
			backfill          -> backfill known
			wait 1h           ->
			scan              -> turn r1`,
	})
}

// A held reply that a person retried waits for a reply that parked before it. If the follower acts in the meantime,
// its turn ends the wait that the person began; it is not mistaken for another.
func TestHeldReplyIsReleasedFromItsLastWait(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	st.tell(`
		reply 1               -> start r1
		r1 parked why=unknown ->
		wait 15s              ->
		reply 2               -> start r2
		r2 held ask=1         ->
		r2 turn ask=2         ->`)
	commands := st.s.Step(st.now, st.policy, st.event([]string{"click"}, nil))
	require.Len(t, commands, 1)
	grant, ok := commands[0].(conversation.Grant)
	require.True(t, ok)
	require.Equal(t, long("r2"), grant.WorkflowID)
	require.Equal(t, 2, grant.Turn.Ask)
	require.Empty(t, st.s.Replies.Turns)
}

// The follower's grants are remembered until the follower unfollows.
func TestConsent(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	consent := func(c ...conversation.NoticeConsent) {
		st.s.Step(st.now, st.policy, conversation.Inbound{Key: time.Now().String(), Kind: conversation.KindConsent,
			Consents: c})
	}
	consent(conversation.NoticeConsent{TemplateID: "a", Granted: true},
		conversation.NoticeConsent{TemplateID: "b", Granted: true})
	consent(conversation.NoticeConsent{TemplateID: "a", Granted: true},
		conversation.NoticeConsent{TemplateID: "b", Revoked: true})
	require.Equal(t, map[string]int{"a": 2}, st.s.Held.Credits)
	for i := range 40 {
		consent(conversation.NoticeConsent{TemplateID: string(rune('c' + i)), Granted: true})
	}
	require.Len(t, st.s.Held.Credits, 25)
	st.tell(`unfollow ->`)
	require.Empty(t, st.s.Held.Credits)
}

// scarce allows few messages: one after a click, two after a message.
var scarce = conversation.Policy{Window: conversation.WindowPolicy{Rules: func() window.Rules {
	rules := window.Published
	rules.Click, rules.Message = 1, 2
	return rules
}()}}

// If more replies wait than the window allows messages, they are merged.
func TestMerge(t *testing.T) {
	t.Parallel()
	const held = `
			reply 1          -> start r1
			r1 held          ->
			reply 2 at=1     -> start r2 held
			reply 3 at=2     -> start r3 held
			`
	stories(t, scarce, map[string]string{
		"of one agent in one ticket": held + `
			click                        -> turn r1 with r2 r3
			r1 arrived with=r2_r3 spent=1 -> spent click, turn r2 into r1
			r2 arrived                   -> turn r3 into r1
			r3 arrived                   ->`,
		"before they are started": `
			message 1                    -> start m1
			reply 1                      -> start r1
			reply 2 at=1                 ->
			reply 3 at=2                 ->
			reply 4 at=3                 ->
			r1 sent spent=1              -> spent message, start r2 with r3 r4
			r2 sent spent=1 with=r3_r4   -> spent message, start r3 into r2
			r3 sent                      -> start r4 into r2`,
		"another agent": `
			reply 1 by=Ada               -> start r1
			r1 held                      ->
			reply 2 at=1 by=Bo           -> start r2 held
			click                        -> turn r1`,
		"another ticket": `
			reply 1 in=T1                -> start r1
			r1 held                      ->
			reply 2 at=1 in=T2           -> start r2 held
			click                        -> turn r1`,
		"rejected: the others go by themselves": held + `
			click                        -> turn r1 with r2 r3
			r1 parked with=r2_r3         -> turn r2 with r3`,
		"rejected before they were started: not merged again": `
			message 1                    -> start m1
			reply 1                      -> start r1
			reply 2 at=1                 ->
			reply 3 at=2                 ->
			reply 4 at=3                 ->
			r1 sent spent=1              -> spent message, start r2 with r3 r4
			r2 parked with=r3_r4         -> start r3
			r3 sent                      -> start r4`,
		"perhaps sent": held + `
			click                            -> turn r1 with r2 r3
			r1 parked why=unknown with=r2_r3 ->
			wait 15s                         -> turn r2 into r1 unsure`,
		"terminated on the way": held + `
			click                        -> turn r1 with r2 r3
			r1 lost                      -> note lost in T1
			wait 15s                     -> turn r2 into r1 unsure`,
		"held again": held + `
			click                        -> turn r1 with r2 r3
			r1 held with=r2_r3           ->
			click at=1                   -> turn r1
			r1 arrived with=r2_r3        -> turn r2 into r1`,
		"a person tries a carried one alone": held + `
			click                        -> turn r1 with r2 r3
			r1 held with=r2_r3           ->
			r2 turn at=1                 -> uncarry r1, turn r2
			r2 arrived                   -> turn r1`,
		"a person gives a carried one up": held + `
			click                        -> turn r1 with r2 r3
			r1 held with=r2_r3           ->
			r2 ended                     -> uncarry r1
			click at=2                   -> turn r1 with r3`,
		"a person gives the carrier up": held + `
			click                        -> turn r1 with r2 r3
			r1 held with=r2_r3           ->
			r1 ended with=r2_r3          ->
			click at=2                   -> turn r2 with r3`,
	})
	stories(t, conversation.Policy{}, map[string]string{
		"not without a ledger": held + `
			click                        -> turn r1`,
	})
}
