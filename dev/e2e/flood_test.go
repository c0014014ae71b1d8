package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// If many messages arrive while no worker runs, another workflow starts their syncs. Each message is in its thread once
// and in order.
func TestMuchThatWaitsKeepsItsOrder(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("flood"), withSettings(func(c *config.Config) { c.Fixed.FollowerPerSecond = 1000 }))
	s.follow("oAlice")
	lines := []string{"line 00"}
	s.say("oAlice", lines[0])
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)

	require.NoError(t, s.StopWorker())
	for i := range 70 {
		line := fmt.Sprintf("line %02d", i+1)
		require.Equal(t, "success", s.say("oAlice", line).Body)
		lines = append(lines, line)
	}
	require.NoError(t, s.StartWorker(t.Context()))
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, len(lines))
	s.waitForThread(lines...)
	require.NotEmpty(t, s.workflows(`WorkflowType = "StartWaiting" AND ExecutionStatus = "Completed"`))
}
