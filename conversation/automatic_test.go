package conversation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// published uses WeChat's rules and reports statuses.
var published = conversation.Policy{
	Window: conversation.WindowPolicy{Rules: window.Published, AutomaticLife: 10 * time.Minute},
	Tickets: conversation.TicketPolicy{
		StatusTexts: conversation.NewStatusTexts(map[string]string{"2": "accepted", "YJ": "on the way", "5": "resolved"}),
	},
}

// Automatic texts go when the window has a message to spare and no answer waits.
func TestAutomaticTexts(t *testing.T) {
	t.Parallel()
	stories(t, published, map[string]string{
		"the last message belongs to the agent": `
			click                          ->
			reply a automatic              -> start auto a
			reply b automatic              ->
			reply c automatic              ->
			auto_a sent spent=1            -> spent click, start auto b
			auto_b sent spent=1            -> spent click
			reply 1                        -> start r1`,
		"once": `
			click                          ->
			reply a automatic              -> start auto a
			reply a automatic              ->
			auto_a sent spent=1            -> spent click
			reply a automatic              ->`,
		"answers go first": `
			reply 1                        -> start r1
			reply a automatic              ->
			r1 held                        ->
			click                          -> turn r1
			reply 2                        ->
			r1 arrived                     -> start r2
			r2 sent                        -> start auto a`,
		"the agent is told of one that finds no room": `
			reply a automatic              ->
			wait 5m                        ->
			reply b automatic              ->
			wait 5m                        -> note untold in T1
			click                          -> start auto b`,
		"refused: it waits for its time, as another sync": `
			message 1                      -> start m1
			reply a automatic              -> start auto a
			auto_a closed why=closed       ->
			message 2 at=60                -> start auto a/1
			auto_a/1 closed why=used-up    ->`,
		"rejected: it ends": `
			message 1                      -> start m1
			reply a automatic              -> start auto a
			auto_a closed why=rejected     -> note untold in T1
			message 2 at=60                ->`,
		"nobody knows: it ends": `
			message 1                      -> start m1
			reply a automatic              -> start auto a
			auto_a closed why=unknown      -> note untold in T1
			message 2 at=60                ->`,
		"terminated: nobody knows": `
			message 1                      -> start m1
			reply a automatic              -> start auto a
			auto_a lost                    -> note untold in T1
			message 2 at=60                ->`,
		"nobody is told who left": `
			reply a automatic              ->
			unfollow                       ->
			wait 1m                        ->`,
	})
	st := aStory(t, published)
	for i := range 25 {
		note := ""
		if i >= 20 {
			note = " note untold in T1" // of the oldest
		}
		st.tell(fmt.Sprintf(`reply %d automatic ->%s`, i, note))
	}
	require.Len(t, st.s.Automatic, 20)
	require.Contains(t, st.s.Automatic[0].Reply.SmaID, "/5")
}

// The number of a new ticket that could not be sent at once waits like other automatic texts.
func TestNumberOfATicketWaits(t *testing.T) {
	t.Parallel()
	telling := published
	telling.TellNumber = true
	stories(t, telling, map[string]string{
		"refused: it goes when the follower acts again": `
			message 1                                            -> start m1 tells
			m1 closed ticket=T1 why=used-up number=untold        -> show T1
			message 2 at=60                                      -> start m2 tells in T1, start auto number/T1 number
			auto_number/T1 sent spent=1                          -> spent message`,
		"no room: it leaves the agent a message": `
			click                                                ->
			message 1                                            -> start m1 tells
			reply 1                                              -> start r1
			reply 2                                              ->
			m1 closed ticket=T1 number=untold                    -> show T1
			r1 sent spent=1                                      -> spent click, start r2
			r2 sent spent=1                                      -> spent click, start auto number/T1 number`,
		"reported twice: it goes once": `
			message 1                                            -> start m1 tells
			m1 ended ticket=T1 number=untold why=                -> start auto number/T1 number, show T1
			m1 closed ticket=T1 number=untold                    ->
			m1 ended ticket=T1 number=untold why=                ->
			auto_number/T1 sent spent=1                          -> spent message`,
		"from a sync that had let others pass": `
			message 1                                            -> start m1 tells
			m1 ended                                             ->
			m1 ended ticket=T1 number=untold why=                -> start auto number/T1 number`,
		"nobody knows whether it arrived: the agent does": `
			message 1                                            -> start m1 tells
			m1 closed ticket=T1 spent=1 why=unknown number=unsure -> spent message, note untold in T1, show T1
			m1 ended ticket=T1 number=unsure                     ->
			message 2 at=60                                      -> start m2 tells in T1`,
		"it finds no room in time: the agent is told": `
			message 1                                            -> start m1 tells
			m1 closed ticket=T1 why=closed number=untold         -> show T1
			wait 10m                                             -> note untold in T1
			click                                                ->`,
		"its ticket is known to be over: the agent is told": `
			message 1                                            -> start m1 tells
			m1 closed ticket=T1 why=closed number=untold         -> show T1
			ticket T1 5                                          -> note untold in T1
			click at=1                                           -> start auto status/T1/5/1700000000`,
	})
	t.Run("with a status that names the ticket", func(t *testing.T) {
		t.Parallel()
		naming := telling
		naming.Tickets.StatusTexts = conversation.NewStatusTexts(map[string]string{"2": "{ticket} is accepted"})
		aStory(t, naming).tell(`
			message 1                                            -> start m1 tells
			m1 closed ticket=T1 why=closed number=untold         -> show T1
			ticket T1 2                                          ->
			click at=1                                           -> start auto status/T1/2/1700000000
			auto_status/T1/2/1700000000 sent spent=1             -> spent click
			wait 48h                                             ->`)
	})
	t.Run("where numbers are not told", func(t *testing.T) {
		t.Parallel()
		aStory(t, published).tell(`
			message 1                                            -> start m1
			m1 closed ticket=T1 number=untold                    -> show T1
			wait 48h                                             ->`)
	})
}

// changed is a ticket event of C4C.
func changed(st *story, id, status string, created bool) conversation.TicketChange {
	ticket := activities.Ticket{ID: id, ObjectID: "O" + id, UserStatus: status, Open: status != "5", ChangedAt: st.now}
	if status == "5" {
		ticket.Status = activities.TicketCompleted
	}
	return conversation.TicketChange{TicketState: conversation.TicketState{Ticket: ticket, At: st.now.Unix()},
		Created: created}
}

func TestTicketChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		statuses []string
		told     []string
	}{
		{"each change once", []string{"2", "YJ", "5"}, []string{"2", "YJ", "5"}},
		{"a status without a text", []string{"4"}, nil},
		{"an event without a change", []string{"2", "2"}, []string{"2"}},
		{"back and forth", []string{"5", "2", "5"}, []string{"5", "2", "5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, published).tell(`
				message 1           -> start m1
				m1 closed ticket=T1 -> show T1`)
			var told []string
			for _, status := range tt.statuses {
				st.now = st.now.Add(time.Second)
				for _, c := range st.s.Step(st.now, st.policy, changed(st, "T1", status, false)) {
					told = append(told, c.(conversation.StartReply).Ask.Status)
				}
				if a := st.s.Replies.Active; a != nil {
					st.s.Step(st.now, st.policy, conversation.Closed{WorkflowID: a.WorkflowID})
				}
			}
			require.Equal(t, tt.told, told)
		})
	}
	for _, tt := range []struct {
		name  string
		event func(*story) conversation.TicketChange
		waits int
	}{
		{"a ticket nobody spoke of yet", func(st *story) conversation.TicketChange { return changed(st, "8", "2", false) },
			1},
		{"a new ticket", func(st *story) conversation.TicketChange { return changed(st, "8", "2", true) }, 0},
		{"an older state that comes late", func(st *story) conversation.TicketChange {
			c := changed(st, "T1", "2", false)
			st.s.Step(st.now, st.policy, changed(st, "T1", "5", false))
			c.ChangedAt = c.ChangedAt.Add(-time.Hour)
			return c
		}, 1},
		{"a newer one takes its place", func(st *story) conversation.TicketChange {
			st.s.Step(st.now, st.policy, changed(st, "T1", "2", false))
			st.now = st.now.Add(time.Second)
			return changed(st, "T1", "YJ", false)
		}, 1},
		{"a follower who left", func(st *story) conversation.TicketChange {
			st.tell(`unfollow ->`)
			return changed(st, "T1", "2", false)
		}, 0},
		{"our own change", func(st *story) conversation.TicketChange {
			own := changed(st, "T1", "2", false)
			own.Own = true
			st.s.Step(st.now, st.policy, changed(st, "T1", "5", false))
			st.s.Automatic = nil
			out := conversation.Outcome{Found: conversation.Found{Ticket: &own.TicketState}}
			st.s.Messages.Active = &conversation.Active{WorkflowID: long("m1")}
			st.s.Step(st.now, st.policy, conversation.Closed{WorkflowID: long("m1"), Outcome: out})
			return changed(st, "T1", "2", false)
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, published) // no window is open: texts wait
			st.s.Step(st.now, st.policy, tt.event(st))
			require.Len(t, st.s.Automatic, tt.waits)
		})
	}
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	asking := published
	asking.Tickets.Survey = true
	for name, lines := range map[string]string{
		"answered": `
			tap key=survey:T1:3           -> note survey in T1 3, start auto survey-thanks/T1 thanks`,
		"the same again": `
			tap key=survey:T1:2           -> note survey in T1 2, start auto survey-thanks/T1 thanks
			tap key=survey:T1:2 at=1      ->`,
		"the last answer counts, but not without end": `
			tap key=survey:T1:3           -> note survey in T1 3, start auto survey-thanks/T1 thanks
			tap key=survey:T1:1 at=1      -> note survey_changed in T1 1
			tap key=survey:T1:2 at=2      -> note survey_changed in T1 2
			tap key=survey:T1:1 at=3      -> note survey_changed in T1 1
			tap key=survey:T1:3 at=4      -> note survey_changed in T1 3
			tap key=survey:T1:1 at=5      ->`,
		"of a ticket nobody asked about": `
			tap key=survey:T9:3           -> start m1`,
		"no answer at all": `
			tap key=survey:T1:4           -> start m1`,
		"written instead of tapped": `
			message 2 text=survey:T1:3    -> start m2`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, asking).tell(`click ->`)
			commands := st.s.Step(st.now, st.policy, changed(st, "T1", "5", false))
			require.Len(t, commands, 1)
			require.True(t, commands[0].(conversation.StartReply).Ask.Survey)
			st.s.Step(st.now, st.policy, conversation.Closed{WorkflowID: st.s.Replies.Active.WorkflowID})
			st.tell(lines)
		})
	}
	t.Run("once in a ticket's life", func(t *testing.T) {
		t.Parallel()
		st := aStory(t, asking)
		var asked int
		for _, status := range []string{"5", "2", "5"} {
			st.now = st.now.Add(time.Second)
			st.s.Step(st.now, st.policy, changed(st, "T1", status, false))
			for _, a := range st.s.Automatic {
				if a.Survey {
					asked++
				}
			}
		}
		require.Equal(t, 1, asked)
	})
}
