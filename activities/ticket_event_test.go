package activities

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLocateTicket(t *testing.T) {
	t.Parallel()
	const read, message = "read ticket", "GET SocialMediaActivityCollection"
	ticket := maps.Clone(ticketOne("3"))
	ticket["ServiceRequestUserLifeCycleStatusCode"] = "5"
	ticket["LastChangeDateTime"] = "/Date(1490902810000)/"
	ticket["RequestFinisheddatetimeContent"] = "2017-03-30T19:40:00Z"
	alone := maps.Clone(ticket)
	ticket["ServiceRequestBusinessTransactionDocumentReference"] = []any{map[string]any{"ObjectID": "R1",
		"TypeCode": "1607", "ID": "81"}}
	wrote := func(messageID string) answer {
		return entities(map[string]any{"ObjectID": "A1", "ID": "81", "SocialMediaMessageID": messageID})
	}
	state := Ticket{
		ID: "1001", ObjectID: ticketKey, UserStatus: "5", Status: TicketCompleted, ChangedAt: time.Unix(1490902810, 0).UTC(),
		FinishedAt: time.Date(2017, 3, 30, 19, 40, 0, 0, time.UTC),
	}
	for _, tt := range []struct {
		name    string
		answers map[string][]answer
		want    LocatedTicket
		calls   []string
	}{
		{
			"ours", map[string][]answer{read: {entity(ticket)}, message: {wrote(testMessageID)}},
			LocatedTicket{Ticket: state, Account: testAccount, FollowerKey: "key of acme oAb"}, []string{read, message},
		},
		{
			"of an account that is not here", map[string][]answer{read: {entity(ticket)}, message: {wrote("wx:other:oAbc:7")}},
			LocatedTicket{Ticket: state}, []string{read, message},
		},
		{
			"another connector's thread, our follower", map[string][]answer{
				read: {entity(ticket)}, message: {wrote("1003")},
				profilesOf: {entities(map[string]any{"ObjectID": "00163E0A00011EE98000000000000008", "ID": "71"})},
				usersOf: {entities(map[string]any{"ObjectID": "U1", "ExternalPartyAccountID": "WECHAT",
					"SocialMediaUserAccountID": testOpenID})},
			},
			LocatedTicket{Ticket: state, Account: testAccount, FollowerKey: "key of acme oAb"},
			[]string{read, message, profilesOf, usersOf},
		},
		{
			"another connector's follower", map[string][]answer{read: {entity(ticket)}, message: {wrote("")},
				profilesOf: {entities(), entities()}},
			LocatedTicket{Ticket: state}, []string{read, message, profilesOf, profilesOf},
		},
		{"by phone", map[string][]answer{read: {entity(alone)}}, LocatedTicket{Ticket: state}, []string{read}},
		{
			"gone", map[string][]answer{read: {odataError(http.StatusNotFound, "N", "no such ticket")}},
			LocatedTicket{Ticket: Ticket{ObjectID: ticketKey}, Gone: true}, []string{read},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			for operation, answers := range tt.answers {
				s.will(operation, answers...)
			}
			var got LocatedTicket
			require.NoError(t, s.once("LocateTicket", LocateTicketInput{Account: testAccount, ObjectID: ticketKey}, &got))
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.calls, s.operations())
		})
	}
	s := newServers(t)
	s.will(read, status(http.StatusServiceUnavailable, ""))
	requireRefused(t, s.once("LocateTicket", LocateTicketInput{Account: testAccount, ObjectID: ticketKey}, nil),
		ErrorC4CUnavailable, true, Failure{Code: "HTTP 503"})
}
