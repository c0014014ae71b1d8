package workflows_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// sharing is a ShareC4C in Temporal's test environment.
type sharing struct {
	*testsuite.TestWorkflowEnvironment
	t       *testing.T
	numbers map[string]int64
	updates int
}

func newSharing(t *testing.T) *sharing {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &sharing{suite.NewTestWorkflowEnvironment(), t, map[string]int64{}, 0}
	s.RegisterWorkflowWithOptions((&workflows.Workflows{}).ShareC4C,
		workflow.RegisterOptions{Name: workflows.TypeShareC4C})
	return s
}

// ask makes a process ask after a while, and requires the number of slots given.
func (s *sharing) ask(after time.Duration, process string, keeps, wants, given int) {
	s.t.Helper()
	s.RegisterDelayedCallback(func() {
		s.numbers[process]++
		s.say(slots.Ask{
			Process: process, Number: s.numbers[process], Cap: 8, Keeps: keeps, Wants: wants, Lease: 4 * time.Second,
			CallTime: 30 * time.Second, Longest: time.Second, Ended: 100,
		}, func(a slots.Answer) {
			require.Equal(s.t, given, a.Slots, "%s after %s", process, after)
		})
	}, after)
}

func (s *sharing) say(ask slots.Ask, heard func(slots.Answer)) {
	s.updates++
	s.UpdateWorkflow(workflows.UpdateAskSlots, fmt.Sprint(s.updates), &testsuite.TestUpdateCallback{
		OnReject: func(err error) { require.NoError(s.t, err) },
		OnAccept: func() {},
		OnComplete: func(result any, err error) {
			require.NoError(s.t, err)
			heard(result.(slots.Answer))
		},
	}, ask)
}

// run starts the workflow, cancels it after a while, and returns the input of the next run.
func (s *sharing) run(lasts time.Duration, in workflows.ShareC4CInput) workflows.ShareC4CInput {
	s.t.Helper()
	s.RegisterDelayedCallback(s.CancelWorkflow, lasts)
	s.ExecuteWorkflow(workflows.TypeShareC4C, in)
	var again *workflow.ContinueAsNewError
	require.True(s.t, errors.As(s.GetWorkflowError(), &again), "%v", s.GetWorkflowError())
	var next workflows.ShareC4CInput
	require.NoError(s.t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &next))
	return next
}

// A process dies while it holds all slots; they are given away once its lease and its calls have ended. The next run
// knows the same.
func TestSlotsAreShared(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	s.ask(time.Second, "a", 0, 8, 8)
	s.ask(2*time.Second, "a", 8, 8, 8) // its last ask
	s.ask(3*time.Second, "b", 0, 8, 0)
	s.ask(8*time.Second, "b", 0, 8, 0) // two seconds for its calls
	s.ask(8600*time.Millisecond, "b", 0, 8, 8)
	s.ask(10*time.Second, "b", 8, 8, 8)
	next := s.run(11*time.Second, workflows.ShareC4CInput{})
	require.Len(t, next.Ledger.Holders, 1)
	require.Equal(t, "b", next.Ledger.Holders[0].Process)
	require.Equal(t, 8, next.Ledger.Holders[0].Slots)

	later := newSharing(t)
	later.SetStartTime(next.Ledger.Holders[0].Until.Add(-2 * time.Second))
	later.ask(time.Second, "c", 0, 8, 0)
	later.ask(5*time.Second, "c", 0, 8, 8)
	require.Len(t, later.run(6*time.Second, next).Ledger.Holders, 1)
}

// A workflow after a terminated one does not know what that one gave away.
func TestSharingAfterOneThatWasCutOff(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	s.ask(time.Second, "new", 0, 8, 0)
	s.ask(2*time.Second, "old", 5, 8, 4) // its share; nobody else gets the rest
	s.ask(4*time.Second, "old", 4, 8, 4)
	s.ask(5*time.Second, "old", 0, 0, 0) // and ends
	s.ask(40*time.Second, "new", 0, 8, 0)
	s.ask(50*time.Second, "new", 0, 8, 8)
	s.run(time.Minute, workflows.ShareC4CInput{Quiet: 30 * time.Second})
}

// A run ends before its history is long.
func TestSharingContinuesAsNew(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	for i := range 600 {
		keeps := 8
		if i == 0 {
			keeps = 0
		}
		s.ask(time.Duration(i+1)*time.Second, "a", keeps, 8, 8)
	}
	next := s.run(time.Hour, workflows.ShareC4CInput{})
	require.EqualValues(t, 500, next.Ledger.Holders[0].Number)
}

func TestAnAskWithoutAProcessIsRefused(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	refused := 0
	s.RegisterDelayedCallback(func() {
		for i, ask := range []slots.Ask{{Number: 1, Cap: 8}, {Process: "a", Cap: 8}, {Process: "a", Number: 1}} {
			s.UpdateWorkflow(workflows.UpdateAskSlots, fmt.Sprint(i), &testsuite.TestUpdateCallback{
				OnReject:   func(err error) { require.ErrorContains(t, err, "names its process"); refused++ },
				OnAccept:   func() { require.Fail(t, "accepted") },
				OnComplete: func(any, error) {},
			}, ask)
		}
	}, time.Second)
	require.Empty(t, s.run(time.Minute, workflows.ShareC4CInput{}).Ledger.Holders)
	require.Equal(t, 3, refused)
}
