package c4csim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// receiver replaces the connector's webhooks: it records requests and answers with a status.
type receiver struct {
	mu     sync.Mutex
	status int
	bodies []string
	heads  []http.Header
	users  []string
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bodies, v.heads, v.users = append(v.bodies, string(body)), append(v.heads, r.Header),
		append(v.users, user+":"+password+" "+r.Method+" "+r.URL.Path)
	w.WriteHeader(v.status)
	_, _ = io.WriteString(w, "taken")
}

func (v *receiver) all() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string{}, v.bodies...)
}

// pushing is a tenant whose pushes reach a receiver.
func pushing(t *testing.T, change ...func(*Options)) (*tenant, *receiver) {
	t.Helper()
	v := &receiver{status: http.StatusOK}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	return setup(t, append([]func(*Options){func(o *Options) {
		o.MashupURL, o.EventURL = server.URL+"/c4c/wechat", server.URL+"/c4c/events"
	}}, change...)...), v
}

func TestTicketFollowsItsRootActivity(t *testing.T) {
	t.Parallel()
	n := setup(t, func(o *Options) { o.TicketDelay = time.Hour })
	c := n.customer("Test", follower)
	id, uuid := n.profile(follower)
	n.bind(uuid, follower, c["CustomerID"].(string)).contains(t, "<UUID>")
	sma := between(t, n.activity(id, "wx:t:1", "", "My brakes squeal\nsince Monday").body, "ID")
	n.activity(id, "wx:t:2", "wx:t:1", "in the rain")
	reference := query("ServiceRequestBusinessTransactionDocumentReferenceCollection", "$filter", "ID eq '"+sma+
		"' and TypeCode eq '1607'")
	require.Empty(t, collected(t, n.odata(http.MethodGet, reference, "")), "no ticket yet")
	require.Empty(t, n.tickets())

	n.control(http.MethodPost, "clock", `{"advance":"1h"}`, nil)
	require.Len(t, collected(t, n.odata(http.MethodGet, reference, "")), 1)
	view := n.tickets()[0]
	require.Equal(t, "My brakes squeal", view.Subject)
	require.Equal(t, "1", view.Status)
	require.Equal(t, c["CustomerID"], view.CustomerID)
	require.Len(t, view.Thread, 2)
	require.Equal(t, "wx:t:1", view.Thread[0].MessageID)
	require.Equal(t, "My brakes squeal\nsince Monday", view.Thread[0].Text)
	require.Equal(t, "follower", view.Thread[1].From)

	n.activity(id, "wx:t:3", "wx:t:2", "and at night")
	n.activity(id, "wx:t:4", "", "another matter")
	n.control(http.MethodPost, "clock", `{"advance":"1h"}`, nil)
	views := n.tickets()
	require.Len(t, views, 2)
	require.Len(t, views[0].Thread, 3)
	require.Equal(t, "another matter", views[1].Subject)

	var profiles []map[string]string
	n.control(http.MethodGet, "profiles", "", &profiles)
	require.Equal(t, []map[string]string{{"id": id, "openid": follower, "customer_id": c["CustomerID"].(string)}},
		profiles)
	var customers []map[string]any
	n.control(http.MethodGet, "customers", "", &customers)
	require.Equal(t, "Test", customers[0]["last_name"])
	require.Equal(t, "+86 138-0000-0001", customers[0]["mobile"])
}

func TestTicketAppearsByItself(t *testing.T) {
	t.Parallel()
	n := setup(t, func(o *Options) { o.TicketDelay, o.Clock = 20*time.Millisecond, nil })
	id, _ := n.profile(follower)
	signal, leave := n.sim.desk.join()
	defer leave()
	n.activity(id, "m", "", "hello")
	require.Eventually(t, func() bool {
		<-signal
		n.sim.mu.Lock()
		defer n.sim.mu.Unlock()
		return len(n.sim.db.all(typeTicket)) == 1
	}, 5*time.Second, time.Millisecond)
}

func TestReplyPushesTheMashupForm(t *testing.T) {
	t.Parallel()
	n, v := pushing(t)
	id, _ := n.profile(follower)
	n.activity(id, "wx:t:1", "", "hello")
	n.activity(id, "wx:t:2", "wx:t:1", "anybody there?")
	ticket := n.tickets()[0].ID

	var out replyResult
	n.control(http.MethodPost, "tickets/"+ticket+"/replies",
		`{"text":"a+b & 你好 <c>","author_name":"Li Lei","private":false}`, &out)
	require.Equal(t, replyResult{SMAID: out.SMAID, Pushed: true, Status: 200, Body: "taken"}, out)
	body := v.all()[0]
	require.Equal(t, "content=%7b%22original_id%22%3a%22wx%3at%3a2%22%2c%22sma_id%22%3a%22"+out.SMAID+
		"%22%2c%22service_req_no%22%3a%22"+ticket+
		"%22%2c%22author_name%22%3a%22Li%20Lei%22%2c%22author_email%22%3a%22%22%2c%22sma_create_datetime%22%3a%222026-03-02T08%3a30%3a00Z%22%2c%22private_ind%22%3a%22FALSE%22%2c"+
		"%22text%22%3a%22a%2bb%20%26%20%e4%bd%a0%e5%a5%bd%20%3cc%3e%22%7d", body)
	require.Equal(t, "application/x-www-form-urlencoded", v.heads[0].Get("Content-Type"))
	require.Equal(t, "c4c:dev-c4c-key POST /c4c/wechat", v.users[0])

	view := n.tickets()[0]
	require.Len(t, view.Thread, 3)
	require.Equal(t, "agent", view.Thread[2].From)
	require.Equal(t, out.SMAID, view.Thread[2].ID)

	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"for us","private":true,"repeat":2}`, &out)
	require.Contains(t, v.all()[1], "private_ind%22%3a%22TRUE")
	require.Equal(t, v.all()[1], v.all()[2])
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"x","empty_original_id":true}`, nil)
	require.Contains(t, v.all()[3], "original_id%22%3a%22%22%2c")
	n.control(http.MethodPost, "switches", `{"empty_original_id":true}`, nil)
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"y"}`, nil)
	require.Contains(t, v.all()[4], "original_id%22%3a%22%22%2c")
}

func TestReplyIsNotRepeatedAndSaysWhatHappened(t *testing.T) {
	t.Parallel()
	n, v := pushing(t)
	v.status = http.StatusServiceUnavailable
	id, _ := n.profile(follower)
	n.activity(id, "m", "", "hello")
	ticket := n.tickets()[0].ID
	var out replyResult
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"x"}`, &out)
	require.Equal(t, http.StatusServiceUnavailable, out.Status)
	require.Len(t, v.all(), 1)
	require.Len(t, n.tickets()[0].Thread, 2, "the answer stays in the ticket")
	var pushes []Push
	n.control(http.MethodGet, "pushes", "", &pushes)
	require.Equal(t, "reply", pushes[0].Kind)
	require.Equal(t, out.SMAID, pushes[0].SMAID)

	n.control(http.MethodPost, "tickets/"+ticket+"/status", `{"status":"Completed"}`, nil)
	for path, want := range map[string]int{"tickets/" + ticket + "/replies": http.StatusConflict,
		"tickets/4711/replies": http.StatusNotFound} {
		require.Equal(t, want, n.do(http.MethodPost, "/_sim/"+path, `{"text":"x"}`).status)
	}
	for _, bad := range []string{`{"text":""}`, `{"txt":"x"}`, `{`} {
		n.control(http.MethodPost, "tickets/"+ticket+"/status", `{"status":"1"}`, nil)
		require.Equal(t, http.StatusBadRequest, n.do(http.MethodPost, "/_sim/tickets/"+ticket+"/replies", bad).status)
	}
}

func TestReplyCarriesAttachmentsAndStartsAThread(t *testing.T) {
	t.Parallel()
	n, v := pushing(t)
	c := n.customer("Test", follower)
	_, uuid := n.profile(follower)
	ticket := object(t, n.odata(http.MethodPost, "ServiceRequestCollection", `{"Name":"by phone","BuyerPartyID":"`+
		c["CustomerID"].(string)+`"}`))
	path := "tickets/" + ticket["ID"].(string)
	require.Equal(t, http.StatusConflict, n.do(http.MethodPost, "/_sim/"+path+"/replies", `{"text":"x"}`).status,
		"no profile yet")
	n.bind(uuid, follower, c["CustomerID"].(string))
	var out replyResult
	n.control(http.MethodPost, path+"/replies",
		`{"text":"see picture","attachments":[{"name":"a.png","mime_type":"image/png","content":"iVBORw=="}]}`, &out)
	form, err := url.ParseQuery(v.all()[0])
	require.NoError(t, err)
	var content map[string]string
	require.NoError(t, json.Unmarshal([]byte(form.Get("content")), &content))
	require.Empty(t, content["original_id"])
	require.Equal(t, ticket["ID"], content["service_req_no"])
	sma := collected(t, n.odata(http.MethodGet, query("SocialMediaActivityCollection", "$filter", "ID eq '"+out.SMAID+"'")+
		"&$expand=SocialMediaActivityAttachmentFolder", ""))[0]
	file := sma["SocialMediaActivityAttachmentFolder"].([]any)[0].(map[string]any)
	require.Equal(t, "iVBORw==", file["Binary"])
	require.Equal(t, "1", sma["InitiatorCode"])
	var view ticketView
	n.control(http.MethodGet, path, "", &view)
	require.Equal(t, "a.png", view.Thread[0].Attachments[0].Name)
	picture := n.do(http.MethodGet, "/_sim/attachments/"+view.Thread[0].Attachments[0].ObjectID, "")
	require.Equal(t, "image/png", picture.header.Get("Content-Type"))
	require.Equal(t, "\x89PNG", picture.body)
}

func TestStatusChangeNotifies(t *testing.T) {
	t.Parallel()
	n, v := pushing(t)
	id, _ := n.profile(follower)
	n.activity(id, "m", "", "hello")
	ticket := n.tickets()[0].ID
	key := collected(t, n.odata(http.MethodGet, "ServiceRequestCollection", ""))[0]["ObjectID"].(string)
	status := func(code string) {
		n.control(http.MethodPost, "tickets/"+ticket+"/status", `{"status":"`+code+`"}`, nil)
	}
	status("2")
	var event struct {
		Type string `json:"event-type"`
		Data struct {
			Root    string `json:"root-entity-id"`
			Changes []struct {
				ChangedFields []struct{ Fieldname, New, Old string }
			}
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(v.all()[0]), &event))
	require.Equal(t, "ServiceRequest.Root.Updated", event.Type)
	require.Equal(t, key, event.Data.Root)
	require.Equal(t, "2", event.Data.Changes[0].ChangedFields[0].New)
	require.Equal(t, "1", event.Data.Changes[0].ChangedFields[0].Old)
	require.Equal(t, "c4c:dev-c4c-key POST /c4c/events", v.users[0])

	status("2")
	require.Len(t, v.all(), 1, "nothing changed")
	n.control(http.MethodPost, "switches", `{"event_form":"legacy"}`, nil)
	status("5")
	require.JSONEq(t, `{"businessObject":"SERVICE_REQUEST","businessObjectId":"`+key+
		`","event":"U","odataServiceEndpoint":"http://127.0.0.1:8091/sap/c4c/odata/v1/c4codata/ServiceRequestCollection('`+
		key+`')"}`, v.all()[1])
	n.control(http.MethodPost, "switches", `{"event_form":"off"}`, nil)
	status("1")
	require.Len(t, v.all(), 2)

	n.control(http.MethodPost, "switches", `{"event_form":"current"}`, nil)
	require.Equal(t, http.StatusNoContent, n.odata(http.MethodPatch, "ServiceRequestCollection('"+key+"')",
		`{"ServiceRequestUserLifeCycleStatusCode":"2"}`).status)
	require.Eventually(t, func() bool { return len(v.all()) == 3 }, 5*time.Second, time.Millisecond,
		"a change over the API notifies too")
}

// TestCloudEvents tests the forms in which a broker delivers events.
func TestCloudEvents(t *testing.T) {
	t.Parallel()
	n, v := pushing(t)
	id, _ := n.profile(follower)
	n.activity(id, "m", "", "hello")
	ticket := n.tickets()[0].ID
	status := func(form, code string) string {
		n.control(http.MethodPost, "switches", `{"event_form":"`+form+`"}`, nil)
		n.control(http.MethodPost, "tickets/"+ticket+"/status", `{"status":"`+code+`"}`, nil)
		all := v.all()
		return all[len(all)-1]
	}
	body := status("cloud", "2")
	require.True(t, strings.HasPrefix(body, `{"Changes":[`), body)
	head := v.heads[0]
	require.Equal(t, "application/json", head.Get("Content-Type"))
	require.Equal(t, "1.0", head.Get("ce-specversion"))
	require.Equal(t, "sap.kyma.custom.c4c.ServiceRequest.Root.Updated.v1", head.Get("ce-type"))
	require.NotEmpty(t, head.Get("ce-id"))
	require.NotEmpty(t, head.Get("ce-source"))

	var list []struct {
		SpecVersion, Type, Source, ID, Time string
		Data                                map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(status("batch", "5")), &list))
	require.Equal(t, "application/cloudevents-batch+json", v.heads[1].Get("Content-Type"))
	require.Len(t, list, 2)
	for _, e := range list {
		require.Equal(t, "1.0", e.SpecVersion)
		require.NotEmpty(t, e.Source)
		require.NotEmpty(t, e.Data["root-entity-id"])
	}
	require.NotEqual(t, list[0].ID, list[1].ID)
}

func TestTicketByPhone(t *testing.T) {
	t.Parallel()
	n := setup(t)
	answer := n.do(http.MethodPost, "/_sim/tickets", `{"subject":"by phone"}`)
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	require.Contains(t, answer.body, `"subject":"by phone"`)
	require.Contains(t, answer.body, `"thread":[]`)
	require.Equal(t, http.StatusNotFound, n.do(http.MethodPost, "/_sim/tickets", `{"customer_id":"4711"}`).status)
}

func TestLocks(t *testing.T) {
	t.Parallel()
	n := setup(t)
	c := n.customer("Test", follower)
	id, uuid := n.profile(follower)
	n.activity(id, "root", "", "hello")
	ticket := n.tickets()[0].ID
	key := collected(t, n.odata(http.MethodGet, "ServiceRequestCollection", ""))[0]["ObjectID"].(string)
	note := func() reply {
		return n.odata(http.MethodPost, "ServiceRequestTextCollectionCollection", `{"ParentObjectID":"`+key+
			`","TypeCode":"10011","Text":"x"}`)
	}
	n.control(http.MethodPost, "tickets/"+ticket+"/lock", `{"user":"AGENT07","seconds":60}`, nil)
	n.activity(id, "next", "root", "more").contains(t, "<TypeID>101(/AP_ESI_COMMON/)</TypeID>", "Locking", "AGENT07")
	require.Contains(t, note().header.Get("sap-message"), "record locked by user AGENT07")
	require.Equal(t, http.StatusBadRequest, n.odata(http.MethodPatch, "ServiceRequestCollection('"+key+"')",
		`{"Name":"x"}`).status)
	require.Equal(t, http.StatusOK, n.odata(http.MethodGet, "ServiceRequestCollection('"+key+"')", "").status)
	n.control(http.MethodPost, "clock", `{"advance":"61s"}`, nil)
	require.Equal(t, http.StatusCreated, note().status)

	customer := c["CustomerID"].(string)
	n.control(http.MethodPost, "customers/"+customer+"/lock", "", nil)
	n.bind(uuid, follower, customer).contains(t, "101(/AP_ESI_COMMON/)")
	require.Equal(t, http.StatusBadRequest,
		n.odata(http.MethodPatch, "IndividualCustomerCollection('"+c["ObjectID"].(string)+"')", `{"City":"x"}`).status)
	n.control(http.MethodDelete, "customers/"+customer+"/lock", "", nil)
	n.bind(uuid, follower, customer).contains(t, "<UUID>")
}

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "c4c.json")
	with := func(o *Options) { o.StateFile, o.TicketDelay = file, time.Hour }
	first := New(Options{StateFile: file, TicketDelay: time.Hour})
	server := httptest.NewServer(first)
	n := &tenant{t: t, sim: first, url: server.URL, client: server.Client()}
	id, _ := n.profile(follower)
	n.activity(id, "root", "", "hello")
	server.Close()
	require.NoError(t, first.Close())

	again := setup(t, with)
	views := again.tickets()
	require.Len(t, views, 1, "a ticket still to come is there after the restart")
	require.Equal(t, "root", views[0].Thread[0].MessageID)
	require.False(t, views[0].Thread[0].At.IsZero())
	other, _ := again.profile("another")
	require.NotEqual(t, id, other, "numbers go on")
	again.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileID",
		"LowerBoundarySocialMediaUserProfileID", id)).contains(t, follower)
}

// Everything answered survives a killed process, that is, without Close.
func TestStateSurvivesAKill(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "c4c.json")
	start := func() *tenant { return setup(t, func(o *Options) { o.StateFile = file }) }
	first := start()
	id, uuid := first.profile(follower)
	customer := first.customer("Li", follower)
	first.bind(uuid, follower, customer["CustomerID"].(string))
	first.activity(id, "root", "", "hello")
	first.activity(id, "next", "root", "again")
	var ticket ticketView
	first.control(http.MethodGet, "tickets/"+first.tickets()[0].ID, "", &ticket)
	first.control(http.MethodPost, "tickets/"+ticket.ID+"/replies", `{"text":"come by"}`, nil)
	first.control(http.MethodPost, "tickets/"+ticket.ID+"/status", `{"status":"5"}`, nil)
	want := first.tickets()

	second := start()
	require.Equal(t, want, second.tickets())
	require.Len(t, want[0].Thread, 3)
	require.Equal(t, "5", want[0].Status)
	second.control(http.MethodPost, "reset", "", nil)
	other, _ := second.profile(follower)
	require.NotEqual(t, id, other)

	journal, err := os.OpenFile(file+journalSuffix, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = journal.WriteString(`{"rows":[{"type":"Soc`)
	require.NoError(t, err)
	require.NoError(t, journal.Close())
	third := start()
	require.Empty(t, third.tickets(), "forgotten is forgotten")
	third.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileID",
		"LowerBoundarySocialMediaUserProfileID", other)).contains(t, follower)
}

func TestSubject(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"one":                         "one",
		"  first \nsecond":            "first",
		"":                            "Social media message",
		strings.Repeat("长", 300):      strings.Repeat("长", 255),
		"\n\n":                        "Social media message",
		strings.Repeat("a", 255) + "": strings.Repeat("a", 255),
	} {
		require.Equal(t, want, subject(text))
	}
}
