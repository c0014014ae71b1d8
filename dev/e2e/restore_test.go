package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// askingAfter makes a person review replies from a gap that is longer than d.
func askingAfter(d time.Duration) option {
	return withSettings(func(c *config.Config) { c.Fixed.ReconcileAskAfter = d })
}

// copyDatabase copies the file of a stopped Temporal, with SQLite's files beside it.
func copyDatabase(t *testing.T, from, to string) {
	t.Helper()
	for _, part := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(from + part)
		if os.IsNotExist(err) {
			err = os.Remove(to + part)
			if os.IsNotExist(err) {
				err = nil
			}
			require.NoError(t, err)
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to+part, content, 0o600))
	}
}

// stopTemporal stops the worker and then Temporal; the api keeps running. resumeTemporal and resumeWorker start them
// again, on the current file.
func (s *scene) stopTemporal(server *devserver.Process) {
	s.t.Helper()
	require.NoError(s.t, s.StopWorker())
	require.NoError(s.t, server.Stop())
}

func (s *scene) resumeTemporal(file, addr string) *devserver.Process {
	s.t.Helper()
	server, err := startTemporal(s.t.Context(), func(o *devserver.Options) { o.DBFile, o.FrontendAddr = file, addr })
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, server.Stop()) })
	return server
}

func (s *scene) resumeWorker() {
	s.t.Helper()
	require.NoError(s.t, s.StartWorker(s.t.Context()))
	s.waitFor("webhooks to be accepted", func() bool { return s.say("oAlice", "are you there?").Status == 200 })
}

// comparison returns what the command line prints about the account's comparison.
func (s *scene) comparison() (found operate.Comparison) {
	s.t.Helper()
	s.commandJSON(&found, "reconcile", "show")
	return found
}

// waitForReview waits until a person is asked about the given number of replies.
func (s *scene) waitForReview(replies int) operate.OpenReview {
	s.t.Helper()
	row := s.waitForState(workflows.TypeReviewReplies, workflows.StateNeedsAttention, 1)[0]
	require.Equal(s.t, activities.ErrorRepliesInDoubt, attributes(row)["SyncError"])
	found := s.comparison()
	require.Len(s.t, found.Reviews, 1)
	require.Equal(s.t, replies, found.Reviews[0].Review.Unknown)
	return found.Reviews[0]
}

// A Temporal restored from a backup does not know what was delivered after that backup.
func TestRestoredBackupSendsNothingTwice(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	server := startServer(t, file)
	s := newStack(t, reconciling(0), askingAfter(time.Second), func(s *scene, o *stack.Options) {
		s.process, o.Namespace = server, "default"
	})
	ticket := s.withTicket("oAlice")
	s.comparisons(1)
	s.agentReplies(ticket.ID, "before the backup", nil)
	s.waitForRead("oAlice", "before the backup")
	s.wechat.post("/clock", map[string]any{"advance": "49h"}, nil)
	s.agentReplies(ticket.ID, "held at the backup", nil)
	held := s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 1)[0].GetExecution().GetWorkflowId()

	s.stopTemporal(server)
	backup := time.Now()
	copyDatabase(t, file, file+".backup")
	server = s.resumeTemporal(file, server.FrontendAddr())
	s.resumeWorker() // the follower writes
	s.waitForRead("oAlice", "held at the backup")
	s.agentReplies(ticket.ID, "after the backup", nil)
	s.waitForRead("oAlice", "after the backup")
	read := []string{"before the backup", "held at the backup", "after the backup"}
	require.Equal(t, read, s.answers("oAlice", ticket))

	// Nobody is asked about a gap shorter than three comparisons.
	s.waitFor("a time that is asked about", func() bool { return time.Since(backup) > 5*time.Second })
	s.stopTemporal(server)
	copyDatabase(t, file+".backup", file)
	s.resumeTemporal(file, server.FrontendAddr())
	var told []operate.Restored
	s.commandJSON(&told, "reconcile", "restored", "--backup", backup.UTC().Format(time.RFC3339Nano), "--reason",
		"restored", "--yes")
	require.Equal(t, 1, told[0].Told)
	s.resumeWorker() // the follower writes, which releases held replies
	review := s.waitForReview(1)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateNeedsAttention, 1)

	s.waitFor("the time that is asked about to be over", func() bool { return time.Now().After(review.Review.Span.To) })
	s.c4c.post("/switches", map[string]any{"lose_replies": true}, nil)
	s.agentReplies(ticket.ID, "written after the restore", nil)
	s.waitForRead("oAlice", "written after the restore")
	s.comparisons(3)
	read = append(read, "written after the restore")
	require.Equal(t, read, s.answers("oAlice", ticket))

	for _, id := range []string{review.ID, held} {
		code, _, problems := s.command("sync", "skip", id, "--reason", "it was read")
		require.Zero(t, code, problems)
	}
	s.comparisons(3)
	require.Equal(t, read, s.answers("oAlice", ticket))
	require.Empty(t, s.comparison().Reviews)
}

// A new namespace knows nothing, and C4C has the replies of years.
func TestNewNamespaceSendsNothingOld(t *testing.T) {
	t.Parallel()
	dir := stack.State{Dir: t.TempDir()}
	keeping := func(_ *scene, o *stack.Options) { o.State = dir }
	first := newStack(t, reconciling(0), keeping)
	ticket := first.withTicket("oAlice")
	first.comparisons(1)
	first.agentReplies(ticket.ID, "delivered by the old one", nil)
	first.waitForRead("oAlice", "delivered by the old one")
	require.NoError(t, first.Stop())

	s := newStack(t, reconciling(0), keeping, recording("review"))
	s.comparisons(3)
	s.c4c.post("/switches", map[string]any{"lose_replies": true}, nil)
	s.agentReplies(ticket.ID, "written since", nil)
	s.waitForRead("oAlice", "written since")
	read := []string{"delivered by the old one", "written since"}
	require.Equal(t, read, s.answers("oAlice", ticket))

	// An operator can ask about replies written while there was no Temporal.
	var plan operate.CursorMove
	s.commandJSON(&plan, "reconcile", "move", "--to", "1h", "--dry-run")
	require.False(t, plan.Done)
	require.Empty(t, s.comparison().Reviews)
	s.commandJSON(&plan, "reconcile", "move", "--to", "1h", "--reason", "what was written meanwhile?")
	require.True(t, plan.Done)
	review := s.waitForReview(1)
	require.Equal(t, plan.Review, review.ID)
	code, out, problems := s.command("reconcile", "approve", review.ID)
	require.Equal(t, 1, code)
	require.Contains(t, out, "1 replies, written from")
	require.Contains(t, problems, "confirm it with --yes")
	require.Equal(t, read, s.answers("oAlice", ticket))
	code, _, problems = s.command("reconcile", "approve", review.ID, "--yes", "--reason", "nobody had read it", "--actor",
		"ada")
	require.Zero(t, code, problems)
	require.Contains(t, problems, `"action":"approve","actor":"ada"`)
	s.waitForState(workflows.TypeReviewReplies, workflows.StateSynced, 1)
	s.waitFor("the reply once more, as approved", func() bool { return len(s.answers("oAlice", ticket)) == 3 })

	// Moving ahead skips replies that no push brought.
	require.NoError(t, s.client.ScheduleClient().GetHandle(t.Context(), s.comparison().Schedule).Pause(t.Context(),
		client.SchedulePauseOptions{}))
	s.waitFor("no comparison under way", func() bool { return len(s.comparison().Open) == 0 })
	code, _, problems = s.command("reconcile", "move", "--to", "0s")
	require.Equal(t, 1, code)
	require.Contains(t, problems, "confirm it with --yes")
	s.agentReplies(ticket.ID, "left alone", nil)
	s.commandJSON(&plan, "reconcile", "move", "--to", "0s", "--yes")
	s.waitFor("the cursor to be moved", func() bool { return s.comparison().Last.Begin.Equal(plan.To) })
	require.NoError(t, s.client.ScheduleClient().GetHandle(t.Context(), s.comparison().Schedule).Unpause(t.Context(),
		client.ScheduleUnpauseOptions{}))
	s.comparisons(3)
	require.Len(t, s.answers("oAlice", ticket), 3)
}
