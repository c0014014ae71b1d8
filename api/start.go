package api

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// How long a webhook may take in all, waits and Temporal's retries included. WeChat gives up after 5 seconds and pushes
// again; what is left is for the way. C4C never pushes again, so Temporal gets as long as the connection lasts.
const (
	budgetOfWeChat = 4500 * time.Millisecond
	budgetOfC4C    = 9 * time.Second
)

// openIDForm keeps out what could not stand in an id; an openid has 28 of these characters.
var openIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// signalConversation hands arg to the follower's conversation, which it starts if need be.
func (h *handlers) signalConversation(ctx context.Context, openID, signal string, arg any) error {
	options, input := h.conversationOf(openID)
	_, err := h.Temporal.SignalWithStartWorkflow(ctx, options.ID, signal, arg, options, workflows.TypeConversation, input)
	return unavailable(err)
}

// within bounds what a request may take, from its first middleware on.
func within(budget time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), budget)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

// conversationOf says how a follower's conversation is started.
func (h *handlers) conversationOf(openID string) (client.StartWorkflowOptions, workflows.ConversationInput) {
	key := h.followerKey(openID)
	return conversationOptions(h.Account, key), workflows.ConversationInput{Account: h.Account, OpenID: openID, FollowerKey: key}
}

// followerKey names a follower without the openid.
func (h *handlers) followerKey(openID string) string {
	return workflows.FollowerKey(h.FollowerKeySecret, h.Account, openID)
}

// conversationID is the id of a follower's conversation.
func (h *handlers) conversationID(openID string) string {
	return workflows.ConversationID(h.Account, h.followerKey(openID))
}

// conversationOptions leave reuse and conflict policy unset: a conversation that ended is started anew.
func conversationOptions(account, followerKey string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:            workflows.ConversationID(account, followerKey),
		TaskQueue:     workflows.TaskQueue,
		StaticSummary: "Conversation with follower " + followerKey,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(account),
			workflows.AttributeFollowerKey.ValueSet(followerKey),
		),
	}
}

// routeReply starts the search for the follower of a reply. duplicate tells that it was started before.
func (h *handlers) routeReply(ctx context.Context, reply conversation.Reply) (duplicate bool, err error) {
	input := workflows.RouteReplyInput{Account: h.Account, Reply: reply}
	_, err = h.Temporal.ExecuteWorkflow(ctx, routeOptions(h.Account, reply), workflows.TypeRouteReply, input)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return true, nil
	}
	return false, unavailable(err)
}

// routeOptions make every repetition one kind of error, whether the first run is still there or closed.
func routeOptions(account string, reply conversation.Reply) client.StartWorkflowOptions {
	attributes := []temporal.SearchAttributeUpdate{
		workflows.AttributeSyncState.ValueSet(workflows.StateSyncing),
		workflows.AttributeAccount.ValueSet(account),
	}
	if reply.TicketID != "" {
		attributes = append(attributes, workflows.AttributeTicketID.ValueSet(reply.TicketID))
	}
	return client.StartWorkflowOptions{
		ID:                                       workflows.RouteID(account, reply.SmaID),
		TaskQueue:                                workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "Find the follower of reply " + reply.SmaID,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
	}
}

// signalTicketChanged hands an event to the workflow that takes those of its ticket, which it starts if need be.
func (h *handlers) signalTicketChanged(ctx context.Context, e event) error {
	options := client.StartWorkflowOptions{
		ID:            workflows.TicketChangedID(h.Account, e.objectID),
		TaskQueue:     workflows.TaskQueue,
		StaticSummary: "Change of ticket " + e.objectID + " in C4C",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeSyncState.ValueSet(workflows.StateSyncing),
			workflows.AttributeAccount.ValueSet(h.Account),
		),
	}
	input := workflows.TicketChangedInput{Account: h.Account, ObjectID: e.objectID}
	_, err := h.Temporal.SignalWithStartWorkflow(ctx, options.ID, workflows.SignalTicketEvent, e.ticket, options, workflows.TypeTicketChanged, input)
	return unavailable(err)
}

// unavailable is the answer to whatever keeps Temporal from taking something: the sender keeps it and tries again.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return &failure{status: http.StatusServiceUnavailable, result: "unavailable", err: err}
}
