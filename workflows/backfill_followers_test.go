package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// backfillTenant is WeChat's list of followers, and the conversations' answers.
type backfillTenant struct {
	pages   map[string]activities.FollowersPage // by cursor
	told    []string
	batches []int
	answer  func(in activities.OnboardFollowersInput) // what conversations do; nil: nothing
	erased  map[string]bool                           // followers who are not recreated
}

func (a *fakeWeChat) ListFollowers(ctx context.Context, in activities.ListFollowersInput) (activities.FollowersPage,
	error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.backfill.pages[in.Next], a.call(ctx)
}

func (a *fakeOperations) OnboardFollowers(ctx context.Context, in activities.OnboardFollowersInput) (
	out activities.OnboardedFollowers, err error) {
	a.mu.Lock()
	err = a.call(ctx)
	if err == nil {
		all := len(in.OpenIDs)
		in.OpenIDs = slices.DeleteFunc(slices.Clone(in.OpenIDs), func(id string) bool { return a.backfill.erased[id] })
		out.Erased = all - len(in.OpenIDs)
		a.backfill.told = append(a.backfill.told, in.OpenIDs...)
		a.backfill.batches = append(a.backfill.batches, len(in.OpenIDs))
	}
	answer := a.backfill.answer
	a.mu.Unlock()
	if err == nil && answer != nil {
		answer(in)
	}
	return out, err
}

func (a *fakeOperations) FollowerErased(ctx context.Context, in activities.FollowerErasedInput) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.FollowerKey != testFollower {
		return 0, errors.New("another follower")
	}
	return a.erased, a.call(ctx)
}

// followers are n openids from the first on.
func followers(first, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("oFollower%05d", first+i))
	}
	return all
}

// backfillOf starts a backfill, whose conversations answer with an outcome by their number.
func (s *stage) backfillOf(in BackfillFollowersInput, outcome func(openID string) string) string {
	in.Account = testAccount
	id := BackfillID(testAccount)
	s.tenant.backfill.answer = func(in activities.OnboardFollowersInput) {
		for _, openID := range in.OpenIDs {
			if err := s.env.SignalWorkflowByID(id, SignalBackfilled,
				Backfilled{Run: in.Run, Outcome: outcome(openID)}); err != nil {
				panic(err)
			}
		}
	}
	s.start(id, TypeBackfillFollowers, in)
	return id
}

// progress queries the backfill's progress.
func (s *stage) progress(into *BackfillProgress) {
	value, err := s.env.QueryWorkflowByID(BackfillID(testAccount), QueryBackfill)
	require.NoError(s.t, err)
	require.NoError(s.t, value.Get(into))
}

func allCreated(string) string { return conversation.BackfillCreated }

func TestBackfillWalksAllPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{
		"":  {Total: 65, OpenIDs: followers(0, 40), Next: "n"},
		"n": {Total: 65, OpenIDs: followers(40, 25)},
	}
	n := 0
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 10}, func(string) string {
		n++
		return []string{conversation.BackfillCreated, conversation.BackfillKnown, conversation.BackfillCreated,
			conversation.BackfillFailed, conversation.BackfillCreated}[n%5]
	})
	s.advance(time.Minute)
	s.run()
	require.NoError(t, s.closed[id])
	var done BackfillProgress
	require.NoError(t, s.results[id].Get(&done))
	require.Equal(t, BackfillProgress{
		Total: 65, Listed: 65, Begun: 65, Created: 39, Known: 13, Failed: 13, PerSecond: 10, Done: true,
	}, done)
	require.Equal(t, followers(0, 65), s.tenant.backfill.told)
	require.LessOrEqual(t, slices.Max(s.tenant.backfill.batches), backfillAhead)
	require.Equal(t, StateSynced, s.state(id))
}

// Followers who were erased after they were listed are not waited for.
func TestBackfillLeavesOutWhoWasErased(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 45, OpenIDs: followers(0, 45)}}
	s.tenant.backfill.erased = map[string]bool{"oFollower00003": true, "oFollower00004": true, "oFollower00044": true}
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 100}, allCreated)
	s.advance(time.Minute)
	s.run()
	require.NoError(t, s.closed[id])
	var done BackfillProgress
	require.NoError(t, s.results[id].Get(&done))
	require.Equal(t, BackfillProgress{
		Total: 45, Listed: 45, Begun: 45, Created: 42, Erased: 3, PerSecond: 100, Done: true,
	}, done)
	require.Equal(t, 45, done.Ended())
	require.Len(t, s.tenant.backfill.told, 42)
}

func TestBackfillKeepsItsRate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 60, OpenIDs: followers(0, 60)}}
	s.backfillOf(BackfillFollowersInput{PerSecond: 1}, allCreated)
	s.advance(20 * time.Second)
	s.check(func() {
		require.Greater(t, len(s.tenant.backfill.told), 15)
		require.Less(t, len(s.tenant.backfill.told), 26)
	})
	s.advance(time.Minute)
	s.run()
	require.Len(t, s.tenant.backfill.told, 60)
}

// A backfill waits for conversations that do not answer: C4C is down, and more of them would only queue.
func TestBackfillWaitsForConversations(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 60, OpenIDs: followers(0, 60)}}
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 100}, allCreated)
	answer := s.tenant.backfill.answer
	s.tenant.backfill.answer = nil
	s.advance(time.Hour)
	s.check(func() {
		require.Len(t, s.tenant.backfill.told, backfillAhead)
		var p BackfillProgress
		s.progress(&p)
		require.Equal(t, backfillAhead, p.Begun-p.Ended())
		s.tenant.mu.Lock()
		s.tenant.backfill.answer = answer
		s.tenant.mu.Unlock()
		for range backfillAhead {
			_ = s.env.SignalWorkflowByID(id, SignalBackfilled,
				Backfilled{Run: "an earlier backfill", Outcome: conversation.BackfillCreated})
		}
		run := s.infos[id].WorkflowExecution.RunID
		for range backfillAhead {
			_ = s.env.SignalWorkflowByID(id, SignalBackfilled, Backfilled{Run: run, Outcome: conversation.BackfillCreated})
		}
	})
	s.advance(time.Minute)
	s.run()
	var done BackfillProgress
	require.NoError(t, s.results[id].Get(&done))
	require.Equal(t, 60, done.Created)
}

// A conversation that was terminated before it answered never answers. It delays the others for a while and is
// counted. If it answers after all, it no longer counts as silent.
func TestBackfillGoesOnWithoutWhoNeverAnswers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 45, OpenIDs: followers(0, 45)}}
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 100}, allCreated)
	everybody := s.tenant.backfill.answer
	s.tenant.backfill.answer = func(in activities.OnboardFollowersInput) {
		lively := in
		lively.OpenIDs = slices.DeleteFunc(slices.Clone(in.OpenIDs), func(openID string) bool {
			return openID < "oFollower00025"
		})
		everybody(lively)
	}
	var p BackfillProgress
	s.advance(backfillSilence - time.Minute)
	s.check(func() {
		s.progress(&p)
		require.Equal(t, [2]int{backfillAhead, 0}, [2]int{p.Begun, p.Silent}, "all 20 under way are silent")
	})
	s.advance(2 * time.Minute)
	s.check(func() {
		s.progress(&p)
		require.Equal(t, [3]int{45, backfillAhead, 20}, [3]int{p.Begun, p.Silent, p.Created})
		require.False(t, p.Done, "five more are waited for")
		late := Backfilled{Run: s.infos[id].WorkflowExecution.RunID, Outcome: conversation.BackfillKnown}
		s.direct(func(ctx workflow.Context) { // all in one workflow task
			for range backfillAhead + 2 {
				workflow.SignalExternalWorkflow(ctx, id, "", SignalBackfilled, late)
			}
		})
	})
	s.advance(2 * backfillSilence)
	s.run()
	var done BackfillProgress
	require.NoError(t, s.results[id].Get(&done))
	require.Equal(t, BackfillProgress{
		Total: 45, Listed: 45, Begun: 45, Created: 20, Known: 22, Silent: 3, PerSecond: 100, Done: true,
	}, done)
	require.Equal(t, followers(0, 45), s.tenant.backfill.told)
	require.Equal(t, StateSynced, s.state(id))
}

func TestBackfillPausesAndResumes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 60, OpenIDs: followers(0, 60)}}
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 2}, allCreated)
	s.advance(5 * time.Second)
	update := func(name string) {
		s.step(func() {
			_ = s.env.UpdateWorkflowByID(id, name, name, &testsuite.TestUpdateCallback{
				OnAccept: func() {}, OnReject: func(error) {}, OnComplete: func(any, error) {},
			}, Command{Actor: "op"})
		})
	}
	update(UpdatePause)
	s.advance(10 * time.Second)
	told := 0
	s.check(func() {
		told = len(s.tenant.backfill.told)
		require.Less(t, told, 40)
		require.Contains(t, s.details(id), "paused")
	})
	s.advance(time.Hour)
	s.check(func() { require.Len(t, s.tenant.backfill.told, told) })
	update(UpdateResume)
	s.advance(2 * time.Minute)
	s.run()
	require.Len(t, s.tenant.backfill.told, 60)
}

func TestBackfillGoesOnAfterContinueAsNew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.suggested = true
	s.tenant.backfill.pages = map[string]activities.FollowersPage{
		"": {Total: 60, OpenIDs: followers(0, 30), Next: "n"}, "n": {Total: 60, OpenIDs: followers(30, 30)},
	}
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 20}, allCreated)
	s.advance(10 * time.Second)
	s.check(func() { s.suggested = false })
	s.advance(time.Minute)
	s.run()
	require.Greater(t, s.runs[id], 1)
	require.Equal(t, followers(0, 60), s.tenant.backfill.told, "each once, in order")
	var done BackfillProgress
	require.NoError(t, s.results[id].Get(&done))
	require.Equal(t, 60, done.Created)
}

func TestBackfillOnlyCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{
		"": {Total: 60, OpenIDs: followers(0, 30), Next: "n"}, "n": {Total: 60, OpenIDs: followers(30, 30), Next: "m"},
		"m": {Total: 60},
	}
	id := s.backfillOf(BackfillFollowersInput{DryRun: true}, allCreated)
	s.run()
	var done BackfillProgress
	require.NoError(t, s.results[id].Get(&done))
	require.Equal(t, BackfillProgress{Total: 60, Listed: 60, PerSecond: DefaultBackfillRate, DryRun: true, Done: true},
		done)
	require.Empty(t, s.tenant.backfill.told)
}

// An account without the right to the list parks, and continues when it has it.
func TestBackfillParks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 5, OpenIDs: followers(0, 5)}}
	s.will("ListFollowers", parking(activities.ErrorWeChatNotPermitted))
	s.will("OnboardFollowers", transient("NoTemporal"))
	id := s.backfillOf(BackfillFollowersInput{PerSecond: 10}, allCreated)
	s.advance(time.Minute)
	s.check(func() { s.requireState(id, StateNeedsAttention, activities.ErrorWeChatNotPermitted) })
	s.command(id, CommandRetry, "op")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, StateSynced, s.state(id))
	require.Equal(t, followers(0, 5), s.tenant.backfill.told)
}

func TestBackfillGivenUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("ListFollowers", parking(activities.ErrorWeChatNotPermitted))
	id := s.backfillOf(BackfillFollowersInput{}, allCreated)
	s.advance(time.Minute)
	s.command(id, CommandSkip, "op")
	s.run()
	require.NoError(t, s.closed[id])
	require.Equal(t, StateSkipped, s.state(id))
}

// backfilled tells the conversation that its follower was listed, as the activity does.
func (s *stage) backfilled(run string) {
	s.converse()
	s.inbound(conversation.Inbound{Key: "backfill/" + run, Kind: conversation.KindBackfill, OpenID: testOpenID,
		CreateTime: dawn.Add(s.clock).Unix(), MsgID: run})
}

func TestConversationOnboardsWhoWasListed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	// No backfill is waiting for the answer any more.
	s.env.OnSignalExternalWorkflow(mock.Anything, BackfillID(testAccount), mock.Anything, SignalBackfilled,
		mock.Anything).Return(errors.New("not found"))
	s.backfilled("run-1")
	s.backfilled("run-1")
	s.backfilled("run-2")
	s.check(func() {
		require.Empty(t, s.tenant.received(), "nobody is told anything")
		s.requireLeft(0)
	})
	s.say("hello")
	s.advance(time.Minute)
	s.run()
	onboarded := 0
	for id := range s.infos {
		if s.infos[id].WorkflowType.Name == TypeOnboardFollower {
			onboarded++
		}
	}
	require.Equal(t, 1, onboarded)
	require.Equal(t, [][]string{{"hello"}}, s.tenant.texts())
}

// The whole process: the list, a conversation that does not know its follower, and its answer.
func TestBackfillOfAConversation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before func(*stage)
		want   BackfillProgress
	}{
		{"unknown", func(*stage) {}, BackfillProgress{Created: 1}},
		{"known", func(s *stage) { s.follow() }, BackfillProgress{Known: 1}},
		{"refused", func(s *stage) { s.will("EnsureCustomer", parking(activities.ErrorC4CRejected)) },
			BackfillProgress{Failed: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.tenant.backfill.pages = map[string]activities.FollowersPage{"": {Total: 1, OpenIDs: []string{testOpenID}}}
			s.converse()
			tt.before(s)
			s.advance(time.Minute)
			id := s.backfillOf(BackfillFollowersInput{}, nil)
			s.tenant.backfill.answer = func(in activities.OnboardFollowersInput) {
				err := s.env.SignalWorkflowByID(testConversation, SignalInbound, conversation.Inbound{
					Key: "backfill/" + in.Run, Kind: conversation.KindBackfill, OpenID: in.OpenIDs[0], CreateTime: in.At,
					MsgID: in.Run,
				})
				if err != nil {
					panic(err)
				}
			}
			s.advance(time.Minute)
			s.run()
			var done BackfillProgress
			require.NoError(t, s.results[id].Get(&done))
			tt.want.Total, tt.want.Listed, tt.want.Begun, tt.want.PerSecond, tt.want.Done = 1, 1, 1, DefaultBackfillRate, true
			require.Equal(t, tt.want, done)
		})
	}
}
