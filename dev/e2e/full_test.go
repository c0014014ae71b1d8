package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Temporal ends a workflow whose history is too large, and loses its unprocessed signals. It also limits the signals of
// one run. Messages beyond these limits, while no worker runs, wait in the spool. Temporal's defaults are 50 MB and
// 10,000 signals.
func TestMoreThanAConversationHolds(t *testing.T) {
	long(t)
	t.Parallel()
	server, err := startTemporal(t.Context(), func(o *devserver.Options) {
		o.DynamicConfig = map[string]string{
			"limit.historySize.error":            strconv.Itoa(30 << 20),
			"history.maximumSignalsPerExecution": "50", "limit.historyCount.suggestContinueAsNew": "20",
		}
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	for name, much := range map[string]struct{ messages, size int }{
		"long messages": {40, 600 << 10},
		"many messages": {65, 10},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t, func(s *scene, _ *stack.Options) { s.process = server },
				withSettings(func(c *config.Config) { c.Fixed.FollowerPerSecond = 1000 }))
			s.keepsAll(much.messages, much.size)
		})
	}
}

// keepsAll has a follower write messages of a given size while no worker runs. Each is acknowledged, and afterwards all
// are in C4C, once and in order.
func (s *scene) keepsAll(messages, size int) {
	s.t.Helper()
	s.follow("oAlice")
	s.say("oAlice", "line 0000")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	require.NoError(s.t, s.StopWorker())
	lines := []string{"line 0000"}
	for i := range messages {
		line := fmt.Sprintf("line %04d", i+1)
		require.Equal(s.t, "success", s.say("oAlice", line+" "+unpackable(size)).Body)
		lines = append(lines, line)
	}
	s.t.Logf("%d of %d messages wait in the spool", s.spool().Waiting, messages)
	require.Positive(s.t, s.spool().Waiting)
	require.False(s.t, s.spool().Away, "Temporal is there")
	require.NoError(s.t, s.StartWorker(s.t.Context()))
	s.waitFor("an empty spool", func() bool { return s.spool().Waiting == 0 })
	require.Zero(s.t, s.spool().Refused)
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, len(lines))
	tickets := s.tickets()
	require.Len(s.t, tickets, 1)
	var got []string
	for _, text := range tickets[0].texts("follower") {
		words := strings.SplitN(text, " ", 3)
		got = append(got, strings.Join(words[:2], " "))
	}
	require.Equal(s.t, lines, got)
	require.Empty(s.t, s.workflows(`WorkflowType = "Conversation" AND ExecutionStatus IN ("Terminated", "Failed")`))
}

// unpackable returns text that hardly compresses.
func unpackable(size int) string {
	data := make([]byte, size*3/4)
	_, _ = rand.Read(data)
	return base64.RawURLEncoding.EncodeToString(data)
}
