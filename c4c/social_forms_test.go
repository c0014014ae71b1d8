package c4c

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dropAfterCommit makes C4C carry out the next write and loses its answer.
func (f *fake) dropAfterCommit() {
	done := false
	f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		write := r.Method != http.MethodGet
		if !write || done {
			next(w, r)
			return
		}
		done = true
		next(&discardWriter{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	})
}

type discardWriter struct{ header http.Header }

func (d *discardWriter) Header() http.Header         { return d.header }
func (d *discardWriter) Write(p []byte) (int, error) { return len(p), nil }
func (d *discardWriter) WriteHeader(int)             {}

// TestLookAfterLostAnswer does what callers do when an answer was lost: it looks, and finds what C4C has done.
func TestLookAfterLostAnswer(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		t.Run(social+"/profile", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, social)
			f.dropAfterCommit()
			_, err := c.Social().CreateProfile(t.Context(), requestID("p"), NewProfile{OpenID: testOpenID})
			requireClass(t, err, ErrOutcomeUnknown)
			found, err := c.Social().FindProfile(t.Context(), testOpenID)
			require.NoError(t, err)
			require.NotEmpty(t, found.ID)
			require.Len(t, f.rows(profileSet), 1)
		})
		t.Run(social+"/activity", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, social)
			p := newProfile(t, c, testOpenID)
			f.dropAfterCommit()
			_, err := c.Social().CreateActivity(t.Context(), requestID("m1"), newMessage(p, "m1", "brakes"))
			requireClass(t, err, ErrOutcomeUnknown)
			requireRedacted(t, err, "brakes")
			found, err := c.Social().FindActivity(t.Context(), "m1")
			require.NoError(t, err)
			require.Equal(t, p.ID, found.ProfileID)
			ticket, err := c.TicketOfActivity(t.Context(), found.ID)
			require.NoError(t, err)
			require.True(t, ticket.Open())
			require.Len(t, f.rows(activitySet), 1)
		})
		t.Run(social+"/customer", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, social)
			f.dropAfterCommit()
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li", NickName: testOpenID})
			requireClass(t, err, ErrOutcomeUnknown)
			found, err := c.FindCustomer(t.Context(), testOpenID)
			require.NoError(t, err)
			require.Equal(t, "Li", found.LastName)
		})
	}
}

// TestLockedThenFree: the same call succeeds once the lock is gone. C4C may have stored the answer "locked" under the
// request id, so callers use a new id after receiving an answer.
func TestLockedThenFree(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		t.Run(social, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, social)
			p := newProfile(t, c, testOpenID)
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				switch {
				case strings.Contains(r.URL.Path, "/srt/"):
					_, _ = w.Write([]byte(soapLogBody("101(/AP_ESI_COMMON/)", "Locking failed")))
				case r.Method != http.MethodGet:
					w.WriteHeader(http.StatusBadRequest)
					_, _ = w.Write([]byte(`{"error":{"code":"AP_ESI_COMMON:101","message":{"value":"record locked by user LI"}}}`))
				default:
					next(w, r)
				}
			})
			m := newMessage(p, "m1", "brakes")
			_, err := c.Social().CreateActivity(t.Context(), requestID("m1/1"), m)
			requireClass(t, err, ErrLocked)
			requireClass(t, c.Social().BindProfile(t.Context(), requestID("b/1"), p, Customer{ID: "1"}), ErrLocked)
			f.onRequest(nil)
			_, err = c.Social().CreateActivity(t.Context(), requestID("m1/2"), m)
			require.NoError(t, err)
			require.NoError(t, c.Social().BindProfile(t.Context(), requestID("b/2"), p, Customer{ID: "1"}))
		})
	}
}

// TestOldestActivity: if repeated attempts have created several, all callers must choose the same one.
func TestOldestActivity(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		f.mu.Lock()
		p := f.addProfile(testOpenID, "")
		f.addActivity("m1", "second", p, nil)["ID"] = "10001"
		f.addActivity("m1", "first", p, nil)["ID"] = "9999"
		f.mu.Unlock()
		found, err := c.Social().FindActivity(t.Context(), "m1")
		require.NoError(t, err)
		require.Equal(t, "9999", found.ID)
		require.Equal(t, "first", found.Text)
	}
}

func TestODataProfileForms(t *testing.T) {
	t.Parallel()
	const head = `{"ObjectID":"` + someKey + `","ID":"839","AccountInternalID":"0001000123"`
	ours := `{"SocialMediaUserAccountID":"` + testOpenID + `","ExternalPartyAccountID":"WECHAT"}`
	const other = `{"SocialMediaUserAccountID":"other","ExternalPartyAccountID":"FB"}`
	for _, test := range []struct {
		name, body, openID string
	}{
		{"children under results", `{"d":{"results":[` + head + `,"SocialMediaUserProfileUserInformation":{"results":[` +
			other + `,` + ours + `]}}]}}`, testOpenID},
		{"children bare", `{"d":{"results":[` + head + `,"SocialMediaUserProfileUserInformation":[` + ours + `]}]}}`,
			testOpenID},
		{"one object", `{"d":{"results":` + head + `,"SocialMediaUserProfileUserInformation":{"results":` + ours + `}}}}`,
			testOpenID},
		{"another channel only", `{"d":{"results":[` + head + `,"SocialMediaUserProfileUserInformation":[` + other + `]}]}}`,
			"other"},
		{"not expanded", `{"d":{"results":[` + head + `,"SocialMediaUserProfileUserInformation":{"__deferred":{}}}]}}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			f.answer(200, jsonType, test.body)
			got, err := c.Social().ProfileByID(t.Context(), "839")
			require.NoError(t, err)
			require.Equal(t, Profile{ID: "839", UUID: someUUID, OpenID: test.openID, CustomerID: "1000123"}, got)
		})
	}
	c, f := setup(t, SocialOData)
	f.answer(200, jsonType, `{"d":{"results":[{"ID":"839"}]}}`)
	_, err := c.Social().ProfileByID(t.Context(), "839")
	requireClass(t, err, ErrOutcomeUnknown)
	f.answer(200, jsonType, `{"d":{"results":[{"ID":"839","ObjectID":"../x"}]}}`)
	_, err = c.ProfilesOfCustomer(t.Context(), "1000123")
	requireClass(t, err, ErrRejected)
}

func TestODataActivityForms(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	f.answer(200, jsonType, `{"d":{"results":[{"ObjectID":"`+someKey+
		`","ID":"1","SocialMediaMessageID":"m1","Text":"t"}]}}`)
	found, err := c.Social().FindActivity(t.Context(), "m1")
	require.NoError(t, err)
	require.Equal(t, Activity{ID: "1", UUID: someUUID, MessageID: "m1", Text: "t"}, found, "UUID from the key; no profile")

	c, f = setup(t, SocialOData)
	f.mu.Lock()
	p := f.addProfile(testOpenID, "")
	a := f.addActivity("m1", "text", p, nil)
	a["SocialMediaUserProfileUUID"] = "00163E00-0000-1ED7-FFFF-000000000009"
	f.mu.Unlock()
	found, err = c.Social().FindActivity(t.Context(), "m1")
	require.NoError(t, err, "the profile has been deleted meanwhile")
	require.Empty(t, found.ProfileID)

	a["RootSocialMediaActivityUUID"] = ""
	m := newMessage(Profile{ID: p.text("ID"), UUID: dashed(p.text("ObjectID"))}, "m2", "again")
	m.RootMessageID = "m1"
	f.forget()
	_, err = c.Social().CreateActivity(t.Context(), requestID("m2"), m)
	require.NoError(t, err)
	require.Contains(t, f.seen()[1].body, `"ParentSocialMediaActivityUUID":"`+a.text("UUID")+`"`)

	m.MessageID, m.RootUUID = "m3", strings.ToLower(a.text("UUID"))
	f.forget()
	_, err = c.Social().CreateActivity(t.Context(), requestID("m3"), m)
	require.NoError(t, err)
	require.Len(t, f.seen(), 1, "the root need not be looked up")
	require.Contains(t, f.seen()[0].body, `"ParentSocialMediaActivityUUID":"`+a.text("UUID")+`"`)
	require.Contains(t, f.seen()[0].body, `"CategoryCode":"003"`)
}

// TestLookupsFailLikeTheCall: a call that has to look something up first returns the look-up's failure.
func TestLookupsFailLikeTheCall(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	p := newProfile(t, c, testOpenID)
	f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next(w, r)
	})
	threaded := newMessage(p, "m2", "again")
	threaded.ParentMessageID = "m1"
	for name, m := range map[string]NewActivity{
		"profile by id": newMessage(Profile{ID: p.ID}, "m1", "text"), "profile by uuid": newMessage(Profile{UUID: p.UUID},
			"m1", "text"), "root": threaded,
	} {
		_, err := c.Social().CreateActivity(t.Context(), requestID(name), m)
		requireClass(t, err, ErrUnavailable)
	}
	requireClass(t, c.Social().BindProfile(t.Context(), requestID("b"), Profile{ID: p.ID}, Customer{ID: "1"}),
		ErrUnavailable)
	require.Empty(t, f.rows(activitySet))
	bad := newMessage(Profile{UUID: "../x"}, "m1", "text")
	_, err := c.Social().CreateActivity(t.Context(), requestID("x"), bad)
	requireClass(t, err, ErrRejected)
}

// TestTicketTextIsWhole: texts are never cut, whatever their length.
func TestTicketTextIsWhole(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		p := newProfile(t, c, testOpenID)
		text := strings.Repeat("刹车异响，", 5_000)
		_, err := c.Social().CreateActivity(t.Context(), requestID("m1"), newMessage(p, "m1", text))
		require.NoError(t, err)
		require.Equal(t, text, f.rows(activitySet)[0].text("Text"))
		key := f.rows(ticketSet)[0].text("ObjectID")
		require.NoError(t, c.AddTicketText(t.Context(), key, TextInternalNote, "ZH", text))
		require.Equal(t, text, f.rows(textSet)[0].text("Text"))
	}
}
