package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// Which ticket a message goes to, and what is known about it.
func TestTicketChoice(t *testing.T) {
	t.Parallel()
	const inTicket = `
			message 1              -> start m1
			m1 closed ticket=T1    -> show T1
			`
	stories(t, conversation.Policy{}, map[string]string{
		"the chat's": inTicket + `
			message 2           -> start m2 in T1`,
		"where another one led the chat": inTicket + `
			message 2           -> start m2 in T1
			m2 closed ticket=T2 -> show T2
			message 3           -> start m3 in T2`,
		"the follower names a ticket": inTicket + `
			message 2 text=Hello@T1      -> start m2 in T1
			m2 closed                    ->
			message 3 text=Hello_@_42    -> start m3 for 42: "Hello"
			m3 closed                    ->
			message 4 text=@42_once_more -> start m4 for 42: "once more"
			m4 closed                    ->
			message 5 text=＠42          -> start m5 for 42: "＠42"
			m5 closed                    ->
			message 6 text=a@b.com       -> start m6 in T1`,
		"the follower taps an answer": inTicket + `
			message 2 key=answer:42:1 text=Yes     -> start m2 for 42: "Yes"
			m2 closed                              ->
			message 3 key=answer:T1:2 text=No      -> start m3 in T1
			m3 closed                              ->
			message 4 key=answer::2 text=Hm        -> start m4 in T1
			m4 closed                              ->
			message 5 key=answer:42 text=Hm@7      -> start m5 in T1`,
		"a parked one learns where the chat went meanwhile": `
			message 1           -> start m1
			m1 parked           ->
			message 2           -> start m2
			m2 closed ticket=T2 -> show T2
			m1 turn             -> turn m1 in T2`,
		"one that parks knows its thread": `
			message 1              -> start m1
			message 2              ->
			m1 parked ticket=T1    -> start m2 in T1, show T1`,
		"what is found late does not lead the chat": `
			message 1              -> start m1
			m1 parked              ->
			message 2              -> start m2
			m2 closed ticket=T2    -> show T2
			m1 parked ticket=T1    ->
			message 3              -> start m3 in T2`,
	})
	t.Run("an answer leads the chat to its ticket", func(t *testing.T) {
		t.Parallel()
		aStory(t, conversation.Policy{}).tell(inTicket + `
			message 2              -> start m2 in T1
			m2 closed ticket=T2    -> show T2
			reply 1 in=T1          -> start r1
			message 3 at=5         -> start m3 in T2
			wait 9s                ->
			r1 sent                -> show T1
			m3 closed              ->
			message 4 at=1         -> start m4 in T1
			m4 closed              ->
			message 5 at=-1        -> start m5 in T2 aside`)
	})
	t.Run("a held answer does when it arrives", func(t *testing.T) {
		t.Parallel()
		aStory(t, conversation.Policy{}).tell(inTicket + `
			message 2              -> start m2 in T1
			m2 closed ticket=T2    -> show T2
			reply 1 in=T1          -> start r1
			r1 held in=T1          ->
			click                  -> turn r1
			r1 arrived in=T1       -> show T1`)
	})
}

// C4C's event about an open ticket saves a look-up, as long as it can be trusted.
func TestKnownTicket(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		events conversation.EventsUse
		told   string // the status that C4C tells of; empty: nothing
		pause  time.Duration
		known  bool
	}{
		{"no events", conversation.EventsOff, "", 0, false},
		{"events, but not to be trusted", conversation.EventsOff, "2", 0, false},
		{"events are configured", conversation.EventsOn, "", 0, true},
		{"events are configured and come", conversation.EventsOn, "2", 0, true},
		{"no event has come yet", conversation.EventsAuto, "", 0, false},
		{"an event has come", conversation.EventsAuto, "2", 0, true},
		{"the last word is a day old", conversation.EventsOn, "2", 24 * time.Hour, false},
		{"the last event is a week old", conversation.EventsAuto, "2", 8 * 24 * time.Hour, false},
		{"completed: an agent may have opened it again", conversation.EventsOn, "5", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy := conversation.Policy{Tickets: conversation.TicketPolicy{Events: tt.events}}
			st := aStory(t, policy).tell(`
				message 1           -> start m1
				m1 closed ticket=T1 -> show T1`)
			if tt.told != "" {
				st.step(changed(st, "T1", tt.told, false))
			}
			st.now = st.now.Add(tt.pause)
			require.Equal(t, []string{"start m2 in T1" + when(tt.known, " known")},
				st.step(st.event([]string{"message", "2"}, nil)))
		})
	}
}

// The number of a new ticket is sent if the window has a message to spare.
func TestNumber(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		rules func(*window.Rules)
		lines string
	}{
		{"five", nil, `message 1 -> start m1 tells`},
		{"three", func(r *window.Rules) { r.Message = 3 }, `message 1 -> start m1 tells`},
		{"two", func(r *window.Rules) { r.Message = 2 }, `message 1 -> start m1`},
		{"no rules", func(r *window.Rules) { *r = window.Rules{} }, `message 1 -> start m1 tells`},
		{"an answer waits", func(r *window.Rules) { r.Message = 3 }, `
			reply 1    -> start r1
			r1 held    ->
			message 1  -> start m1, turn r1`},
		{"days later", nil, `
			message 1  -> start m1 tells
			m1 parked  ->
			wait 49h   ->
			m1 turn    -> turn m1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy := conversation.Policy{TellNumber: true, Window: conversation.WindowPolicy{Rules: window.Published}}
			if tt.rules != nil {
				tt.rules(&policy.Window.Rules)
			}
			aStory(t, policy).tell(tt.lines)
		})
	}
}

// Agents can read which QR code brought the follower: on the customer, and in the first ticket after the scan.
func TestOrigin(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{
		"follow by QR code": `
			follow key=shop-7            -> onboard looking from shop-7
			onboard closed               ->
			message 1 at=1               -> start m1
			m1 closed ticket=T1          -> note origin in T1, show T1
			message 2 at=2               -> start m2 in T1
			m2 closed ticket=T2          -> show T2`,
		"follow by search": `
			follow                       -> onboard looking
			onboard closed               ->
			message 1 at=1               -> start m1
			m1 closed ticket=T1          -> show T1`,
		"a follower scans": `
			follow                       -> onboard looking
			onboard closed               ->
			scan key=car-3               ->
			message 1 at=1               -> start m1
			m1 closed ticket=T1          -> note origin in T1, show T1`,
		"somebody unknown scans": `
			scan key=car-3               ->
			message 1                    -> onboard looking from car-3
			onboard closed               -> start m1
			m1 closed ticket=T1          -> note origin in T1, show T1`,
		"the last of two": `
			follow key=shop-7            -> onboard looking from shop-7
			onboard closed               ->
			scan key=car-3 at=1          ->
			scan key=shop-7 at=-5        ->
			message 1 at=2               -> start m1
			m1 closed ticket=T1          -> note origin in T1, show T1`,
		"long ago": `
			follow key=shop-7            -> onboard looking from shop-7
			onboard closed               ->
			wait 192h                    ->
			message 1                    -> start m1
			m1 closed ticket=T1          -> show T1`,
		"a message that was parked meanwhile": `
			follow key=shop-7            -> onboard looking from shop-7
			onboard closed               ->
			message 1                    -> start m1
			m1 parked                    ->
			m1 turn                      -> turn m1
			m1 ended ticket=T1           -> note origin in T1, show T1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, conversation.Policy{})
			st.s.Presence.Onboarded = false
			st.tell(lines)
		})
	}
}
