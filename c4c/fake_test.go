package c4c

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const (
	testUser     = "wechat"
	testPassword = "s3cr3t-pa55&word"
	testChannel  = "WECHAT"
	testCode     = "008"
	testBase     = "/tenant"
	testOpenID   = "oAbC_0123456789-defGHIjklMno"
)

// row is an entity.
type row map[string]any

func (r row) text(name string) string {
	s, _ := r[name].(string)
	return s
}

// call is a request that the fake has received.
type call struct {
	method, path, query, body string
	header                    http.Header
	status                    int
}

// fake is a small C4C over one store: two SOAP services each for profiles and activities, and the entity sets that
// the client uses. It shares no code with the client.
type fake struct {
	t   *testing.T
	url string

	mu         sync.Mutex
	sets       map[string][]row
	answers    map[string]string // SOAP answers by message header UUID
	calls      []call
	writers    []*statusWriter // the answers to the calls
	complaints []string        // why requests were malformed
	last       int
	token      string // the valid CSRF token; empty: the user needs none
	session    int
	delayed    bool // tickets wait for makeTickets
	waiting    []row
	pageSize   int
	batches    func(http.ResponseWriter) // answers batches; nil: as C4C does
	intercept  func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)
	proven     func(r *http.Request) bool // nil: by user and password
	giveToken  http.HandlerFunc           // OAuth's
}

// proves reports whether a request authenticates its sender.
func (f *fake) proves(r *http.Request) bool {
	if strings.HasSuffix(r.URL.Path, oauthTokenPath) {
		return true // it checks itself
	}
	f.mu.Lock()
	proven := f.proven
	f.mu.Unlock()
	if proven != nil {
		return proven(r)
	}
	user, password, ok := r.BasicAuth()
	return ok && user == testUser && password == testPassword
}

const oauthTokenPath = "/sap/bc/sec/oauth2/token"

// setup starts a fake and a client for it. Each option may change the client's options.
func setup(t *testing.T, social string, options ...func(*Options)) (*Client, *fake) {
	t.Helper()
	f := &fake{t: t, sets: map[string][]row{}, answers: map[string]string{}, pageSize: 1000, token: "token-0"}
	mux := http.NewServeMux()
	mux.HandleFunc(testBase+"/sap/bc/srt/scs/sap/{service}", f.serveSOAP)
	mux.HandleFunc(testBase+"/sap/c4c/odata/v1/c4codataapi/{path...}", f.serveOData)
	mux.HandleFunc(testBase+oauthTokenPath, func(w http.ResponseWriter, r *http.Request) { f.giveToken(w, r) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("request outside of the tenant's path: %s %s", r.Method, r.URL.Path)
		http.NotFound(w, r)
	})
	server := httptest.NewServer(f.observe(mux))
	t.Cleanup(server.Close)
	f.url = server.URL + testBase
	o := Options{
		BaseURL: f.url, User: testUser, Password: testPassword, ChannelID: testChannel, ChannelCode: testCode,
		Social: social, HTTPClient: &http.Client{Transport: server.Client().Transport},
	}
	for _, option := range options {
		option(&o)
	}
	c, err := New(o)
	require.NoError(t, err)
	return c, f
}

type statusWriter struct {
	http.ResponseWriter
	status atomic.Int64
}

func (w *statusWriter) WriteHeader(status int) {
	w.status.Store(int64(status))
	w.ResponseWriter.WriteHeader(status)
}

func (f *fake) observe(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client gave up half-way
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		seen := &statusWriter{ResponseWriter: w}
		seen.status.Store(http.StatusOK)
		f.mu.Lock() // before it is answered: anyone who has the answer finds the call
		f.calls = append(f.calls, call{
			r.Method, strings.TrimPrefix(r.URL.Path, testBase), r.URL.RawQuery, string(body), r.Header, 0,
		})
		f.writers = append(f.writers, seen)
		f.mu.Unlock()
		if !f.proves(r) {
			seen.Header().Set("WWW-Authenticate", "Basic")
			seen.Header().Set("Content-Type", "text/html")
			seen.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(seen, "<html>Logon failed</html>")
			return
		}
		f.mu.Lock()
		intercept := f.intercept
		f.mu.Unlock()
		if intercept != nil {
			intercept(seen, r, next.ServeHTTP)
			return
		}
		next.ServeHTTP(seen, r)
	}
}

// onRequest lets a test answer instead of the fake.
func (f *fake) onRequest(intercept func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.intercept = intercept
}

// answer makes the fake answer everything in one way, except the service root, from which CSRF tokens come.
func (f *fake) answer(status int, header map[string]string, body string) {
	f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if strings.HasSuffix(r.URL.Path, "/c4codataapi/") {
			next(w, r)
			return
		}
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// seen returns the calls so far, without those for CSRF tokens.
func (f *fake) seen() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var calls []call
	for i, c := range f.calls {
		c.status = int(f.writers[i].status.Load())
		if c.header.Get("x-csrf-token") != "fetch" {
			calls = append(calls, c)
		}
	}
	return calls
}

func (f *fake) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.writers = nil, nil
}

func (f *fake) rows(set string) []row {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]row(nil), f.sets[set]...)
}

func (f *fake) complained() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.complaints...)
}

// add puts an entity into the store and gives it a key and an etag. The caller holds f.mu, or nobody else runs yet.
func (f *fake) add(set string, r row) row {
	f.last++
	key := fmt.Sprintf("00163E0000001ED78000%012d", f.last)
	stored := row{
		"ObjectID": key,
		"__metadata": map[string]any{"etag": fmt.Sprintf(`W/"datetimeoffset'2017-03-30T19%%3A40%%3A%02d.8490260Z'"`,
			f.last%60)},
	}
	maps.Copy(stored, r)
	f.sets[set] = append(f.sets[set], stored)
	return stored
}

func (f *fake) find(set, property, value string) row {
	for _, r := range f.sets[set] {
		if r.text(property) == value {
			return r
		}
	}
	return nil
}

func dashed(key string) string {
	return key[:8] + "-" + key[8:12] + "-" + key[12:16] + "-" + key[16:20] + "-" + key[20:]
}

func (f *fake) addProfile(openid, name string) row {
	p := f.add("SocialMediaUserProfileCollection", row{"ID": fmt.Sprint(800 + f.last), "AccountInternalID": ""})
	f.add("SocialMediaUserProfileUserInformationCollection", row{
		"ParentObjectID": p["ObjectID"], "SocialMediaUserAccountID": openid, "ExternalPartyAccountID": testChannel,
		"SocialMediaChannelCode": testCode, "GivenName": name,
	})
	return p
}

func (f *fake) usersOf(profile row) []row {
	var users []row
	for _, u := range f.sets["SocialMediaUserProfileUserInformationCollection"] {
		if u["ParentObjectID"] == profile["ObjectID"] {
			users = append(users, u)
		}
	}
	return users
}

// addActivity threads a message; a new root becomes a ticket, at once or with makeTickets.
func (f *fake) addActivity(messageID, text string, profile, root row) row {
	a := f.add("SocialMediaActivityCollection", row{
		"ID": fmt.Sprint(59000 + f.last), "SocialMediaMessageID": messageID, "Text": text,
		"SocialMediaUserProfileUUID": dashed(profile.text("ObjectID")),
	})
	a["UUID"] = dashed(a.text("ObjectID"))
	a["RootSocialMediaActivityUUID"], a["ParentSocialMediaActivityUUID"] = a["UUID"], a["UUID"]
	if root != nil {
		a["RootSocialMediaActivityUUID"] = root["RootSocialMediaActivityUUID"]
		a["ParentSocialMediaActivityUUID"] = root["UUID"]
		return a
	}
	f.waiting = append(f.waiting, a)
	if !f.delayed {
		f.ticketsForWaiting()
	}
	return a
}

func (f *fake) makeTickets() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ticketsForWaiting()
}

func (f *fake) ticketsForWaiting() {
	for _, a := range f.waiting {
		t := f.addTicket("Message from WeChat", "0001000123")
		f.add("ServiceRequestBusinessTransactionDocumentReferenceCollection", row{
			"ParentObjectID": t["ObjectID"], "TypeCode": "1607", "ID": a["ID"],
		})
	}
	f.waiting = nil
}

func (f *fake) addTicket(name, customerID string) row {
	return f.add("ServiceRequestCollection", row{
		"ID": fmt.Sprint(5000 + f.last), "Name": name, "BuyerPartyID": customerID, "BuyerMainContactPartyID": customerID,
		"ServiceRequestUserLifeCycleStatusCode": "1", "ServiceRequestLifeCycleStatusCode": "1",
		"CreationDateTime": "/Date(1490902810849)/", "LastChangeDateTime": "2017-03-30T19:40:11.8490260Z",
	})
}

// requestID is the message header UUID that a caller would derive.
func requestID(name string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)) }

// requireRedacted checks that an error contains no secret, no address and no text.
func requireRedacted(t *testing.T, err error, texts ...string) {
	t.Helper()
	require.Error(t, err)
	basic := base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testPassword))
	for _, secret := range append([]string{testPassword, basic, "/sap/", "http://"}, texts...) {
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, fmt.Sprintf("%+v", err), secret)
	}
}
