package workflows

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// submitted is the result of a submission of the page.
type submitted struct {
	result   conversation.WebResult
	finished bool
	err      error
}

// submit sends an update of the page with an id, a second later.
func (s *stage) submit(name, id string, request any) *submitted {
	s.converse()
	out := &submitted{}
	s.step(func() {
		err := s.env.UpdateWorkflowByID(testConversation, name, id, &testsuite.TestUpdateCallback{
			OnAccept: func() {}, OnReject: func(err error) { out.err = err },
			OnComplete: func(result any, err error) {
				out.finished, out.err = true, err
				out.result, _ = result.(conversation.WebResult)
			},
		}, request)
		if err != nil {
			out.err = err
		}
	})
	return out
}

func (s *stage) ticketRequest(key, subject string, pictures ...string) conversation.OpenTicketRequest {
	r := conversation.OpenTicketRequest{Key: key, OpenID: testOpenID, At: dawn.Add(s.clock + time.Second).Unix(),
		Subject: subject, Text: "text", Category: "CA_1"}
	for _, id := range pictures {
		r.Pictures = append(r.Pictures, conversation.Media{Kind: "image", ID: id})
	}
	return r
}

func (s *stage) messageRequest(key, ticket, text string) conversation.AddMessageRequest {
	return conversation.AddMessageRequest{Key: key, OpenID: testOpenID, At: dawn.Add(s.clock + time.Second).Unix(),
		TicketID: ticket, Text: text}
}

func registration(key string) conversation.RegisterRequest {
	return conversation.RegisterRequest{Key: key, OpenID: testOpenID, At: dawn.Unix(),
		Registration: conversation.Registration{
			Customer: CustomerData{LastName: "Li", Mobile: "+86138"}, Consent: conversation.Consent{Version: "2", At: 77},
		}}
}

// The page has promised the number of a ticket that C4C makes late.
func TestNumberOfALateTicketComesInTheChat(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CUnavailable, 5*time.Minute))
	s.submit(UpdateOpenTicket, "key00001", s.ticketRequest("key00001", "subject"))
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, []string{number("1")}, s.tenant.received())
}

func TestPageOpensATicketOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.say("in the chat")
	request := s.ticketRequest("key00001", "subject", "m1", "m2")
	first := s.submit(UpdateOpenTicket, "key00001", request)
	again := s.submit(UpdateOpenTicket, "another-id", request)
	s.inbound(request.Inbound()) // the same as a signal
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, conversation.WebResult{Key: "key00001", Done: true, TicketID: "2"}, first.result)
		require.Equal(t, first.result, again.result)
		require.Equal(t, [][]string{{"in the chat"}, {"subject\n\ntext"}}, s.tenant.texts())
		require.Equal(t, "image-web-key00001-1@object-2 image-web-key00001-2@object-2", s.tenant.files())
		require.Equal(t, []activities.DescribeTicketInput{{Account: testAccount, ObjectID: "object-2", Subject: "subject",
			Category: "CA_1"}},
			s.tenant.web.described)
		require.NotContains(t, s.tenant.received(), number("2"), "the page shows it")
	})
	s.run()
	s.requireSynced(conversation.TicketSyncID(testAccount, testFollower, "web-key00001"),
		AttachID(testAccount, testFollower, "web-key00001", 1))
}

// Whatever fields the form of a new ticket has, C4C gets what was entered.
func TestEveryFieldOfANewTicketIsPassedOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	request := s.ticketRequest("key00001", "subject")
	request.Fields = ownFields
	entered, ofMessage := reflect.ValueOf(&request).Elem(), []string{"Key", "Content", "OpenID", "At", "Text", "Pictures"}
	fields := slices.DeleteFunc(reflect.VisibleFields(entered.Type()), func(f reflect.StructField) bool {
		return slices.Contains(ofMessage, f.Name)
	})
	for _, f := range fields {
		if value := entered.FieldByIndex(f.Index); value.Kind() == reflect.String {
			value.SetString("the " + f.Name)
		}
	}
	s.submit(UpdateOpenTicket, "submission", request)
	s.advance(time.Minute)
	s.check(func() {
		require.Len(t, s.tenant.web.described, 1)
		for _, f := range fields {
			got := reflect.ValueOf(s.tenant.web.described[0]).FieldByName(f.Name)
			require.True(t, got.IsValid(), "activities.DescribeTicketInput has no field %s", f.Name)
			require.Equal(t, entered.FieldByIndex(f.Index).Interface(), got.Interface(),
				"%s is lost on its way from OpenTicketRequest to DescribeTicketInput", f.Name)
		}
	})
	s.run()
}

func TestPageWritesInAChosenTicket(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.say("first")
	second := s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "second"))
	s.advance(time.Minute)
	answer := s.submit(UpdateAddMessage, "2", s.messageRequest("key00002", "1", "to the first"))
	s.advance(time.Minute)
	foreign := s.submit(UpdateAddMessage, "3", s.messageRequest("key00003", "99", "not mine"))
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, "2", second.result.TicketID)
		require.Equal(t, "1", answer.result.TicketID)
		require.Equal(t, conversation.WebResult{Key: "key00003"}, foreign.result, "parked, and the lane goes on")
		require.Equal(t, [][]string{{"first", "to the first"}, {"second\n\ntext"}}, s.tenant.texts())
	})
	s.requireState(conversation.TicketSyncID(testAccount, testFollower, "web-key00003"), StateNeedsAttention,
		activities.ErrorC4CNotFound)
	s.run()
}

func TestPageReopensACompletedTicket(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, status string
		refused      error
		want         [][]string
		ticket       string
	}{
		{"reopened", "1", nil, [][]string{{"first", "again"}}, "1"},
		{"refused", "1", parking(activities.ErrorC4CRejected), [][]string{{"first"}, {"again"}}, "2"},
		{"not allowed", "", nil, [][]string{{"first"}, {"again"}}, "2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy := testPolicy
			policy.ReopenStatus = tt.status
			s := newStageWith(t, policy)
			s.follow()
			s.say("first")
			s.step(func() {
				s.tenant.complete("1")
				if tt.refused != nil {
					s.tenant.will("ReopenTicket", tt.refused)
				}
			})
			out := s.submit(UpdateAddMessage, "1", s.messageRequest("key00001", "1", "again"))
			s.advance(time.Minute)
			s.check(func() {
				require.Equal(t, tt.want, s.tenant.texts())
				require.Equal(t, tt.ticket, out.result.TicketID)
			})
			s.run()
		})
	}
}

func TestPageRegisters(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("SaveCustomer", transient(activities.ErrorC4CLocked))
	request := registration("key00001")
	request.Registration.Keep = []string{"email"}
	out := s.submit(UpdateRegister, "1", request)
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, conversation.WebResult{Key: "key00001", Done: true}, out.result)
		require.Len(t, s.tenant.web.saved, 1)
		require.Equal(t, "C1", s.tenant.web.saved[0].CustomerID)
		require.Equal(t, []string{"email"}, s.tenant.web.saved[0].Keep)
		require.Equal(t, 1, s.tenant.count("EnsureCustomer"), "no second customer")
		require.Equal(t, conversation.Consent{Version: "2", At: 77}, s.webView().Consent)
		require.Equal(t, "C1", s.webView().CustomerID)
	})
	s.run()
	s.requireSynced(conversation.RegisterID(testAccount, testFollower, "key00001"))
}

// webView asks the conversation.
func (s *stage) webView() conversation.PageView {
	s.t.Helper()
	value, err := s.env.QueryWorkflowByID(testConversation, QueryWeb)
	require.NoError(s.t, err)
	var view conversation.PageView
	require.NoError(s.t, value.Get(&view))
	return view
}

func TestPageRegistersWhomNobodyKnows(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.submit(UpdateRegister, "1", registration("key00001"))
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
		require.Len(t, s.tenant.web.saved, 1)
	})
	s.run()
}

func TestSubmissionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, update string
		request      any
	}{
		{"no key", UpdateOpenTicket, conversation.OpenTicketRequest{Subject: "s"}},
		{"key unfit for an id", UpdateOpenTicket, conversation.OpenTicketRequest{Key: "a/b/c/d/e", Subject: "s"}},
		{"no subject", UpdateOpenTicket, conversation.OpenTicketRequest{Key: "key00001"}},
		{"too long", UpdateOpenTicket, conversation.OpenTicketRequest{Key: "key00001", Subject: "s",
			Text: strings.Repeat("x", 4001)}},
		{"no ticket", UpdateAddMessage, conversation.AddMessageRequest{Key: "key00001", Text: "t"}},
		{"no text", UpdateAddMessage, conversation.AddMessageRequest{Key: "key00001", TicketID: "1"}},
		{"no consent", UpdateRegister, conversation.RegisterRequest{Key: "key00001",
			Registration: conversation.Registration{Customer: CustomerData{LastName: "Li"}}}},
		{"no name", UpdateRegister, conversation.RegisterRequest{Key: "key00001",
			Registration: conversation.Registration{Consent: conversation.Consent{Version: "1"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.follow()
			out := s.submit(tt.update, "1", tt.request)
			s.run()
			require.Error(t, out.err)
			require.False(t, out.finished)
			require.Empty(t, s.tenant.texts())
		})
	}
}

// TestKeysThatWereUsedAreRefused: the same key with other content is refused, whichever run of the conversation
// receives it, and whether or not the first has ended.
func TestKeysThatWereUsedAreRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	first := s.ticketRequest("key00001", "broken")
	first.Content = "content-of-the-first"
	other := first
	other.Subject, other.Content = "another thing", "content-of-the-other"
	s.will("AddMessage", transient(activities.ErrorC4CUnavailable))
	done := s.submit(UpdateOpenTicket, "1", first)
	early := s.submit(UpdateOpenTicket, "2", other)
	s.advance(time.Minute)
	s.step(func() { s.suggested = true })
	s.say("in the chat")
	s.advance(time.Minute)
	late := s.submit(UpdateOpenTicket, "3", other)
	again := s.submit(UpdateOpenTicket, "4", first)
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, ErrorKeyReused, errorType(t, early.err))
		require.Equal(t, ErrorKeyReused, errorType(t, late.err))
		require.False(t, late.finished)
		require.Equal(t, done.result, again.result)
		require.True(t, again.result.Done)
	})
	s.run()
}

func TestWhoLeftSubmitsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.unfollow()
	out := s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "s"))
	link := s.submit(UpdateSpendLink, "2", conversation.SpendLinkRequest{ID: "l", Issued: dawn.Unix() + 100,
		Expires: dawn.Unix() + 900})
	s.check(func() {
		require.ErrorContains(t, out.err, "has left")
		require.Equal(t, ErrorFollowerGone, errorType(t, link.err))
		require.True(t, s.webView().Gone)
		require.NotZero(t, s.webView().Ended)
	})
	s.run()
}

func errorType(t *testing.T, err error) string {
	t.Helper()
	var refused *temporal.ApplicationError
	require.ErrorAs(t, err, &refused)
	return refused.Type()
}

func TestLinksWorkOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	link := conversation.SpendLinkRequest{ID: "l1", Issued: dawn.Unix(), Expires: dawn.Unix() + 600}
	first := s.submit(UpdateSpendLink, "1", link)
	again := s.submit(UpdateSpendLink, "2", link)
	old := s.submit(UpdateSpendLink, "3", conversation.SpendLinkRequest{ID: "l2", Issued: dawn.Unix(),
		Expires: dawn.Unix() + 1})
	s.run()
	require.True(t, first.finished)
	require.NoError(t, first.err)
	require.Equal(t, ErrorLinkSpent, errorType(t, again.err))
	require.Equal(t, ErrorLinkSpent, errorType(t, old.err))
}

func TestConversationRemembersEndedSessions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.inbound(conversation.SignOut("oAlice", conversation.EndedSession{ID: "session-1", Expires: dawn.Unix() + 900}))
	s.check(func() {
		require.Equal(t, []string{"session-1"}, s.webView().Over)
		require.Empty(t, s.tenant.texts())
	})
	s.run()
}

func TestSubmissionSurvivesContinueAsNew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("AddMessage", times(3, transient(activities.ErrorC4CUnavailable))...)
	out := s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "slow"))
	s.step(func() { s.suggested = true })
	waiting := s.submit(UpdateOpenTicket, "2", s.ticketRequest("key00002", "behind"))
	s.advance(time.Minute)
	s.check(func() {
		require.True(t, out.finished)
		require.True(t, waiting.finished)
		require.Equal(t, [][]string{{"slow\n\ntext"}, {"behind\n\ntext"}}, s.tenant.texts())
		require.Len(t, s.webView().Results, 2, "the next run knows the numbers")
	})
	s.run()
}

func TestFilesOfTheChatAreAttached(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text, in.Media = "55", "image", "[Picture]", &conversation.Media{Kind: "image", ID: "media-1"}
	s.will("AttachMedia", transient(activities.ErrorWeChatUnavailable), parking(activities.ErrorWeChatRejected))
	s.inbound(in)
	s.say("goes on")
	s.advance(time.Minute)
	id := AttachID(testAccount, testFollower, "55", 1)
	s.requireState(id, StateNeedsAttention, activities.ErrorWeChatRejected)
	s.check(func() {
		require.Equal(t, [][]string{{"[Picture]", "goes on"}}, s.tenant.texts(), "no text waits for a file")
		require.Equal(t,
			[]conversation.WebPicture{{TicketID: "1", MsgID: "55", MediaID: "media-1", Until: in.CreateTime +
				conversation.MediaLife}}, s.webView().Pictures)
	})
	s.command(id, CommandRetry, "Ann")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(id)
	require.Equal(t, "image-55-1@object-1", s.tenant.files())
}
