package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// C4C makes no ticket of a new thread. After some minutes the message parks under a cause of its own. Later messages
// join its thread in the meantime, and when the ticket exists, all of them know it.
func TestTicketThatNeverComes(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]error{
		"pending": transient(activities.ErrorC4CTicketPending), "C4C is away": transient(activities.ErrorC4CUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			s.will("FindTicket", times(1000, trouble)...)
			first, second := s.say("one"), s.say("two")
			s.advance(40 * time.Second)
			s.requireState(second, StateSynced, "")
			s.requireState(first, StateSyncing, "")
			s.check(func() { require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts()) })
			s.advance(10 * time.Minute)
			s.requireState(first, StateNeedsAttention, activities.ErrorC4CTicketMissing)
			third := s.say("three")
			s.advance(time.Minute)
			s.requireState(third, StateSynced, "")
			s.step(func() { s.tenant.forget("FindTicket") })
			s.command(first, CommandRetry, "ada")
			s.advance(time.Minute)
			fourth := s.say("four")
			s.run()
			require.Equal(t, [][]string{{"one", "two", "three", "four"}}, s.tenant.texts())
			s.requireSynced(first, second, third, fourth)
			require.Equal(t, "1", s.attribute(testConversation, AttributeTicketID))
		})
	}
}

// The same for a submission of the page: once there is a ticket, the page shows it.
func TestTicketOfThePageComesLate(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("FindTicket", times(12, later(activities.ErrorC4CTicketPending, 10*time.Second))...)
	request := s.ticketRequest("key00001", "subject")
	first := s.submit(UpdateOpenTicket, "key00001", request)
	s.advance(time.Minute)
	s.check(func() {
		require.True(t, first.finished)
		require.Equal(t, conversation.WebResult{Key: "key00001"}, first.result, "it is on its way")
	})
	s.advance(5 * time.Minute)
	again := s.submit(UpdateOpenTicket, "again", request)
	s.run()
	require.Equal(t, conversation.WebResult{Key: "key00001", Done: true, TicketID: "1"}, again.result)
}

// No worker takes the activity that asks for the ticket in time: that says nothing about the ticket or WeChat.
func TestNobodyLooksForTheTicket(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("FindTicket", errLost, errLost)
	message := s.say("one")
	waitedInVain := temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
	s.finish(message, nil, waitedInVain)
	s.requireState(message, StateSyncing, "")
	s.finish(message, nil, waitedInVain)
	s.advance(time.Second)
	s.requireState(message, StateNeedsAttention, activities.ErrorC4CTicketMissing)
	s.command(message, CommandRetry, "ada")
	s.run()
	s.requireSynced(message)
}

// The same for a file that WeChat has deleted in the meantime.
func TestNobodyTakesTheFile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text, in.Media = "55", "image", "[Picture]", &conversation.Media{Kind: "image", ID: "media-1"}
	s.will("AttachMedia", errLost)
	s.inbound(in)
	s.advance(time.Minute)
	id := AttachID(testAccount, testFollower, "55", 1)
	s.finish(id, nil, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil))
	s.requireState(id, StateSkipped, activities.ErrorWeChatMediaExpired)
	s.run()
}
