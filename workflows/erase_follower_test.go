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
