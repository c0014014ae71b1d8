package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// searching is a stage with a reply whose attachments C4C does not list for a while: the next reply overtakes them.
func searching(t *testing.T, answers ...error) (s *stage, reply string) {
	t.Helper()
	s = newStageWith(t, sending())
	s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
	s.will("ReplyFiles", append([]error{transient(activities.ErrorC4CUnavailable)}, answers...)...)
	return s, s.reply("one")
}

// The files wait for their turn behind a reply that is still being tried, and are given up.
func TestFilesThatWaitForTheirTurnAreGivenUp(t *testing.T) {
	t.Parallel()
	s, reply := searching(t, later(activities.ErrorC4CUnavailable, 20*time.Second))
	s.advance(2 * time.Second)
	s.will("SendText", later(activities.ErrorWeChatUnavailable, time.Hour))
	next := s.reply("two")
	s.advance(time.Minute)
	s.requireState(reply, StateSyncing, "")
	v := s.command(reply, CommandSkip, "ada")
	s.advance(time.Minute)
	s.requireState(reply, StateSkipped, "")
	s.advance(2 * time.Hour)
	s.run()
	require.NoError(t, v.err)
	require.Contains(t, s.closed, reply)
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	require.Equal(t, []string{agentReads(catalogue.NoteReplyFilesSkipped)}, s.tenant.notes)
	s.requireSynced(next)
}

// A sync that its lane no longer waits for is also shown as stuck.
func TestSearchForFilesIsStuck(t *testing.T) {
	t.Parallel()
	s, reply := searching(t, later(activities.ErrorC4CUnavailable, time.Hour))
	s.advance(6 * time.Minute)
	s.requireState(reply, StateStuck, "")
	s.will("SendText", later(activities.ErrorWeChatUnavailable, time.Minute))
	next := s.reply("two")
	s.command(reply, CommandRetry, "ada")
	s.advance(10 * time.Second)
	s.requireState(reply, StateSyncing, "")
	s.check(func() { require.Equal(t, []string{"one"}, s.tenant.received(), "not beside the next reply") })
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"one", "two", "image a-1 a.dat"}, s.tenant.received())
	s.requireSynced(reply, next)
}
