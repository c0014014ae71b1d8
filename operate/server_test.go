package operate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// serverVariable names the environment variable with the path of a Temporal development server.
const serverVariable = "TEMPORAL_DEV_BIN"

// shared is the server and the worker of all tests; nil without a server.
var shared *stage

func TestMain(m *testing.M) {
	code, err := withStage(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withStage(run func() int) (int, error) {
	path := os.Getenv(serverVariable)
	if path == "" {
		return run(), nil
	}
	ring, err := codec.NewKeyRing([]codec.Key{{ID: "test", Secret: bytes.Repeat([]byte{7}, 32)}})
	if err != nil {
		return 0, err
	}
	var attributes []temporal.SearchAttributeUpdate
	for _, name := range workflows.SearchAttributes {
		attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet(""))
	}
	server, err := testsuite.StartDevServer(context.Background(), testsuite.DevServerOptions{
		ExistingPath: path, LogLevel: "error", Stdout: io.Discard, Stderr: io.Discard,
		SearchAttributes: temporal.NewSearchAttributes(attributes...),
		// Otherwise a history that was closed a moment ago is deleted only after about a minute.
		ExtraArgs: []string{"--dynamic-config-value", "history.transferProcessorEnsureCloseBeforeDelete=false"},
		ClientOptions: &client.Options{
			DataConverter: ring.DataConverter(), FailureConverter: ring.FailureConverter(), Logger: quiet{},
		},
	})
	if err != nil {
		return 0, err
	}
	shared = &stage{client: server.Client(), ring: ring, failing: map[string]string{}}
	stop, err := shared.work()
	if err != nil {
		return 0, errors.Join(err, server.Stop())
	}
	code := run()
	stop()
	return code, server.Stop()
}

// quiet keeps the SDK's log out of the tests' output.
type quiet struct{}

func (quiet) Debug(string, ...any)     {}
func (quiet) Info(string, ...any)      {}
func (quiet) Warn(string, ...any)      {}
func (quiet) Error(string, ...any)     {}
func (q quiet) With(...any) log.Logger { return q }

// stage runs the real workflows over a C4C that follows the test's instructions.
type stage struct {
	client client.Client
	ring   *codec.KeyRing

	mu      sync.Mutex
	failing map[string]string // ticket → error type
	notes   sync.Map          // ticket → *atomic.Int64: accepted notes
}

// tryAgain, in place of an error type, lets the activity retry.
const tryAgain = "retry:"

func (s *stage) work() (stop func(), err error) {
	var started []worker.Worker
	stop = func() {
		for _, w := range started {
			w.Stop()
		}
	}
	run := func(queue string, register func(worker.Worker)) {
		w := worker.New(s.client, queue, worker.Options{})
		register(w)
		if e := w.Start(); e != nil {
			err = e
			return
		}
		started = append(started, w)
	}
	known := map[string]workflows.Policy{}
	for n := range 100 {
		known[shopName(int64(n))] = workflows.Policy{}
	}
	run(workflows.TaskQueue, func(w worker.Worker) { (&workflows.Workflows{Policies: known}).Register(w) })
	run(workflows.QueueC4C, func(w worker.Worker) {
		w.RegisterActivityWithOptions(s.addNote, activity.RegisterOptions{Name: "AddNote"})
		w.RegisterActivityWithOptions(func(_ context.Context, in activities.CauseInput) (activities.Probe, error) {
			return activities.Probe{Type: in.Cause}, nil
		}, activity.RegisterOptions{Name: "ProbeC4C"})
		w.RegisterActivityWithOptions(s.findFollower, activity.RegisterOptions{Name: "FindFollower"})
		w.RegisterActivityWithOptions(func(context.Context, string) (string, error) { return secretText, nil },
			activity.RegisterOptions{Name: workflows.ActivityReadCustomer})
	})
	return stop, err
}

// shopName is the account of the nth shop.
func shopName(n int64) string { return "shop-" + strconv.FormatInt(n, 10) }

func (s *stage) fail(ticket, errorType string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing[ticket] = errorType
}

func (s *stage) answer(ticket string) error {
	s.mu.Lock()
	name := s.failing[ticket]
	s.mu.Unlock()
	said := activities.Failure{Code: "42", Text: "field Name is empty", Reference: "TX-1"}
	switch {
	case name == "":
		return nil
	case len(name) > len(tryAgain) && name[:len(tryAgain)] == tryAgain:
		return temporal.NewApplicationErrorWithOptions("not now", name[len(tryAgain):],
			temporal.ApplicationErrorOptions{Details: []any{said}, NextRetryDelay: time.Hour})
	}
	return temporal.NewApplicationErrorWithOptions("c4c said no", name,
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{said}})
}

func (s *stage) addNote(_ context.Context, in activities.AddNoteInput) error {
	if err := s.answer(in.TicketID); err != nil {
		return err
	}
	counter, _ := s.notes.LoadOrStore(in.TicketID, &atomic.Int64{})
	counter.(*atomic.Int64).Add(1)
	return nil
}

func (s *stage) findFollower(_ context.Context, in activities.FindFollowerInput) (activities.FoundFollower, error) {
	return activities.FoundFollower{}, s.answer(in.TicketID)
}

func (s *stage) noted(ticket string) int64 {
	counter, ok := s.notes.Load(ticket)
	if !ok {
		return 0
	}
	return counter.(*atomic.Int64).Load()
}

// secretText is in every input and must never be printed.
const (
	secretText   = "my brakes squeal"
	secretOpenID = "oSecretFollowerOfTheTest0001"
)

// shop is one test's account: tests share the namespace and see only their own syncs.
type shop struct {
	*stage
	t       *testing.T
	account string
	audit   *bytes.Buffer
	*operate.Operator
}

var shops atomic.Int64

func newShop(t *testing.T) *shop {
	t.Helper()
	// Asking here, too, tells the test cache that the result depends on the variable.
	if os.Getenv(serverVariable) == "" || shared == nil {
		t.Skip(serverVariable + " is not set: no Temporal development server to test with")
	}
	var audit bytes.Buffer
	return &shop{
		stage: shared, t: t, account: shopName(shops.Add(1)), audit: &audit,
		Operator: &operate.Operator{
			Temporal: shared.client, Namespace: "default", UIURL: "http://ui.example:8233/", Audit: operate.NewAudit(&audit),
			DataConverter: shared.ring.DataConverter(), FailureConverter: shared.ring.FailureConverter(),
			Poll: 20 * time.Millisecond,
		},
	}
}

func (s *shop) key() string {
	return workflows.FollowerKey([]byte("secret of the tests"), s.account, secretOpenID)
}

func (s *shop) filter() operate.Filter { return operate.Filter{Account: s.account} }

// ticket is unique within the server.
func (s *shop) ticket(n int) string { return fmt.Sprintf("%s-%d", s.account, n) }

// note starts a sync in ticket n that C4C answers with the error type, and waits until it has the expected state.
func (s *shop) note(n int, errorType, state string) string {
	s.t.Helper()
	ticket := s.ticket(n)
	s.fail(ticket, errorType)
	id := s.start(workflows.NoteID(s.account, s.key(), strconv.Itoa(n)), workflows.TypeNoteTicket, workflows.StateSyncing,
		workflows.NoteTicketInput{
			SyncInput: workflows.SyncInput{Account: s.account, OpenID: secretOpenID, FollowerKey: s.key()},
			TicketID:  ticket, Language: "en", Text: secretText,
		})
	s.await(id, state)
	return id
}

// startCause starts the row of a cause that stops the account, as a worker does.
func (s *shop) startCause(cause string) {
	s.t.Helper()
	_, err := s.client.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{
		ID: workflows.ResumeCauseID(s.account, cause), TaskQueue: workflows.TaskQueue,
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeAccount.ValueSet(s.account),
			workflows.AttributeSyncState.ValueSet(workflows.StateNeedsAttention),
			workflows.AttributeSyncError.ValueSet(cause)),
	}, workflows.TypeResumeCause, workflows.ResumeCauseInput{Account: s.account, Cause: cause})
	require.NoError(s.t, err)
}

func (s *shop) start(id, kind, state string, input any) string {
	s.t.Helper()
	attributes := []temporal.SearchAttributeUpdate{
		workflows.AttributeAccount.ValueSet(s.account), workflows.AttributeFollowerKey.ValueSet(s.key()),
	}
	if state != "" {
		attributes = append(attributes, workflows.AttributeSyncState.ValueSet(state))
	}
	_, err := s.client.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue, StaticSummary: "summary of " + kind,
		TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}, kind, input)
	require.NoError(s.t, err)
	return id
}

// await waits until the visibility store shows the state.
func (s *shop) await(id, state string) {
	s.t.Helper()
	s.eventually(func() bool {
		filter := s.filter()
		filter.States = []string{operate.AllStates}
		listing, err := s.List(s.t.Context(), filter, 0)
		if err != nil {
			return false
		}
		for _, sync := range listing.Syncs {
			if sync.ID == id {
				return sync.State == state
			}
		}
		return false
	})
}

func (s *shop) eventually(done func() bool) {
	s.t.Helper()
	require.Eventually(s.t, done, time.Minute, 20*time.Millisecond)
}
