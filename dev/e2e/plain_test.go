package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// What Temporal stores of a story is readable where operators need it, and nowhere else: titles, but neither texts nor
// openids, also in what went wrong.
func TestHistoriesShowTitlesAndNothingPrivate(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.c4c.faults(rule{Match: addActivity, Kind: "errcode", Errcode: "/CL_CDA_BUSDT/:034", Times: 1})
	s.say("oAlice", "the brakes are worse today")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)
	s.agentReplies(ticket.ID, "please come by tomorrow", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	titles := 0
	for _, row := range s.workflows(`ExecutionStatus IS NOT NULL`) {
		id := row.GetExecution()
		events := s.client.GetWorkflowHistory(t.Context(), id.GetWorkflowId(), id.GetRunId(), false,
			enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(t, err)
			if title := event.GetUserMetadata().GetSummary(); title != nil {
				require.Equal(t, "json/plain", string(title.GetMetadata()["encoding"]), event.GetEventType())
				titles++
			}
			stored, err := proto.Marshal(event)
			require.NoError(t, err)
			for _, secret := range []string{"oAlice", "my brakes squeal", "the brakes are worse", "come by tomorrow",
				"Processing of the object failed"} {
				require.NotContains(t, string(stored), secret, "%s of %s", event.GetEventType(), id.GetWorkflowId())
			}
		}
	}
	require.Greater(t, titles, 10)
}
