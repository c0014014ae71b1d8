package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// The customer is made and the profile is not: the sync parks, and continues with the customer that it has. The
// profile is looked up before it is made again, because the failed call may have made it.
func TestFollowerWithoutAProfile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("EnsureProfile", nil, parking(activities.ErrorC4CFault))
	onboarding := s.follow()
	s.requireState(onboarding, StateNeedsAttention, activities.ErrorC4CFault)
	s.check(func() { require.Equal(t, []string{"EnsureProfile"}, s.tenant.looked) })
	s.command(onboarding, CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(onboarding)
	require.Equal(t, []string{"EnsureProfile", "EnsureCustomer", "EnsureProfile", "EnsureProfile"}, s.tenant.calls)
	require.Equal(t, []string{"EnsureProfile", "EnsureProfile"}, s.tenant.looked)
	require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
}

// A message that passes such an onboarding gives its profile the known customer.
func TestMessageMakesTheProfileOfTheCustomer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("EnsureProfile", nil, parking(activities.ErrorC4CFault))
	onboarding := s.follow()
	message := s.say("hello")
	s.requireState(onboarding, StateNeedsAttention, activities.ErrorC4CFault)
	s.command(onboarding, CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(onboarding, message)
	require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
	require.Equal(t, 1, s.tenant.count("EnsureCustomer"))
}

// C4C has a customer of the follower and no profile: an onboarding ended between the two, and Temporal no longer
// knows it.
func TestCustomerWithoutAProfile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.orphan = activities.Customer{ID: "C9", UUID: "UUID-C9", ObjectID: "object-C9"}
	onboarding := s.follow()
	s.advance(time.Minute)
	s.run()
	s.requireSynced(onboarding)
	require.Zero(t, s.tenant.count("EnsureCustomer"), "no second customer")
	require.Equal(t, []string{"P1-C9"}, s.tenant.bound)
}
