package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// policyForDelays enables everything for replies that wait.
var policyForDelays = conversation.Policy{
	StuckAfter: 5 * time.Minute,
	Window: conversation.WindowPolicy{
		Rules: window.Published, AnnounceAfter: 10 * time.Minute, RemindBefore: 2 * time.Hour,
		Template: conversation.NoticeForm{TemplateID: "T"}, Subscription: conversation.NoticeForm{TemplateID: "S"},
	},
}

// The follower is told once that answers wait.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	const held = `
			reply 1          -> start r1
			r1 held          ->
			reply 2 at=1     -> start r2 held
			`
	stories(t, policyForDelays, map[string]string{
		"one notice for all": held + `
			wait 9m          ->
			wait 1m          -> announce 2
			reply 3          -> start r3 held
			wait 24h         ->`,
		"it ends when nothing waits any more": held + `
			wait 10m         -> announce 2
			click            -> turn r1
			r1 arrived       -> turn r2
			r2 arrived       -> end notice`,
		"the next batch has its own": held + `
			wait 10m         -> announce 2
			click            -> turn r1
			r1 arrived       -> turn r2
			r2 arrived       -> end notice
			reply 3          -> start r3
			r3 held          ->
			wait 10m         -> announce 1`,
		"the follower came": held + `
			wait 5m          ->
			click            -> turn r1
			r1 arrived       -> turn r2
			r2 arrived       ->
			wait 1h          ->`,
		"the follower left": held + `
			wait 5m          ->
			unfollow         -> give up r1, give up r2
			wait 1h          ->`,
		"given up": held + `
			r1 ended         ->
			r2 ended         ->
			wait 1h          ->`,
	})
	t.Run("a granted notice comes first, and once", func(t *testing.T) {
		t.Parallel()
		st := aStory(t, policyForDelays)
		st.s.Held.Credits = map[string]int{"S": 1}
		st.tell(held + `
			wait 10m         -> announce 2 granted
			click            -> turn r1
			r1 arrived       -> turn r2
			r2 arrived       -> end notice
			reply 3          -> start r3
			r3 held          ->
			wait 10m         -> announce 1`)
	})
	t.Run("no way to tell", func(t *testing.T) {
		t.Parallel()
		policy := policyForDelays
		policy.Window.Template = conversation.NoticeForm{}
		aStory(t, policy).tell(held + `wait 1h ->`)
	})
}

// The agent is told in time that the window is about to close, and that few messages remain.
func TestWindowNotes(t *testing.T) {
	t.Parallel()
	const inTicket = `
			message 1              -> start m1
			m1 closed ticket=T1    -> show T1
			`
	const three = inTicket + `
			reply 1                -> start r1
			r1 sent spent=3        -> spent message, spent message, spent message
			`
	stories(t, policyForDelays, map[string]string{
		"nobody answers": inTicket + `
			wait 45h               ->
			wait 1h                -> note ending in T1
			wait 10h               ->`,
		"somebody has answered": inTicket + `
			reply 1                -> start r1
			r1 sent spent=1        -> spent message
			wait 60h               ->`,
		"the follower taps an item: that is no question": `
			tap key=x              -> start m1
			m1 closed ticket=T1    -> show T1
			wait 60h               ->`,
		"the follower left": inTicket + `
			unfollow               -> note gone in T1
			wait 60h               ->`,
		"no ticket": `
			message 1              -> start m1
			m1 closed              ->
			wait 60h               ->`,
		"four of five": three + `
			reply 2                -> start r2
			r2 sent spent=1        -> spent message, note low in T1
			reply 3                -> start r3
			r3 sent spent=1        -> spent message`,
		"once per message": three + `
			reply 2                -> start r2
			r2 sent spent=1        -> spent message, note low in T1
			message 2 at=60        -> start m2 in T1
			m2 closed              ->
			reply 3                -> start r3
			r3 sent spent=5        -> spent message, spent message, spent message, spent message, spent message, note low in T1`,
		"a click allows more": three + `
			click                  ->
			reply 2                -> start r2
			r2 sent spent=1        -> spent click`,
		"beyond what is known": three + `
			unfollow               -> note gone in T1
			reply 2                -> start r2 gone
			r2 closed spent=1      -> spent unknown`,
	})
}

// A sync that retries for a long time is marked. One that has had its turn for a long time is asked for its state, at
// growing intervals.
func TestStuckAndAsked(t *testing.T) {
	t.Parallel()
	stories(t, policyForDelays, map[string]string{
		"stuck, once": `
			message 1      -> start m1
			wait 4m        ->
			wait 1m        -> stuck m1, watch m1
			m1 watched     ->
			wait 9m        ->
			wait 1m        -> watch m1
			wait 20m       -> watch m1
			wait 39m       ->
			wait 1m        -> watch m1
			m1 ended       ->
			wait 100h      ->`,
		"what is parked is not asked": `
			message 1      -> start m1
			m1 parked      ->
			wait 100h      ->`,
	})
	st := aStory(t, policyForDelays)
	st.tell(`message 1 -> start m1`)
	require.Len(t, st.wait(365*24*time.Hour), 1+9+363)
}

// The lane waits for earlier messages, once and for a moment.
func TestEarlier(t *testing.T) {
	t.Parallel()
	const parked = `
			message 1      -> start m1
			m1 parked      ->
			message 2 at=1 -> start m2
			m2 parked at=1 ->
			`
	stories(t, conversation.Policy{}, map[string]string{
		"it comes": parked + `
			m2 turn at=1   ->
			m1 turn        -> turn m1
			m1 ended       -> turn m2`,
		"it does not": parked + `
			m2 turn at=1   ->
			wait 9s        ->
			wait 1s        -> turn m2
			m2 parked at=-9 ->
			m2 turn at=-9  -> turn m2`,
		"it ends meanwhile": parked + `
			m2 turn at=1   ->
			m1 ended       -> turn m2`,
		"new messages do not wait for it": parked + `
			message 3 at=2 -> start m3`,
		"held replies do": `
			reply 1          -> start r1
			r1 parked        ->
			reply 2 at=1     -> start r2
			r2 parked at=1   ->
			reply 3 at=2     -> start r3
			r3 held at=2     ->
			r2 turn at=1     ->
			click            ->
			r1 turn          -> turn r1
			r1 arrived       -> turn r2
			r2 arrived       -> turn r3`,
	})
}

// WeChat's answer about the window counts only if the follower has done nothing since the sync began.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, lines string
		left        int
	}{
		{"closed", `
			message 1             -> start m1
			reply 1               -> start r1
			r1 held why=closed    ->`, 0},
		{"used up", `
			message 1             -> start m1
			reply 1               -> start r1
			r1 held why=used-up   ->`, 0},
		{"anything else", `
			message 1             -> start m1
			reply 1               -> start r1
			r1 parked             ->`, 5},
		{"the follower acted meanwhile", `
			reply 1               -> start r1
			click                 ->
			r1 held why=closed    -> turn r1`, 3},
		{"what parked syncs sent", `
			message 1             -> start m1
			reply 1               -> start r1
			r1 parked spent=2     -> spent message, spent message
			r1 turn               -> turn r1
			r1 ended spent=1      -> spent message`, 2},
		{"what came late from before opens nothing", `
			message 1             -> start m1
			reply 1               -> start r1
			r1 held why=closed    ->
			click at=-10          -> turn r1`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, published).tell(tt.lines)
			require.Equal(t, tt.left, st.s.Window.Ledger.Left(st.policy.Window.Rules, st.now))
		})
	}
}
