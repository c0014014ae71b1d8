package operate_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var alice = workflows.Command{Actor: "alice", Reason: "because"}

// auditLines reads the audit log.
func (s *shop) auditLines() []map[string]any {
	s.t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(s.audit.String()) {
		var fields map[string]any
		require.NoError(s.t, json.Unmarshal([]byte(line), &fields))
		require.NotEmpty(s.t, fields["time"])
		delete(fields, "time")
		lines = append(lines, fields)
	}
	return lines
}

func TestRetryAndSkip(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	mended, given := s.note(1, activities.ErrorC4CRejected, "needs_attention"),
		s.note(2, activities.ErrorC4CRejected, "needs_attention")
	s.fail(s.ticket(1), "")
	outcome, err := s.Retry(t.Context(), mended, alice)
	require.NoError(t, err)
	require.Equal(t, operate.Outcome{ID: mended, Action: "retry", Result: "accepted"}, outcome)
	outcome, err = s.Skip(t.Context(), given, workflows.Command{Actor: "bob"})
	require.NoError(t, err)
	require.Equal(t, "accepted", outcome.Result)
	s.await(mended, workflows.StateSynced)
	s.await(given, workflows.StateSkipped)
	require.EqualValues(t, 1, s.noted(s.ticket(1)))
	require.EqualValues(t, 0, s.noted(s.ticket(2)))
	line := func(action, actor, reason, id, result string) map[string]any {
		return map[string]any{
			"msg": "audit", "action": action, "actor": actor, "namespace": "default", "reason": reason,
			"ids": []any{id}, "result": map[string]any{result: 1.0},
		}
	}
	require.Equal(t, []map[string]any{line("retry", "alice", "because", mended, "accepted"),
		line("skip", "bob", "", given, "accepted")}, s.auditLines())
}

//nolint:tparallel // the audit log is read once all cases have written to it
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	trying := s.note(2, tryAgain+activities.ErrorC4CLocked, "syncing")
	synced := s.note(3, "", "synced")
	s.eventually(func() bool { d, err := s.Show(t.Context(), synced); return err == nil && !d.Open() })
	conversation := s.start(workflows.ConversationID(s.account, s.key()), workflows.TypeConversation, "",
		workflows.ConversationInput{Account: s.account})
	for _, tt := range []struct {
		name, id string
		command  workflows.Command
		refused  bool
		says     string
	}{
		{"not parked", trying, alice, true, "this sync is syncing: only one that needs attention, is held or is stuck"},
		{"closed", synced, alice, true, "this sync is closed (synced, Completed): there is nothing to retry"},
		{"unknown id", "ticket/none/such/1", alice, false, "no such sync: ticket/none/such/1"},
		{"no id", "", alice, false, "no such sync"},
		{"not a sync", conversation, alice, false, "no such sync: " + conversation + " is a Conversation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			outcome, err := s.Retry(t.Context(), tt.id, tt.command)
			require.Error(t, err)
			require.True(t, strings.HasPrefix(err.Error(), tt.says), "%v", err)
			require.NotContains(t, err.Error(), "retryable", "the validator's words and nothing else")
			var refused *operate.RefusedError
			require.Equal(t, tt.refused, errors.As(err, &refused))
			require.Equal(t, !tt.refused, errors.Is(err, operate.ErrNoSuchSync))
			require.Equal(t, map[bool]string{true: "refused", false: "failed"}[tt.refused], outcome.Result)
		})
	}
	lines := s.auditLines()
	require.Len(t, lines, 5, "what was refused is written down too")
	_, err := s.Show(t.Context(), "ticket/none/such/1")
	require.ErrorIs(t, err, operate.ErrNoSuchSync)
	_, err = s.Timeline(t.Context(), "ticket/none/such/1")
	require.ErrorIs(t, err, operate.ErrNoSuchSync)
}

func TestAmendIsWrittenDownWithoutItsInput(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.note(1, activities.ErrorC4CRejected, "needs_attention")
	// A sync may accept the amendment or report that it cannot be amended; either way nothing of it is shown.
	outcome, err := s.Amend(t.Context(), id, workflows.Amendment{Actor: "alice", Reason: "shortened", Text: secretText,
		OpenID: secretOpenID})
	var refused *operate.RefusedError
	require.True(t, err == nil || errors.As(err, &refused), "%v", err)
	require.Contains(t, []string{"accepted", "refused"}, outcome.Result)
	lines := s.auditLines()
	require.Len(t, lines, 1)
	require.Equal(t, "amend", lines[0]["action"])
	harmless(t, s.audit.String())
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	f := newFake("s1")
	f.update = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.operator().Retry(ctx, "s1", alice)
	require.ErrorIs(t, err, context.Canceled)

	f.update = func(context.Context) error { return serviceerror.NewNotFound("closed") }
	_, err = f.operator().Retry(t.Context(), "s1", alice)
	require.EqualError(t, err, "this sync has just been closed: there is nothing to retry")

	f.update = func(context.Context) error { return errors.New("boom") }
	_, err = f.operator().Retry(t.Context(), "s1", alice)
	require.EqualError(t, err, "retry s1: boom")
}
