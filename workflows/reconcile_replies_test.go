package workflows

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

var testReconcile = ReconcilePolicy{Grace: 2 * time.Minute, Overlap: time.Hour, Reach: 168 * time.Hour,
	AskAfter: 15 * time.Minute}

var reconcileID = ReconcileRepliesID(testAccount)

// reconciling is a stage on which replies are compared every five minutes, as by a Schedule: each run gets the last
// result.
func reconciling(t *testing.T) *stage {
	t.Helper()
	policy := testPolicy
	policy.TellNumber, policy.Reconcile = false, testReconcile
	s := newStageWith(t, policy)
	s.step(func() {
		s.direct(func(ctx workflow.Context) {
			ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
				WorkflowID: reconcileID, TaskQueue: TaskQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
				CronSchedule:          "*/5 * * * *",
				TypedSearchAttributes: temporal.NewSearchAttributes(AttributeSyncState.ValueSet(StateSyncing)),
			})
			workflow.ExecuteChildWorkflow(ctx, TypeReconcileReplies, ReconcileInput{Account: testAccount})
		})
	})
	return s
}

// now is the time of the next step.
func (s *stage) now() time.Time { return dawn.Add(s.clock + time.Second) }

// agent has an agent write a reply that C4C does not push.
func (s *stage) agent(smaID, text string, change ...func(*written)) {
	at := s.now()
	s.step(func() { s.tenant.write(smaID, at, text, change...) })
}

// push is C4C's push of a reply.
func (s *stage) push(smaID, text string) {
	s.converse()
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: smaID, TicketID: "1", Text: text})
	})
}

func TestMissedReplyIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	missed := 0
	s.under.Counts.Missed = func(account string) {
		require.Equal(t, testAccount, account)
		missed++
	}
	s.tenant.write("1", dawn.Add(-time.Hour), "from before our time")
	s.say("hello")
	s.advance(10 * time.Minute)
	s.agent("2", "come by at 10:00")
	s.advance(10 * time.Minute)
	s.check(func() {
		require.Equal(t, []string{"come by at 10:00"}, s.tenant.received())
		require.Equal(t, 1, missed)
	})
	s.push("2", "come by at 10:00")
	s.advance(2 * time.Hour)
	s.run()
	require.Equal(t, []string{"come by at 10:00"}, s.tenant.received())
	s.requireSynced(RouteID(testAccount, "2"), conversation.ReplyID(testAccount, "2"))
	require.Equal(t, "1", s.attribute(conversation.ReplyID(testAccount, "2"), AttributeTicketID))
	require.Equal(t, 1, missed)
	require.Equal(t, 1, s.runs[RouteID(testAccount, "2")])
	require.Equal(t, 1, s.tenant.count("ReadAgentReply"))
	require.Equal(t, []activities.FindFollowerInput{{
		Account: testAccount, TicketID: "1", OriginalID: conversation.MessageID(testAccount, testOpenID, "1"),
		OpenID: testOpenID,
	}}, s.tenant.asked, "the thread names the follower: C4C is not asked")
}

func TestThePushWins(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.agent("2", "answer")
	s.push("2", "answer")
	s.advance(time.Hour)
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
	require.Zero(t, s.runs[RouteID(testAccount, "2")])
	require.Greater(t, len(s.tenant.lists()), 10)
}

// The lane is busy with another reply, so the pushed one has no workflow yet.
func TestMissedOnlyByAppearance(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	missed := 0
	s.under.Counts.Missed = func(string) { missed++ }
	s.say("hello")
	s.advance(10 * time.Minute)
	s.will("SendText", times(8, later(activities.ErrorWeChatUnavailable, time.Minute))...)
	s.agent("2", "one")
	s.push("2", "one")
	s.agent("3", "two")
	s.push("3", "two")
	s.advance(2 * time.Hour)
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	s.requireSynced(RouteID(testAccount, "3"))
	require.Zero(t, missed, "the push had brought both")
}

func TestWhatIsNeverDelivered(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.agent("2", "a note", func(w *written) { w.Private = true })
	s.agent("3", "turned private", func(w *written) { w.is = activities.AgentReply{Withdrawn: true} })
	s.agent("4", "of a follower", func(w *written) { w.MessageID = conversation.MessageID(testAccount, testOpenID, "9") })
	s.agent("5", "of another account", func(w *written) {
		w.is.OriginalID = conversation.MessageID("other", testOpenID, "1")
	})
	s.advance(time.Hour)
	s.run()
	require.Empty(t, s.tenant.received())
	require.Zero(t, s.runs[RouteID(testAccount, "2")]+s.runs[RouteID(testAccount, "4")])
	s.requireSynced(RouteID(testAccount, "3"), RouteID(testAccount, "5"))
	require.Empty(t, s.tenant.asked)
}

func TestMissedReplyWithoutAKnownThread(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.agent("2", "answer", func(w *written) { w.is.OriginalID = "" })
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
	require.Equal(t, []activities.FindFollowerInput{{Account: testAccount, TicketID: "1"}}, s.tenant.asked)
}

func TestMissedReplyIsAmended(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.will("FindFollower", parking(activities.ErrorFollowerUnknown))
	s.agent("2", "answer", func(w *written) { w.is.OriginalID = "" })
	s.advance(10 * time.Minute)
	id := RouteID(testAccount, "2")
	s.requireState(id, StateNeedsAttention, activities.ErrorFollowerUnknown)
	amended := s.amend(id, Amendment{Actor: "ada", TicketID: "7"})
	s.advance(time.Minute)
	s.run()
	require.NoError(t, amended.err)
	require.Equal(t, []string{"answer"}, s.tenant.received())
	require.Equal(t, "7", s.attribute(conversation.ReplyID(testAccount, "2"), AttributeTicketID))
	require.Equal(t, 1, s.tenant.count("ReadAgentReply"), "what was read is kept")
	require.Equal(t, "7", s.tenant.asked[1].TicketID)
}

func TestMissedReplyThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.will("ReadAgentReply", parking(activities.ErrorC4CRejected))
	s.agent("2", "parks")
	s.agent("3", "passes")
	s.advance(10 * time.Minute)
	s.requireState(RouteID(testAccount, "2"), StateNeedsAttention, activities.ErrorC4CRejected)
	s.command(RouteID(testAccount, "2"), CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"passes", "parks"}, s.tenant.received())
}

// first makes reading the reply fail with these errors at first.
func first(answers ...error) func(*written) {
	return func(w *written) { w.answers = answers }
}

// inThread puts the reply into a thread of its own.
func inThread(root string) func(*written) {
	return func(w *written) { w.RootUUID = root }
}

// Each RouteReply needs calls to C4C, and the first one's take longer.
func TestMissedRepliesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	locked := func(d time.Duration) error { return later(activities.ErrorC4CLocked, d) }
	s.agent("2", "one", first(locked(40*time.Second), locked(time.Minute)))
	s.agent("3", "two", first(locked(10*time.Second)))
	s.agent("4", "three")
	s.agent("5", "of another thread", inThread("UUID-other"))
	s.advance(20 * time.Minute)
	s.run()
	require.Equal(t, []string{"of another thread", "one", "two", "three"}, s.tenant.received(),
		"threads do not wait for each other")
	for _, smaID := range []string{"2", "3", "4", "5"} {
		s.requireSynced(RouteID(testAccount, smaID))
	}
}

// A reply that parks, or that was withdrawn, lets later ones pass at once.
func TestMissedReplyThatParksLetsOthersPass(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.agent("2", "taken back", func(w *written) { w.is = activities.AgentReply{Withdrawn: true} })
	s.agent("3", "parks", first(parking(activities.ErrorC4CRejected), parking(activities.ErrorC4CRejected)))
	s.agent("4", "passes")
	s.advance(7 * time.Minute)
	s.requireState(RouteID(testAccount, "3"), StateNeedsAttention, activities.ErrorC4CRejected)
	s.check(func() { require.Equal(t, []string{"passes"}, s.tenant.received()) })
	s.command(RouteID(testAccount, "3"), CommandRetry, "ada") // parks again, when no comparison is waiting any more
	s.advance(time.Minute)
	s.command(RouteID(testAccount, "3"), CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"passes", "parks"}, s.tenant.received())
	s.requireSynced(RouteID(testAccount, "3"))
}

// A reply that retries for a long time delays its thread for a while, but neither for ever nor beyond that
// comparison.
func TestMissedReplyThatIsStuckDelaysItsThreadForAWhile(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.agent("2", "one", first(later(activities.ErrorC4CLocked, 2*time.Hour)))
	s.agent("3", "two", first(later(activities.ErrorC4CLocked, 2*time.Hour)))
	s.agent("4", "three")
	s.advance(8 * time.Minute)
	s.check(func() { require.Empty(t, s.tenant.received()) })
	s.advance(3 * time.Minute) // the comparison ran six minutes ago
	s.check(func() {
		require.Equal(t, []string{"three"}, s.tenant.received())
		require.Equal(t, StateStuck, s.state(RouteID(testAccount, "2")))
		require.NotEqual(t, StateStuck, s.state(reconcileID))
	})
	s.agent("5", "of another thread", inThread("UUID-other"))
	s.advance(12 * time.Minute)
	s.check(func() { require.Contains(t, s.tenant.received(), "of another thread") })
	s.advance(3 * time.Hour)
	s.run()
	require.Len(t, s.tenant.received(), 4)
}

func TestCursorSurvivesFailures(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.will("ListAgentReplies", times(30, parking(activities.ErrorC4CCredentials))...)
	s.advance(5 * time.Minute)
	s.requireState(reconcileID, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.agent("2", "written meanwhile")
	s.advance(100 * time.Minute)
	s.requireState(reconcileID, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.check(func() { require.Empty(t, s.tenant.received()) })
	s.command(reconcileID, CommandSkip, "ada") // the next run parks again, and begins where this one began
	s.advance(6 * time.Minute)
	s.check(func() { s.tenant.forget("ListAgentReplies") })
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, []string{"written meanwhile"}, s.tenant.received())
}

func TestComparisonGoesThroughPages(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.tenant.agents.page = 2
	s.say("hello")
	s.advance(10 * time.Minute)
	var want []string
	for n := range 5 {
		text := fmt.Sprintf("answer %d", n)
		want = append(want, text)
		s.agent(fmt.Sprint(n+2), text)
	}
	s.advance(8 * time.Minute)
	s.run()
	require.ElementsMatch(t, want, s.tenant.received())
	skips := map[int]bool{}
	for _, list := range s.tenant.lists() {
		skips[list.Skip] = true
	}
	require.Equal(t, map[int]bool{0: true, 2: true, 4: true}, skips)
}

// once runs a single comparison at dawn, after one that ended five minutes earlier, and returns what it started.
func once(t *testing.T, last *Reconciled, fill func(*tenant)) (Reconciled, *tenant) {
	t.Helper()
	if last != nil {
		punctual := *last
		punctual.Ended = dawn.Add(-5 * time.Minute)
		last = &punctual
	}
	done, tenant, _ := onceAfter(t, last, nil, fill)
	require.WithinDuration(t, dawn, done.Ended, 2*time.Minute, "it looks again for what is missing")
	done.Ended = time.Time{}
	return done, tenant
}

// onceAfter runs a single comparison at dawn and returns what it leaves to a person; nil: nothing.
func onceAfter(
	t *testing.T, last *Reconciled, move *MoveCursor, fill func(*tenant),
) (Reconciled, *tenant, *ReviewRepliesInput) {
	t.Helper()
	policy := testPolicy
	policy.Reconcile = testReconcile
	s := newStageWith(t, policy)
	if last != nil {
		s.env.SetLastCompletionResult(*last)
	}
	fill(s.tenant)
	var asked *ReviewRepliesInput
	s.env.OnWorkflow(TypeRouteReply, anything, anything).Return(func(_ workflow.Context, in RouteReplyInput) error {
		s.tenant.inbox = append(s.tenant.inbox, in.Reply.SmaID)
		return nil
	})
	s.env.OnWorkflow(TypeReviewReplies, anything, anything).Return(
		func(_ workflow.Context, in ReviewRepliesInput) (Review, error) {
			require.Nil(t, asked, "asked once")
			asked = &in
			return Review{}, nil
		})
	s.env.ExecuteWorkflow(TypeReconcileReplies, ReconcileInput{Account: testAccount, Move: move})
	require.True(t, s.env.IsWorkflowCompleted())
	require.NoError(t, s.env.GetWorkflowError())
	var done Reconciled
	require.NoError(t, s.env.GetWorkflowResult(&done))
	return done, s.tenant, asked
}

func TestSpanOfAComparison(t *testing.T) {
	t.Parallel()
	until := dawn.Add(-testReconcile.Grace)
	long := dawn.Add(-1000 * time.Hour)
	for _, tt := range []struct {
		name string
		last *Reconciled
		from time.Time // zero: nothing is listed
		want Reconciled
	}{
		{"the first notes the time", nil, time.Time{}, Reconciled{Begin: dawn, Until: dawn}},
		{"too young to compare", &Reconciled{Begin: dawn.Add(-time.Minute), Until: dawn.Add(-time.Minute)}, time.Time{},
			Reconciled{Begin: dawn.Add(-time.Minute), Until: dawn.Add(-time.Minute)}},
		{"never before the beginning", &Reconciled{Begin: dawn.Add(-10 * time.Minute), Until: dawn.Add(-7 * time.Minute)},
			dawn.Add(-10 * time.Minute),
			Reconciled{Begin: dawn.Add(-10 * time.Minute), Until: until}},
		{"with an overlap", &Reconciled{Begin: long, Until: dawn.Add(-7 * time.Minute)}, dawn.Add(-67 * time.Minute),
			Reconciled{Begin: long, Until: until}},
		{"from where the last one stopped", &Reconciled{Begin: long, Until: dawn.Add(-3 * time.Hour), More: true},
			dawn.Add(-3 * time.Hour),
			Reconciled{Begin: long, Until: until}},
		{"after a long outage", &Reconciled{Begin: long, Until: dawn.Add(-100 * time.Hour)}, dawn.Add(-101 * time.Hour),
			Reconciled{Begin: long, Until: until}},
		{"at the end of the reach", &Reconciled{Begin: long, Until: dawn.Add(-167*time.Hour - 30*time.Minute)},
			dawn.Add(-168 * time.Hour),
			Reconciled{Begin: long, Until: until}},
		{"beyond the reach", &Reconciled{Begin: long, Until: dawn.Add(-500 * time.Hour)}, dawn.Add(-168 * time.Hour),
			Reconciled{Begin: long, Until: until, Gap: &Gap{From: dawn.Add(-500 * time.Hour), To: dawn.Add(-168 * time.Hour)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			done, tenant := once(t, tt.last, func(w *tenant) {
				w.write("1", dawn.Add(-testReconcile.Grace+time.Second), "too young")
			})
			require.Equal(t, tt.want, done)
			if tt.from.IsZero() {
				require.Empty(t, tenant.lists(), "no call")
				return
			}
			require.Equal(t, []activities.ListAgentRepliesInput{{Account: testAccount, From: tt.from, To: until}},
				tenant.lists(), "one call")
		})
	}
}

func TestOneRunHasAnEnd(t *testing.T) {
	t.Parallel()
	last := Reconciled{Begin: dawn.Add(-1000 * time.Hour), Until: dawn.Add(-50 * time.Hour)}
	began := dawn.Add(-40 * time.Hour)
	done, tenant := once(t, &last, func(w *tenant) {
		w.agents.page = 200
		for n := range 700 {
			w.write(fmt.Sprint(n), began.Add(time.Duration(n)*time.Second), "answer")
		}
	})
	require.Equal(t, Reconciled{Begin: last.Begin, Until: began.Add(599 * time.Second), More: true, Checked: 600,
		Missed: 600}, done)
	require.Len(t, tenant.lists(), 3)
}

// A run whose last result is unreadable starts from the beginning, and never sends old replies.
func TestUnreadableCursor(t *testing.T) {
	t.Parallel()
	policy := testPolicy
	policy.Reconcile = testReconcile
	s := newStageWith(t, policy)
	s.env.SetLastCompletionResult("from another release")
	s.tenant.write("1", dawn.Add(-time.Hour), "old")
	s.env.ExecuteWorkflow(TypeReconcileReplies, ReconcileInput{Account: testAccount})
	require.NoError(t, s.env.GetWorkflowError())
	var done Reconciled
	require.NoError(t, s.env.GetWorkflowResult(&done))
	require.Equal(t, Reconciled{Begin: dawn, Until: dawn, Ended: dawn}, done)
	require.Empty(t, s.tenant.lists())
}
