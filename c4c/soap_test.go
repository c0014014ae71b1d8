package c4c

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSOAPRequestBodies compares request bodies byte by byte.
func TestSOAPRequestBodies(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	p, err := c.Social().CreateProfile(t.Context(), requestID("p"), NewProfile{OpenID: testOpenID, GivenName: "雷",
		UserName: "Lei & Co"})
	require.NoError(t, err)
	require.NoError(t, c.Social().BindProfile(t.Context(), requestID("b"), p, Customer{ID: "1000123"}))
	_, err = c.Social().CreateActivity(t.Context(), requestID("r"), newMessage(p, "wx:default:o:1", "brakes"))
	require.NoError(t, err)
	m := newMessage(p, "wx:default:o:2", "again")
	m.ParentMessageID, m.RootMessageID = "wx:default:o:1", "wx:default:o:1"
	_, err = c.Social().CreateActivity(t.Context(), requestID("f"), m)
	require.NoError(t, err)

	const start = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header/><soapenv:Body>`
	const global = ` xmlns:glob="http://sap.com/xi/SAPGlobal20/Global"><BasicMessageHeader><UUID>%s</UUID></BasicMessageHeader>`
	uuid := strings.ToLower(p.UUID)
	for i, want := range []string{
		fmt.Sprintf(`<glob:SocialMediaUserProfileBundleMaintainRequest_sync`+global+
			`<SocialMediaUserProfile actionCode="01"><SocialMediaUserCategoryCode>02</SocialMediaUserCategoryCode><UserInformation actionCode="01"><SocialMediaUserAccountID>%s</SocialMediaUserAccountID><SocialMediaChannelCode>008</SocialMediaChannelCode><GivenName>雷</GivenName><SocialMediaUserName>Lei &amp; Co</SocialMediaUserName><ExternalPartyAccountID>WECHAT</ExternalPartyAccountID></UserInformation></SocialMediaUserProfile></glob:SocialMediaUserProfileBundleMaintainRequest_sync>`, requestID("p"), testOpenID),
		fmt.Sprintf(`<glob:SocialMediaUserProfileBundleMaintainRequest_sync`+global+
			`<SocialMediaUserProfile actionCode="04"><UUID>%s</UUID><UserInformation actionCode="04"><SocialMediaUserAccountID>%s</SocialMediaUserAccountID></UserInformation><CustomerInternalID>1000123</CustomerInternalID></SocialMediaUserProfile></glob:SocialMediaUserProfileBundleMaintainRequest_sync>`, requestID("b"), uuid, testOpenID),
		fmt.Sprintf(`<glob:SocialMediaActivityBundleMaintainRequestsync`+global+
			`<SocialMediaActivity actionCode="01"><SocialMediaMessageID>wx:default:o:1</SocialMediaMessageID><SocialMediaUserProfileID>%s</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID><InteractionContent><Text>brakes</Text></InteractionContent></SocialMediaActivity></glob:SocialMediaActivityBundleMaintainRequestsync>`, requestID("r"), p.ID),
		fmt.Sprintf(`<glob:SocialMediaActivityBundleMaintainRequestsync`+global+
			`<SocialMediaActivity actionCode="01"><SocialMediaMessageID>wx:default:o:2</SocialMediaMessageID><ParentSocialMediaMessageID>wx:default:o:1</ParentSocialMediaMessageID><RootSocialMediaMessageID>wx:default:o:1</RootSocialMediaMessageID><SocialMediaUserProfileID>%s</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID><InteractionContent><Text>again</Text></InteractionContent></SocialMediaActivity></glob:SocialMediaActivityBundleMaintainRequestsync>`, requestID("f"), p.ID),
	} {
		require.Equal(t, start+want+`</soapenv:Body></soapenv:Envelope>`, f.seen()[i].body)
	}
}

// TestSOAPBodiesAgainstSchema checks every message against SAP's field lengths and order.
func TestSOAPBodiesAgainstSchema(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("C4C_XSD_DIR")
	if dir == "" {
		t.Skip("C4C_XSD_DIR, the folder of social.xsd, is not set")
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	validate := func(t *testing.T, body string) (string, error) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "body.xml")
		require.NoError(t, os.WriteFile(file, []byte(body), 0o600))
		out, err := exec.CommandContext(t.Context(), xmllint, "--nonet", "--noout", "--schema",
			filepath.Join(dir, "social.xsd"), file).CombinedOutput()
		return string(out), err
	}
	c, f := setup(t, SocialSOAP)
	sendEveryMessage(t, c)
	roots := map[string]bool{}
	for _, seen := range f.seen() {
		_, body, _ := strings.Cut(seen.body, "<soapenv:Body>")
		body, _, found := strings.Cut(body, "</soapenv:Body>")
		require.True(t, found)
		out, err := validate(t, body)
		require.NoError(t, err, "%s\n%s", out, body)
		root, _, _ := strings.Cut(body, " ")
		roots[root] = true
	}
	require.Len(t, roots, 4, "all four messages were sent")

	for name, body := range map[string]any{
		"long message id": activityRequest{Glob: globalNS, Activity: activityElement{ActionCode: actionCreate,
			MessageID: strings.Repeat("m", 257), ProfileID: "1", ProviderID: "W"}},
		"long name": profileRequest{Glob: globalNS, Profile: profileElement{ActionCode: actionCreate,
			User: userElement{ActionCode: actionCreate, AccountID: "o", GivenName: strings.Repeat("n", 41)}}},
		"action code": profileRequest{Glob: globalNS,
			Profile: profileElement{ActionCode: "07", User: userElement{ActionCode: actionCreate, AccountID: "o"}}},
	} {
		wire, err := xml.Marshal(body)
		require.NoError(t, err)
		out, err := validate(t, string(wire))
		require.Error(t, err, "the schema must refuse: %s", name)
		require.Contains(t, out, "fails to validate")
	}
}

// sendEveryMessage sends each message with its minimum and its maximum content.
func sendEveryMessage(t *testing.T, c *Client) {
	t.Helper()
	long, odd := strings.Repeat("名", 60), "a<b&c>\x00\"'😀\r\n"
	_, err := c.Social().CreateProfile(t.Context(), requestID("min"), NewProfile{OpenID: "o"})
	require.NoError(t, err)
	p, err := c.Social().CreateProfile(t.Context(), requestID("max"),
		NewProfile{OpenID: strings.Repeat("o", 255), GivenName: long, FamilyName: odd, UserName: long})
	require.NoError(t, err)
	require.NoError(t, c.Social().BindProfile(t.Context(), requestID("bind"), p, Customer{ID: "1000000123"}))
	_, err = c.Social().FindProfile(t.Context(), p.OpenID)
	require.NoError(t, err)
	_, err = c.Social().ProfileByID(t.Context(), p.ID)
	require.NoError(t, err)
	root := newMessage(p, strings.Repeat("号", 256), odd)
	_, err = c.Social().CreateActivity(t.Context(), requestID("root"), root)
	require.NoError(t, err)
	reply := newMessage(p, "wx:default:o:2", strings.Repeat(long, 1000))
	reply.ParentMessageID, reply.RootMessageID = root.MessageID, root.MessageID
	_, err = c.Social().CreateActivity(t.Context(), requestID("reply"), reply)
	require.NoError(t, err)
	_, err = c.Social().FindActivity(t.Context(), root.MessageID)
	require.NoError(t, err)
}

func TestWSDLNamesEveryOperation(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	p := newProfile(t, c, testOpenID)
	_, _ = c.Social().FindProfile(t.Context(), testOpenID)
	_, _ = c.Social().CreateActivity(t.Context(), requestID("m"), newMessage(p, "m", "t"))
	_, _ = c.Social().FindActivity(t.Context(), "m")
	for i, want := range []struct{ service, action string }{
		{"managesocialmediauserprofilein", "ManageSocialMediaUserProfileIn/MaintainBundleRequest"},
		{"requestforsocialmediauserprofi", "RequestForSocialMediaUserProfileIn/FindByElementsRequest"},
		{"managesocialmediaactivityin", "ManageSocialMediaActivityIn/MaintainBundleRequest"},
		{"querysocialmediaactivityin", "QuerySocialMediaActivityIn/FindByElementsRequest"},
	} {
		seen := f.seen()[i]
		require.Equal(t, "/sap/bc/srt/scs/sap/"+want.service, seen.path)
		require.Equal(t, "http://sap.com/xi/A1S/Global/"+want.action, seen.header.Get("SOAPAction"))
		require.Equal(t, "sap-vhost=127.0.0.1", seen.query)
		require.Equal(t, "text/xml;charset=UTF-8", seen.header.Get("Content-Type"))
		require.Empty(t, seen.header.Get("Transfer-Encoding"))
	}
}

// TestRepeatedRequest: with the same request id C4C does the work once and repeats its first answer.
func TestRepeatedRequest(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	p := newProfile(t, c, testOpenID)
	m := newMessage(p, "m1", "text")
	first, err := c.Social().CreateActivity(t.Context(), requestID("m1"), m)
	require.NoError(t, err)
	second, err := c.Social().CreateActivity(t.Context(), requestID("m1"), m)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Len(t, f.rows(activitySet), 1)
}

// TestParallelCalls mixes successes and failures: no call may get the error or the answer of another.
func TestParallelCalls(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	for i := range 20 {
		f.addProfile(fmt.Sprint("o", i), "name")
	}
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			openid := fmt.Sprint("o", i)
			p, err := c.Social().FindProfile(t.Context(), openid)
			require.NoError(t, err)
			require.Equal(t, openid, p.OpenID)
			_, err = c.Social().FindProfile(t.Context(), "x"+openid)
			require.ErrorIs(t, err, ErrNotFound)
			m := newMessage(Profile{ID: "1"}, openid, "text")
			_, err = c.Social().CreateActivity(t.Context(), requestID(openid), m)
			require.ErrorIs(t, err, ErrRejected)
		})
	}
	calls.Wait()
}

func TestSOAPAnswerForms(t *testing.T) {
	t.Parallel()
	const profile = `<SocialMediaUserProfile><ID> 839 </ID><UUID>00163e00-0000-1ee7-8000-000000000007</UUID>` +
		`<UserInformation><SocialMediaUserAccountID>other</SocialMediaUserAccountID></UserInformation>` +
		`<UserInformation><SocialMediaUserAccountID>` + testOpenID +
		`</SocialMediaUserAccountID><ExternalPartyAccountID>WECHAT</ExternalPartyAccountID></UserInformation></SocialMediaUserProfile>`
	want := Profile{ID: "839", UUID: "00163E00-0000-1EE7-8000-000000000007", OpenID: testOpenID}
	for _, test := range []struct {
		name, body string
		class      error
	}{
		{"root of any name", soapEnvelope("Anything", profile+hits(1)), nil},
		{"deeper", soapEnvelope("Anything", "<Wrapper><More>"+profile+"</More></Wrapper>"), nil},
		{"hits beside the object",
			soapEnvelope("Anything", profile+"<ReturnedQueryHitsNumberValue>1</ReturnedQueryHitsNumberValue>"), nil},
		{"soap 1.2", strings.ReplaceAll(soapEnvelope("Anything", profile), "http://schemas.xmlsoap.org/soap/envelope/",
			"http://www.w3.org/2003/05/soap-envelope"), nil},
		{"a warning",
			soapEnvelope("Anything",
				profile+
					`<Log><MaximumLogItemSeverityCode>2</MaximumLogItemSeverityCode><Item><SeverityCode>2</SeverityCode><Note>Old</Note></Item></Log>`), nil},
		{"latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?>` + soapEnvelope("Anything", profile+"<Name>S\xf6hne</Name>"),
			nil},
		{"another's profile", soapEnvelope("Anything", strings.ReplaceAll(profile, testOpenID, "someone")), ErrNotFound},
		{"no hits", soapEnvelope("Anything", hits(0)), ErrNotFound},
		{"nothing", soapEnvelope("Anything", ""), ErrNotFound},
		{"hits without object", soapEnvelope("Anything", "<Unknown/>"+hits(1)), ErrOutcomeUnknown},
		{"entities are not expanded", `<!DOCTYPE x [<!ENTITY a "b">]>` +
			soapEnvelope("Anything", strings.ReplaceAll(profile, "839", "&a;")), ErrOutcomeUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			f.answer(200, xmlType, test.body)
			got, err := c.Social().FindProfile(t.Context(), testOpenID)
			if test.class != nil {
				requireClass(t, err, test.class)
				return
			}
			require.NoError(t, err)
			require.Equal(t, want, got)
			got, err = c.Social().ProfileByID(t.Context(), "839")
			require.NoError(t, err)
			require.Equal(t, want, got, "the OpenID of our channel")
		})
	}
}

// TestFindActivityCompletes: SAP documents only the profile of the answer; the rest comes from OData where it is
// missing.
func TestFindActivityCompletes(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	p := newProfile(t, c, testOpenID)
	created, err := c.Social().CreateActivity(t.Context(), requestID("m1"), newMessage(p, "m1", "text"))
	require.NoError(t, err)
	answer := soapEnvelope("X", `<SocialMediaActivity><SocialMediaUserProfileID>`+p.ID+
		`</SocialMediaUserProfileID></SocialMediaActivity>`)
	f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if strings.HasSuffix(r.URL.Path, "/querysocialmediaactivityin") {
			_, _ = w.Write([]byte(answer))
			return
		}
		next(w, r)
	})
	found, err := c.Social().FindActivity(t.Context(), "m1")
	require.NoError(t, err)
	require.Equal(t, created.ID, found.ID)
	require.Equal(t, p.ID, found.ProfileID)

	answer = soapEnvelope("X",
		`<SocialMediaActivity><ID>1</ID><SocialMediaMessageID>m2</SocialMediaMessageID></SocialMediaActivity>`)
	_, err = c.Social().FindActivity(t.Context(), "m1")
	requireClass(t, err, ErrNotFound)
}

// TestODataActivityBody compares what is sent for a root and for a follow-up.
func TestODataActivityBody(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	p := newProfile(t, c, testOpenID)
	m := newMessage(p, "m1", "brakes")
	m.Author = strings.Repeat("名", 90)
	root, err := c.Social().CreateActivity(t.Context(), requestID("m1"), m)
	require.NoError(t, err)
	f.forget()
	m.MessageID, m.ParentMessageID, m.Author = "m2", "m1", ""
	_, err = c.Social().CreateActivity(t.Context(), requestID("m2"), m)
	require.NoError(t, err)
	require.Len(t, f.seen(), 2, "the thread's root is looked up")
	require.JSONEq(t,
		`{"CategoryCode":"003","SocialMediaChannelCode":"008","SocialMediaMessageID":"m2","InitiatorCode":"2",
		"ParentSocialMediaActivityUUID":"`+root.UUID+`","Text":"brakes","SocialMediaUserProfileUUID":"`+p.UUID+`",
		"PrivateSocialMediaMessageIndicator":true,"SocialMediaActivityProviderID":"WECHAT",
		"SocialMediaMessageCreationDateTime":"/Date(1772600767000)/"}`, f.seen()[1].body)
	m = newMessage(p, "m3", "brakes")
	m.Author = strings.Repeat("名", 90)
	_, err = c.Social().CreateActivity(t.Context(), requestID("m3"), m)
	require.NoError(t, err)
	body := f.seen()[2].body
	require.Contains(t, body, `"CategoryCode":"001"`)
	require.Contains(t, body, `"SocialMediaMessageAuthor":"`+strings.Repeat("名", 80)+`"`)
	require.NotContains(t, body, "Parent")
}

// BenchmarkFindProfile is a SOAP call over the loopback.
func BenchmarkFindProfile(b *testing.B) {
	answer := []byte(soapEnvelope("X",
		`<SocialMediaUserProfile><ID>839</ID><UUID>00163e00-0000-1ee7-8000-000000000007</UUID></SocialMediaUserProfile>`))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	b.Cleanup(server.Close)
	c, err := New(Options{BaseURL: server.URL, User: testUser, Password: testPassword, ChannelID: testChannel,
		ChannelCode: testCode})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Social().FindProfile(b.Context(), testOpenID); err != nil {
			b.Fatal(err)
		}
	}
}
