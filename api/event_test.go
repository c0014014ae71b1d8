package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const testTicketKey = "00163E0000001ED8800000000000000D"

// currentEvent is a notification of Administrator → Event Notification about changed fields.
func currentEvent(eventType, fields string) string {
	return `{"specversion":"1.0","type":"t","source":"my000000","id":"1","event-type":"` + eventType +
		`","event-type-version":"v1",` +
		`"event-id":"e-1","event-time":"2023-11-14T22:13:20Z","data":{"root-entity-id":"` + testTicketKey +
		`","entity-id":"` + testTicketKey + `",` +
		`"Changes":[{"node":"Root","Modification":"U","ChangedFields":[` + fields + `]}]}}`
}

// legacyEvent is a notification of the OData feed.
func legacyEvent(object, event string) string {
	return `{"businessObject":"` + object + `","businessObjectId":"` + testTicketKey + `","event":"` + event + `",` +
		`"odataServiceEndpoint":"https://my000000.crm.ondemand.com/sap/c4c/odata/v1/c4codata/ServiceRequestCollection('` +
		testTicketKey + `')"}`
}

const statusField = `{"Fieldname":"ServiceRequestUserLifeCycleStatusCode","New":"5","Old":"1"}`

func (f *fixture) eventRequest(t testing.TB, method, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+"/c4c/events", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(testUser, testPassword)
	return req
}

func TestReceiveEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       *workflows.TicketEvent // what TicketChanged gets; nil: nothing
		count      string
	}{
		{"status changed", currentEvent("ServiceRequest.Root.Updated", statusField), &workflows.TicketEvent{ID: "e-1"},
			"ticket_event/accepted"},
		{"created", currentEvent("ServiceRequest.Root.Created", ""), &workflows.TicketEvent{ID: "e-1", Created: true},
			"ticket_event/accepted"},
		{"deleted", currentEvent("ServiceRequest.Root.Deleted", ""), &workflows.TicketEvent{ID: "e-1"},
			"ticket_event/accepted"},
		{"fields not named", currentEvent("ServiceRequest.Root.Updated", `{"New":"x"}`), &workflows.TicketEvent{ID: "e-1"},
			"ticket_event/accepted"},
		{
			"changes of another shape", strings.Replace(currentEvent("ServiceRequest.Root.Updated", ""), `"Changes":[`,
				`"Changes":7,"other":[`, 1),
			&workflows.TicketEvent{ID: "e-1"}, "ticket_event/accepted",
		},
		{"id is a number", strings.Replace(currentEvent("ServiceRequest.Root.Updated", ""), `"e-1"`, "17", 1),
			&workflows.TicketEvent{ID: "1"}, "ticket_event/accepted"},
		{
			"key with dashes, lower case", strings.ReplaceAll(currentEvent("ServiceRequest.Root.Updated", ""), testTicketKey,
				"00163e00-0000-1ed8-8000-00000000000d"),
			&workflows.TicketEvent{ID: "e-1"}, "ticket_event/accepted",
		},
		{
			"entity of the root alone", strings.Replace(currentEvent("ServiceRequest.Root.Updated", ""), `"root-entity-id":"`+
				testTicketKey+`",`, "", 1),
			&workflows.TicketEvent{ID: "e-1"}, "ticket_event/accepted",
		},
		{"another field", currentEvent("ServiceRequest.Root.Updated", `{"Fieldname":"Name","New":"a","Old":"b"}`), nil,
			"other_event/ignored"},
		{"a customer", currentEvent("IndividualCustomer.Root.Updated", statusField), nil, "other_event/ignored"},
		{"legacy", legacyEvent("SERVICE_REQUEST", "U"), &workflows.TicketEvent{}, "ticket_event/accepted"},
		{"legacy, created", "\ufeff" + legacyEvent("service_request", "C"), &workflows.TicketEvent{Created: true},
			"ticket_event/accepted"},
		{"legacy, a customer", legacyEvent("CUSTOMER", "U"), nil, "other_event/ignored"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			res, body := f.do(t, f.eventRequest(t, http.MethodPost, tt.body))
			require.Equal(t, http.StatusOK, res.StatusCode, body)
			require.Equal(t, map[string]int64{"c4c/" + tt.count: 1}, f.count(t))
			if tt.want == nil {
				require.Empty(t, f.temporal.signals)
				return
			}
			require.Len(t, f.temporal.signals, 1)
			call := f.temporal.signals[0]
			require.Equal(t, "ticket-changed/shop/"+testTicketKey, call.id)
			require.Equal(t, call.id, call.options.ID)
			require.Equal(t, workflows.SignalTicketEvent, call.signal)
			require.Equal(t, *tt.want, call.arg)
			require.Equal(t, workflows.TypeTicketChanged, call.workflow)
			require.Equal(t, []any{workflows.TicketChangedInput{Account: testAccount, ObjectID: testTicketKey}}, call.args)
			state, _ := call.options.TypedSearchAttributes.GetKeyword(workflows.AttributeSyncState)
			require.Equal(t, workflows.StateSyncing, state)
		})
	}
}

func TestEventsAreNotAnsweredBeforeTemporalHasThem(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.temporal.err = serviceerror.NewUnavailable("no connection")
	res, _ := f.do(t, f.eventRequest(t, http.MethodPost, legacyEvent("SERVICE_REQUEST", "U")))
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.NotEmpty(t, res.Header.Get("Retry-After"))
	require.Equal(t, map[string]int64{"c4c/ticket_event/unavailable": 1}, f.count(t))
}

func TestRefusedEventsNameTheField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, field string }{
		{"nothing", "", "body"},
		{"not JSON", "content=1", "body"},
		{"a number", "1", "body"},
		{"bytes of no charset", "{\"event-type\":\"\xff\"}", "body"},
		{"null", "null", "body"},
		{"neither form", "{}", "event-type"},
		{"no key", `{"event-type":"ServiceRequest.Root.Updated"}`, "root-entity-id"},
		{"key of a child alone", `{"event-type":"ServiceRequest.Item.Updated","data":{"entity-id":"` + testTicketKey + `"}}`,
			"root-entity-id"},
		{"a key that is none", strings.Replace(legacyEvent("SERVICE_REQUEST", "U"), testTicketKey, "../../x", 1),
			"businessObjectId"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			res, body := f.do(t, f.eventRequest(t, http.MethodPost, tt.body))
			require.Equal(t, http.StatusBadRequest, res.StatusCode)
			require.True(t, strings.HasPrefix(body, tt.field+" "), body)
			require.Empty(t, f.temporal.signals)
			require.Equal(t, map[string]int64{"c4c/unknown/malformed": 1}, f.count(t))
		})
	}
}

func TestCredentialsOfEvents(t *testing.T) {
	t.Parallel()
	none := func(*http.Request) {}
	wrong := func(r *http.Request) { r.SetBasicAuth(testUser, "x") }
	for _, tt := range []struct {
		name, method string
		present      func(*http.Request)
		status       int
		count        string
	}{
		{"check with credentials", http.MethodGet, func(r *http.Request) { r.SetBasicAuth(testUser, testPassword) }, 200,
			"event_check/verified"},
		{"check with the secret", http.MethodGet, func(r *http.Request) { r.URL.RawQuery = "secret=" + testQuery }, 200,
			"event_check/verified"},
		{"check without", http.MethodGet, none, 200, "event_check/verified"},
		{"check with wrong ones", http.MethodGet, wrong, 401, "event_check/unauthorized"},
		{"check with a wrong secret", http.MethodGet, func(r *http.Request) { r.URL.RawQuery = "secret=x" }, 401,
			"event_check/unauthorized"},
		{"event with the secret", http.MethodPost, func(r *http.Request) { r.URL.RawQuery = "secret=" + testQuery }, 200,
			"ticket_event/accepted"},
		{"event without", http.MethodPost, none, 401, "unknown/unauthorized"},
		{"event with wrong ones", http.MethodPost, wrong, 401, "unknown/unauthorized"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.eventRequest(t, tt.method, legacyEvent("SERVICE_REQUEST", "U"))
			req.Header.Del("Authorization")
			tt.present(req)
			res, _ := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode)
			require.Equal(t, map[string]int64{"c4c/" + tt.count: 1}, f.count(t))
		})
	}
}

func TestLargeEventsAreRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	res, _ := f.do(t, f.eventRequest(t, http.MethodPost, `{"event-type":"`+strings.Repeat("x", 1<<20)+`"}`))
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
}
