package operate_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// api hands over what comes from the shop's follower, as an api process does.
func (s *shop) api() *handover.Handover {
	return handover.New(s.client, []byte("secret of the tests"), s.account, nil)
}

// writes delivers a message that the follower writes now, in the second after any erasure that has begun.
func (s *shop) writes(id int) {
	s.t.Helper()
	in := conversation.Inbound{
		Key: s.account + strconv.Itoa(id), Kind: conversation.KindMessage, OpenID: secretOpenID, Text: secretText,
		MsgID: strconv.Itoa(id), CreateTime: time.Now().Add(2 * time.Second).Unix(),
	}
	outcome, err := s.api().Inbound(s.t.Context(), in)
	require.NoError(s.t, err)
	require.Equal(s.t, handover.Taken, outcome)
}

// talk is the current run of the follower's conversation.
func (s *shop) talk() *workflowservice.DescribeWorkflowExecutionResponse {
	s.t.Helper()
	found, err := s.client.DescribeWorkflowExecution(s.t.Context(), workflows.ConversationID(s.account, s.key()), "")
	require.NoError(s.t, err)
	return found
}

// requireHeard requires the follower's conversation to work on what they wrote.
func (s *shop) requireHeard() {
	s.t.Helper()
	require.Equal(s.t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, s.talk().GetWorkflowExecutionInfo().GetStatus())
	s.eventually(func() bool {
		f, err := s.ShowFollower(s.t.Context(), s.subject())
		require.NoError(s.t, err)
		open := 0
		for _, sync := range f.Syncs {
			if sync.Type == workflows.TypeOnboardFollower && sync.Open() {
				open++
			}
		}
		return open == 1 && f.State != nil && f.State.WaitingMessages > 0
	})
}

// passSecond waits until the conversation is older than a second: Temporal replaces no younger workflow, and two
// erasures in one second are one.
func (s *shop) passSecond() {
	s.t.Helper()
	s.eventually(func() bool {
		return time.Since(s.talk().GetWorkflowExecutionInfo().GetStartTime().AsTime()) > 1100*time.Millisecond
	})
}

// slowService deletes nothing of one workflow until it is released.
type slowService struct {
	workflowservice.WorkflowServiceClient
	id       string
	reached  chan struct{}
	released chan struct{}
}

func (s *slowService) DeleteWorkflowExecution(
	ctx context.Context, in *workflowservice.DeleteWorkflowExecutionRequest, opts ...grpc.CallOption,
) (*workflowservice.DeleteWorkflowExecutionResponse, error) {
	if in.GetWorkflowExecution().GetWorkflowId() == s.id {
		select {
		case s.reached <- struct{}{}:
		default:
		}
		<-s.released
	}
	return s.WorkflowServiceClient.DeleteWorkflowExecution(ctx, in, opts...)
}

// What the follower writes while the erasure runs is worked on and stays; all from before goes.
func TestWhatIsWrittenDuringAnErasureIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.listen()
	before := s.talk().GetWorkflowExecutionInfo().GetExecution().GetRunId()
	s.row("1", s.ticket(1), workflows.StateSynced)
	slow := &slowService{WorkflowServiceClient: s.client.WorkflowService(), id: conversation.ReplyID(s.account, "1"),
		reached: make(chan struct{}), released: make(chan struct{})}
	s.Temporal = &stubborn{Client: s.client, service: slow}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	type erased struct {
		receipt operate.Receipt
		err     error
	}
	done := make(chan erased, 1)
	go func() {
		receipt, err := s.Erase(ctx, s.subject(), alice)
		done <- erased{receipt, err}
	}()
	<-slow.reached
	s.writes(1)
	s.requireHeard()
	written := s.talk().GetWorkflowExecutionInfo().GetExecution().GetRunId()
	s.eventually(func() bool { // the visibility store lists it, too
		inventory, err := s.Inventory(ctx, s.subject())
		require.NoError(t, err)
		return inventory.ByType[workflows.TypeOnboardFollower] == 1
	})
	close(slow.released)
	end := <-done
	require.NoError(t, end.err)
	require.True(t, end.receipt.Complete)
	require.Equal(t, map[string]int{"Conversation": 1, "NoteTicket": 1}, end.receipt.ByType)
	require.Equal(t, written, s.talk().GetWorkflowExecutionInfo().GetExecution().GetRunId())
	s.requireHeard()
	_, err := s.client.DescribeWorkflowExecution(ctx, workflows.ConversationID(s.account, s.key()), before)
	require.ErrorContains(t, err, "not found")

	s.passSecond()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.NoError(t, err, "who asks again means that, too")
	require.Equal(t, map[string]int{"Conversation": 1, "OnboardFollower": 1}, receipt.ByType)
}

// What the follower writes after they have asked on the page is kept, whenever a worker begins with the erasure, and
// however often it has to try. If they ask again, that counts.
func TestWhatIsWrittenBeforeAWorkerErasesIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.listen()
	s.row("1", s.ticket(1), workflows.StateSynced)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ask := func() time.Time {
		_, err := s.api().Erase(ctx, secretOpenID)
		require.NoError(t, err)
		marked, err := s.api().Erased(ctx, secretOpenID)
		require.NoError(t, err)
		return marked
	}
	first := ask()
	s.writes(1)
	s.requireHeard()
	for range 2 { // a second attempt knows nothing of the first
		_, err := s.EraseBefore(ctx, s.subject(), first, alice)
		require.NoError(t, err)
		s.requireHeard()
	}
	s.passSecond()
	second := ask()
	_, err := s.EraseBefore(ctx, s.subject(), second, alice)
	require.NoError(t, err)
	_, err = s.client.DescribeWorkflowExecution(ctx, workflows.ConversationID(s.account, s.key()), "")
	require.ErrorContains(t, err, "not found", "nobody has written since")
	_, err = s.ShowFollower(ctx, s.subject())
	require.ErrorIs(t, err, operate.ErrNoSuchFollower)
}
