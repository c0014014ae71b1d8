package conversation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// settling waits a moment for messages posted in parallel.
var settling = conversation.Policy{Settle: 250_000_000, StuckAfter: 300_000_000_000}

func TestLaneOrder(t *testing.T) {
	t.Parallel()
	stories(t, conversation.Policy{}, map[string]string{
		"one after the other": `
			message 1   -> start m1
			message 2   ->
			message 3   ->
			m1 closed   -> start m2
			m2 closed   -> start m3`,
		"by CreateTime, then by number": `
			message 9        -> start m9
			message 3 at=1   ->
			message 10       ->
			message 2 at=1   ->
			m9 closed        -> start m10
			m10 closed       -> start m2
			m2 closed        -> start m3`,
		"a parked one lets others pass": `
			message 1   -> start m1
			message 2   ->
			m1 parked   -> start m2`,
		"what is tried again goes before what was written later": `
			message 1    -> start m1
			m1 parked    ->
			message 2    -> start m2
			message 3    ->
			m1 turn at=0 ->
			m2 closed    -> turn m1
			m1 ended     -> start m3`,
		"two reports in one task are two events": `
			message 1   -> start m1
			m1 parked   ->
			m1 turn     -> turn m1
			m1 ended    ->`,
		"a turn is given again to whom it belongs": `
			message 1   -> start m1
			m1 parked   ->
			m1 turn ask=1 -> turn m1
			m1 turn ask=1 -> turn m1
			m1 ended    ->`,
		"who asks twice waits once": `
			message 1     -> start m1
			m7 turn       ->
			m7 turn       ->
			m1 closed     -> turn m7
			m7 ended      ->
			wait 1h       ->`,
		"a sync of an earlier conversation gets its turn": `
			m7 turn       -> turn m7
			m7 ended      ->`,
		"one that is terminated keeps nobody waiting": `
			message 1   -> start m1
			message 2   ->
			m1 lost     ->
			wait 15s    -> start m2
			m2 parked   ->
			m2 turn     -> turn m2
			message 3   ->
			m2 lost     ->
			wait 15s    -> start m3`,
		"messages and replies do not wait for each other": `
			message 1   -> start m1
			reply 1     -> start r1
			m1 closed   ->
			r1 closed   ->`,
		"a reply goes in the order in which it was written": `
			reply 1        -> start r1
			reply 3 at=2   ->
			reply 2 at=1   ->
			r1 sent        -> start r2
			r2 sent        -> start r3`,
	})
	stories(t, settling, map[string]string{
		"what comes side by side is put in order": `
			message 2    ->
			message 1    ->
			wait 249ms   ->
			wait 1ms     -> start m1
			message 3    ->
			m1 closed    -> start m2
			m2 closed    -> start m3`,
		"what was kept lets arrive what others kept": `
			message 3 at=-60 late=true ->
			wait 1500ms                ->
			message 1 at=-62 late=true ->
			message 2 at=-61           ->
			wait 1999ms                ->
			wait 1ms                   -> start m1
			m1 closed                  -> start m2
			m2 closed                  -> start m3`,
		"nor does the next one begin before they may have come": `
			message 1                  ->
			wait 250ms                 -> start m1
			message 3 at=-1 late=true  ->
			m1 closed                  ->
			message 2 at=-2 late=true  ->
			wait 1999ms                ->
			wait 1ms                   -> start m2
			m2 closed                  -> start m3`,
		"what is under way for longer than that keeps nobody waiting": `
			message 1                  ->
			wait 250ms                 -> start m1
			message 2 at=-1 late=true  ->
			wait 2s                    ->
			m1 closed                  -> start m2`,
		"nor one that is tried again": `
			message 1                  ->
			wait 250ms                 -> start m1
			m1 parked                  ->
			message 3 at=3 late=true   ->
			m1 turn ask=1 at=2         ->
			message 2 at=1 late=true   ->
			wait 2s                    -> start m2
			m2 closed                  -> turn m1
			m1 ended                   -> start m3`,
		"replies that were kept do, too": `
			reply 2 at=-60 late=true   ->
			wait 1s                    ->
			reply 1 at=-61 late=true   ->
			wait 2s                    -> start r1
			r1 sent                    -> start r2`,
		"also where C4C did not say when": `
			reply 1 received=-60 late=true ->
			wait 1s                        ->
			reply 2 received=-62 late=true ->
			wait 1s                        ->
			reply 3 at=-61                 ->
			wait 1s                        -> start r2
			r2 sent                        -> start r1
			r1 sent                        -> start r3`,
		"nor is a held one released": `
			reply 2 at=-60             ->
			wait 250ms                 -> start r2
			r2 held at=-60             ->
			click                      -> turn r2
			r2 held at=-60             ->
			reply 3 at=-50 late=true   ->
			click at=1                 ->
			reply 1 at=-61 late=true   ->
			wait 2s                    -> start r1 held, turn r1`,
		"a reply that comes straight does not wait": `
			reply 1      -> start r1`,
		"one that was caught up on does": `
			reply 2 at=-60 missed ->
			reply 1 at=-90 missed ->
			wait 250ms            -> missed, start r1
			r1 sent               -> missed, start r2`,
	})
}

// A follower whose late messages never stop waits half a minute, and no longer.
func TestLaneIsPatientOnce(t *testing.T) {
	t.Parallel()
	st := aStory(t, settling)
	number := 100
	next := func() []string {
		number++
		done := st.wait(time.Second)
		return append(done, st.happens(strings.Fields(fmt.Sprintf("message %d late=true", number)))...)
	}
	for range 30 {
		require.Empty(t, next(), "message %d", number)
	}
	require.Equal(t, []string{"start m101"}, next())
	st.tell(`m101 closed -> start m102`)
	require.Empty(t, next())
	st.tell(`
		m102 closed            -> start m103
		wait 2s                ->
		message 500 late=true  ->
		m103 closed            ->
		wait 2s                -> start m104`)
}

// A cause that affects everything keeps the lane shut: later messages would overtake.
func TestLaneIsShut(t *testing.T) {
	t.Parallel()
	stories(t, conversation.Policy{}, map[string]string{
		"messages wait, as rows of their own": `
			message 1           -> start m1
			m1 everything       ->
			message 2           -> start m2 waits
			message 3           -> start m3 waits
			m1 turn             -> turn m1
			m1 ended            -> turn m2
			m2 ended            -> turn m3`,
		"what was written before does not": `
			message 2 at=5       -> start m2
			m2 everything at=5   ->
			message 1            -> start m1`,
		"a person who skips opens it": `
			message 1     -> start m1
			m1 everything ->
			message 2     -> start m2 waits
			m1 ended      -> turn m2`,
		"held replies wait as well": `
			reply 1            -> start r1
			r1 held            ->
			reply 2 at=1       -> start r2 held
			click              -> turn r1
			r1 everything      ->
			click at=1         ->
			r1 turn            -> turn r1
			r1 arrived         -> turn r2`,
		"one that was terminated is asked for": `
			message 1        -> start m1
			m1 everything    ->
			message 2        -> start m2 waits
			wait 5m          -> watch m1
			m1 lost          -> turn m2`,
		"one that parks again is asked no sooner": `
			message 1        -> start m1
			m1 everything    ->
			wait 15m         -> watch m1, watch m1
			m1 turn ask=1    -> turn m1
			m1 everything    ->
			wait 19m         ->
			wait 1m          -> watch m1
			m1 turn ask=2    -> turn m1
			wait 3m          ->
			m1 everything    ->
			wait 36m         ->
			wait 1m          -> watch m1`,
		"unless the cause is another one": `
			message 1        -> start m1
			m1 everything    ->
			wait 15m         -> watch m1, watch m1
			m1 turn ask=1    -> turn m1
			m1 everything why=rejected ->
			wait 5m          -> watch m1`,
		"one that was asked stays where it is": `
			message 1        -> start m1
			m1 everything    ->
			wait 5m          -> watch m1
			m1 watched       ->
			m1 everything    ->
			wait 9m          ->
			wait 1m          -> watch m1`,
	})
}

// A send with an unknown outcome may still be under way.
func TestPauseAfterUnknownOutcome(t *testing.T) {
	t.Parallel()
	stories(t, conversation.Policy{}, map[string]string{
		"the next reply": `
			reply 1                -> start r1
			reply 2                ->
			r1 parked why=unknown  ->
			wait 14s               ->
			wait 1s                -> start r2`,
		"whatever is told to wait meanwhile": `
			reply 1                  -> start r1
			r1 everything            ->
			reply 2                  -> start r2 waits
			r1 turn ask=1            -> turn r1
			r1 held ask=2            -> turn r2 held
			click                    -> turn r1
			r1 parked why=unknown    ->
			wait 1s                  ->
			r2 turn ask=1            -> turn r2 held
			wait 13s                 ->
			wait 1s                  -> turn r2`,
		"one that was terminated": `
			reply 1                  -> start r1
			reply 2                  ->
			r1 lost                  -> note lost in T1
			wait 14s                 ->
			wait 1s                  -> start r2`,
		"one that was cancelled while it was sent": `
			reply 1                  -> start r1
			reply 2                  ->
			r1 cancelled why=unknown ->
			wait 15s                 -> start r2`,
		"a message that was terminated": `
			message 1                -> start m1
			message 2                ->
			m1 lost                  ->
			wait 15s                 -> start m2`,
		"after any other refusal": `
			reply 1                -> start r1
			reply 2                ->
			r1 parked why=rejected -> start r2`,
	})
}

// stories plays each story separately, all with the same policy.
func stories(t *testing.T, policy conversation.Policy, told map[string]string) {
	t.Helper()
	for name, lines := range told {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aStory(t, policy).tell(lines)
		})
	}
}
