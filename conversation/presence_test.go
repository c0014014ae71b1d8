package conversation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestPresence(t *testing.T) {
	t.Parallel()
	const inTicket = `
			message 1              -> start m1
			m1 closed ticket=T1    -> show T1
			`
	stories(t, conversation.Policy{}, map[string]string{
		"all that is held is given up, and the agent told": inTicket + `
			reply 1       -> start r1
			r1 held       ->
			reply 2 at=1  -> start r2 held
			reply 3 at=2  -> start r3 held
			reply 4 at=3  -> start r4 held
			unfollow at=9 -> give up r1, give up r2, give up r3, give up r4, note gone in T1
			reply 5       -> start r5 gone`,
		"WeChat says so of a reply": inTicket + `
			reply 1         -> start r1
			reply 2 at=1    ->
			r1 held why=gone -> give up r1, note gone in T1, start r2 gone
			unfollow         ->`,
		"an older word of WeChat's than what the follower did": inTicket + `
			reply 1         -> start r1
			click           ->
			r1 held why=gone -> turn r1`,
		"an unfollow that comes late": inTicket + `
			follow at=5     -> onboard looking
			unfollow at=3   ->
			onboard closed  ->
			reply 1         -> start r1`,
		"whoever acts is back": inTicket + `
			unfollow        -> note gone in T1
			message 2 at=1  -> start m2 in T1
			reply 1         -> start r1`,
		"a reply that was on its way and is held now": inTicket + `
			reply 1         -> start r1
			unfollow        -> note gone in T1
			r1 held         -> give up r1`,
		"no ticket: nobody to tell": `
			unfollow        ->`,
	})
}

func TestOnboarding(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{
		"somebody who writes first": `
			message 1       -> onboard looking
			message 2       ->
			onboard closed  -> start m1
			m1 closed       -> start m2`,
		"a follow that waits is the same as the next": `
			follow          -> onboard looking
			follow at=1     ->
			follow at=2     ->
			onboard closed  -> onboard looking
			onboard closed  ->`,
		"parked: the message goes on by itself": `
			message 1       -> onboard looking
			onboard parked  -> start m1`,
		"by a backfill": `
			backfill        -> onboard looking
			onboard closed  -> backfill known`,
		"by a backfill, which parks": `
			backfill        -> onboard looking
			onboard parked  -> backfill failed`,
		"a backfill of one who is known": `
			follow          -> onboard looking
			onboard closed  ->
			backfill        -> backfill known`,
		"a sync that is tried again in a new conversation": `
			m7 turn         -> onboard looking
			onboard closed  -> turn m7`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, conversation.Policy{})
			st.s.Presence.Onboarded = false
			st.tell(lines)
		})
	}
}

func TestSeen(t *testing.T) {
	t.Parallel()
	stories(t, conversation.Policy{}, map[string]string{
		"a repeat is dropped": `
			message 1 again=k   -> start m1
			message 1 again=k   ->
			m1 closed           ->
			reply 1             -> start r1
			reply 1             ->
			r1 sent             ->`,
	})
	var seen conversation.Seen
	st := aStory(t, conversation.Policy{})
	for range 300 {
		st.tell(`wait 1s ->`)
		st.step(st.event([]string{"click"}, nil))
	}
	seen = st.s.Seen
	require.Len(t, string(seen), 256*8)
}

// A reply that another one carries in its message has no sync of its own yet whose id could reject a repeat.
func TestRepliesAreNotForgottenOverMessages(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	st.tell(`
		reply 1 -> start r1
		r1 sent ->`)
	for range 300 {
		st.tell(`wait 1s ->`)
		st.step(st.event([]string{"click"}, nil))
	}
	st.tell(`reply 1 ->`)
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		a, b conversation.Order
	}{
		{"time", conversation.Order{At: 1, ID: "9"}, conversation.Order{At: 2, ID: "1"}},
		{"number", conversation.Order{At: 1, ID: "9"}, conversation.Order{At: 1, ID: "10"}},
		{"long number", conversation.Order{At: 1, ID: "99999999999999999999"},
			conversation.Order{At: 1, ID: "100000000000000000000"}},
		{"no number", conversation.Order{At: 1}, conversation.Order{At: 1, ID: "1"}},
		{"onboarding", conversation.Order{}, conversation.Order{At: 1, ID: "1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Negative(t, tt.a.Compare(tt.b))
			require.Positive(t, tt.b.Compare(tt.a))
			require.Zero(t, tt.a.Compare(tt.a))
		})
	}
}
