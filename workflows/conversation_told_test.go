package workflows

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// asked is the result of asking for a text that answers a message.
type asked struct {
	told  TellAnswer
	until int64 // of a refusal that says so
	err   error
}

// ask asks for a text that answers the last message, a second later.
func (s *stage) ask(kind string, life time.Duration) *asked {
	s.converse()
	out := &asked{}
	at := dawn.Add(s.clock).Unix()
	s.step(func() {
		refused := func(err error) {
			out.err = err
			if due, ok := errors.AsType[*temporal.ApplicationError](err); ok && due.Type() == ErrorNotDue {
				_ = due.Details(&out.until)
			}
		}
		err := s.env.UpdateWorkflowByID(testConversation, UpdateTell, kind+time.Duration(at).String(),
			&testsuite.TestUpdateCallback{
				OnAccept: func() {}, OnReject: refused,
				OnComplete: func(result any, err error) {
					out.told, _ = result.(TellAnswer)
					out.err = err
				},
			}, conversation.TellRequest{Kind: kind, At: at, Next: at + int64(life.Seconds())})
		if err != nil {
			refused(err)
		}
	})
	return out
}

const twoDays = 48 * time.Hour

func TestReceivedIsToldOncePerWindow(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.say("one")
	first := s.ask(conversation.TellReceived, twoDays) // the ticket's number answers this one
	s.advance(47 * time.Hour)
	s.say("two")
	second := s.ask(conversation.TellReceived, twoDays)
	s.advance(47 * time.Hour)
	s.say("three")
	third := s.ask(conversation.TellReceived, twoDays)
	s.advance(49 * time.Hour)
	s.say("four")
	fourth := s.ask(conversation.TellReceived, twoDays)
	s.say("five")
	fifth := s.ask(conversation.TellReceived, twoDays)
	s.run()
	for _, refused := range []*asked{first, second, third, fifth} {
		require.Error(t, refused.err)
		require.NotZero(t, refused.until)
	}
	require.NoError(t, fourth.err, "the window was closed before this message")
	require.Equal(t, TellAnswer{TicketID: "1"}, fourth.told)
}

func TestReceivedWhereNumbersAreNotTold(t *testing.T) {
	t.Parallel()
	policy := testPolicy
	policy.TellNumber = false
	s := newStageWith(t, policy)
	s.say("one")
	first := s.ask(conversation.TellReceived, twoDays)
	s.say("two")
	second := s.ask(conversation.TellReceived, twoDays)
	s.run()
	require.NoError(t, first.err)
	require.Error(t, second.err)
}

func TestClosedIsToldOncePerClosure(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say("one")
	first := s.ask(conversation.TellClosed, 10*time.Hour)
	s.advance(9 * time.Hour)
	s.say("two")
	second := s.ask(conversation.TellClosed, time.Hour)
	s.advance(14 * time.Hour)
	s.say("three")
	third := s.ask(conversation.TellClosed, 10*time.Hour)
	s.run()
	require.NoError(t, first.err, "beside the number of the ticket")
	require.Error(t, second.err)
	require.Greater(t, second.until, dawn.Unix())
	require.NoError(t, third.err)
}

func TestWhoLeftIsToldNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.unfollow()
	gone := s.ask(conversation.TellClosed, time.Hour)
	odd := s.ask("birthday", time.Hour)
	past := s.ask(conversation.TellClosed, -time.Hour)
	s.run()
	require.NotZero(t, gone.until)
	require.Error(t, odd.err)
	require.Zero(t, odd.until)
	require.Error(t, past.err)
}

// Told survives continue-as-new.
func TestToldIsRemembered(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.initial = &conversation.State{Told: conversation.Told{Closed: dawn.Add(time.Hour).Unix(),
		Received: dawn.Add(time.Hour).Unix()}}
	s.say("one")
	closed, received := s.ask(conversation.TellClosed, 2*time.Hour), s.ask(conversation.TellReceived, twoDays)
	s.run()
	require.Equal(t, dawn.Add(time.Hour).Unix(), closed.until)
	require.Greater(t, received.until, dawn.Add(time.Hour).Unix())
}
