package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseEvent gives the parser what strangers may post: it must not panic, and what it takes for a ticket's key can
// stand in an id.
func FuzzParseEvent(f *testing.F) {
	const key = "00163E0000001ED8800000000000000D"
	for _, seed := range []string{
		`{"businessObject":"SERVICE_REQUEST","businessObjectId":"` + key + `","event":"U","odataServiceEndpoint":"https://x"}`,
		`{"event-type":"ServiceRequest.Root.Updated","event-id":"1","data":{"root-entity-id":"` + key + `","Changes":[{"ChangedFields":[{"Fieldname":"Name"}]}]}}`,
		`{"event-type":"ServiceRequest","data":{"Changes":{}}}`, `{"event-type":7}`, "[]", "", "\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEvent(body)
		switch {
		case err != nil:
			require.Equal(t, 400, failureOf(err).status)
		case e.kind == eventTicket:
			require.Len(t, e.objectID, 32)
			require.Equal(t, strings.ToUpper(e.objectID), e.objectID)
			require.Empty(t, strings.Trim(e.objectID, "0123456789ABCDEF"))
			require.True(t, e.ticket.ID == "" || c4cIDForm.MatchString(e.ticket.ID))
		default:
			require.Equal(t, eventOther, e.kind)
			require.Empty(t, e.objectID)
		}
	})
}
