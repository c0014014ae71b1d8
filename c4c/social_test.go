package c4c

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestSocial is the conformance suite: what it asks for holds for every implementation of Social.
// TestAnswerInParts: a gateway may wrap the envelope in MIME, as for attachments.
func TestAnswerInParts(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.answer(200, map[string]string{"Content-Type": `multipart/related; type="application/xop+xml"; boundary=b`},
		"--b\r\nContent-Type: application/xop+xml\r\n\r\n"+soapEnvelope("X", `<SocialMediaUserProfile><ID>839</ID><UUID>`+
			someUUID+
			`</UUID><UserInformation><SocialMediaUserAccountID>`+testOpenID+
			`</SocialMediaUserAccountID></UserInformation></SocialMediaUserProfile>`)+"\r\n--b--\r\n")
	found, err := c.Social().FindProfile(t.Context(), testOpenID)
	require.NoError(t, err)
	require.Equal(t, "839", found.ID)
}

func TestSocial(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		for name, test := range map[string]func(t *testing.T, c *Client, f *fake){
			"create profile":                conformCreateProfile,
			"create profile cuts names":     conformCutNames,
			"profile not found":             conformProfileNotFound,
			"profile by id":                 conformProfileByID,
			"oldest profile":                conformOldestProfile,
			"bind profile":                  conformBind,
			"bind profile to another":       conformBindOther,
			"bind incomplete profile":       conformBindIncomplete,
			"uuid in any spelling":          conformUUIDSpelling,
			"new thread":                    conformNewThread,
			"follow-up":                     conformFollowUp,
			"unknown thread":                conformUnknownThread,
			"unknown profile":               conformUnknownProfile,
			"activity without profile id":   conformWithoutProfileID,
			"activity without profile uuid": conformWithoutProfileUUID,
			"activity not found":            conformActivityNotFound,
			"text arrives":                  conformText,
			"refused arguments":             conformRefused,
			"nil request id":                conformNilRequestID,
		} {
			t.Run(social+"/"+name, func(t *testing.T) {
				t.Parallel()
				c, f := setup(t, social)
				test(t, c, f)
				require.Empty(t, f.complained(), "malformed requests")
			})
		}
	}
}

func newProfile(t *testing.T, c *Client, openid string) Profile {
	t.Helper()
	p, err := c.Social().CreateProfile(t.Context(), requestID("profile "+openid),
		NewProfile{OpenID: openid, GivenName: "雷", FamilyName: "李"})
	require.NoError(t, err)
	return p
}

func conformCreateProfile(t *testing.T, c *Client, f *fake) {
	created := newProfile(t, c, testOpenID)
	require.NotEmpty(t, created.ID)
	require.Regexp(t, `^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`, created.UUID)
	require.Equal(t, testOpenID, created.OpenID)
	require.Empty(t, created.CustomerID)
	require.Len(t, f.seen(), 1, "a create is not preceded by a search")

	found, err := c.Social().FindProfile(t.Context(), testOpenID)
	require.NoError(t, err)
	require.Equal(t, created, found)
	users := f.rows("SocialMediaUserProfileUserInformationCollection")
	require.Len(t, users, 1)
	require.Equal(t, testChannel, users[0].text("ExternalPartyAccountID"))
	require.Equal(t, testCode, users[0].text("SocialMediaChannelCode"))
}

func conformCutNames(t *testing.T, c *Client, f *fake) {
	name := strings.Repeat("名", 37) + "😀😀\x01" // 41 units of UTF-16
	_, err := c.Social().CreateProfile(t.Context(), requestID("cut"), NewProfile{
		OpenID: testOpenID, GivenName: name, FamilyName: " a \n\tb ", UserName: name,
	})
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("名", 37)+"😀",
		f.rows("SocialMediaUserProfileUserInformationCollection")[0].text("GivenName"))
	require.Contains(t, f.seen()[0].body, "a b")
}

func conformProfileNotFound(t *testing.T, c *Client, _ *fake) {
	_, err := c.Social().FindProfile(t.Context(), "nobody")
	require.ErrorIs(t, err, ErrNotFound)
	require.NotContains(t, err.Error(), "nobody")
	_, err = c.Social().ProfileByID(t.Context(), "4711")
	require.ErrorIs(t, err, ErrNotFound)
}

func conformProfileByID(t *testing.T, c *Client, _ *fake) {
	newProfile(t, c, "other")
	created := newProfile(t, c, testOpenID)
	found, err := c.Social().ProfileByID(t.Context(), created.ID)
	require.NoError(t, err)
	require.Equal(t, created, found)
}

func conformOldestProfile(t *testing.T, c *Client, f *fake) {
	f.mu.Lock()
	f.addProfile(testOpenID, "new")["ID"] = "1200"
	f.addProfile(testOpenID, "old")["ID"] = "999"
	f.mu.Unlock()
	found, err := c.Social().FindProfile(t.Context(), testOpenID)
	require.NoError(t, err)
	require.Equal(t, "999", found.ID)
}

func conformBind(t *testing.T, c *Client, f *fake) {
	p := newProfile(t, c, testOpenID)
	for _, attempt := range []string{"bind 1", "bind 2"} {
		require.NoError(t, c.Social().BindProfile(t.Context(), requestID(attempt), p, Customer{ID: "1000123"}))
	}
	found, err := c.Social().FindProfile(t.Context(), testOpenID)
	require.NoError(t, err)
	require.Equal(t, "1000123", found.CustomerID, "without the zeros that C4C pads it with")
	require.Equal(t, "雷", f.rows("SocialMediaUserProfileUserInformationCollection")[0].text("GivenName"))
	require.Len(t, f.rows("SocialMediaUserProfileCollection"), 1)
}

func conformBindOther(t *testing.T, c *Client, _ *fake) {
	p := newProfile(t, c, testOpenID)
	require.NoError(t, c.Social().BindProfile(t.Context(), requestID("a"), p, Customer{ID: "1000123"}))
	require.ErrorIs(t, c.Social().BindProfile(t.Context(), requestID("b"), p, Customer{ID: "1000124"}), ErrRejected)
}

func conformBindIncomplete(t *testing.T, c *Client, _ *fake) {
	p := newProfile(t, c, testOpenID)
	require.NoError(t, c.Social().BindProfile(t.Context(), requestID("a"), Profile{ID: p.ID}, Customer{ID: "1000123"}))
	require.NoError(t, c.Social().BindProfile(t.Context(), requestID("b"), Profile{OpenID: testOpenID},
		Customer{ID: "1000123"}))
	err := c.Social().BindProfile(t.Context(), requestID("c"), Profile{OpenID: "nobody"}, Customer{ID: "1000123"})
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, c.Social().BindProfile(t.Context(), requestID("d"), p, Customer{}), ErrRejected)
}

// conformUUIDSpelling: SOAP writes UUIDs in lower case, OData in upper case or without dashes; callers may hold any.
func conformUUIDSpelling(t *testing.T, c *Client, f *fake) {
	p := newProfile(t, c, testOpenID)
	for i, spelling := range []string{p.UUID, strings.ToLower(p.UUID), strings.ReplaceAll(p.UUID, "-", "")} {
		name := strings.Repeat("x", i+1)
		same := Profile{ID: p.ID, UUID: spelling, OpenID: testOpenID}
		require.NoError(t, c.Social().BindProfile(t.Context(), requestID("bind"+name), same, Customer{ID: "1000123"}))
		_, err := c.Social().CreateActivity(t.Context(), requestID(name), newMessage(same, name, "text"))
		require.NoError(t, err)
	}
	require.Len(t, f.rows("SocialMediaActivityCollection"), 3)
	require.Len(t, f.rows("SocialMediaUserProfileCollection"), 1)
}

func newMessage(p Profile, id, text string) NewActivity {
	return NewActivity{
		MessageID: id, ProfileID: p.ID, ProfileUUID: p.UUID, Author: "Lei", Text: text,
		CreatedAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
	}
}

func conformNewThread(t *testing.T, c *Client, f *fake) {
	f.delayed = true
	p := newProfile(t, c, testOpenID)
	f.forget()
	a, err := c.Social().CreateActivity(t.Context(), requestID("m1"),
		newMessage(p, "wx:default:"+testOpenID+":1", "my brakes squeal"))
	require.NoError(t, err)
	require.Len(t, f.seen(), 1)
	require.NotEmpty(t, a.ID)
	require.Equal(t, p.ID, a.ProfileID)
	require.Equal(t, "wx:default:"+testOpenID+":1", a.MessageID)

	_, err = c.TicketOfActivity(t.Context(), a.ID)
	require.ErrorIs(t, err, ErrNotFound, "C4C has not made the ticket yet")
	f.makeTickets()
	f.forget()
	ticket, err := c.TicketOfActivity(t.Context(), a.ID)
	require.NoError(t, err)
	require.True(t, ticket.Open())
	require.Len(t, f.seen(), 1, "one call for reference and ticket")

	found, err := c.Social().FindActivity(t.Context(), a.MessageID)
	require.NoError(t, err)
	a.Text = "my brakes squeal"
	require.Equal(t, a, found)
}

func conformFollowUp(t *testing.T, c *Client, f *fake) {
	p := newProfile(t, c, testOpenID)
	create := func(id, parent, root string) {
		m := newMessage(p, id, "text "+id)
		m.ParentMessageID, m.RootMessageID = parent, root
		_, err := c.Social().CreateActivity(t.Context(), requestID(id), m)
		require.NoError(t, err)
	}
	create("m1", "", "")
	create("m2", "m1", "m1")
	create("m3", "m2", "")
	create("m4", "", "m1")
	require.Len(t, f.rows("ServiceRequestCollection"), 1, "only the root becomes a ticket")
	activities := f.rows("SocialMediaActivityCollection")
	require.Len(t, activities, 4)
	for _, a := range activities {
		require.Equal(t, activities[0]["UUID"], a["RootSocialMediaActivityUUID"])
	}
}

func conformUnknownThread(t *testing.T, c *Client, f *fake) {
	m := newMessage(newProfile(t, c, testOpenID), "m2", "text")
	m.RootMessageID = "m1"
	_, err := c.Social().CreateActivity(t.Context(), requestID("m2"), m)
	require.ErrorIs(t, err, ErrRejected)
	require.NotErrorIs(t, err, ErrNotFound)
	require.Empty(t, f.rows("SocialMediaActivityCollection"))
}

func conformUnknownProfile(t *testing.T, c *Client, _ *fake) {
	for _, p := range []Profile{
		{ID: "4711", UUID: "00163E00-0000-1ED7-8000-FFFFFFFFFFFF"}, {ID: "4711"},
		{UUID: "00163E00-0000-1ED7-8000-FFFFFFFFFFFF"},
	} {
		_, err := c.Social().CreateActivity(t.Context(), requestID(p.ID+p.UUID), newMessage(p, "m1", "text"))
		require.ErrorIs(t, err, ErrRejected)
	}
}

func conformWithoutProfileID(t *testing.T, c *Client, _ *fake) {
	p := newProfile(t, c, testOpenID)
	a, err := c.Social().CreateActivity(t.Context(), requestID("m1"), newMessage(Profile{UUID: p.UUID}, "m1", "text"))
	require.NoError(t, err)
	require.Equal(t, p.ID, a.ProfileID)
}

func conformWithoutProfileUUID(t *testing.T, c *Client, _ *fake) {
	p := newProfile(t, c, testOpenID)
	a, err := c.Social().CreateActivity(t.Context(), requestID("m1"), newMessage(Profile{ID: p.ID}, "m1", "text"))
	require.NoError(t, err)
	require.Equal(t, p.ID, a.ProfileID)
}

func conformActivityNotFound(t *testing.T, c *Client, _ *fake) {
	_, err := c.Social().FindActivity(t.Context(), "wx:default:nobody:1")
	require.ErrorIs(t, err, ErrNotFound)
	requireRedacted(t, err, "nobody")
}

func conformText(t *testing.T, c *Client, f *fake) {
	p := newProfile(t, c, testOpenID)
	text := "a < b && \"c\" 'd' ]]>\r\n\t刹车异响 😀\x00\x0b\ufffe\xff end"
	_, err := c.Social().CreateActivity(t.Context(), requestID("m1"), newMessage(p, "m1", text))
	require.NoError(t, err)
	got := f.rows("SocialMediaActivityCollection")[0].text("Text")
	require.Equal(t, "a < b && \"c\" 'd' ]]>\r\n\t刹车异响 😀 end", got)
}

func conformRefused(t *testing.T, c *Client, f *fake) {
	p := newProfile(t, c, testOpenID)
	f.forget()
	for name, m := range map[string]NewActivity{
		"no message id":       newMessage(p, "", "text"),
		"long message id":     newMessage(p, strings.Repeat("号", 257), "text"),
		"wildcard":            newMessage(p, "wx:*", "text"),
		"blank":               newMessage(p, "wx: 1", "text"),
		"control character":   newMessage(p, "wx:\x01", "text"),
		"no text":             newMessage(p, "m1", "\x01"),
		"no profile":          newMessage(Profile{}, "m1", "text"),
		"wildcard for parent": {MessageID: "m1", ParentMessageID: "*", ProfileID: p.ID, Text: "text"},
	} {
		_, err := c.Social().CreateActivity(t.Context(), requestID(name), m)
		var refused *ArgumentError
		require.ErrorAs(t, err, &refused, name)
		require.ErrorIs(t, err, ErrRejected, name)
	}
	for _, value := range []string{"", "*", "a*b", strings.Repeat("x", 2000), "a\x01"} {
		_, err := c.Social().FindProfile(t.Context(), value)
		require.ErrorIs(t, err, ErrRejected)
		_, err = c.Social().ProfileByID(t.Context(), value)
		require.ErrorIs(t, err, ErrRejected)
		_, err = c.Social().FindActivity(t.Context(), value)
		require.ErrorIs(t, err, ErrRejected)
		_, err = c.Social().CreateProfile(t.Context(), requestID("x"), NewProfile{OpenID: value})
		require.ErrorIs(t, err, ErrRejected)
	}
	require.Empty(t, f.seen(), "nothing was sent")
	_, err := c.Social().CreateActivity(t.Context(), requestID("256"), newMessage(p, strings.Repeat("号", 256), "text"))
	require.NoError(t, err)
}

func conformNilRequestID(t *testing.T, c *Client, f *fake) {
	_, err := c.Social().CreateProfile(t.Context(), uuid.Nil, NewProfile{OpenID: testOpenID})
	require.ErrorIs(t, err, ErrRejected)
	_, err = c.Social().CreateActivity(t.Context(), uuid.Nil, newMessage(Profile{ID: "1", UUID: "A"}, "m", "t"))
	require.ErrorIs(t, err, ErrRejected)
	require.ErrorIs(t, c.Social().BindProfile(t.Context(), uuid.Nil, Profile{ID: "1"}, Customer{ID: "2"}), ErrRejected)
	require.Empty(t, f.seen())
}
