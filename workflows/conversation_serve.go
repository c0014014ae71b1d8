package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Error types with which a conversation refuses updates.
const (
	ErrorLinkSpent    = "LinkSpent"
	ErrorFollowerGone = "FollowerGone"
	// ErrorKeyReused refuses a submission whose key was already used with different content.
	ErrorKeyReused = "KeyReused"
	// ErrorNotDue refuses an UpdateTell. Its detail is the time, in seconds since 1970, until which it is pointless to
	// ask again.
	ErrorNotDue = "NotDue"
)

// TellAnswer is the answer if the text may be sent to the follower now.
type TellAnswer struct {
	TicketID string `json:"ticket_id,omitempty"` // the ticket that the message goes to, if known
}

func (c *shell) serveQueries() error {
	return errors.Join(
		workflow.SetQueryHandlerWithOptions(c.ctx, QueryState,
			func() (conversation.View, error) { return c.state.View(), nil },
			workflow.QueryHandlerOptions{Description: "What the conversation knows and what waits, without texts."}),
		workflow.SetQueryHandlerWithOptions(c.ctx, QueryWindow,
			func() (conversation.WindowView, error) { return c.state.WindowView(c.policy), nil },
			workflow.QueryHandlerOptions{Description: "What may still be sent to the follower, by what allows it."}),
		workflow.SetQueryHandlerWithOptions(c.ctx, QueryWeb,
			func() (conversation.PageView, error) {
				view := c.state.PageView()
				view.Conversation = workflow.GetInfo(c.ctx).FirstRunID
				return view, nil
			},
			workflow.QueryHandlerOptions{Description: "What the page's server needs to know."}),
	)
}

// serveUpdates accepts what the page submits, personal links, and questions about texts.
func (c *shell) serveUpdates() error {
	return errors.Join(
		serveSubmission[conversation.RegisterRequest](c, UpdateRegister, "The follower registers on the page."),
		serveSubmission[conversation.OpenTicketRequest](c, UpdateOpenTicket, "The follower opens a ticket on the page."),
		serveSubmission[conversation.AddMessageRequest](c, UpdateAddMessage,
			"The follower writes in one of their tickets on the page."),
		c.serveLinks(), c.serveTell(),
	)
}

// update applies an update's event to the state.
func (c *shell) update(event conversation.Event) {
	c.step(event)
	c.updated = true
}

// submission is a request of the page.
type submission interface {
	Inbound() conversation.Inbound
	Check() error
}

// serveSubmission registers an update for one kind of submission. It answers when the submission is done or has left
// its lane.
func serveSubmission[T submission](c *shell, name, does string) error {
	return workflow.SetUpdateHandlerWithOptions(c.ctx, name,
		func(ctx workflow.Context, in T) (conversation.WebResult, error) { return c.submit(ctx, in.Inbound()) },
		workflow.UpdateHandlerOptions{Description: does, Validator: func(in T) error {
			if c.state.Presence.Gone {
				return temporal.NewApplicationError("the follower has left", ErrorFollowerGone)
			}
			if c.state.Reused(in.Inbound()) {
				return keyReused()
			}
			return in.Check()
		}})
}

func keyReused() error {
	return temporal.NewApplicationError("the key was used for another submission", ErrorKeyReused)
}

// submit queues a submission and waits for its end. If the conversation is about to continue as new, it keeps the
// submission and does not wait.
func (c *shell) submit(ctx workflow.Context, in conversation.Inbound) (conversation.WebResult, error) {
	if c.state.Reused(in) { // two may have passed the validator at the same time
		return conversation.WebResult{}, keyReused()
	}
	c.update(in)
	err := workflow.Await(ctx, func() bool { return c.renewing || !c.state.Pending(in.Key) })
	key, _ := conversation.SubmissionKey(in.Key)
	return c.state.Result(key), err
}

func (c *shell) serveLinks() error {
	return workflow.SetUpdateHandlerWithOptions(c.ctx, UpdateSpendLink,
		func(ctx workflow.Context, in conversation.SpendLinkRequest) error {
			// Two requests with the same link may have passed the validator at the same time.
			if err := c.checkLink(ctx, in); err != nil {
				return err
			}
			c.update(conversation.SpendLink{SpendLinkRequest: in})
			return nil
		},
		workflow.UpdateHandlerOptions{Description: "A personal link is used: once, and not by somebody who left."})
}

func (c *shell) checkLink(ctx workflow.Context, in conversation.SpendLinkRequest) error {
	err := c.state.CheckLink(workflow.Now(ctx), in)
	switch {
	case errors.Is(err, conversation.ErrFollowerGone):
		return temporal.NewApplicationError(err.Error(), ErrorFollowerGone)
	case err != nil:
		return temporal.NewApplicationError(err.Error(), ErrorLinkSpent)
	}
	return nil
}

// serveTell answers a process that wants to send the follower a text at once. The validator refuses texts that are
// not due, which leaves nothing in the history.
func (c *shell) serveTell() error {
	return workflow.SetUpdateHandlerWithOptions(c.ctx, UpdateTell,
		func(_ workflow.Context, in conversation.TellRequest) (TellAnswer, error) {
			c.update(conversation.Tell{TellRequest: in})
			return TellAnswer{TicketID: c.state.CurrentTicket()}, nil
		},
		workflow.UpdateHandlerOptions{
			Description: "May the follower be told now that a message has arrived, or that nobody is there?",
			Validator: func(in conversation.TellRequest) error {
				until, err := c.state.CheckTell(c.workflows.policyOf(c.in.Account).Policy, in)
				if err == nil && until > 0 {
					err = temporal.NewApplicationError("the follower needs no such text now", ErrorNotDue, until)
				}
				return err
			},
		})
}
