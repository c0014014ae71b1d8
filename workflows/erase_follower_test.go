package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

func (a *fakeOperations) EraseFollower(ctx context.Context, in activities.EraseInput) (activities.Erased, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.marks = append(a.marks, in.Marked)
	if err := a.call(ctx); err != nil {
		return activities.Erased{}, err
	}
	return activities.Erased{Closed: 1, Deleted: 3, ByType: map[string]int{in.FollowerKey: 3}}, nil
}

// An erasure continues until it is complete, and operators see that it takes long.
func TestErasureGoesOnUntilItIsComplete(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := EraseID(testAccount, testFollower)
	s.will("EraseFollower", times(9, later(activities.ErrorInternal, time.Minute))...)
	s.start(id, TypeEraseFollower, EraseFollowerInput{EraseInput{Account: testAccount, FollowerKey: testFollower}})
	s.advance(6 * time.Minute)
	s.requireState(id, StateStuck, "")
	s.advance(10 * time.Minute)
	s.run()
	s.requireSynced(id)
	var erased activities.Erased
	require.NoError(t, s.results[id].Get(&erased))
	require.Equal(t, 3, erased.Deleted)
	require.Empty(t, s.attribute(id, AttributeFollowerKey), "it does not find itself")
	require.NotContains(t, id, testFollower)
}

// A follower who asks again while the erasure runs is erased up to the second request.
func TestErasureServesALaterRequest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := EraseID(testAccount, testFollower)
	s.will("EraseFollower", later(activities.ErrorInternal, time.Minute))
	in := EraseInput{Account: testAccount, FollowerKey: testFollower, Marked: dawn}
	s.start(id, TypeEraseFollower, EraseFollowerInput{in})
	last, earlier := in, in
	last.Marked, earlier.Marked = dawn.Add(30*time.Second), dawn.Add(-time.Hour)
	s.step(func() { s.signal(id, SignalErase, last); s.signal(id, SignalErase, earlier) })
	s.advance(5 * time.Minute)
	s.run()
	s.requireSynced(id)
	require.Equal(t, []time.Time{in.Marked, in.Marked, last.Marked}, s.tenant.marks)
	var erased activities.Erased
	require.NoError(t, s.results[id].Get(&erased))
	require.Equal(t, activities.Erased{Closed: 2, Deleted: 6, ByType: map[string]int{testFollower: 6}}, erased)
}

// A conversation that took the place of another one ends if nothing has come.
func TestConversationForWhichNothingCameEnds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(testConversation, TypeConversation, ConversationInput{
		Account: testAccount, OpenID: testOpenID, FollowerKey: testFollower, Erased: dawn.Unix(), Succeeds: true,
	})
	s.run()
	err, closed := s.closed[testConversation]
	require.True(t, closed)
	require.NoError(t, err)
}
