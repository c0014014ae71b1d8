package prove

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// control calls a simulator's control endpoints without a network.
type control struct {
	t       *testing.T
	handler http.Handler
}

// call sends body as JSON and decodes the answer; either may be nil. It returns the answer's header.
func (c control) call(method, path string, body, into any) http.Header {
	c.t.Helper()
	var payload bytes.Buffer
	if body != nil {
		require.NoError(c.t, json.NewEncoder(&payload).Encode(body))
	}
	request := httptest.NewRequestWithContext(c.t.Context(), method, "/_sim"+path, &payload)
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, request)
	require.Less(c.t, answer.Code, 300, "%s %s: %s", method, path, answer.Body)
	if into != nil {
		require.NoError(c.t, json.Unmarshal(answer.Body.Bytes(), into))
	}
	return answer.Header()
}

// slow delays every call whose path begins with a prefix.
func (c control) slow(prefix string, milliseconds int) {
	c.t.Helper()
	c.call(http.MethodPost, "/faults",
		map[string]any{"seed": 1, "rules": []map[string]any{{"match": prefix, "kind": "latency", "ms": milliseconds}}}, nil)
}

// parallel returns the highest number of concurrent calls.
func (c control) parallel() int {
	c.t.Helper()
	n, err := strconv.Atoi(c.call(http.MethodGet, "/requests", nil, nil).Get("X-Sim-Max-Parallel"))
	require.NoError(c.t, err)
	return n
}

// pushed is the outcome of a push to the api.
type pushed struct {
	Status   int    `json:"status"`
	Body     string `json:"body"`
	Attempts int    `json:"attempts"`
	SMAID    string `json:"sma_id"` // of an agent's reply
}

// ticket is a ticket on the desk.
type ticket struct {
	ID         string `json:"id"`
	CustomerID string `json:"customer_id"`
	Thread     []struct {
		ID   string `json:"id"`
		Text string `json:"text"`
		From string `json:"from"`
	} `json:"thread"`
}

// texts returns the lines of one side, "follower" or "agent".
func (t ticket) texts(from string) []string {
	texts := []string{}
	for _, line := range t.Thread {
		if line.From == from {
			texts = append(texts, line.Text)
		}
	}
	return texts
}
