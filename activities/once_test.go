package activities

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

const (
	addCustomerText = "POST IndividualCustomerTextCollectionCollection"
	customerTexts   = "GET IndividualCustomerTextCollection"
	createActivity  = "POST SocialMediaActivityCollection"
	findActivity    = "GET SocialMediaActivityCollection"
	createProfile   = "POST SocialMediaUserProfileCollection"
)

// activityRow is the message in C4C's entity set. Without a root it began its thread.
func activityRow(root string) map[string]any {
	return map[string]any{
		"ObjectID": "00163E0A00011EE98000000000000006", "ID": "82", "UUID": "00163E0A-0001-1EE9-8000-000000000006",
		"SocialMediaMessageID":        testMessageID,
		"RootSocialMediaActivityUUID": cmp.Or(root, "00163E0A-0001-1EE9-8000-000000000006"),
	}
}

// customerKnown is the follower's customer.
func customerKnown() map[string]any {
	row := maps.Clone(customerOne)
	row["NickName"] = testOpenID
	return row
}

// writeOf is a write to C4C and what a look for it finds.
type writeOf struct {
	activity, social string
	look, write      string // operations
	written, there   answer
	input            func(round int) any
	repeats          bool // C4C recognises repeats
}

func writes() map[string]writeOf {
	message := func(round int) any { in := messageInput(); in.Round = round; return in }
	profile := func(round int) any { return EnsureProfileInput{Follower: testFollower, Round: round} }
	note := "The follower left."
	now := func(row map[string]any) answer {
		// C4C's clock differs from Temporal's: a note written a moment ago may seem older than the activity.
		row["CreatedOn"] = "/Date(" + millis(time.Now().Add(-clocksDiffer/2)) + ")/"
		return entities(row)
	}
	return map[string]writeOf{
		"customer": {
			activity: "EnsureCustomer", look: findCustomer, write: createCustomer, there: entities(customerKnown()),
			input: func(round int) any {
				return EnsureCustomerInput{Follower: testFollower, LastName: "WeChat abcdef", Round: round}
			},
		},
		"note": {
			activity: "AddNote", look: ticketTexts, write: addText,
			there: now(map[string]any{"ObjectID": "N1", "TypeCode": "10011", "Text": note}),
			input: func(round int) any {
				return AddNoteInput{Account: testAccount, ObjectID: ticketKey, Language: "en", Text: note, Round: round}
			},
		},
		"customer's note": {
			activity: "AddCustomerNote", look: customerTexts, write: addCustomerText,
			there:   now(map[string]any{"ObjectID": "N1", "Text": note}),
			written: created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000006"}),
			input: func(round int) any {
				return AddCustomerNoteInput{Account: testAccount, ObjectID: ticketKey, Text: note, Round: round}
			},
		},
		"file": {
			activity: "AttachMedia", look: filesOf, write: addFile,
			there:   entities(map[string]any{"ObjectID": "A1", "Name": "image-7-1-0123456789abcdef.jpg"}),
			written: created(map[string]any{"ObjectID": "A1"}),
			input: func(round int) any {
				return AttachMediaInput{
					Account: testAccount, ObjectID: ticketKey, MediaID: "m1", Kind: "image", Name: "image-7-1", Round: round,
				}
			},
		},
		"message over OData": {
			activity: "AddMessage", social: c4c.SocialOData, look: findActivity, write: createActivity, input: message,
			there: entities(activityRow("")), written: created(activityRow("")),
		},
		"profile over OData": {
			activity: "EnsureProfile", social: c4c.SocialOData, look: profilesOf, write: createProfile, input: profile,
			there:   entities(map[string]any{"ObjectID": "00163E0A00011EE98000000000000001", "ID": "71"}),
			written: created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000001", "ID": "71"}),
		},
		"message over SOAP": {
			activity: "AddMessage", look: "find activity", write: "create activity", there: foundActivity,
			input: message, repeats: true,
		},
		"profile over SOAP": {
			activity: "EnsureProfile", look: "find profile", write: "create profile", there: foundProfile,
			input: profile, repeats: true,
		},
	}
}

// newWrite prepares the servers for a write that finds nothing.
func (w writeOf) newServers(t *testing.T) *servers {
	t.Helper()
	s := newServersOver(t, w.social)
	s.usual["media/get"] = status(http.StatusOK, "\xff\xd8\xff\xe0", "Content-Type", "image/jpeg")
	for _, operation := range []string{customerTexts, filesOf, findActivity, profilesOf} {
		s.usual[operation] = entities()
	}
	s.usual[usersOf] = entities(map[string]any{
		"ObjectID": "U1", "ExternalPartyAccountID": "WECHAT", "SocialMediaUserAccountID": testOpenID,
	})
	if w.written != nil {
		s.usual[w.write] = w.written
	}
	return s
}

// said is an answer of C4C, by its name in the stories.
func (w writeOf) said(word string) answer {
	soapy := w.repeats
	switch {
	case word == "cut":
		return cut
	case word == "gateway":
		return status(http.StatusGatewayTimeout, "")
	case word == "down":
		return status(http.StatusServiceUnavailable, "")
	case word == "no" && soapy:
		return complaint("101(/AP_ESI_COMMON/)", "locked by ADA")
	case word == "no":
		return odataError(http.StatusBadRequest, "AP_ESI_COMMON:101", "locked by ADA")
	case word == "there":
		return w.there
	case soapy:
		return usualAnswers[w.look]
	}
	return entities()
}

// calls lists the looks and writes.
func (w writeOf) calls(s *servers) string {
	var calls []string
	for _, operation := range s.operations() {
		switch operation {
		case w.look:
			calls = append(calls, "look")
		case w.write:
			calls = append(calls, "write")
		}
	}
	return strings.Join(calls, " ")
}

// TestWritesHappenOnce plays each write against the same stories. An attempt knows about earlier ones only what
// Temporal reports: a counter that Reset sets back, details that may be gone, and times.
func TestWritesHappenOnce(t *testing.T) {
	t.Parallel()
	for _, story := range []struct {
		name    string
		fate    fate
		round   int
		writes  string // how C4C answers, then it writes: cut, gateway, down, no
		looks   string // there, missing, down; then missing
		want    string // of writes whose repeats C4C recognises
		patient string // of the others; empty: the same
	}{
		{name: "first attempt", want: "write"},
		{name: "first attempt after a backlog", fate: fate{backlog: time.Hour}, want: "write"},
		{name: "late, and nobody knows why", fate: fate{backlog: time.Hour, untold: true}, looks: "there", want: "look"},
		{name: "a later round", round: 1, looks: "there", want: "look"},
		{name: "a later round of nothing", round: 1, want: "look write"},
		{name: "written without an answer", writes: "cut", looks: "there", want: "write look"},
		{name: "written without an answer, then down", writes: "cut",
			looks: "down down there", want: "write look look look"},
		{name: "not written", writes: "cut", want: "write look write", patient: "write look look write"},
		{name: "a gateway gave up", writes: "gateway", want: "write look write", patient: "write look look write"},
		{name: "written while it waits", writes: "cut",
			looks: "missing there", want: "write look write", patient: "write look look"},
		{name: "nobody serves", writes: "down", want: "write look write"},
		{name: "refused", writes: "no", want: "write look write"},

		// An operator presses Reset while C4C is down.
		{name: "reset", fate: fate{reset: 2}, writes: "cut", looks: "there", want: "write look"},
		{name: "reset, details gone", fate: fate{reset: 2, forgets: 2}, writes: "cut", looks: "there", want: "write look"},
		{name: "reset later", fate: fate{reset: 3, forgets: 3}, writes: "cut",
			looks: "down there", want: "write look look"},
		{name: "reset, details gone, nobody tells", fate: fate{reset: 4, forgets: 4, untold: true}, writes: "cut",
			looks: "down down there", want: "write look look look"},
		{name: "reset, not written", fate: fate{reset: 2, forgets: 2}, writes: "cut",
			want: "write look write", patient: "write look look write"},

		// A worker dies, and its call continues in C4C.
		{name: "first worker dies", fate: fate{forgets: 2}, writes: "cut", looks: "missing there",
			want: "write look write", patient: "write look look"},
		{name: "refused, and Temporal does not hear of it", fate: fate{forgets: 2}, writes: "no",
			want: "write look write", patient: "write look look write"},
		{name: "second worker dies after a refusal", fate: fate{dies: 2}, writes: "no cut",
			looks: "missing missing there", want: "write look write look write", patient: "write look write look look"},
	} {
		for name, w := range writes() {
			t.Run(story.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := w.newServers(t)
				s.temporal.fate = story.fate
				for _, said := range strings.Fields(story.writes) {
					s.will(w.write, w.said(said))
				}
				for _, said := range strings.Fields(story.looks) {
					s.will(w.look, w.said(said))
				}
				require.NoError(t, s.run(w.activity, w.input(story.round), nil, 9))
				want := story.want
				if story.patient != "" && !w.repeats {
					want = story.patient
				}
				require.Equal(t, want, w.calls(s))
				w.requireNoOverlap(t, s, strings.Fields(story.writes))
			})
		}
	}
}

// requireNoOverlap requires that no write is sent while C4C may still be working on the previous one, except with the
// same id if C4C recognises that.
func (w writeOf) requireNoOverlap(t *testing.T, s *servers, said []string) {
	t.Helper()
	at, ids := s.times(w.write), s.uuids(w.write)
	for i := 1; i < len(at); i++ {
		lost := said[i-1] == "cut" || said[i-1] == "gateway"
		switch {
		case w.repeats && said[i-1] == "no" && s.temporal.forgets == 0:
			require.NotEqual(t, ids[i], ids[i-1], "write %d", i+1)
		case w.repeats:
			require.Equal(t, ids[i], ids[i-1], "write %d", i+1)
		case lost:
			require.GreaterOrEqual(t, at[i].Sub(at[i-1]), callTime, "write %d", i+1)
		}
	}
}

func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }
