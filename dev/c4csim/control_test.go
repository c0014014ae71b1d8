package c4csim

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (n *tenant) faults(rules string) {
	n.t.Helper()
	n.control(http.MethodPost, "faults", rules, nil)
}

func TestFaultKinds(t *testing.T) {
	t.Parallel()
	const maintain = "SocialMediaActivityBundleMaintainRequestsync"
	tests := []struct {
		name, rule string
		soap       bool
		status     int
		text       string
		done       bool
	}{
		{"http by path",
			`{"match":"POST /sap/bc/srt/scs/sap/managesocialmediaactivityin","kind":"http","status":429,"retry_after":7}`, true,
			429, "", false},
		{"http default", `{"match":"` + maintain + `","kind":"http"}`, true, 503, "", false},
		{"fault by operation", `{"match":"` + maintain + `","kind":"fault"}`, true, 500, "Web service processing error",
			false},
		{"authorization fault", `{"match":"` + maintain + `","kind":"fault","errcode":"authorization"}`, true, 500,
			"Authorization role missing", false},
		{"lock", `{"match":"` + maintain + `","kind":"lock"}`, true, 200, "101(/AP_ESI_COMMON/)", false},
		{"number", `{"match":"` + maintain + `","kind":"errcode","errcode":106}`, true, 200, "106(/AP_ESI_COMMON/)", false},
		{"class and number", `{"match":"` + maintain + `","kind":"errcode","errcode":"/CL_CDA_BUSDT/:034"}`, true, 200,
			"034(/CL_CDA_BUSDT/)", false},
		{"latency", `{"match":"` + maintain + `","kind":"latency","ms":1}`, true, 200, "<UUID>", true},
		{"no match", `{"match":"POST /sap/c4c","kind":"http"}`, true, 200, "<UUID>", true},
		{"OData by method and set", `{"match":"POST IndividualCustomerCollection","kind":"lock"}`, false, 400,
			"record locked by user", false},
		{"OData by set", `{"match":"IndividualCustomerCollection","kind":"errcode","errcode":107}`, false, 400,
			"AP_ESI_COMMON:107", false},
		{"OData fault", `{"match":"/sap/c4c/odata","kind":"fault"}`, false, 500, "Internal server error", false},
		{"everything", `{"kind":"http","status":500}`, false, 500, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := setup(t)
			id, _ := n.profile(follower)
			n.customer("before", "x")
			n.faults(`{"rules":[` + test.rule + `]}`)
			var a reply
			if test.soap {
				a = n.activity(id, "m", "", "x")
			} else {
				a = n.odata(http.MethodPost, "IndividualCustomerCollection", `{"LastName":"x","RoleCode":"CRM000"}`)
			}
			require.Equal(t, test.status, a.status, a.body)
			a.contains(t, test.text)
			if test.soap {
				require.Equal(t, test.done, len(n.tickets()) == 1)
			}
			n.control(http.MethodDelete, "faults", "", nil)
			require.Contains(t, n.activity(id, "m2", "", "x").body, "<UUID>")
		})
	}
}

func TestDroppedConnections(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	body := fmt.Sprintf(envelope11,
		activityMessage("<BasicMessageHeader><UUID>5f0c3f5e-7c1b-5c7e-9a53-6e0a5b2f8d11</UUID></BasicMessageHeader>",
			`<SocialMediaActivity><SocialMediaMessageID>m</SocialMediaMessageID>`+
				`<SocialMediaUserProfileID>`+id+
				`</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID></SocialMediaActivity>`))
	send := func() (reply, error) {
		return n.try(http.MethodPost, soapPath+serviceManageActivity, body, "Content-Type", "text/xml")
	}
	n.faults(`{"rules":[{"match":"SocialMediaActivityBundleMaintainRequestsync","kind":"drop_before","times":1}]}`)
	_, err := send()
	require.Error(t, err)
	require.Empty(t, n.tickets())
	n.faults(`{"rules":[{"match":"SocialMediaActivityBundleMaintainRequestsync","kind":"drop_after_commit","times":1}]}`)
	_, err = send()
	require.Error(t, err)
	require.Len(t, n.tickets(), 1)
	a, err := send()
	require.NoError(t, err)
	a.contains(t, "<UUID>")
	require.Len(t, n.tickets(), 1, "the repeat got the first answer")

	var history []Request
	n.control(http.MethodGet, "requests", "", &history)
	last := history[len(history)-2]
	require.Equal(t, "drop_after_commit", last.Fault)
	require.Zero(t, last.Status)
	require.False(t, last.Refused)
}

func TestFaultsRepeatWithTheirSeed(t *testing.T) {
	t.Parallel()
	run := func(seed int) string {
		n := setup(t)
		n.faults(fmt.Sprintf(`{"seed":%d,"rules":[{"match":"GET /sap","kind":"http","probability":0.5,"times":20}]}`, seed))
		var out strings.Builder
		for range 60 {
			out.WriteString(strconv.Itoa(n.odata(http.MethodGet, "", "").status/100) + " ")
		}
		return out.String()
	}
	first := run(7)
	require.Equal(t, first, run(7))
	require.NotEqual(t, first, run(8))
	require.Equal(t, 20, strings.Count(first, "5"))
	n := setup(t)
	for _, bad := range []string{`{"rules":[{"kind":"flood"}]}`, `{"rules":[{"kind":"http","status":200}]}`,
		`{"rules":[{"kind":"latency"}]}`, `{"rules":[{"kind":"http","probability":2}]}`, `{"rule":[]}`} {
		require.Equal(t, http.StatusBadRequest, n.do(http.MethodPost, "/_sim/faults", bad).status, bad)
	}
}

func TestRequestsAndParallelism(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.faults(`{"rules":[{"match":"GET IndividualCustomerCollection","kind":"latency","ms":200}]}`)
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() { n.odata(http.MethodGet, "IndividualCustomerCollection", "") })
	}
	calls.Wait()
	n.soap(serviceQueryActivity, activityQuery("m"))
	var history []Request
	a := n.control(http.MethodGet, "requests", "", &history)
	require.Equal(t, "4", a.header.Get("X-Sim-Max-Parallel"))
	require.Len(t, history, 5)
	require.Equal(t, "GET IndividualCustomerCollection", history[0].Operation)
	last := history[4]
	last.At = time.Time{}
	require.Equal(t, Request{Method: "POST", Path: soapPath + serviceQueryActivity,
		Operation: "SocialMediaActivityByElementsQuery_sync", Status: 200}, last)

	n.control(http.MethodDelete, "requests", "", nil)
	a = n.control(http.MethodGet, "requests", "", &history)
	require.Equal(t, "0", a.header.Get("X-Sim-Max-Parallel"))
	require.Empty(t, history)

	n.control(http.MethodPost, "switches", `{"max_parallel":1}`, nil)
	statuses := make(chan int, 3)
	for range 3 {
		calls.Go(func() { statuses <- n.odata(http.MethodGet, "IndividualCustomerCollection", "").status })
	}
	calls.Wait()
	close(statuses)
	seen := map[int]int{}
	for s := range statuses {
		seen[s]++
	}
	require.Positive(t, seen[http.StatusServiceUnavailable])
	require.Positive(t, seen[http.StatusOK])
}

func TestResetAndClock(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	n.activity(id, "m", "", "x")
	n.faults(`{"rules":[{"kind":"http"}]}`)
	var clock struct{ Now time.Time }
	n.control(http.MethodPost, "clock", `{"advance":"48h"}`, &clock)
	require.Equal(t, time.Date(2026, 3, 4, 8, 30, 0, 0, time.UTC), clock.Now)
	for _, bad := range []string{`{"advance":"-1h"}`, `{"advance":"soon"}`} {
		require.Equal(t, http.StatusBadRequest, n.do(http.MethodPost, "/_sim/clock", bad).status)
	}
	n.control(http.MethodPost, "switches", `{"event_form":"off","ticket_delay":"2s"}`, nil)
	n.control(http.MethodPost, "reset", "", nil)
	require.Empty(t, n.tickets())
	n.control(http.MethodGet, "clock", "", &clock)
	require.Equal(t, time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC), clock.Now)
	n.do(http.MethodGet, "/_sim/switches", "").contains(t, `"event_form":"current"`, `"ticket_delay":"0s"`,
		`"unauthorized":[]`)
	var history []Request
	n.control(http.MethodGet, "requests", "", &history)
	require.Empty(t, history)
	after, _ := n.profile(follower)
	require.NotEqual(t, id, after, "numbers go on after a reset")
	for _, bad := range []string{`{"event_form":"both"}`, `{"unauthorized":["x"]}`, `{"nothing":1}`,
		`{"ticket_delay":"-1s"}`} {
		require.Equal(t, http.StatusBadRequest, n.do(http.MethodPost, "/_sim/switches", bad).status, bad)
	}
}

func TestSeedsKeepIDsApart(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for seed := range int64(3) {
		n := setup(t, func(o *Options) { o.Seed = seed })
		id, uuid := n.profile(follower)
		ids[id], ids[uuid] = true, true
	}
	require.Len(t, ids, 6)
}

func TestDesk(t *testing.T) {
	t.Parallel()
	n := setup(t)
	page := n.do(http.MethodGet, "/", "", "Authorization", "")
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'self'")
	for _, id := range []string{"tickets", "thread", "reply", "send", "private", "status"} {
		page.contains(t, `id="`+id+`"`)
	}
	require.Equal(t, http.StatusOK, n.do(http.MethodGet, "/desk/desk.js", "").status)
	require.Contains(t, n.do(http.MethodGet, "/desk/desk.css", "").header.Get("Content-Type"), "text/css")
	require.Equal(t, http.StatusNotFound, n.do(http.MethodGet, "/elsewhere", "").status)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.url+"/_sim/stream", nil)
	require.NoError(t, err)
	stream, err := n.client.Do(r)
	require.NoError(t, err)
	defer stream.Body.Close()
	require.Equal(t, "text/event-stream", stream.Header.Get("Content-Type"))
	lines := bufio.NewScanner(stream.Body)
	next := func() {
		for lines.Scan() {
			if lines.Text() == "event: change" {
				return
			}
		}
		require.FailNow(t, "the stream ended")
	}
	next()
	c := n.customer("Test", follower)
	next()
	id, uuid := n.profile(follower)
	n.bind(uuid, follower, c["CustomerID"].(string))
	n.activity(id, "m", "", "hello")
	next()

	ticket := n.tickets()[0].ID
	n.control(http.MethodPost, "tickets/"+ticket+"/notes", `{"text":"call back"}`, nil)
	n.control(http.MethodPost, "tickets/"+ticket+"/lock", "", nil)
	n.do(http.MethodGet, "/_sim/desk", "").contains(t, `"status_text":"Open"`, `"waiting":true`, `"locked_by":"AGENT01"`,
		`"customer":"Test Test"`)
	n.do(http.MethodGet, "/_sim/desk/"+ticket, "").contains(t, `"openid":"`+follower+`"`, `"text":"call back"`,
		`"type_code":"10011"`, `"name":"Test Test"`)
	require.Equal(t, http.StatusNotFound, n.do(http.MethodGet, "/_sim/desk/4711", "").status)
	require.Equal(t, http.StatusNotFound, n.do(http.MethodGet, "/_sim/attachments/4711", "").status)
}
