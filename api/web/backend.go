package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// The longest that a follower waits for a submission and for a read.
const (
	submitWait = 3 * time.Second
	readWait   = 3 * time.Second
	askWait    = 1500 * time.Millisecond
)

// Submission is a change that a follower requests.
type Submission struct {
	Update  string               // name of the conversation's update
	Key     string               // idempotency key
	Content string               // hash of the submission
	Request any                  // argument of the update
	Inbound conversation.Inbound // the same, as a signal
}

// Backend stores and reads the page's data. Errors of Submit and SpendLink that are *temporal.ApplicationError are
// refusals.
type Backend interface {
	// Submit hands a submission over for good, and briefly waits for its end. If the result is not done, it will
	// follow.
	Submit(ctx context.Context, openID string, in Submission) (conversation.WebResult, error)
	SpendLink(ctx context.Context, openID string, in conversation.SpendLinkRequest) error
	// SignOut hands over for good that a session has ended.
	SignOut(ctx context.Context, openID string, in conversation.EndedSession) error
	// Erase starts the erasure of a follower for good, and returns a hash by which it can be found. It fails if
	// Temporal does not confirm it; asking again is harmless.
	Erase(ctx context.Context, openID string) (hash string, err error)
	// Erased is when a follower was last erased, by Temporal's clock; zero: never.
	Erased(ctx context.Context, openID string) (time.Time, error)
	// View returns the conversation's view; it is empty for a follower without a conversation.
	View(ctx context.Context, openID string) (conversation.PageView, error)
	Customer(ctx context.Context, in workflows.CustomerQuery) (workflows.CustomerView, error)
	Tickets(ctx context.Context, in workflows.TicketsQuery) (workflows.TicketList, error)
	// Thread fails with ErrNotTheirs for a ticket that does not exist or is another person's.
	Thread(ctx context.Context, in workflows.TicketQuery) (workflows.TicketThread, error)
	// CloseTicket completes a ticket of the follower. It fails with ErrNotTheirs as Thread does, and with
	// ErrNotClosable if C4C does not allow it. After any other error the ticket may or may not be completed.
	CloseTicket(ctx context.Context, in workflows.CloseTicketInput) error
	// Carry has a worker send a file of the follower's to this process's relay, and waits until that has ended. It
	// fails with ErrNotTheirs for a file that no longer exists.
	Carry(ctx context.Context, openID string, in workflows.CarryFileInput) error
}

// ErrNoReads reports that the Temporal server does not offer standalone activities in this namespace.
var ErrNoReads = errors.New(
	"web: the Temporal server offers no standalone activities, which reads need: see wechat-c4c doctor")

// ErrNotClosable reports that C4C does not allow the follower's ticket to be completed.
var ErrNotClosable = errors.New("web: C4C refuses to complete the ticket")

// ErrNotTheirs reports that the follower has no such ticket.
var ErrNotTheirs = errors.New("web: no such ticket")

// Temporal is the part of Temporal's client that the backend needs.
type Temporal interface {
	NewWithStartWorkflowOperation(options client.StartWorkflowOptions, workflow any,
		args ...any) client.WithStartWorkflowOperation
	UpdateWithStartWorkflow(ctx context.Context, options client.UpdateWithStartWorkflowOptions) (
		client.WorkflowUpdateHandle, error)
	QueryWorkflow(ctx context.Context, workflowID, runID, queryType string, args ...any) (converter.EncodedValue, error)
	ExecuteActivity(ctx context.Context, options client.StartActivityOptions, activity any,
		args ...any) (client.ActivityHandle, error)
}

// NewBackend makes the backend that uses Temporal.
func NewBackend(t Temporal, h *handover.Handover) Backend {
	return &backend{temporal: t, handover: h}
}

type backend struct {
	temporal Temporal
	handover *handover.Handover
}

// Submit updates the conversation, which queues the submission. If no worker takes the update, a signal with the same
// key keeps the submission, or the spool does until Temporal accepts the signal. If both arrive, the conversation
// accepts only one, because of the key. While events of the follower wait in the spool, the submission waits behind
// them.
func (b *backend) Submit(ctx context.Context, openID string, in Submission) (conversation.WebResult, error) {
	result := conversation.WebResult{Key: in.Key}
	if b.handover.Waits(openID) {
		return result, b.signal(ctx, in)
	}
	waiting, cancel := context.WithTimeout(ctx, submitWait)
	defer cancel()
	// Repeating the same submission joins the running update. The conversation refuses different content under the same
	// key.
	handle, err := b.update(waiting, openID, in.Update, in.Key+"/"+in.Content, in.Request)
	if refused, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return result, refused
	}
	if err != nil {
		return result, b.signal(ctx, in)
	}
	err = handle.Get(waiting, &result)
	if refused, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return result, refused
	}
	// Any other error means that the end was not seen: the conversation has the submission.
	return result, nil
}

func (b *backend) update(ctx context.Context, openID, name, id string, request any) (client.WorkflowUpdateHandle,
	error) {
	options, input := b.handover.Conversation(openID)
	erased, err := b.handover.Erased(ctx, openID)
	if err != nil {
		return nil, err
	}
	if !erased.IsZero() {
		input.Erased = erased.Unix()
	}
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	return b.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: b.temporal.NewWithStartWorkflowOperation(options, workflows.TypeConversation, input),
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateID: id, WorkflowID: options.ID, UpdateName: name, Args: []any{request},
			WaitForStage: client.WorkflowUpdateStageAccepted,
		},
	})
}

func (b *backend) signal(ctx context.Context, in Submission) error {
	ctx, cancel := context.WithTimeout(ctx, submitWait)
	defer cancel()
	if _, err := b.handover.Inbound(ctx, in.Inbound); err != nil {
		return fmt.Errorf("web: hand a submission over: %w", err)
	}
	return nil
}

// SpendLink asks the conversation. Each use is an update of its own: with a shared id, a second user would get the
// first's answer.
func (b *backend) SpendLink(ctx context.Context, openID string, in conversation.SpendLinkRequest) error {
	ctx, cancel := context.WithTimeout(ctx, submitWait)
	defer cancel()
	var handle client.WorkflowUpdateHandle
	id := "link/" + rand.Text()
	err := handover.Insist(ctx, func(ctx context.Context) (err error) {
		handle, err = b.update(ctx, openID, workflows.UpdateSpendLink, id, in)
		return err
	})
	if err != nil {
		return fmt.Errorf("web: use a link: %w", err)
	}
	return handle.Get(ctx, nil)
}

// SignOut needs no worker: the signal waits for one, or waits in the spool for Temporal.
func (b *backend) SignOut(ctx context.Context, openID string, in conversation.EndedSession) error {
	return b.signal(ctx, Submission{Inbound: conversation.SignOut(openID, in)})
}

// Erase needs no worker: the workflow waits for one.
func (b *backend) Erase(ctx context.Context, openID string) (hash string, err error) {
	ctx, cancel := context.WithTimeout(ctx, submitWait)
	defer cancel()
	err = handover.Insist(ctx, func(ctx context.Context) (err error) {
		hash, err = b.handover.Erase(ctx, openID)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("web: begin an erasure: %w", err)
	}
	return hash, nil
}

func (b *backend) Erased(ctx context.Context, openID string) (at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	err = handover.Insist(ctx, func(ctx context.Context) (err error) {
		at, err = b.handover.Erased(ctx, openID)
		return err
	})
	if err != nil {
		return at, fmt.Errorf("web: ask whether a follower was erased: %w", err)
	}
	return at, nil
}

func (b *backend) View(ctx context.Context, openID string) (conversation.PageView, error) {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	var (
		view  conversation.PageView
		value converter.EncodedValue
	)
	err := handover.Insist(ctx, func(ctx context.Context) (err error) {
		value, err = b.temporal.QueryWorkflow(ctx, b.handover.ConversationID(openID), "", workflows.QueryWeb)
		return err
	})
	if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
		return view, nil
	}
	if err != nil {
		return view, fmt.Errorf("web: ask the conversation: %w", err)
	}
	return view, value.Get(&view)
}

func (b *backend) Customer(ctx context.Context, in workflows.CustomerQuery) (out workflows.CustomerView, err error) {
	err = b.read(ctx, in.OpenID, workflows.ActivityReadCustomer, "", in, &out)
	return out, err
}

func (b *backend) Tickets(ctx context.Context, in workflows.TicketsQuery) (out workflows.TicketList, err error) {
	err = b.read(ctx, in.OpenID, workflows.ActivityReadTickets, fmt.Sprintf("%d-%d", in.Skip, in.Top), in, &out)
	return out, err
}

func (b *backend) Thread(ctx context.Context, in workflows.TicketQuery) (out workflows.TicketThread, err error) {
	err = b.read(ctx, in.OpenID, workflows.ActivityReadTicketThread, in.TicketID, in, &out)
	return out, err
}

func (b *backend) CloseTicket(ctx context.Context, in workflows.CloseTicketInput) error {
	err := b.read(ctx, in.OpenID, workflows.ActivityCloseTicket, in.TicketID, in, nil)
	if failed, ok := errors.AsType[*temporal.ApplicationError](err); ok &&
		(failed.Type() == workflows.ErrorC4CReadOnly || failed.Type() == workflows.ErrorC4CRejected) {
		return fmt.Errorf("%w (%w)", ErrNotClosable, err)
	}
	return err
}

func (b *backend) Carry(ctx context.Context, openID string, in workflows.CarryFileInput) error {
	return b.run(ctx, openID, workflows.ActivityCarryFile, rand.Text(), carryWait, in, nil)
}

// read runs a read for at most as long as a follower waits. If the same read is already running, the caller joins it.
func (b *backend) read(ctx context.Context, openID, activity, what string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	return b.run(ctx, openID, activity, what, 2*readWait, in, out)
}

// run runs one activity of the page's queue without a workflow, so that the reads count against the same limits as
// everything else.
func (b *backend) run(ctx context.Context, openID, activity, what string, most time.Duration, in, out any) error {
	options, input := b.handover.Conversation(openID)
	start := client.StartActivityOptions{
		ID:        "read/" + input.Account + "/" + input.FollowerKey + "/" + activity + "/" + what,
		TaskQueue: workflows.QueuePage, ScheduleToCloseTimeout: most, StartToCloseTimeout: most,
		RetryPolicy:              &temporal.RetryPolicy{MaximumAttempts: 2},
		ActivityIDConflictPolicy: enumspb.ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING,
		Summary:                  b.handover.Language.Say("Page: %s for follower %s", activity, input.FollowerKey),
		TypedSearchAttributes:    options.TypedSearchAttributes,
	}
	var handle client.ActivityHandle
	err := handover.Insist(ctx, func(ctx context.Context) (err error) {
		handle, err = b.temporal.ExecuteActivity(ctx, start, activity, in)
		return err
	})
	if serviceerror.ToStatus(err).Code() == codes.Unimplemented {
		return fmt.Errorf("%w (%w)", ErrNoReads, err)
	}
	if err != nil {
		return fmt.Errorf("web: read: %w", err)
	}
	err = handle.Get(ctx, out)
	if refused, ok := errors.AsType[*temporal.ApplicationError](err); ok && refused.Type() == workflows.ErrorC4CNotFound {
		return ErrNotTheirs
	}
	if err != nil {
		return fmt.Errorf("web: read: %w", err)
	}
	return nil
}
