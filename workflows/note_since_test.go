package workflows

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Every round of a note knows since when the note has been wanted: an earlier round's note is older than the
// activity.
func TestNotesSaySinceWhen(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(begun)
	(&Workflows{}).Register(env)
	var inTicket []activities.AddNoteInput
	var atCustomer []activities.AddCustomerNoteInput
	env.RegisterActivityWithOptions(func(_ context.Context, in activities.AddNoteInput) error {
		if inTicket = append(inTicket, in); len(inTicket) == 1 {
			return parking(activities.ErrorC4CRejected)
		}
		return parking(activities.ErrorC4CReadOnly)
	}, activity.RegisterOptions{Name: "AddNote"})
	env.RegisterActivityWithOptions(func(_ context.Context, in activities.AddCustomerNoteInput) error {
		atCustomer = append(atCustomer, in)
		return nil
	}, activity.RegisterOptions{Name: "AddCustomerNote"})
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflowNoRejection(CommandRetry, "1", t, Command{Actor: "ada"})
	}, time.Hour)
	env.ExecuteWorkflow(TypeNoteTicket, NoteTicketInput{
		SyncInput: testSync, TicketID: "7", Text: "The follower left.", Customer: conversation.NoteCustomer{ID: "91"},
	})
	require.NoError(t, env.GetWorkflowError())
	require.Len(t, inTicket, 2)
	require.Len(t, atCustomer, 1)
	for _, since := range []time.Time{inTicket[0].Since, inTicket[1].Since, atCustomer[0].Since} {
		require.True(t, since.Equal(begun), since)
	}
	require.Equal(t, []int{0, 1, 1}, []int{inTicket[0].Round, inTicket[1].Round, atCustomer[0].Round})
}
