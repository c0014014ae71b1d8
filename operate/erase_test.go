package operate_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// listen starts a conversation that receives signals on a queue of its own that nobody polls, so that they wait in
// it.
func (s *shop) listen() string {
	s.t.Helper()
	id := workflows.ConversationID(s.account, s.key())
	_, err := s.client.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: s.account, TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(s.account), workflows.AttributeFollowerKey.ValueSet(s.key())),
	}, workflows.TypeConversation, workflows.ConversationInput{
		Account: s.account, OpenID: secretOpenID, FollowerKey: s.key(),
	})
	require.NoError(s.t, err)
	return id
}

// row starts a sync under a reply's id and waits until it has the expected state.
func (s *shop) row(smaID, ticket, state string) {
	s.t.Helper()
	id := conversation.ReplyID(s.account, smaID)
	s.start(id, workflows.TypeNoteTicket, workflows.StateSyncing, workflows.NoteTicketInput{
		SyncInput: workflows.SyncInput{Account: s.account, FollowerKey: s.key()}, TicketID: ticket, Text: secretText,
	})
	s.await(id, state)
}

// answered delivers an agent's reply to the conversation.
func (s *shop) answered(talk string, r conversation.Reply) {
	s.t.Helper()
	r.Text, r.OpenID = secretText, secretOpenID
	require.NoError(s.t, s.client.SignalWorkflow(s.t.Context(), talk, "", workflows.SignalReply, r))
}

// routed starts the search for the follower of a reply, not yet known to be this follower, and makes it park.
func (s *shop) routed(smaID, ticket string) string {
	s.t.Helper()
	s.fail(ticket, activities.ErrorFollowerUnknown)
	id := workflows.RouteID(s.account, smaID)
	require.NoError(s.t, s.route(smaID, ticket))
	s.await(id, workflows.StateNeedsAttention)
	return id
}

// route does the same as the api and the comparison: an existing run prevents the start.
func (s *shop) route(smaID, ticket string) error {
	_, err := s.client.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{
		ID: workflows.RouteID(s.account, smaID), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(s.account), workflows.AttributeTicketID.ValueSet(ticket),
			workflows.AttributeSyncState.ValueSet(workflows.StateSyncing)),
	}, workflows.TypeRouteReply, workflows.RouteReplyInput{
		Account: s.account, Reply: conversation.Reply{SmaID: smaID, TicketID: ticket, Text: secretText},
	})
	return err
}

// requireKeptOut requires a comparison to find the reply known, and none of its workflows to be startable.
func (s *shop) requireKeptOut(smaIDs ...string) {
	s.t.Helper()
	for _, smaID := range smaIDs {
		for _, id := range []string{conversation.ReplyID(s.account, smaID), workflows.RouteID(s.account, smaID)} {
			found, err := s.client.DescribeWorkflowExecution(s.t.Context(), id, "")
			require.NoError(s.t, err, "%s would be taken for missed", id)
			require.Equal(s.t, workflows.TypeErasedReply, found.GetWorkflowExecutionInfo().GetType().GetName())
			require.NotContains(s.t, found.String(), s.key())
		}
		require.True(s.t, temporal.IsWorkflowExecutionAlreadyStartedError(s.route(smaID, s.ticket(1))), smaID)
	}
}

// A deleted reply is neither delivered nor stored again, although a comparison looks back over an hour and more, and
// a push may be repeated.
func TestErasedRepliesStayErased(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	talk := s.listen()
	s.row("1", s.ticket(1), workflows.StateSynced)
	s.fail(s.ticket(2), tryAgain+activities.ErrorC4CLocked) // it is on its way when the follower is erased
	s.row("2", s.ticket(2), workflows.StateSyncing)
	s.answered(talk, conversation.Reply{SmaID: "3"}) // waits in the conversation without a row
	s.answered(talk, conversation.Reply{SmaID: "4"}) // came another way
	require.NoError(t, s.route("4", s.ticket(4)))
	s.answered(talk, conversation.Reply{SmaID: "wkf-1", Automatic: true})
	s.row("auto/"+s.key()+"/status/1", s.ticket(3), workflows.StateSynced)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err)
	require.True(t, receipt.Complete)
	require.Equal(t, map[string]int{"Conversation": 1, "NoteTicket": 3, "RouteReply": 1}, receipt.ByType)
	require.Equal(t, 4, receipt.RepliesKeptOut)
	require.Empty(t, receipt.Left)
	s.requireKeptOut("1", "2", "3", "4")
	for _, smaID := range []string{"wkf-1", "auto/" + s.key() + "/status/1"} {
		_, err := s.client.DescribeWorkflowExecution(ctx, conversation.ReplyID(s.account, smaID), "")
		require.ErrorContains(t, err, "not found", "ids of automatic texts are shared, or name the follower")
	}
	inventory, err := s.Inventory(ctx, s.subject())
	require.NoError(t, err)
	require.Zero(t, inventory.Total, "what keeps a reply out is not about the follower")
	s.eventually(func() bool { // it closes by itself, and is kept no longer than any closed workflow
		found, err := s.client.DescribeWorkflowExecution(ctx, workflows.RouteID(s.account, "3"), "")
		return err == nil && found.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT
	})
	require.NoError(t, s.route("5", s.ticket(4)), "a reply that is written later is new")

	var out bytes.Buffer
	require.NoError(t, operate.WriteJSON(&out, receipt))
	require.NotContains(t, out.String(), s.key())
	harmless(t, out.String())
}

// The mark outlives the erasure for as long as older events could count, identifies nobody, and is replaced by the
// next one.
func TestErasureLeavesAMark(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.listen()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	look := func() *workflowservice.DescribeWorkflowExecutionResponse {
		mark, err := s.client.DescribeWorkflowExecution(ctx, workflows.ErasureID(s.account, s.key()), "")
		require.NoError(t, err)
		require.Equal(t, workflows.TypeErasedFollower, mark.GetWorkflowExecutionInfo().GetType().GetName())
		require.NotContains(t, mark.String(), s.key())
		return mark
	}
	begun := time.Now()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err)
	require.WithinRange(t, receipt.MarkedUntil, begun.Add(workflows.ErasureLife-time.Minute),
		time.Now().Add(workflows.ErasureLife))
	first := look()
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, first.GetWorkflowExecutionInfo().GetStatus())
	require.Nil(t, first.GetPendingWorkflowTask(), "it fills no queue")
	ends := first.GetWorkflowExtendedInfo().GetExecutionExpirationTime().AsTime()
	require.WithinRange(t, ends, receipt.MarkedUntil.Add(-time.Minute), receipt.MarkedUntil.Add(time.Minute))

	verified, err := s.Verify(ctx, s.subject())
	require.NoError(t, err, "the mark is not taken for the follower's")
	require.Empty(t, verified.Found)
	_, err = s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err)
	require.True(t,
		look().GetWorkflowExecutionInfo().GetStartTime().AsTime().After(
			first.GetWorkflowExecutionInfo().GetStartTime().AsTime()))
}

// An interrupted erasure has marked the follower before it deleted anything.
func TestErasureMarksFirst(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.listen()
	service := &stubbornService{s.client.WorkflowService(), id}
	s.Temporal = &stubborn{s.client, service}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.Error(t, err)
	require.False(t, receipt.Complete)
	require.False(t, receipt.MarkedUntil.IsZero())
	_, err = s.client.DescribeWorkflowExecution(t.Context(), workflows.ErasureID(s.account, s.key()), "")
	require.NoError(t, err)
}

// C4C's ids are texts of any kind. One that cannot be quoted in a query does not stop the erasure.
func TestEraseTakesOddIDs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	odd := `88"7'7\`
	s.row(odd, s.ticket(1), workflows.StateSynced)
	sameReply := s.routed(odd, s.ticket(2))
	s.row("9", `4"5`, workflows.StateSynced)
	sameTicket, otherTicket := s.routed("10", `4"5`), s.routed("11", s.ticket(9))

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"NoteTicket": 2, "RouteReply": 2}, receipt.ByType)
	s.requireKeptOut(odd, "9", "10")
	for _, id := range []string{sameReply, sameTicket} {
		found, err := s.client.DescribeWorkflowExecution(ctx, id, "")
		require.NoError(t, err)
		require.Equal(t, workflows.TypeErasedReply, found.GetWorkflowExecutionInfo().GetType().GetName())
	}
	_, err = s.Show(ctx, otherTicket)
	require.NoError(t, err, "what is not the follower's stays")
}

// stubborn is a Temporal that does not delete one type of history.
type stubborn struct {
	client.Client
	service workflowservice.WorkflowServiceClient
}

func (s *stubborn) ListActivities(context.Context, client.ListActivitiesOptions) (client.ListActivitiesResult, error) {
	unknown := serviceerror.NewUnimplemented("a server of long ago")
	return client.ListActivitiesResult{Results: func(yield func(*client.ActivityExecutionInfo, error) bool) {
		yield(nil, unknown)
	}}, nil
}

func (s *stubborn) WorkflowService() workflowservice.WorkflowServiceClient { return s.service }

type stubbornService struct {
	workflowservice.WorkflowServiceClient
	keep string
}

func (s *stubbornService) DeleteWorkflowExecution(
	ctx context.Context, in *workflowservice.DeleteWorkflowExecutionRequest, opts ...grpc.CallOption,
) (*workflowservice.DeleteWorkflowExecutionResponse, error) {
	if in.GetWorkflowExecution().GetWorkflowId() == s.keep {
		return nil, serviceerror.NewInvalidArgument("an odd one")
	}
	return s.WorkflowServiceClient.DeleteWorkflowExecution(ctx, in, opts...)
}

// A run that cannot be deleted does not keep the rest from being deleted, and the receipt names it.
func TestEraseGoesPastWhatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.listen()
	s.row("1", s.ticket(1), workflows.StateSynced)
	s.row("2", s.ticket(1), workflows.StateSynced)
	s.Temporal = &stubborn{Client: s.client, service: &stubbornService{
		WorkflowServiceClient: s.client.WorkflowService(), keep: conversation.ReplyID(s.account, "1"),
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.ErrorContains(t, err, "erase: not complete, 1 runs are left: erase a NoteTicket: an odd one")
	require.NoError(t, ctx.Err(), "it does not try for ever")
	require.False(t, receipt.Complete)
	require.Equal(t, map[string]int{"Conversation": 1, "NoteTicket": 1}, receipt.ByType)
	require.Len(t, receipt.Left, 1)
	require.Equal(t, workflows.TypeNoteTicket, receipt.Left[0].Type)
	s.requireKeptOut("1", "2")

	s.Temporal = s.client
	receipt, err = s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err, "and again, once it can be")
	require.Equal(t, 1, receipt.Deleted)
	require.Empty(t, receipt.Left)
}

// The page's reads of a follower are also stored in Temporal, as results of activities without a workflow.
func TestEraseDeletesWhatThePageHasRead(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	read := func() {
		handle, err := s.client.ExecuteActivity(t.Context(), client.StartActivityOptions{
			ID:        "read/" + s.account + "/" + s.key() + "/" + workflows.ActivityReadCustomer,
			TaskQueue: workflows.QueueC4C, ScheduleToCloseTimeout: time.Minute,
			TypedSearchAttributes: temporal.NewSearchAttributes(
				workflows.AttributeAccount.ValueSet(s.account), workflows.AttributeFollowerKey.ValueSet(s.key())),
		}, workflows.ActivityReadCustomer, secretOpenID)
		require.NoError(t, err)
		var name string
		require.NoError(t, handle.Get(t.Context(), &name))
		require.Equal(t, secretText, name)
	}
	read()
	read()
	s.eventually(func() bool {
		inventory, err := s.Inventory(t.Context(), s.subject())
		require.NoError(t, err)
		return inventory.ByType[workflows.ActivityReadCustomer] == 2
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err)
	require.Equal(t, map[string]int{workflows.ActivityReadCustomer: 2}, receipt.ByType)
	inventory, err := s.Inventory(ctx, s.subject())
	require.NoError(t, err)
	require.Zero(t, inventory.Total)
}

// The page's reads are also deleted by themselves, soon after the read.
func TestWhatThePageHasReadIsSwept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	read := func(activity string) client.ActivityHandle {
		handle, err := s.client.ExecuteActivity(t.Context(), client.StartActivityOptions{
			ID:        "read/" + s.account + "/" + s.key() + "/" + activity,
			TaskQueue: workflows.QueueC4C, ScheduleToCloseTimeout: time.Minute,
			TypedSearchAttributes: temporal.NewSearchAttributes(
				workflows.AttributeAccount.ValueSet(s.account), workflows.AttributeFollowerKey.ValueSet(s.key())),
		}, activity, secretOpenID)
		require.NoError(t, err)
		return handle
	}
	var name string
	require.NoError(t, read(workflows.ActivityReadCustomer).Get(t.Context(), &name))
	require.Equal(t, secretText, name)
	s.note(1, "", workflows.StateSynced)
	count := func() (map[string]int, int) {
		inventory, err := s.Inventory(t.Context(), s.subject())
		require.NoError(t, err)
		return inventory.ByType, inventory.Total
	}
	s.eventually(func() bool {
		_, total := count()
		return total == 2
	})
	sweeper := web.Sweeper{Temporal: s.client, Namespace: "default", Logger: slog.New(slog.DiscardHandler),
		Rest: time.Hour}
	_, err := sweeper.Sweep(t.Context())
	require.NoError(t, err)
	found, _ := count()
	require.Equal(t, 1, found[workflows.ActivityReadCustomer], "not while somebody may still fetch it")

	sweeper.Rest = time.Nanosecond
	s.eventually(func() bool {
		_, err := sweeper.Sweep(t.Context())
		require.NoError(t, err)
		found, _ := count()
		return found[workflows.ActivityReadCustomer] == 0
	})
	found, _ = count()
	require.Equal(t, map[string]int{"NoteTicket": 1}, found, "and nothing else goes")

	sweeper.Temporal = &stubborn{Client: s.client}
	deleted, err := sweeper.Sweep(t.Context())
	require.NoError(t, err, "a server that cannot read for the page has nothing of it")
	require.Zero(t, deleted)
}

// A reply whose key is gone cannot be kept out: the person who erases must learn of it.
func TestEraseSaysWhichRepliesItCannotRead(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answered(s.listen(), conversation.Reply{SmaID: "1"})
	ring, err := codec.NewKeyRing([]codec.Key{{ID: "another", Secret: bytes.Repeat([]byte{8}, 32)}})
	require.NoError(t, err)
	s.DataConverter = ring.DataConverter()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.ErrorContains(t, err, "1 replies could not be read")
	require.Equal(t, 1, receipt.RepliesUnread)
	require.Equal(t, 1, receipt.Deleted, "its data is deleted all the same")
	require.False(t, receipt.Complete)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	nothing, err := s.Verify(t.Context(), s.subject())
	require.NoError(t, err)
	require.Empty(t, nothing.Found)
	s.note(1, "", workflows.StateSynced)
	something, err := s.Verify(t.Context(), s.subject())
	require.ErrorIs(t, err, operate.ErrCameBack)
	require.Equal(t, map[string]int{"NoteTicket": 1}, something.Found)
}
