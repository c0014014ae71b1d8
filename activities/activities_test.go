package activities

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const testMessageID = "wx:acme:" + testOpenID + ":7"

func messageInput() AddMessageInput {
	return AddMessageInput{
		Follower: testFollower, MessageID: testMessageID, Profile: Profile{ID: "71", UUID: profileUUID},
		Text: testText, CreatedAt: 1767600000,
	}
}

var (
	foundProfile = soap(`<SocialMediaUserProfile><ID>72</ID><UUID>` + profileUUID +
		`</UUID><UserInformation><SocialMediaUserAccountID>` +
		testOpenID +
		`</SocialMediaUserAccountID></UserInformation><CustomerInternalID>91</CustomerInternalID></SocialMediaUserProfile>`)
	foundActivity = soap(
		`<SocialMediaActivity><ID>82</ID><UUID>00163E0A-0001-1EE9-8000-000000000006</UUID><SocialMediaMessageID>` +
			testMessageID +
			`</SocialMediaMessageID><SocialMediaUserProfileID>72</SocialMediaUserProfileID></SocialMediaActivity>`)
)

// TestCreates plays each create against the same stories: when it looks before it creates, and with which request id.
func TestCreates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		activity, find, create string
		input                  func(lookFirst bool, round int) any
		found                  answer
		createdID, foundID     string
		soap                   bool
	}{
		{
			activity: "EnsureProfile", find: "find profile", create: "create profile", found: foundProfile, createdID: "71",
			foundID: "72", soap: true,
			input: func(look bool, round int) any {
				return EnsureProfileInput{Follower: testFollower, LookFirst: look, Round: round}
			},
		},
		{
			activity: "EnsureCustomer", find: findCustomer, create: createCustomer, createdID: "91", foundID: "93",
			found: entities(map[string]any{"ObjectID": "00163E0A00011EE98000000000000007", "CustomerID": "93",
				"NickName": testOpenID}),
			input: func(look bool, round int) any {
				return EnsureCustomerInput{Follower: testFollower, LastName: "WeChat abcdef", LookFirst: look, Round: round}
			},
		},
		{
			activity: "AddMessage", find: "find activity", create: "create activity", found: foundActivity, createdID: "81",
			foundID: "82", soap: true,
			input: func(look bool, round int) any {
				in := messageInput()
				in.Round = round
				return in
			},
		},
	} {
		t.Run(test.activity, func(t *testing.T) {
			t.Parallel()
			for _, story := range []struct {
				name       string
				lookFirst  bool
				round      int
				attempts   int32
				answers    map[string][]answer
				want       []string
				wantID     string
				sameUUID   bool
				otherUUID  bool
				onlyLookIn bool
				patient    bool // C4C is given time if it does not recognise repeats: see TestWritesHappenOnce
			}{
				{name: "first attempt creates at once", attempts: 1, want: []string{test.create}, wantID: test.createdID},
				{name: "told to look", lookFirst: true, attempts: 1, want: []string{test.find, test.create}, wantID: test.createdID,
					onlyLookIn: true},
				{name: "told to look and found", lookFirst: true, attempts: 1,
					answers: map[string][]answer{test.find: {test.found}},
					want:    []string{test.find}, wantID: test.foundID, onlyLookIn: true},
				{name: "a later round looks", round: 1, attempts: 1, answers: map[string][]answer{test.find: {test.found}},
					want: []string{test.find}, wantID: test.foundID},
				{name: "lost answer, committed", attempts: 2, answers: map[string][]answer{test.create: {cut},
					test.find: {test.found}},
					want: []string{test.create, test.find}, wantID: test.foundID},
				{name: "lost answer, not committed", attempts: 2, answers: map[string][]answer{test.create: {cut}},
					want: []string{test.create, test.find, test.create}, wantID: test.createdID, sameUUID: true, patient: true},
				{name: "gateway gave up", attempts: 2,
					answers: map[string][]answer{test.create: {status(http.StatusGatewayTimeout, "")}},
					want:    []string{test.create, test.find, test.create}, wantID: test.createdID, sameUUID: true, patient: true},
				{name: "locked", attempts: 2,
					answers: map[string][]answer{test.create: {complaint("101(/AP_ESI_COMMON/)", "locked by ADA")}},
					want:    []string{test.create, test.find, test.create}, wantID: test.createdID, otherUUID: true},
				{name: "looking failed", attempts: 3, answers: map[string][]answer{test.create: {cut},
					test.find: {status(http.StatusServiceUnavailable, "")}},
					want: []string{test.create, test.find, test.find, test.create}, wantID: test.createdID, sameUUID: true,
					patient: true},
			} {
				t.Run(story.name, func(t *testing.T) {
					t.Parallel()
					if story.onlyLookIn && test.activity == "AddMessage" || (story.otherUUID || story.patient) && !test.soap {
						t.Skip("does not apply")
					}
					s := newServers(t)
					for operation, answers := range story.answers {
						s.will(operation, answers...)
					}
					var got struct {
						ID string `json:"id"`
					}
					require.NoError(t, s.run(test.activity, test.input(story.lookFirst, story.round), &got, story.attempts))
					require.Equal(t, story.wantID, got.ID)
					want := story.want
					if test.activity == "AddMessage" && story.wantID == test.foundID {
						want = append(slices.Clone(want), findActivity) // which thread it is in
					}
					require.Equal(t, want, s.operations())
					if ids := s.uuids(test.create); test.soap && len(ids) == 2 {
						require.Equal(t, story.sameUUID, ids[0] == ids[1])
						require.Equal(t, story.otherUUID, ids[0] != ids[1])
					}
				})
			}
		})
	}
}

// Request ids must be the same in every process, for ever, and different for every write.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, in := range map[string]any{
		"AddMessage":           messageInput(),
		"AddMessage in round":  func() any { in := messageInput(); in.Round = 1; return in }(),
		"AddMessage of other":  func() any { in := messageInput(); in.MessageID += "8"; return in }(),
		"EnsureProfile":        EnsureProfileInput{Follower: testFollower},
		"BindProfile":          bindInput("91"),
		"BindProfile to other": bindInput("92"),
	} {
		s := newServers(t)
		activity, operation := "AddMessage", "create activity"
		switch in.(type) {
		case EnsureProfileInput:
			activity, operation = "EnsureProfile", "create profile"
		case BindProfileInput:
			activity, operation = "BindProfile", "bind profile"
		}
		require.NoError(t, s.once(activity, in, nil))
		require.NoError(t, s.once(activity, in, nil))
		ids := s.uuids(operation)
		require.Equal(t, ids[0], ids[len(ids)-1], name)
		require.NotEmpty(t, ids[0])
		require.Empty(t, seen[ids[0]], "%s has the id of %s", name, seen[ids[0]])
		seen[ids[0]] = name
	}
}

func bindInput(customerID string) BindProfileInput {
	return BindProfileInput{Follower: testFollower, Profile: Profile{ID: "71", UUID: profileUUID},
		Customer: Customer{ID: customerID}}
}

func TestBindProfile(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will("bind profile", cut, complaint("101(/AP_ESI_COMMON/)", "locked by ADA"))
	require.NoError(t, s.run("BindProfile", bindInput("91"), nil, 3))
	ids := s.uuids("bind profile")
	require.Len(t, ids, 3)
	require.Equal(t, ids[0], ids[1], "the answer was lost")
	require.NotEqual(t, ids[1], ids[2], "the answer was no")
	require.Contains(t, s.body("bind profile"), "<CustomerInternalID>91</CustomerInternalID>")
	require.Contains(t, s.body("bind profile"), testOpenID)
}

func TestAddMessageSaysWhatCame(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	in := messageInput()
	in.RootMessageID = "wx:acme:" + testOpenID + ":1"
	require.NoError(t, s.once("AddMessage", in, nil))
	for _, part := range []string{
		"<SocialMediaMessageID>" + testMessageID + "<", "<RootSocialMediaMessageID>" + in.RootMessageID + "<",
		"<ParentSocialMediaMessageID>" + in.RootMessageID + "<", "<SocialMediaUserProfileID>71<", "<Text>" + testText + "<",
	} {
		require.Contains(t, s.body("create activity"), part)
	}
}

func TestEnsureCustomerHasAPlaceholder(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	var got Customer
	require.NoError(t, s.once("EnsureCustomer", EnsureCustomerInput{Follower: testFollower, LastName: "WeChat abcdef"},
		&got))
	require.Equal(t, Customer{ObjectID: "00163E0A00011EE98000000000000004", ID: "91",
		UUID: "00163E0A-0001-1EE9-8000-000000000004"}, got)
	require.Contains(t, s.body(createCustomer), `"LastName":"WeChat abcdef"`)
	require.Contains(t, s.body(createCustomer), `"NickName":"`+testOpenID+`"`)
}

func TestFindTicketWaitsForC4C(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will(ticketOfActivity, entities())
	refused := requireRefused(t, s.once("FindTicket", FindTicketInput{Account: testAccount, ActivityID: "81"}, nil),
		ErrorC4CTicketPending, true, Failure{})
	require.NotZero(t, refused.Category(), "expected, and no error log")
	var got Ticket
	require.NoError(t, s.once("FindTicket", FindTicketInput{Account: testAccount, ActivityID: "81"}, &got))
	require.Equal(t, Ticket{ID: "1001", ObjectID: ticketKey, Open: true, Status: "2"}, got)
	s.will(ticketOfActivity, fault("no"))
	requireRefused(t, s.once("FindTicket", FindTicketInput{Account: testAccount, ActivityID: "81"}, nil),
		ErrorC4CUnavailable, true, Failure{Code: "HTTP 500"})
}

func TestReadTicket(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer answer
		open   bool
	}{
		"open":       {entity(ticketOne("1")), true},
		"in process": {entity(ticketOne("2")), true},
		"completed":  {entity(ticketOne("3")), false},
		"closed":     {entity(ticketOne("4")), false},
		"gone":       {odataError(http.StatusNotFound, "N", "no such ticket"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("read ticket", test.answer)
			var got Ticket
			require.NoError(t, s.once("ReadTicket", ReadTicketInput{Account: testAccount, ObjectID: ticketKey}, &got))
			require.Equal(t, test.open, got.Open)
			require.Equal(t, ticketKey, got.ObjectID)
		})
	}
}

func TestAddNote(t *testing.T) {
	t.Parallel()
	note := AddNoteInput{Account: testAccount, TicketID: "1001", Language: "en", Text: "The follower left."}
	there := entities(map[string]any{"ObjectID": "N1", "TypeCode": "10011", "Text": note.Text})
	other := entities(map[string]any{"ObjectID": "N1", "TypeCode": "10004", "Text": note.Text},
		map[string]any{"ObjectID": "N2", "TypeCode": "10011", "Text": "another"})
	for name, test := range map[string]struct {
		round    int
		objectID string
		answers  map[string][]answer
		want     []string
	}{
		"by number": {want: []string{findTicket, addText}},
		"by key":    {objectID: ticketKey, want: []string{addText}},
		"lost answer, written": {answers: map[string][]answer{addText: {cut}, ticketTexts: {there}}, want: []string{
			findTicket, addText, findTicket, ticketTexts,
		}},
		"lost answer, not yet": {answers: map[string][]answer{addText: {cut}, ticketTexts: {other, other}}, want: []string{
			findTicket, addText, findTicket, ticketTexts, findTicket, ticketTexts, addText,
		}},
		"a later round looks": {round: 1, answers: map[string][]answer{ticketTexts: {there}},
			want: []string{findTicket, ticketTexts}},
		"looking fails at once": {round: 1,
			answers: map[string][]answer{ticketTexts: {status(http.StatusServiceUnavailable, "")}},
			want:    []string{findTicket, ticketTexts, findTicket, ticketTexts, addText}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			for operation, answers := range test.answers {
				s.will(operation, answers...)
			}
			in := note
			in.Round, in.ObjectID = test.round, test.objectID
			require.NoError(t, s.run("AddNote", in, nil, 3))
			require.Equal(t, test.want, s.operations())
		})
	}
}

func TestFindFollower(t *testing.T) {
	t.Parallel()
	profile := entities(map[string]any{"ObjectID": "00163E0A00011EE98000000000000008", "ID": "71"})
	users := entities(map[string]any{"ObjectID": "U1", "ExternalPartyAccountID": "WECHAT",
		"SocialMediaUserAccountID": testOpenID})
	want := FoundFollower{OpenID: testOpenID, FollowerKey: "key of acme oAb"}
	noContact := ticketOne("1")
	noContact["BuyerMainContactPartyID"] = ""
	for name, test := range map[string]struct {
		in      FindFollowerInput
		answers map[string][]answer
		calls   []string
	}{
		"contact": {FindFollowerInput{TicketID: "1001"}, map[string][]answer{profilesOf: {profile}, usersOf: {users}},
			[]string{findTicket, profilesOf, usersOf}},
		"customer": {FindFollowerInput{TicketID: "1001"}, map[string][]answer{profilesOf: {entities(), profile},
			usersOf: {users}},
			[]string{findTicket, profilesOf, profilesOf, usersOf}},
		"customer without contact": {FindFollowerInput{TicketID: "1001"},
			map[string][]answer{findTicket: {entities(noContact)}, profilesOf: {profile}, usersOf: {users}},
			[]string{findTicket, profilesOf, usersOf}},
		"activity": {FindFollowerInput{TicketID: "1001", OriginalID: testMessageID},
			map[string][]answer{findTicket: {entities(), entities()}, "find activity": {foundActivity},
				"find profile": {foundProfile}},
			[]string{findTicket, findTicket, "find activity", "find profile"}},
		"activity only": {FindFollowerInput{OriginalID: testMessageID},
			map[string][]answer{"find activity": {foundActivity}, "find profile": {foundProfile}},
			[]string{"find activity", "find profile"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			for operation, answers := range test.answers {
				s.will(operation, answers...)
			}
			test.in.Account = testAccount
			var got FoundFollower
			require.NoError(t, s.once("FindFollower", test.in, &got))
			require.Equal(t, want, got)
			require.Equal(t, test.calls, s.operations())
		})
	}
}

func TestFindFollowerFails(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.usual[profilesOf] = entities()
	in := FindFollowerInput{Account: testAccount, TicketID: "1001"}
	requireRefused(t, s.once("FindFollower", in, nil), ErrorFollowerUnknown, false, Failure{})
	in.OriginalID = testMessageID
	requireRefused(t, s.once("FindFollower", in, nil), ErrorFollowerUnknown, false, Failure{})
	s.will(findTicket, status(http.StatusServiceUnavailable, ""))
	requireRefused(t, s.once("FindFollower", in, nil), ErrorC4CUnavailable, true, Failure{Code: "HTTP 503"})
	requireRefused(t, s.once("FindFollower", FindFollowerInput{Account: testAccount}, nil), ErrorFollowerUnknown, false,
		Failure{})
}
