package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// cloudEvent is a pure CloudEvent: only its envelope and C4C's data.
func cloudEvent(id, key string) string {
	return `{"specversion":"1.0","type":"sap.kyma.custom.c4c.ServiceRequest.Root.Updated.v1","source":"/c4c/my000000","id":"` + id + `",` +
		`"time":"2023-11-14T22:13:20Z","datacontenttype":"application/json","data":` + eventData(key) + `}`
}

func eventData(key string) string {
	return `{"root-entity-id":"` + key + `","entity-id":"` + key + `","Changes":[{"ChangedFields":[` + statusField + `]}]}`
}

// keyOf is the key of one ticket of several.
func keyOf(n int) string { return fmt.Sprintf("00163E0000001ED88000%012X", n) }

// told are the events that reached Temporal, by ticket.
func (f *fixture) told() map[string]workflows.TicketEvent {
	f.temporal.mu.Lock()
	defer f.temporal.mu.Unlock()
	got := map[string]workflows.TicketEvent{}
	for _, call := range f.temporal.signals {
		got[strings.TrimPrefix(call.id, "ticket-changed/shop/")] = call.arg.(workflows.TicketEvent)
	}
	return got
}

// TestCloudEvents: the three forms in which CloudEvents come over HTTP.
func TestCloudEvents(t *testing.T) {
	t.Parallel()
	one := map[string]workflows.TicketEvent{testTicketKey: {ID: "e-1"}}
	for _, tt := range []struct {
		name, contentType, body string
		header                  []string
		want                    map[string]workflows.TicketEvent
	}{
		{name: "structured", contentType: "application/cloudevents+json; charset=utf-8",
			body: cloudEvent("e-1", testTicketKey), want: one},
		{name: "structured, labelled JSON", body: cloudEvent("e-1", testTicketKey), want: one},
		{name: "data as a text", body: strings.Replace(cloudEvent("e-1", testTicketKey), `"data":`+eventData(testTicketKey),
			`"data":`+fmt.Sprintf("%q", eventData(testTicketKey)), 1), want: one},
		{name: "data in base64", body: strings.Replace(cloudEvent("e-1", testTicketKey), `"data":`+eventData(testTicketKey),
			`"data_base64":"eyJyb290LWVudGl0eS1pZCI6IjAwMTYzRTAwMDAwMDFFRDg4MDAwMDAwMDAwMDAwMDBEIn0="`, 1), want: one},
		{name: "the key as its subject",
			body: `{"specversion":"1.0","type":"ServiceRequest.Root.Created","id":"e-1","subject":"` + testTicketKey + `"}`,
			want: map[string]workflows.TicketEvent{testTicketKey: {ID: "e-1", Created: true}}},
		{name: "binary", body: eventData(testTicketKey), header: []string{
			"ce-specversion", "1.0", "ce-type", "sap.kyma.custom.c4c.ServiceRequest.Root.Updated.v1", "ce-id", "e-1",
			"ce-source", "/c4c"}, want: one},
		{name: "binary, of a customer", body: eventData(testTicketKey), header: []string{
			"ce-specversion", "1.0", "ce-type", "IndividualCustomer.Root.Updated", "ce-id", "e-1", "ce-source", "/c4c"},
			want: map[string]workflows.TicketEvent{}},
		{name: "batched", contentType: "application/cloudevents-batch+json", body: "[" + cloudEvent("1", keyOf(1)) + ",\n" +
			cloudEvent("2", keyOf(2)) + "]",
			want: map[string]workflows.TicketEvent{keyOf(1): {ID: "1"}, keyOf(2): {ID: "2"}}},
		{name: "an empty batch", contentType: "application/cloudevents-batch+json", body: " [] ",
			want: map[string]workflows.TicketEvent{}},
		{name: "many of C4C's own", body: "[" + legacyEvent("SERVICE_REQUEST", "C") + "," + legacyEvent("CUSTOMER", "U") +
			"," + currentEvent("ServiceRequest.Root.Updated", statusField) + "]",
			want: map[string]workflows.TicketEvent{testTicketKey: {ID: "e-1", Created: true}}},
		{name: "in a charset of its own", contentType: "application/json; charset=gbk",
			body: strings.Replace(cloudEvent("e-1", testTicketKey), "my000000", "\xcd\xf5", 1), want: one},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.eventRequest(t, http.MethodPost, tt.body)
			if tt.contentType != "" {
				req.Header.Set("Content-Type", tt.contentType)
			}
			for i := 0; i < len(tt.header); i += 2 {
				req.Header.Set(tt.header[i], tt.header[i+1])
			}
			res, body := f.do(t, req)
			require.Equal(t, http.StatusOK, res.StatusCode, body)
			require.Equal(t, tt.want, f.told())
			count := "c4c/ticket_event/accepted"
			if len(tt.want) == 0 {
				count = "c4c/other_event/ignored"
			}
			require.Equal(t, map[string]int64{count: 1}, f.count(t))
		})
	}
}

// TestABadEventDoesNotKeepBackTheOthers: they are handed over, and the answer names the bad one.
func TestABadEventDoesNotKeepBackTheOthers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	res, body := f.do(t, f.eventRequest(t, http.MethodPost, "["+cloudEvent("1", keyOf(1))+
		`,{"type":"ServiceRequest.Root.Updated"},7,`+cloudEvent("4", keyOf(4))+"]"))
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Contains(t, body, "event 2: root-entity-id ")
	require.Len(t, f.told(), 2)
	res, body = f.do(t, f.eventRequest(t, http.MethodPost, `[1]`))
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Contains(t, body, "event 1: body ")
}

func TestBatchesAreAnsweredOnceTemporalHasAllOfThem(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var all []string
	for i := range 500 {
		all = append(all, cloudEvent(fmt.Sprint(i), keyOf(i)))
	}
	res, body := f.do(t, f.eventRequest(t, http.MethodPost, "["+strings.Join(all, ",")+"]"))
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	require.Len(t, f.told(), 500)
	f.temporal.err = serviceerror.NewUnavailable("no connection")
	res, _ = f.do(t, f.eventRequest(t, http.MethodPost, "["+all[0]+","+all[1]+"]"))
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

func TestTooManyEvents(t *testing.T) {
	t.Parallel()
	f := setup(t)
	body := "[" + strings.Join(slices.Repeat([]string{"{}"}, 501), ",") + "]"
	res, text := f.do(t, f.eventRequest(t, http.MethodPost, body))
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	require.Contains(t, text, "more than 500 events")
	require.Empty(t, f.told())
}

// TestBrokersAskBeforeTheySend is the handshake required by CloudEvents' rules for webhooks.
func TestBrokersAskBeforeTheySend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, origin, rate, password string
		status                       int
		allowed                      string
	}{
		{"a broker", "em.example.com", "", "", 200, "em.example.com"},
		{"with credentials", "em.example.com:443", "120", testPassword, 200, "em.example.com:443"},
		{"with wrong ones", "em.example.com", "", "x", 401, ""},
		{"no origin", "", "", "", 400, ""},
		{"no host", "a b", "", "", 400, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.eventRequest(t, http.MethodOptions, "")
			req.Header.Del("Authorization")
			if tt.password != "" {
				req.SetBasicAuth(testUser, tt.password)
			}
			req.Header.Set("WebHook-Request-Origin", tt.origin)
			if tt.rate != "" {
				req.Header.Set("WebHook-Request-Rate", tt.rate)
			}
			res, body := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode, body)
			require.Equal(t, tt.allowed, res.Header.Get("WebHook-Allowed-Origin"))
			require.Equal(t, tt.rate != "", res.Header.Get("WebHook-Allowed-Rate") == "*")
			require.Empty(t, f.told())
		})
	}
}
