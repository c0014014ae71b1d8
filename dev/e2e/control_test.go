package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// control calls a simulator's control endpoints; a refusal fails the test.
type control struct {
	stack.Control
	t *testing.T
}

func (c control) get(path string, into any) {
	c.t.Helper()
	require.NoError(c.t, c.Call(c.t.Context(), http.MethodGet, path, nil, into))
}

func (c control) post(path string, body, into any) {
	c.t.Helper()
	require.NoError(c.t, c.Call(c.t.Context(), http.MethodPost, path, body, into))
}

func (c control) remove(path string) {
	c.t.Helper()
	require.NoError(c.t, c.Call(c.t.Context(), http.MethodDelete, path, nil, nil))
}

// rule is one fault.
type rule struct {
	Match   string `json:"match"`
	Kind    string `json:"kind"`
	Errcode any    `json:"errcode,omitempty"`
	Status  int    `json:"status,omitempty"`
	MS      int    `json:"ms,omitempty"`
	Times   int    `json:"times,omitempty"`

	Probability float64 `json:"probability,omitempty"` // 0: always
}

func (c control) faults(rules ...rule) {
	c.t.Helper()
	c.post("/faults", map[string]any{"seed": 1, "rules": rules}, nil)
}

// misbehave sets fault rules; each seed makes other calls fail.
func (c control) misbehave(seed uint64, rules ...rule) {
	c.t.Helper()
	c.post("/faults", map[string]any{"seed": seed, "rules": rules}, nil)
}

func (c control) heal() {
	c.t.Helper()
	c.remove("/faults")
}

// request is one line of a simulator's history.
type request struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Operation string `json:"operation"`
	Status    int    `json:"status"`
	Refused   bool   `json:"refused"`
	Fault     string `json:"fault"`
}

func (c control) requests() []request {
	c.t.Helper()
	var all []request
	c.get("/requests", &all)
	return all
}

// delivered is the outcome of a push to the api.
type delivered struct {
	Status   int    `json:"status"`
	Body     string `json:"body"`
	Attempts int    `json:"attempts"`
	MsgID    string `json:"msg_id"`
	Result   string `json:"result"`
	Error    string `json:"error"`
}

// received is one item of a follower's inbox.
type received struct {
	Kind    string    `json:"kind"`
	Type    string    `json:"type"`
	Content string    `json:"content"`
	Title   string    `json:"title"`
	URL     string    `json:"url"`
	At      time.Time `json:"at"`
}

// ticket is a ticket on the desk.
type ticket struct {
	ID         string `json:"id"`
	Subject    string `json:"subject"`
	Status     string `json:"status"`
	CustomerID string `json:"customer_id"`
	Thread     []struct {
		ID        string `json:"id"`
		MessageID string `json:"message_id"`
		Text      string `json:"text"`
		From      string `json:"from"`
		Private   bool   `json:"private"`
	} `json:"thread"`
	Notes []struct {
		TypeCode string `json:"type_code"`
		Text     string `json:"text"`
	} `json:"notes"`
}

// texts returns the lines of the thread that came from one side, "follower" or "agent".
func (t ticket) texts(from string) []string {
	texts := []string{}
	for _, m := range t.Thread {
		if m.From == from {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

type customer struct {
	ID        string `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Mobile    string `json:"mobile"`
}

type profile struct {
	ID         string `json:"id"`
	OpenID     string `json:"openid"`
	CustomerID string `json:"customer_id"`
}

// pushed is the outcome of an agent's reply.
type pushed struct {
	SMAID  string `json:"sma_id"`
	Pushed bool   `json:"pushed"`
	Status int    `json:"status"`
	Body   string `json:"body"`
	Error  string `json:"error"`
}
