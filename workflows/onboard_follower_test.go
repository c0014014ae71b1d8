package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

func TestFollowMakesACustomer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := s.follow()
	s.check(func() {
		require.Equal(t, []string{"EnsureProfile", "EnsureCustomer", "EnsureProfile"}, s.tenant.calls)
		require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
		require.Equal(t, []string{"EnsureProfile"}, s.tenant.looked, "a conversation that knows nothing looks first")
	})
	s.unfollow()
	second := s.follow()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"EnsureProfile"}, s.tenant.calls[3:],
		"a second follow makes sure that C4C still has the first")
	require.Equal(t, []string{"EnsureProfile", "EnsureProfile"}, s.tenant.looked)
	s.requireSynced(first, second)
}

// What was deleted in C4C is made again when the follower comes back, or with the first message that C4C refuses.
func TestFollowerWhomC4CHasLost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		back func(*stage)
	}{
		{"writes", func(*stage) {}},
		{"follows, then writes", func(s *stage) { s.unfollow(); s.follow() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.follow()
			first := s.say("one")
			s.step(s.tenant.lose)
			test.back(s)
			second, third := s.say("two"), s.say("three")
			s.advance(time.Minute)
			s.run()
			s.requireSynced(first, second, third)
			require.Equal(t, [][]string{{"two", "three"}}, s.tenant.texts())
			require.Equal(t, []string{"P1-C1", "P2-C1"}, s.tenant.bound)
		})
	}
}

// A message that C4C refuses for its own sake stays refused.
func TestRefusedMessageOfAKnownFollower(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	message := s.say("one")
	s.requireState(message, StateNeedsAttention, activities.ErrorC4CRejected)
	s.check(func() { require.Equal(t, []string{"P1-C1"}, s.tenant.bound) })
	s.command(message, CommandRetry, "ada")
	s.run()
	s.requireSynced(message)
}
