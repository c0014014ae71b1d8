package workflows

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// spender is an errand that has sent a message when the test says so.
type spender struct {
	plainErrand
	spent int
}

func (e *spender) attempt(ctx workflow.Context) error {
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	e.spent++
	return nil
}

func (e *spender) outcome() conversation.Outcome { return conversation.Outcome{Spent: e.spent} }
func (e *spender) reported(spent int)            { e.spent -= spent }

// The conversation asks for a sync's end in the very task in which the sync ends, or while it reports its end. Its
// spent messages are reported once, by its report or by its result.
func TestEndIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"nobody asks": {"go"}, "after": {"go", SignalWatch}, "before": {SignalWatch, "go"},
		"twice": {SignalWatch, "go", SignalWatch, SignalWatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			var reports []conversation.Report
			s.env.RegisterWorkflowWithOptions(func(ctx workflow.Context) (conversation.Outcome, error) {
				sync, err := s.under.newSync(ctx, testSync, syncOptions{lane: conversation.LaneReplies}, &spender{})
				if err != nil {
					return conversation.Outcome{}, err
				}
				err = sync.run(ctx)
				return sync.result(), err
			}, workflow.RegisterOptions{Name: "errand"})
			s.env.OnSignalExternalWorkflow("default-test-namespace", testConversation, "", SignalReport, anything).
				Run(func(args mock.Arguments) { reports = append(reports, args.Get(4).(conversation.Report)) }).Return(nil)
			s.start("errand", "errand", nil)
			s.step(func() {
				s.direct(func(ctx workflow.Context) {
					for _, word := range words {
						workflow.SignalExternalWorkflow(ctx, "errand", "", word, nil)
					}
				})
			})
			s.run()
			var out conversation.Outcome
			require.NoError(t, s.results["errand"].Get(&out))
			ended := 0
			for _, r := range reports {
				out.Spent += r.Spent
				if r.Kind == conversation.ReportEnded {
					ended++
				}
			}
			require.Equal(t, 1, out.Spent)
			require.Equal(t, len(words) > 1, ended > 0, "who asks is told")
		})
	}
}
