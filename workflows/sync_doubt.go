package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// receiveDoubts receives the news that Temporal was restored from a backup: what this sync is about to send may have
// arrived after the backup was made. The sync then parks, even if it is waiting or being tried, and a person decides.
// A send that is under way at this moment counts.
func (s *engine) receiveDoubts(ctx workflow.Context) {
	for {
		var c Command
		if !workflow.GetSignalChannel(ctx, SignalDoubt).Receive(ctx, &c) {
			return
		}
		if s.closed {
			continue
		}
		s.doubt = true
		if s.resting && s.command == nil {
			s.command = &operatorCommand{name: CommandRetry, Command: c}
		}
		s.interrupt()
	}
}

// doubted is why a sync may not be tried before a person has decided; nil: there is no doubt.
func (s *engine) doubted() error {
	if !s.doubt {
		return nil
	}
	s.doubt = false
	return inDoubt("it was open when the backup was made that Temporal was restored from: it may have arrived since")
}

// inDoubt parks what may have been delivered already.
func inDoubt(why string) error {
	return temporal.NewNonRetryableApplicationError(why, activities.ErrorRepliesInDoubt, nil)
}
