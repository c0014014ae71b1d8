package c4csim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// follower is an openid of the tests.
const follower = "oTest-Follower_0000000000001"

// testClock is a clock that only moves when told.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// tenant is a running simulator and a client for it.
type tenant struct {
	t      *testing.T
	sim    *Simulator
	url    string
	client *http.Client
	token  string
}

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) contains(t *testing.T, parts ...string) {
	t.Helper()
	for _, p := range parts {
		require.Contains(t, r.body, p)
	}
}

func setup(t *testing.T, change ...func(*Options)) *tenant {
	t.Helper()
	clock := &testClock{at: time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)}
	o := Options{Clock: clock.now, TicketDelay: NoDelay}
	for _, f := range change {
		f(&o)
	}
	sim := New(o)
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		require.NoError(t, sim.Close())
	})
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := server.Client()
	client.Jar = jar
	return &tenant{t: t, sim: sim, url: server.URL, client: client}
}

func (n *tenant) try(method, path, body string, header ...string) (reply, error) {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, strings.NewReader(body))
	require.NoError(n.t, err)
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(DevUser+":"+DevPassword)))
	r.Header.Set("Accept-Language", "en")
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	a, err := n.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header, string(text)}, err
}

func (n *tenant) do(method, path, body string, header ...string) reply {
	n.t.Helper()
	r, err := n.try(method, path, body, header...)
	require.NoError(n.t, err)
	return r
}

const envelope11 = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:glob="http://sap.com/xi/SAPGlobal20/Global"><soapenv:Header/><soapenv:Body>%s</soapenv:Body></soapenv:Envelope>`

// soap sends one message in a SOAP 1.1 envelope.
func (n *tenant) soap(service, body string, header ...string) reply {
	n.t.Helper()
	return n.do(http.MethodPost, soapPath+service, fmt.Sprintf(envelope11, body),
		append([]string{"Content-Type", "text/xml; charset=utf-8"}, header...)...)
}

func profileMessage(inner string) string {
	return "<glob:SocialMediaUserProfileBundleMaintainRequest_sync>" + inner +
		"</glob:SocialMediaUserProfileBundleMaintainRequest_sync>"
}

func activityMessage(header, inner string) string {
	return "<glob:SocialMediaActivityBundleMaintainRequestsync>" + header + inner +
		"</glob:SocialMediaActivityBundleMaintainRequestsync>"
}

// between is the text of the first element of that name.
func between(t *testing.T, text, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "<"+name+">")
	require.True(t, found, "no %s in %s", name, text)
	value, _, _ := strings.Cut(rest, "</"+name+">")
	return value
}

// profile makes a profile for an openid and returns its ID and UUID.
func (n *tenant) profile(openid string) (id, uuid string) {
	n.t.Helper()
	a := n.soap(serviceManageProfile,
		profileMessage(
			`<SocialMediaUserProfile actionCode="01"><SocialMediaUserCategoryCode>02</SocialMediaUserCategoryCode>`+
				`<UserInformation actionCode="01"><SocialMediaUserAccountID>`+openid+
				`</SocialMediaUserAccountID><SocialMediaChannelCode>008</SocialMediaChannelCode></UserInformation></SocialMediaUserProfile>`))
	require.Equal(n.t, http.StatusOK, a.status, a.body)
	return between(n.t, a.body, "ID"), between(n.t, a.body, "UUID")
}

// activity sends a follower's message; parent is the message id it continues, or empty.
func (n *tenant) activity(profileID, messageID, parent, text string) reply {
	n.t.Helper()
	if parent != "" {
		parent = "<ParentSocialMediaMessageID>" + parent + "</ParentSocialMediaMessageID><RootSocialMediaMessageID>" +
			parent + "</RootSocialMediaMessageID>"
	}
	return n.soap(serviceManageActivity, activityMessage("", `<SocialMediaActivity actionCode="01"><SocialMediaMessageID>`+
		messageID+`</SocialMediaMessageID>`+parent+
		`<SocialMediaUserProfileID>`+profileID+
		`</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID>`+
		`<InteractionContent><Text>`+text+`</Text></InteractionContent></SocialMediaActivity>`))
}

// odata calls the OData service in JSON; writes fetch a token first.
func (n *tenant) odata(method, path, body string, header ...string) reply {
	n.t.Helper()
	if method != http.MethodGet && n.token == "" {
		a := n.do(http.MethodGet, odataPath, "", "Accept", "application/json", "x-csrf-token", "fetch")
		require.Equal(n.t, http.StatusOK, a.status)
		n.token = a.header.Get("x-csrf-token")
		require.NotEmpty(n.t, n.token)
	}
	return n.do(method, odataPath+path, body,
		append([]string{"Accept", "application/json", "Content-Type", "application/json", "x-csrf-token", n.token},
			header...)...)
}

// object reads d.results of one entity.
func object(t *testing.T, r reply) map[string]any {
	t.Helper()
	var v struct {
		D struct {
			Results map[string]any `json:"results"`
		} `json:"d"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &v), r.body)
	return v.D.Results
}

// collected reads d.results of a collection.
func collected(t *testing.T, r reply) []map[string]any {
	t.Helper()
	var v struct {
		D struct {
			Results []map[string]any `json:"results"`
		} `json:"d"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &v), r.body)
	return v.D.Results
}

// customer makes an individual customer.
func (n *tenant) customer(last, nick string) map[string]any {
	n.t.Helper()
	a := n.odata(http.MethodPost, "IndividualCustomerCollection",
		fmt.Sprintf(`{"LastName":%q,"FirstName":"Test","RoleCode":"CRM000","NickName":%q,"Mobile":"+86 138-0000-0001"}`, last,
			nick))
	require.Equal(n.t, http.StatusCreated, a.status, a.body)
	return object(n.t, a)
}

// bind connects a profile with a customer over SOAP.
func (n *tenant) bind(uuid, openid, customerID string) reply {
	n.t.Helper()
	return n.soap(serviceManageProfile,
		profileMessage(`<SocialMediaUserProfile><UUID>`+uuid+`</UUID><UserInformation><SocialMediaUserAccountID>`+openid+
			`</SocialMediaUserAccountID></UserInformation><CustomerInternalID>`+customerID+
			`</CustomerInternalID></SocialMediaUserProfile>`))
}

// control calls a control endpoint and decodes the answer.
func (n *tenant) control(method, path, body string, into any) reply {
	n.t.Helper()
	a := n.do(method, "/_sim/"+path, body, "Authorization", "")
	require.Less(n.t, a.status, 300, a.body)
	if into != nil {
		require.NoError(n.t, json.NewDecoder(bytes.NewBufferString(a.body)).Decode(into))
	}
	return a
}

func (n *tenant) tickets() []ticketView {
	n.t.Helper()
	var out []ticketView
	n.control(http.MethodGet, "tickets", "", &out)
	return out
}
