package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestSyncsAreStuckWhileC4CIsDown(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(func(c *config.Config) { c.Fixed.StuckAfter = 2 * time.Second }))
	s.withTicket("oAlice")
	s.StopC4C()
	require.Equal(t, "success", s.say("oAlice", "are you there?").Body)
	s.follow("oBob")
	stuck := s.waitForState(workflows.TypeCreateTicket, workflows.StateStuck, 1)[0]
	require.Equal(t, "default", attributes(stuck)["Account"])
	require.NotEmpty(t, attributes(stuck)["FollowerKey"])
	require.Contains(t, s.details(stuck.GetExecution().GetWorkflowId()), "stuck", "the page of the sync says so")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateStuck, 1)

	require.NoError(t, s.StartC4C())
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	require.Empty(t, s.workflows(`SyncState = "stuck"`))
	require.Equal(t, []string{"my brakes squeal", "are you there?"}, s.tickets()[0].texts("follower"))
}
