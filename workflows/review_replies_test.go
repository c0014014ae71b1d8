package workflows

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

var testSpan = Gap{From: dawn.Add(-25 * time.Hour), To: dawn}

var reviewID = ReviewRepliesID(testAccount, testSpan.From)

// reviewing is a stage on which a person is asked about the replies of the last day.
func reviewing(t *testing.T, fill func(*tenant)) *stage {
	t.Helper()
	policy := testPolicy
	policy.TellNumber, policy.Reconcile = false, testReconcile
	s := newStageWith(t, policy)
	fill(s.tenant)
	s.converse()
	s.start(reviewID, TypeReviewReplies, ReviewRepliesInput{Account: testAccount, Span: testSpan})
	s.advance(testReconcile.Grace)
	return s
}

// asks is the review's present question.
func (s *stage) asks() (found Review) {
	value, err := s.env.QueryWorkflowByID(reviewID, QueryReview)
	require.NoError(s.t, err)
	require.NoError(s.t, value.Get(&found))
	return found
}

func (s *stage) approve(actor string) *verdict {
	v := &verdict{}
	s.step(func() { s.updateNow(v, reviewID, UpdateApprove, Command{Actor: actor}) })
	return v
}

// ofYesterday are two replies without a workflow, and others that are never asked about.
func ofYesterday(w *tenant) {
	w.write("1", dawn.Add(-30*time.Hour), "before the span")
	w.write("2", dawn.Add(-20*time.Hour), "come by at ten")
	w.write("3", dawn.Add(-19*time.Hour), "known")
	w.took(conversation.ReplyID(testAccount, "3"))
	w.write("4", dawn.Add(-18*time.Hour), "a note", func(r *written) { r.Private = true })
	w.write("5", dawn.Add(-17*time.Hour), "two")
}

func TestReviewAsks(t *testing.T) {
	t.Parallel()
	s := reviewing(t, ofYesterday)
	s.requireState(reviewID, StateNeedsAttention, activities.ErrorRepliesInDoubt)
	s.check(func() {
		found := s.asks()
		require.Equal(t, 2, found.Unknown)
		require.Equal(t, []string{"2", "5"}, found.SmaIDs)
		require.Equal(t, []time.Time{dawn.Add(-20 * time.Hour), dawn.Add(-17 * time.Hour)},
			[]time.Time{found.First, found.Last})
		require.Contains(t, s.details(reviewID),
			"2 replies, written from 2026-01-04T12:00:00Z to 2026-01-04T15:00:00Z, have no workflow")
		require.NotContains(t, s.details(reviewID), "come by")
	})
	// Neither time nor a retry, as from a batch, delivers anything.
	s.advance(5 * time.Hour)
	s.step(func() { s.signal(reviewID, CommandRetry, Command{Actor: "ada"}) })
	s.command(reviewID, CommandRetry, "ada")
	s.requireState(reviewID, StateNeedsAttention, activities.ErrorRepliesInDoubt)
	skipped := s.command(reviewID, CommandSkip, "ada")
	s.run()
	require.NoError(t, skipped.err)
	require.Equal(t, StateSkipped, s.state(reviewID))
	require.Empty(t, s.tenant.received())
	require.Zero(t, s.runs[RouteID(testAccount, "2")])
}

func TestReviewIsApproved(t *testing.T) {
	t.Parallel()
	s := reviewing(t, ofYesterday)
	nobody := s.approve("")
	approved := s.approve("ada")
	s.advance(time.Minute)
	s.run()
	require.ErrorContains(t, nobody.err, "say who you are")
	require.NoError(t, approved.err)
	require.Equal(t, []string{"come by at ten", "two"}, s.tenant.received())
	s.requireSynced(reviewID, RouteID(testAccount, "2"), conversation.ReplyID(testAccount, "2"),
		conversation.ReplyID(testAccount, "5"))
	var done Review
	require.NoError(t, s.results[reviewID].Get(&done))
	require.Equal(t, 2, done.Delivered)
}

// Replies that have a workflow by now are no longer in question.
func TestReviewEndsWhereNothingIsLeft(t *testing.T) {
	t.Parallel()
	s := reviewing(t, ofYesterday)
	s.requireState(reviewID, StateNeedsAttention, activities.ErrorRepliesInDoubt)
	s.check(func() {
		s.tenant.took(conversation.ReplyID(testAccount, "2"))
		s.tenant.took(RouteID(testAccount, "5"))
	})
	s.advance(reviewAgain)
	s.run()
	s.requireSynced(reviewID)
	require.Empty(t, s.tenant.received())
}

// Replies older than the retention of workflows may have been delivered by workflows that are gone.
func TestReviewEndsWhenItsRepliesAreTooOld(t *testing.T) {
	t.Parallel()
	s := reviewing(t, ofYesterday)
	s.advance(testReconcile.Reach)
	s.run()
	require.Equal(t, StateSkipped, s.state(reviewID))
	require.Equal(t, activities.ErrorRepliesInDoubt, s.reason(reviewID))
	require.NoError(t, s.closed[reviewID])
	require.Empty(t, s.tenant.received())
}

func TestReviewThatC4CRefuses(t *testing.T) {
	t.Parallel()
	s := reviewing(t, func(w *tenant) {
		ofYesterday(w)
		w.will("ListAgentReplies", parking(activities.ErrorC4CCredentials))
	})
	s.requireState(reviewID, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.command(reviewID, CommandRetry, "ada")
	s.requireState(reviewID, StateNeedsAttention, activities.ErrorRepliesInDoubt)
	s.run()
	require.Empty(t, s.tenant.received())
}

// Many replies are delivered run by run, each once.
func TestReviewOfManyReplies(t *testing.T) {
	t.Parallel()
	const many = maxReviewed + 20
	s := reviewing(t, func(w *tenant) {
		w.agents.page = maxReviewed
		for n := range many {
			w.write(strconv.Itoa(n), testSpan.From.Add(time.Duration(n)*time.Minute), "answer",
				inThread("root-"+strconv.Itoa(n)))
		}
	})
	s.env.OnWorkflow(TypeRouteReply, anything, anything).Return(nil)
	s.check(func() {
		found := s.asks()
		require.Equal(t, many, found.Unknown)
		require.Len(t, found.SmaIDs, maxShown)
	})
	s.approve("ada")
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, 2, s.runs[reviewID]+continued(s.closed[reviewID]))
	for n := range many {
		require.Equal(t, 1, s.runs[RouteID(testAccount, strconv.Itoa(n))], n)
	}
}
