package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// operatorCommand is an accepted command.
type operatorCommand struct {
	name   string
	direct bool // by update: a person waits for this one sync
	Command
	amendment *Amendment // applied when the command is carried out
}

// refusal is why an operator's command is not accepted. It contains nothing private, so everyone may read it: see
// codec.KeyRing.FailureConverter.
type refusal string

// Error returns the reason.
func (r refusal) Error() string { return string(r) }

// Plain marks the reason as not needing encryption.
func (refusal) Plain() bool { return true }

// accept records a command. If the sync is stuck, it interrupts the running attempt.
func (s *engine) accept(c operatorCommand) {
	s.command = &c
	if s.state == StateStuck {
		s.interrupt()
	}
}

// takeCommand returns the command to carry out and applies its amendment; nil: there is none.
func (s *engine) takeCommand(ctx workflow.Context) *operatorCommand {
	command := s.command
	s.command = nil
	if command != nil && command.name == CommandSkip {
		s.skipped = command
	}
	if command != nil && command.name != CommandSkip {
		if s.released = command.At; s.released.IsZero() {
			s.released = workflow.Now(ctx)
		}
	}
	if command != nil && command.amendment != nil {
		s.amend(*command.amendment)
	}
	return command
}

// whyEnded tells operators why the sync ended otherwise than they may expect.
func (s *engine) whyEnded(ctx workflow.Context, failure *syncFailure) string {
	switch {
	case s.state == StateSynced:
		return s.tooLate(ctx)
	case s.skipped != nil && s.skipped.Actor != "":
		return say(ctx, "Given up by %s.", s.skipped.Actor)
	case s.skipped != nil:
		return say(ctx, "Given up by a person.")
	case failure != nil:
		l := languageOf(ctx)
		return l.Say("**%s**: %s", failure.Type, activities.CauseOf(failure.Type).In(l).Explain(failure.Failure))
	case s.aborted:
		return say(ctx, "Cancelled by a person.")
	case s.pointless:
		return say(ctx, "It had become pointless.")
	}
	return ""
}

// tooLate tells an operator that the sync ended before their command took effect.
func (s *engine) tooLate(ctx workflow.Context) string {
	if s.command == nil {
		return ""
	}
	return say(ctx, "`%s` came too late: the call under way succeeded, with what it had been given.", s.command.name)
}

// serveCommand registers a command as an update, which answers with a verdict, and as a signal of the same name for
// batches.
func (s *engine) serveCommand(ctx workflow.Context, name, does string) error {
	err := workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(_ workflow.Context, c Command) error {
			s.accept(operatorCommand{name: name, direct: true, Command: c})
			return nil
		},
		workflow.UpdateHandlerOptions{
			Description: does + ` No input is needed; {"actor": "your name", "reason": "why"} is kept in the history.`,
			Validator:   func(c Command) error { return s.checkCommand(name, c) },
		})
	if err != nil {
		return err
	}
	signals := workflow.GetSignalChannelWithOptions(ctx, name,
		workflow.SignalChannelOptions{Description: does + " For batches: ignored unless the sync is parked, held or stuck."})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var c Command
			if !signals.Receive(ctx, &c) {
				return
			}
			if c.Actor != "" && s.checkCommand(name, c) == nil {
				s.accept(operatorCommand{name: name, Command: c})
			}
		}
	})
	return nil
}

// serveAmend registers the update that corrects the sync's input. It is not a signal, because the person who
// corrects it wants an answer.
func (s *engine) serveAmend(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, CommandAmend,
		func(_ workflow.Context, a Amendment) error {
			command := Command{Actor: a.Actor, Reason: a.Reason}
			s.accept(operatorCommand{name: CommandAmend, direct: true, Command: command, amendment: &a})
			return nil
		},
		workflow.UpdateHandlerOptions{
			Description: `Correct what could not get through, and try again. Input: {"actor": "your name", "text": "…"} or "ticket_id" or "openid".`,
			Validator: func(a Amendment) error {
				if err := s.amendable(a); err == errNoAmendment {
					return err
				}
				if err := s.checkCommand(CommandAmend, Command{Actor: a.Actor, Reason: a.Reason}); err != nil {
					return err
				}
				return s.amendable(a)
			},
		})
}

// checkCommand refuses commands that would do nothing, or not what the operator expects. As updates, retry and skip
// need no actor: Temporal records who sent them, as far as it knows.
func (s *engine) checkCommand(name string, c Command) error {
	switch {
	case c.Actor == "" && name != CommandRetry && name != CommandSkip:
		return refusal(`say who you are: {"actor": "your name"}`)
	case s.closed || (s.state == StateSyncing || s.state == StateWaiting) && !(s.waiting && name == CommandSkip):
		return refusal("this sync is " + s.state + ": only one that needs attention, is held or is stuck takes commands")
	case s.command != nil:
		return refusal(fmt.Sprintf("%s has just been accepted", s.command.name))
	}
	return nil
}

// onlyField refuses amendments that set anything but the wanted field, or nothing.
func (a Amendment) onlyField(wanted string) error {
	given := map[string]string{"text": a.Text, "ticket_id": a.TicketID, "openid": a.OpenID}
	if strings.TrimSpace(given[wanted]) == "" {
		return refusal(fmt.Sprintf("this sync is amended by %q", wanted))
	}
	for _, name := range []string{"text", "ticket_id", "openid"} {
		if name != wanted && given[name] != "" {
			return refusal(fmt.Sprintf("this sync is amended by %q alone, not by %q", wanted, name))
		}
	}
	return nil
}
