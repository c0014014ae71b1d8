package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseEvents gives the parser what strangers may post. It must not panic, and any ticket key it returns must be
// safe in an id.
func FuzzParseEvents(f *testing.F) {
	const key = "00163E0000001ED8800000000000000D"
	for _, seed := range []string{
		`{"businessObject":"SERVICE_REQUEST","businessObjectId":"` + key +
			`","event":"U","odataServiceEndpoint":"https://x"}`,
		`{"event-type":"ServiceRequest.Root.Updated","event-id":"1","data":{"root-entity-id":"` + key +
			`","Changes":[{"ChangedFields":[{"Fieldname":"Name"}]}]}}`,
		`{"event-type":"ServiceRequest","data":{"Changes":{}}}`, `{"event-type":7}`, "[]", "", "\ufeff{}", " [1, {}]",
		`[{"specversion":"1.0","type":"a.ServiceRequest.Root.Created.v1","id":"1","data":"{\"root-entity-id\":\"` + key +
			`\"}"}]`,
		`{"type":"ServiceRequest","data_base64":"e30="}`, `{"root-entity-id":"` + key + `"}`,
	} {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "ServiceRequest.Root.Updated")
	}
	f.Fuzz(func(t *testing.T, body []byte, inHeader string) {
		events, err := parseEvents(http.Header{"Ce-Type": {inHeader}, "Ce-Id": {inHeader}, "Ce-Subject": {string(body)}},
			body)
		if err != nil {
			require.Contains(t, []int{400, 413}, failureOf(err).status)
		}
		for _, e := range events {
			if e.kind == eventOther {
				require.Empty(t, e.objectID)
				continue
			}
			require.Equal(t, eventTicket, e.kind)
			require.Len(t, e.objectID, 32)
			require.Empty(t, strings.Trim(e.objectID, "0123456789ABCDEF"))
			require.True(t, e.ticket.ID == "" || c4cIDForm.MatchString(e.ticket.ID))
		}
		require.LessOrEqual(t, len(byTicket(events)), len(events))
	})
}
