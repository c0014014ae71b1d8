package operate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func (s *shop) subject() operate.Subject { return operate.Subject{Account: s.account, Key: s.key()} }

func (s *shop) conversation() string {
	id := s.start(workflows.ConversationID(s.account, s.key()), workflows.TypeConversation, "",
		workflows.ConversationInput{
			Account: s.account, OpenID: secretOpenID, FollowerKey: s.key(),
			State: &conversation.State{
				Known: conversation.Known{
					Profile: activities.Profile{ID: "P1"}, Customer: activities.Customer{ID: "C1"},
					Thread: conversation.Thread{RootMessageID: conversation.MessageID(s.account, secretOpenID, "1"),
						TicketID: s.ticket(1)},
				},
				Held: conversation.Held{Replies: []conversation.HeldReply{{WorkflowID: "reply/" + s.account + "/9"}}},
			},
		})
	return id
}

func TestShowFollower(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, err := s.ShowFollower(t.Context(), s.subject())
	require.ErrorIs(t, err, operate.ErrNoSuchFollower)

	id := s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	f, err := s.ShowFollower(t.Context(), s.subject())
	require.NoError(t, err)
	require.Equal(t, "none", f.Conversation)
	require.Nil(t, f.State)

	s.conversation()
	f, err = s.ShowFollower(t.Context(), s.subject())
	require.NoError(t, err)
	require.Empty(t, f.Note)
	require.Equal(t, "Running", f.Conversation)
	require.Equal(t, "P1", f.State.ProfileID)
	require.Equal(t, "C1", f.State.CustomerID)
	require.Equal(t, s.ticket(1), f.State.TicketID)
	require.Equal(t, []string{"reply/" + s.account + "/9"}, f.State.Held)
	require.Contains(t, f.State.Window, "replies wait until the follower acts")
	require.Len(t, f.Syncs, 1)
	require.Equal(t, id, f.Syncs[0].ID)

	var out bytes.Buffer
	require.NoError(t, f.WriteTable(&out, time.Now()))
	for _, want := range []string{f.FollowerKey, "conversation/" + s.account, "P1", "C1", "reply/" + s.account + "/9",
		id} {
		require.Contains(t, out.String(), want)
	}
	require.NoError(t, operate.WriteJSON(&out, f))
	harmless(t, out.String())
}

func TestErase(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	other := newShop(t)
	kept := other.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	s.conversation()
	s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	s.note(2, "", workflows.StateSynced)
	// A reply is routed before the follower's key is known: its workflow is found by the ticket.
	s.fail(s.ticket(1), activities.ErrorFollowerUnknown)
	route := workflows.RouteID(s.account, "77")
	s.start(route, workflows.TypeRouteReply, workflows.StateSyncing, workflows.RouteReplyInput{
		Account: s.account, Reply: conversation.Reply{SmaID: "77", TicketID: s.ticket(1), Text: secretText},
	})
	s.await(route, workflows.StateNeedsAttention)

	inventory, err := s.Inventory(t.Context(), s.subject())
	require.NoError(t, err)
	require.Equal(t, 4, inventory.Total)
	require.Equal(t, 3, inventory.Running)
	require.Equal(t, map[string]int{"Conversation": 1, "NoteTicket": 2, "RouteReply": 1}, inventory.ByType)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), workflows.Command{Actor: "dpo", Reason: "request 12"})
	require.NoError(t, err)
	require.True(t, receipt.Complete)
	require.Equal(t, 4, receipt.Deleted)
	require.Equal(t, 3, receipt.Closed)
	require.Equal(t, map[string]int{"Conversation": 1, "NoteTicket": 2, "RouteReply": 1}, receipt.ByType)
	require.Len(t, receipt.Runs, 4)
	require.Len(t, receipt.FollowerKeySHA256, 64)
	require.NotEmpty(t, receipt.Remaining)

	_, err = s.ShowFollower(t.Context(), s.subject())
	require.ErrorIs(t, err, operate.ErrNoSuchFollower)
	_, err = s.client.DescribeWorkflowExecution(t.Context(), workflows.ConversationID(s.account, s.key()), "")
	require.ErrorContains(t, err, "not found")
	s.requireKeptOut("77")
	require.Equal(t, 1, receipt.RepliesKeptOut)
	_, err = other.Show(t.Context(), kept)
	require.NoError(t, err, "another follower's syncs stay")

	var out bytes.Buffer
	require.NoError(t, operate.WriteJSON(&out, receipt))
	require.NotContains(t, out.String(), s.key())
	harmless(t, out.String())
	require.Equal(t, map[string]any{"closed": 3.0, "deleted": 4.0}, s.auditLines()[0]["result"])
	require.Equal(t, receipt.FollowerKeySHA256, s.auditLines()[0]["subject"])
	require.NotContains(t, s.audit.String(), s.key())

	again, err := s.Erase(ctx, s.subject(), workflows.Command{Actor: "dpo"})
	require.NoError(t, err, "erasing again is harmless")
	require.Zero(t, again.Deleted)
	require.True(t, again.Complete)
	raw, err := json.Marshal(again)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"runs":[]`)
}

func TestEraseThatIsCutShortSaysSo(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Poll = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	receipt, err := s.Erase(ctx, s.subject(), alice)
	require.Error(t, err)
	require.False(t, receipt.Complete)
}
