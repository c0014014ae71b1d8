package workflows

import (
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/slots"
)

// asksPerRun is how many asks one run of ShareC4C answers: about 2,500 events.
const asksPerRun = 500

// ShareC4CInput starts ShareC4C.
type ShareC4CInput struct {
	Ledger slots.Ledger `json:"ledger,omitzero"`
	// Quiet is set if an earlier ShareC4C was ended: it is how long a call allowed by that one may take.
	Quiet time.Duration `json:"quiet,omitempty"`
}

// LedgerOf reads ShareC4C's answer to QuerySlots. If asked is false, there is no such workflow: no process has asked
// for slots yet.
func LedgerOf(answer converter.EncodedValue, err error) (ledger slots.Ledger, asked bool, _ error) {
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return ledger, false, nil
	}
	if err == nil {
		err = answer.Get(&ledger)
	}
	return ledger, true, err
}

// ShareC4C shares the parallel calls that one C4C tenant allows among the processes that call it. Each process sends
// an update with what it needs and gets what it may do. Nothing happens between updates: leases end by the clock, and
// the next process that asks gets the freed slots. So ShareC4C costs nothing while nobody calls.
func (w *Workflows) ShareC4C(ctx workflow.Context, in ShareC4CInput) error {
	ledger, asks := in.Ledger, 0
	if in.Quiet > 0 {
		ledger.Quiet(workflow.Now(ctx), in.Quiet)
	}
	err := errors.Join(
		workflow.SetQueryHandlerWithOptions(ctx, QuerySlots, func() (slots.Ledger, error) { return ledger, nil },
			workflow.QueryHandlerOptions{Description: "Which process has how many slots"}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateAskSlots,
			func(ctx workflow.Context, ask slots.Ask) (slots.Answer, error) {
				asks++
				return ledger.Step(workflow.Now(ctx), ask), nil
			}, workflow.UpdateHandlerOptions{
				Description: "For worker processes only: what one needs",
				Validator: func(ask slots.Ask) error {
					if ask.Process == "" || ask.Number < 1 || ask.Cap < 1 {
						return errors.New("an ask names its process, its number and the cap")
					}
					return nil
				},
			}),
	)
	if err != nil {
		return err
	}
	// Cancelling it only starts the next run.
	_ = workflow.Await(ctx, func() bool {
		return asks >= asksPerRun || workflow.GetInfo(ctx).GetContinueAsNewSuggested()
	})
	free, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if err := workflow.Await(free, func() bool { return workflow.AllHandlersFinished(free) }); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(free, TypeShareC4C, ShareC4CInput{Ledger: ledger})
}
