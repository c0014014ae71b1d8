package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

var ownFields = []activities.OwnField{
	{Property: "ZVIN_KUT", Kind: activities.OwnText, Value: "LSVAA49J132047811"},
	{Property: "ZMileage_KUT", Kind: activities.OwnNumber, Value: "12.5"},
}

func fieldRefused() error {
	return temporal.NewNonRetryableApplicationError("refused", activities.ErrorC4CFieldRefused, nil,
		activities.Failure{Code: "X:1", Text: "Value … of property ZVIN_KUT is too long", Properties: []string{"ZVIN_KUT"}})
}

// TestOwnFieldsOfATicket: they reach C4C with the subject. If C4C refuses one, the sync parks and names the property,
// and the follower has their ticket.
func TestOwnFieldsOfATicket(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("DescribeTicket", fieldRefused())
	request := s.ticketRequest("key00001", "subject")
	request.Fields = ownFields
	out := s.submit(UpdateOpenTicket, "submission", request)
	s.advance(time.Minute)
	id := conversation.TicketSyncID(testAccount, testFollower, "web-key00001")
	s.requireState(id, StateNeedsAttention, activities.ErrorC4CFieldRefused)
	s.check(func() {
		require.Equal(t, conversation.WebResult{Key: "key00001", Done: true, TicketID: "1"}, out.result)
		require.Equal(t, [][]string{{"subject\n\ntext"}}, s.tenant.texts(), "no value in the message")
		details := s.details(id)
		require.Contains(t, details, "The properties: ZVIN_KUT.")
		require.Contains(t, details, "WECHAT_C4C_WEB_FIELDS_FILE")
		require.NotContains(t, details, "LSV")
	})
	s.command(id, CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(id)
	require.Len(t, s.tenant.web.described, 1)
	require.Equal(t, ownFields, s.tenant.web.described[0].Fields)
	require.Equal(t, "subject", s.tenant.web.described[0].Subject)
	require.Empty(t, s.tenant.received(), "the page has shown the number")
}

func TestOwnFieldsOfACustomer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("SaveCustomer", fieldRefused())
	request := registration("key00001")
	request.Registration.Fields = ownFields
	s.submit(UpdateRegister, "submission", request)
	s.advance(time.Minute)
	id := conversation.RegisterID(testAccount, testFollower, "key00001")
	s.requireState(id, StateNeedsAttention, activities.ErrorC4CFieldRefused)
	s.check(func() { require.Contains(t, s.details(id), "The properties: ZVIN_KUT.") })
	s.command(id, CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(id)
	require.Len(t, s.tenant.web.saved, 1)
	require.Equal(t, ownFields, s.tenant.web.saved[0].Fields)
}
