package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFollowMakesACustomer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := s.follow()
	s.check(func() {
		require.Equal(t, []string{"EnsureProfile", "EnsureCustomer", "BindProfile"}, s.tenant.calls)
		require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
		require.Empty(t, s.tenant.looked, "nobody else can have created this follower")
	})
	s.unfollow()
	second := s.follow()
	s.advance(time.Minute)
	s.run()
	require.Len(t, s.tenant.calls, 3, "a second follow has nothing to do")
	s.requireSynced(first, second)
}
