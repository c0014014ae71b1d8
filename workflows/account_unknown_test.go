package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// A worker that does not know an account must not work on it. The workflow task fails, is retried, and succeeds on a
// worker that knows the account. No policy is invented, and nothing is recorded.
func TestUnknownAccountBlocksTheTask(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{
		TypeConversation:    ConversationInput{Account: "other", OpenID: testOpenID, FollowerKey: testFollower},
		TypeOnboardFollower: OnboardFollowerInput{SyncInput: SyncInput{Account: "other", FollowerKey: testFollower}},
		TypeCreateTicket:    CreateTicketInput{SyncInput: SyncInput{Account: "other", FollowerKey: testFollower}},
		TypeDeliverReply:    DeliverReplyInput{SyncInput: SyncInput{Account: "other", FollowerKey: testFollower}},
		TypeAnnounceReply:   AnnounceReplyInput{SyncInput: SyncInput{Account: "other", FollowerKey: testFollower}},
		TypeAttachMedia:     AttachMediaInput{SyncInput: SyncInput{Account: "other", FollowerKey: testFollower}},
		TypeRegisterCustomer: RegisterCustomerInput{
			SyncInput: SyncInput{Account: "other", FollowerKey: testFollower}, Registration: conversation.Registration{},
		},
		TypeRouteReply:       RouteReplyInput{Account: "other"},
		TypeReconcileReplies: ReconcileInput{Account: "other"},
	}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			if name == TypeConversation {
				s.env.RegisterDelayedCallback(func() { s.env.SignalWorkflow(SignalReply, conversation.Reply{SmaID: "1"}) }, 0)
			}
			s.env.ExecuteWorkflow(name, input)
			err := s.env.GetWorkflowError()
			require.ErrorContains(t, err, `account "other" is not configured on this worker`)
			require.Empty(t, s.tenant.calls)
		})
	}
}
