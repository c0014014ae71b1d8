package activities

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	listActivities = "GET SocialMediaActivityCollection"
	replyUUID      = "00163E0A-0001-1EE9-8000-0000000000A1"
	rootUUID       = "00163E0A-0001-1EE9-8000-0000000000A0"
)

// agentWrote is a reply in C4C.
func agentWrote(change map[string]any) map[string]any {
	reply := map[string]any{
		"ObjectID": "00163E0A00011EE980000000000000A1", "UUID": replyUUID, "ID": "59001", "SocialMediaMessageID": "C4C1",
		"RootSocialMediaActivityUUID": rootUUID, "InitiatorCode": "1", "SocialMediaActivityProviderID": "WECHAT",
		"PrivateSocialMediaMessageIndicator": false, "SocialMediaMessageCreationDateTime": "/Date(1772440200000)/",
		"SocialMediaMessageAuthor": "Chen Li", "Text": "come by",
	}
	maps.Copy(reply, change)
	return reply
}

// begun is the message that began the thread.
func begun(messageID string) map[string]any {
	return map[string]any{
		"ObjectID": "00163E0A00011EE980000000000000A0", "UUID": rootUUID, "ID": "59000", "SocialMediaMessageID": messageID,
		"InitiatorCode": "2", "SocialMediaActivityProviderID": "WECHAT", "Text": testText,
	}
}

// replySpan holds the time of agentWrote.
var replySpan = ListAgentRepliesInput{
	Account: testAccount, From: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
	To: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
}

func TestListAgentReplies(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will(listActivities,
		entities(agentWrote(nil), agentWrote(map[string]any{"ID": "59002", "PrivateSocialMediaMessageIndicator": true})))
	var got AgentReplies
	require.NoError(t, s.once("ListAgentReplies", replySpan, &got))
	require.Equal(t, AgentReplies{Replies: []AgentReplyRef{
		{SmaID: "59001", UUID: replyUUID, RootUUID: rootUUID, MessageID: "C4C1",
			CreatedAt: time.UnixMilli(1772440200000).UTC()},
		{SmaID: "59002", UUID: replyUUID, RootUUID: rootUUID, MessageID: "C4C1", Private: true,
			CreatedAt: time.UnixMilli(1772440200000).UTC()},
	}}, got)
	require.Equal(t, []string{listActivities}, s.operations(), "one call")
}

func TestListAgentRepliesInParts(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	full := make([]map[string]any, replyPage)
	for i := range full {
		full[i] = agentWrote(nil)
	}
	s.will(listActivities, entities(full...), entities())
	in := replySpan
	var got AgentReplies
	require.NoError(t, s.once("ListAgentReplies", in, &got))
	require.Equal(t, replyPage, got.Next)
	in.Skip = got.Next
	var rest AgentReplies
	require.NoError(t, s.once("ListAgentReplies", in, &rest))
	require.Equal(t, AgentReplies{Replies: []AgentReplyRef{}}, rest)
}

func TestAgentRepliesAreRefused(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]any{
		"ListAgentReplies": replySpan, "ReadAgentReply": ReadAgentReplyInput{Account: testAccount, UUID: replyUUID},
	} {
		s := newServers(t)
		s.will(listActivities, status(http.StatusUnauthorized, ""), status(http.StatusServiceUnavailable, ""),
			odataError(400, "X:001", "no such property"))
		requireRefused(t, s.once(name, in, nil), ErrorC4CCredentials, false, Failure{Code: "HTTP 401"})
		requireRefused(t, s.once(name, in, nil), ErrorC4CUnavailable, true, Failure{Code: "HTTP 503"})
		requireRefused(t, s.once(name, in, nil), ErrorC4CRejected, false, Failure{Code: "X:001", Text: "no such property"})
		require.Error(t, s.once(name, map[string]string{"account": "nobody"}, nil))
	}
}

func TestReadAgentReply(t *testing.T) {
	t.Parallel()
	in := ReadAgentReplyInput{Account: testAccount, UUID: replyUUID, RootUUID: rootUUID}
	whole := AgentReply{
		OriginalID: "wx:acme:oAlice:1", TicketID: "1001", Author: "Chen Li", CreatedAt: "2026-03-02T08:30:00Z",
		Text: "come by",
	}
	for _, tt := range []struct {
		name     string
		activity answer
		ticket   answer
		want     AgentReply
		calls    int
	}{
		{"in a thread of ours", entities(agentWrote(nil), begun("wx:acme:oAlice:1")), nil, whole, 2},
		{"the other way round", entities(begun("wx:acme:oAlice:1"), agentWrote(nil)), nil, whole, 2},
		{"without its thread", entities(agentWrote(nil)), nil,
			AgentReply{TicketID: "1001", Author: "Chen Li", CreatedAt: "2026-03-02T08:30:00Z", Text: "come by"}, 2},
		{"without a ticket", entities(agentWrote(nil), begun("foreign")), entities(),
			AgentReply{OriginalID: "foreign", Author: "Chen Li", CreatedAt: "2026-03-02T08:30:00Z", Text: "come by"}, 2},
		{"gone", entities(), nil, AgentReply{Withdrawn: true}, 1},
		{"private by now", entities(agentWrote(map[string]any{"PrivateSocialMediaMessageIndicator": true})), nil,
			AgentReply{Withdrawn: true}, 1},
		{"of the follower", entities(agentWrote(map[string]any{"InitiatorCode": "2"})), nil, AgentReply{Withdrawn: true}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(listActivities, tt.activity)
			s.usual[ticketOfActivity] = entities(reference("59000", ticketOne("2")), reference("59001", ticketOne("2")))
			if tt.ticket != nil {
				s.will(ticketOfActivity, tt.ticket)
			}
			var got AgentReply
			require.NoError(t, s.once("ReadAgentReply", in, &got))
			require.Equal(t, tt.want, got)
			require.Len(t, s.operations(), tt.calls)
		})
	}
}

func TestReadAgentReplyWithoutItsTicket(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will(listActivities, entities(agentWrote(nil)))
	s.will(ticketOfActivity, status(http.StatusServiceUnavailable, ""))
	err := s.once("ReadAgentReply", ReadAgentReplyInput{Account: testAccount, UUID: replyUUID}, nil)
	requireRefused(t, err, ErrorC4CUnavailable, true, Failure{Code: "HTTP 503"})
}
