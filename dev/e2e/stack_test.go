package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// patience is how long a condition may take to hold. Steps take milliseconds; retries after an outage, seconds.
const patience = 2 * time.Minute

// silent discards logs: the tests provoke errors, and each reports in its own words what went wrong.
var silent = slog.New(slog.DiscardHandler)

// scene is one stack with the helpers of the tests.
type scene struct {
	*stack.Stack
	t       *testing.T
	wechat  control
	c4c     control
	client  client.Client // of the stack's namespace
	process *devserver.Process
	record  string // name of the recording, empty: none
	// tab opens a tab of the browser that withBrowser has started.
	tab func(width, height int64) context.Context
}

var namespaces atomic.Int64

// option changes a stack before it starts. The server may be replaced as well.
type option func(*scene, *stack.Options)

// withSettings changes the product's settings.
func withSettings(change func(*config.Config)) option {
	return func(_ *scene, o *stack.Options) {
		before := o.Settings
		o.Settings = func(c *config.Config) {
			before(c)
			change(c)
		}
	}
}

// newStack starts a stack of its own: namespace, simulators, api and worker. It is stopped when the test ends.
func newStack(t *testing.T, options ...option) *scene {
	t.Helper()
	mayRun(t)
	addresses, err := stack.FreeAddresses()
	require.NoError(t, err)
	s := &scene{t: t, process: temporal}
	o := stack.Options{
		Addresses: addresses,
		Namespace: fmt.Sprintf("e2e-%d", namespaces.Add(1)),
		Settings: func(c *config.Config) {
			// Comparisons begin at fixed times of the clock: they would add a row to any test that runs at that moment.
			c.LogLevel, c.Reconcile.Every, c.Window.AnnounceAfter = "error", 0, 10*time.Minute
			c.Spool.Dir = t.TempDir()
		},
		WeChat: func(o *wechatsim.Options) { o.Seed, o.RetryPause, o.ReceiptDelay = 1, 100*time.Millisecond, -1 },
		C4C:    func(o *c4csim.Options) { o.Seed, o.TicketDelay = 1, 100*time.Millisecond },
	}
	for _, option := range options {
		option(s, &o)
	}
	o.Addresses.Temporal, o.Addresses.TemporalUI = s.process.FrontendAddr(), s.process.UIAddr()
	s.Stack, err = stack.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	s.connect()
	if *update && s.record != "" {
		t.Cleanup(s.writeHistories)
	}
	return s
}

// connect makes the test's clients. Temporal's client encrypts what it sends, as an operator's tool would.
func (s *scene) connect() {
	s.wechat, s.c4c = control{s.WeChat(), s.t}, control{s.C4C(), s.t}
	configured, err := s.Settings().Keys()
	require.NoError(s.t, err)
	ring, err := codec.NewKeyRing([]codec.Key{{ID: configured[0].ID, Secret: configured[0].Key}})
	require.NoError(s.t, err)
	s.client, err = client.DialContext(s.t.Context(), client.Options{
		HostPort: s.Addresses().Temporal, Namespace: s.Namespace(), Logger: log.NewStructuredLogger(silent),
		DataConverter: ring.DataConverter(), FailureConverter: ring.FailureConverter(),
	})
	require.NoError(s.t, err)
	s.t.Cleanup(s.client.Close)
}

// waitFor polls until the condition holds, ever less often: most conditions ask Temporal. The condition may fail the
// test only by not holding.
func (s *scene) waitFor(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	pause := 20 * time.Millisecond
	for !holds() {
		select {
		case <-deadline.C:
			s.t.Fatalf("after %s still not: %s\n%s", patience, what, s.describe())
		case err := <-s.Failed():
			s.t.Fatalf("waiting for %s: %v", what, err)
		case <-s.t.Context().Done():
			s.t.Fatalf("waiting for %s: %v", what, s.t.Context().Err())
		case <-time.After(pause):
			pause = min(pause*5/4, 200*time.Millisecond)
		}
	}
}

// describe returns the state of everything, for the message of a failed test.
func (s *scene) describe() string {
	var b strings.Builder
	for _, e := range s.workflows("") {
		fmt.Fprintf(&b, "%s %s %v %s\n", e.GetType().GetName(), e.GetStatus(), attributes(e),
			e.GetExecution().GetWorkflowId())
	}
	for _, t := range s.tickets() {
		fmt.Fprintf(&b, "ticket %s of %s: follower %q, agent %q\n", t.ID, t.CustomerID, t.texts("follower"), t.texts("agent"))
	}
	return b.String()
}

func (s *scene) follow(openid string) delivered {
	s.t.Helper()
	var out delivered
	s.wechat.post("/followers/"+openid+"/subscribe", nil, &out)
	return out
}

// say sends a text from the follower's phone; WeChat answers when the api has answered.
func (s *scene) say(openid, text string) delivered {
	s.t.Helper()
	return s.send(openid, map[string]any{"type": "text", "content": text})
}

// send sends any message from the follower's phone.
func (s *scene) send(openid string, message map[string]any) delivered {
	s.t.Helper()
	var out delivered
	s.wechat.post("/followers/"+openid+"/messages", message, &out)
	return out
}

func (s *scene) inbox(openid string) []received {
	s.t.Helper()
	var items []received
	s.wechat.get("/followers/"+openid+"/inbox", &items)
	return items
}

// read returns the texts that reached the follower in one way: "passive" or "customer_service".
func (s *scene) read(openid, kind string) []string {
	s.t.Helper()
	texts := []string{}
	for _, item := range s.inbox(openid) {
		if item.Kind == kind {
			texts = append(texts, item.Content)
		}
	}
	return texts
}

func (s *scene) tickets() []ticket {
	s.t.Helper()
	var all []ticket
	s.c4c.get("/tickets", &all)
	return all
}

func (s *scene) customers() []customer {
	s.t.Helper()
	var all []customer
	s.c4c.get("/customers", &all)
	return all
}

func (s *scene) profiles() []profile {
	s.t.Helper()
	var all []profile
	s.c4c.get("/profiles", &all)
	return all
}

// agentReplies has the agent answer a ticket; more sets the other fields of the control endpoint.
func (s *scene) agentReplies(ticketID, text string, more map[string]any) pushed {
	s.t.Helper()
	body := map[string]any{"text": text, "author_name": "Chen Li"}
	maps.Copy(body, more)
	var out pushed
	s.c4c.post("/tickets/"+ticketID+"/replies", body, &out)
	return out
}

// workflows lists the executions that a visibility query finds; empty finds all.
func (s *scene) workflows(query string) []*workflowpb.WorkflowExecutionInfo {
	s.t.Helper()
	res, err := s.client.ListWorkflow(context.WithoutCancel(s.t.Context()),
		&workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 1000})
	if err != nil {
		return nil // visibility has a rate limit; a waiting caller asks again
	}
	return res.GetExecutions()
}

// attributes returns an execution's search attributes as JSON texts.
func attributes(e *workflowpb.WorkflowExecutionInfo) map[string]string {
	texts := map[string]string{}
	for name, payload := range e.GetSearchAttributes().GetIndexedFields() {
		texts[name] = strings.Trim(string(payload.GetData()), `"`)
	}
	return texts
}

// waitForState waits until a number of workflows of a type have a SyncState.
func (s *scene) waitForState(workflowType, state string, n int) []*workflowpb.WorkflowExecutionInfo {
	s.t.Helper()
	query := fmt.Sprintf(`WorkflowType = %q AND SyncState = %q`, workflowType, state)
	var found []*workflowpb.WorkflowExecutionInfo
	s.waitFor(fmt.Sprintf("%d %s with SyncState %s", n, workflowType, state), func() bool {
		found = s.workflows(query)
		return len(found) == n
	})
	return found
}

// waitForThread waits until there is one ticket with exactly these lines of its follower.
func (s *scene) waitForThread(lines ...string) ticket {
	s.t.Helper()
	var got []ticket
	s.waitFor(fmt.Sprintf("one ticket with the lines %q", lines), func() bool {
		got = s.tickets()
		return len(got) == 1 && len(got[0].texts("follower")) >= len(lines)
	})
	require.Equal(s.t, lines, got[0].texts("follower"))
	return got[0]
}

// waitForRead waits until a text has reached the follower through the customer-service API.
func (s *scene) waitForRead(openid, text string) {
	s.t.Helper()
	s.waitFor(fmt.Sprintf("%q on the phone", text), func() bool {
		return slices.Contains(s.read(openid, "customer_service"), text)
	})
}
