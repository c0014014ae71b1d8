package activities

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// A message checks its ticket itself, which saves the caller an activity.
func TestAddMessageIfOpen(t *testing.T) {
	t.Parallel()
	in := messageInput()
	in.RootMessageID, in.RootUUID = "wx:acme:"+testOpenID+":1", "00163E0A-0001-1EE9-8000-000000000011"
	in.IfOpen = ticketKey
	state := func(status string, open bool) *Ticket {
		return &Ticket{ID: "1001", ObjectID: ticketKey, Status: status, Open: open}
	}
	added := Activity{ID: "81", UUID: "00163E0A-0001-1EE9-8000-000000000003"}
	found := Activity{ID: "82", UUID: "00163E0A-0001-1EE9-8000-000000000006"}
	for name, test := range map[string]struct {
		answers map[string][]answer
		calls   []string
		want    AddedMessage
	}{
		"open": {
			answers: map[string][]answer{"read ticket": {entity(ticketOne("2"))}},
			calls:   []string{"read ticket", "create activity"}, want: AddedMessage{Activity: added, Ticket: state("2", true)},
		},
		"completed": {
			answers: map[string][]answer{"read ticket": {entity(ticketOne("3"))}},
			calls:   []string{"read ticket"}, want: AddedMessage{Ticket: state("3", false), Closed: true},
		},
		"gone": {
			answers: map[string][]answer{"read ticket": {odataError(http.StatusNotFound, "N", "no such ticket")}},
			calls:   []string{"read ticket"}, want: AddedMessage{Ticket: &Ticket{ObjectID: ticketKey}, Closed: true},
		},
		"cannot be read at once": {
			answers: map[string][]answer{"read ticket": {status(http.StatusBadGateway, "")}},
			calls:   []string{"read ticket", "find activity", "read ticket", "create activity"},
			want:    AddedMessage{Activity: added, Ticket: state("1", true)},
		},
		"there already, and completed by now": {
			answers: map[string][]answer{
				"create activity": {cut}, "find activity": {foundActivity}, findActivity: {entities()},
				"read ticket": {entity(ticketOne("1")), entity(ticketOne("4"))},
			},
			calls: []string{"read ticket", "create activity", "find activity", findActivity},
			want:  AddedMessage{Activity: found},
		},
		"not there, and completed by now": {
			answers: map[string][]answer{
				"create activity": {cut}, "read ticket": {entity(ticketOne("1")), entity(ticketOne("4"))},
			},
			calls: []string{"read ticket", "create activity", "find activity", "read ticket"},
			want:  AddedMessage{Ticket: state("4", false), Closed: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			for operation, answers := range test.answers {
				s.will(operation, answers...)
			}
			var got AddedMessage
			require.NoError(t, s.run("AddMessage", in, &got, 2))
			require.Equal(t, test.want, got)
			require.Equal(t, test.calls, s.operations())
		})
	}
}

// An operator's retry may find that the message went to another thread than the present one.
func TestAddMessageSaysWhichThreadItIsIn(t *testing.T) {
	t.Parallel()
	const rootUUID, rootMessage = "00163E0A-0001-1EE9-8000-000000000011", "wx:acme:" + testOpenID + ":1"
	const own = "00163E0A-0001-1EE9-8000-000000000006"
	root := entities(map[string]any{
		"ObjectID": "00163E0A00011EE98000000000000011", "ID": "80", "UUID": rootUUID, "SocialMediaMessageID": rootMessage,
		"RootSocialMediaActivityUUID": rootUUID,
	})
	there := &ThreadRoot{Activity: Activity{ID: "80", UUID: rootUUID}, MessageID: rootMessage}
	itself := &ThreadRoot{Activity: Activity{ID: "82", UUID: own}, MessageID: testMessageID}
	down, forbidden := status(http.StatusServiceUnavailable, ""), status(http.StatusForbidden, "")
	inThread, alone := entities(activityRow(rootUUID)), entities(activityRow(own))
	for name, test := range map[string]struct {
		root, rootUUID string   // that are asked for
		answers        []answer // of the entity set, beginning with the message itself
		want           *ThreadRoot
		overOData      int // calls to the entity set if everything goes over OData
	}{
		"the one asked for":             {rootMessage, rootUUID, []answer{inThread, root}, nil, 1},
		"the one asked for by its id":   {rootMessage, "", []answer{inThread, root}, nil, 2},
		"another one":                   {testMessageID + "2", "X", []answer{inThread, root}, there, 2},
		"one of its own":                {rootMessage, rootUUID, []answer{alone}, itself, 1},
		"one of its own, asked for":     {"", "", []answer{alone}, nil, 1},
		"another than one of its own":   {"", "", []answer{inThread, root}, there, 2},
		"whose beginning is gone":       {"", "", []answer{inThread, entities()}, nil, 2},
		"whose beginning may be no one": {"", "", []answer{inThread, forbidden}, nil, 2},
	} {
		for social, first := range map[string]answer{c4c.SocialSOAP: foundActivity, c4c.SocialOData: nil} {
			t.Run(name+"/"+social, func(t *testing.T) {
				t.Parallel()
				s := newServersOver(t, social)
				if first != nil {
					s.will("find activity", first)
				}
				s.will(findActivity, test.answers...)
				in := messageInput()
				in.Round, in.RootMessageID, in.RootUUID = 1, test.root, test.rootUUID
				var got AddedMessage
				require.NoError(t, s.once("AddMessage", in, &got))
				require.Equal(t, AddedMessage{Activity: itself.Activity, Elsewhere: test.want}, got)
				if social == c4c.SocialOData {
					require.Len(t, s.operations(), test.overOData)
				}
			})
		}
	}
	t.Run("C4C goes down meanwhile", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will("find activity", foundActivity, foundActivity)
		s.will(findActivity, down, inThread, root)
		in := messageInput()
		in.Round = 1
		var got AddedMessage
		require.NoError(t, s.run("AddMessage", in, &got, 2))
		require.Equal(t, there, got.Elsewhere)
		require.NotContains(t, s.operations(), "create activity")
	})
}

// After C4C refused a message for one thread or profile, the same message for another is a different call: C4C must
// not repeat its first answer.
func TestAddMessageElsewhereIsAnotherCall(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will("create activity",
		complaint("107(/AP_ESI_COMMON/)", "read-only"), complaint("020(CL_CDA_SMA)", "no such profile"))
	in := messageInput()
	in.RootMessageID = "wx:acme:" + testOpenID + ":1"
	require.Error(t, s.once("AddMessage", in, nil))
	in.RootMessageID = ""
	require.Error(t, s.once("AddMessage", in, nil))
	in.Profile.ID = "72"
	require.NoError(t, s.once("AddMessage", in, nil))
	ids := s.uuids("create activity")
	require.Len(t, map[string]bool{ids[0]: true, ids[1]: true, ids[2]: true}, 3)
}
