package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// operatorCommand is a command that was accepted.
type operatorCommand struct {
	name string
	Command
}

// listen offers a command as an update, which answers with a verdict, and as a signal of the same name for batches.
func (s *sync) listen(ctx workflow.Context, name, does string) error {
	err := workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(_ workflow.Context, c Command) error {
			s.command = &operatorCommand{name: name, Command: c}
			return nil
		},
		workflow.UpdateHandlerOptions{Description: does + ` Input: {"actor": "your name", "reason": "why"}.`, Validator: s.accepts})
	if err != nil {
		return err
	}
	signals := workflow.GetSignalChannelWithOptions(ctx, name,
		workflow.SignalChannelOptions{Description: does + " For batches: ignored unless the sync is parked or held."})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var c Command
			if !signals.Receive(ctx, &c) {
				return
			}
			if s.accepts(c) == nil {
				s.command = &operatorCommand{name: name, Command: c}
			}
		}
	})
	return nil
}

// accepts refuses commands that would do nothing, or something else than the operator thinks.
func (s *sync) accepts(c Command) error {
	switch {
	case c.Actor == "":
		return errors.New(`say who you are: {"actor": "your name"}`)
	case s.state != StateNeedsAttention && s.state != StateHeld:
		return fmt.Errorf("this sync is %s: only one that needs attention or is held can be retried or skipped", s.state)
	case s.command != nil:
		return fmt.Errorf("%s has just been accepted", s.command.name)
	}
	return nil
}
