package worker

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// sharer is a Temporal with one workflow that shares slots.
type sharer struct {
	client.Client

	mu      sync.Mutex
	ledger  slots.Ledger
	exists  bool // a run is open
	existed bool // a run is closed
	away    bool
	mute    bool // nobody answers updates
	inputs  []workflows.ShareC4CInput
	asks    []slots.Ask
}

func (s *sharer) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle,
	error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mute {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if s.away {
		return nil, serviceerror.NewUnavailable("no frontend")
	}
	if !s.exists {
		return nil, serviceerror.NewNotFound("workflow execution already completed")
	}
	ask := o.Args[0].(slots.Ask)
	s.asks = append(s.asks, ask)
	return answered{answer: s.ledger.Step(time.Now(), ask)}, nil
}

func (s *sharer) DescribeWorkflowExecution(
	context.Context, string, string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.existed {
		return nil, serviceerror.NewNotFound("workflow not found")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
}

func (s *sharer) ExecuteWorkflow(
	_ context.Context, _ client.StartWorkflowOptions, _ any, args ...any,
) (client.WorkflowRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := args[0].(workflows.ShareC4CInput)
	s.exists, s.inputs = true, append(s.inputs, in)
	if in.Quiet > 0 {
		s.ledger.Quiet(time.Now(), in.Quiet)
	}
	return nil, nil
}

func (s *sharer) holders() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ledger.Holders)
}

type answered struct {
	client.WorkflowUpdateHandle
	answer slots.Answer
}

func (a answered) Get(_ context.Context, to any) error {
	payload, err := converter.GetDefaultDataConverter().ToPayload(a.answer)
	if err != nil {
		return err
	}
	return converter.GetDefaultDataConverter().FromPayload(payload, to)
}

// givenSlots are slots that a workflow grants while the test runs.
func givenSlots(t *testing.T, cfg config.Config) *Slots {
	t.Helper()
	s := NewSlots(cfg, &sharer{}, "1@test", slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	giveBack := s.run(ctx)
	t.Cleanup(func() { cancel(); giveBack() })
	return s
}

// Accounts on the same tenant share its slots; each tenant has a cap of its own.
func TestTenantsHaveSlots(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	same, other := cfg, cfg
	cfg.C4C.URL, same.C4C.URL, other.C4C.URL = "https://a.example.com", "https://A.example.com.:443/",
		"https://b.example.com/c4c"
	cfg.Others = []config.Config{same, other}
	s := NewSlots(cfg, &sharer{}, "1@test", slog.New(slog.DiscardHandler))
	require.Len(t, s.tenants, 2)
	require.Same(t, s.of(cfg), s.of(same))
	require.NotSame(t, s.of(cfg), s.of(other))
	require.Equal(t, "b.example.com/c4c", TenantOf(other.C4C.URL))
}

// However a tenant's address is spelled, there is one ledger.
func TestTenantOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://my123456.crm.ondemand.com":       "my123456.crm.ondemand.com",
		"https://MY123456.crm.OnDemand.com/":      "my123456.crm.ondemand.com",
		"https://my123456.crm.ondemand.com.":      "my123456.crm.ondemand.com",
		"https://my123456.crm.ondemand.com:443":   "my123456.crm.ondemand.com",
		"https://my123456.crm.ondemand.com.:443/": "my123456.crm.ondemand.com",
		"HTTPS://my123456.crm.ondemand.com:443":   "my123456.crm.ondemand.com",
		"https://my123456.crm.ondemand.com:8443/": "my123456.crm.ondemand.com:8443",
		"https://my123456.crm.ondemand.com:80":    "my123456.crm.ondemand.com:80",
		"http://127.0.0.1:80":                     "127.0.0.1",
		"http://127.0.0.1:443":                    "127.0.0.1:443",
		"http://127.0.0.1:8091":                   "127.0.0.1:8091",
		"http://[::1]:8091":                       "[::1]:8091",
		"https://[2001:DB8::1]:443/":              "[2001:db8::1]",
		"https://proxy.example.com/Tenants/One/":  "proxy.example.com/Tenants/One",
		"https://proxy.example.com:443/Tenants":   "proxy.example.com/Tenants",
		"https://my123456.crm.ondemand.com:":      "my123456.crm.ondemand.com",
	} {
		require.Equal(t, want, TenantOf(address), address)
	}
}

// A call starts the workflow if there is none, and has it wait if there was one. Unneeded slots are given back.
func TestSlotsAreAskedForAndGivenBack(t *testing.T) {
	t.Parallel()
	for _, existed := range []bool{false, true} {
		temporal := &sharer{existed: existed}
		cfg := config.Development()
		s := NewSlots(cfg, temporal, "1@test", slog.New(slog.DiscardHandler))
		giveBack := s.run(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, done, err := s.of(cfg).Acquire(ctx)
		require.Equal(t, existed, err != nil)
		quiet := time.Duration(0)
		if existed {
			quiet = cfg.Fixed.C4CCall
		} else {
			held, used, waiting := s.of(cfg).Usage()
			require.Equal(t, []int{1, 1, 0}, []int{held, used, waiting}, "as many as there are calls")
			done()
		}
		giveBack()
		require.Equal(t, []workflows.ShareC4CInput{{Quiet: quiet}}, temporal.inputs)
		require.Zero(t, temporal.holders())
		require.Contains(t, temporal.asks[0].Process, "1@test/")
		require.Equal(t, 8, temporal.asks[0].Cap)
		require.Equal(t, 30*time.Second, temporal.asks[0].CallTime)
	}
}

// The number of tasks fetched follows the slots.
func TestSupplierFollowsTheSlots(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	s := givenSlots(t, cfg)
	of := func(kind holder.Kind) *supplier { return &supplier{slots: s, kind: kind, freed: make(chan struct{})} }
	syncs, reads, files := of(holder.Syncs), of(holder.Pages), of(holder.Files)
	take := func(from *supplier) (n int) {
		for from.TryReserveSlot(nil) != nil {
			n++
		}
		return n
	}
	require.Equal(t, 1, take(syncs), "one finds out whether there is something to do")
	require.Equal(t, 1, take(reads))
	require.Equal(t, 1, take(files))
	more := make(chan error, 1)
	go func() {
		_, err := syncs.ReserveSlot(t.Context(), nil)
		more <- err
	}()
	_, done, err := s.of(cfg).Acquire(t.Context())
	require.NoError(t, err)
	defer done()
	require.NoError(t, <-more, "who waits is told")
	_, another, err := s.of(cfg).Acquire(t.Context()) // it has to wait: so the process could use all slots
	require.NoError(t, err)
	defer another()
	require.Equal(t, 2*8-2, take(syncs), "two for each slot")
	require.Equal(t, 3+1-1, take(reads), "three of eight, and one more")
	require.Equal(t, 4+1-1, take(files), "half of them, for each keeps its slot for long, and one more")
	go func() {
		_, err := reads.ReserveSlot(t.Context(), nil)
		more <- err
	}()
	reads.ReleaseSlot(nil)
	require.NoError(t, <-more)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = syncs.ReserveSlot(ended, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// Without a lease not a byte is sent, even if the lease was valid when it was checked before.
func TestNothingLeavesWithoutALease(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	t.Cleanup(server.Close)
	cfg := config.Development()
	without := NewSlots(cfg, &sharer{away: true}, "1@test", slog.New(slog.DiscardHandler)).of(cfg)
	conn, err := leased(connections(8), without).(*http.Transport).DialContext(t.Context(), "tcp",
		server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.ErrorIs(t, err, holder.ErrLeaseLost)
	_, err = (&http.Client{Transport: leased(connections(8), without)}).Get(server.URL)
	require.ErrorIs(t, err, holder.ErrLeaseLost)
	require.Zero(t, requests.Load())

	with := givenSlots(t, cfg).of(cfg)
	_, done, err := with.Acquire(t.Context())
	require.NoError(t, err)
	defer done()
	answer, err := (&http.Client{Transport: leased(connections(8), with)}).Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.EqualValues(t, 1, requests.Load())
}

// The doctor's calls count if a workflow shares the slots.
func TestBorrowedSlot(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	temporal := &sharer{}
	b := Borrow(t.Context(), cfg, temporal, "doctor 1@test")
	var _ c4c.Slots = b
	_, done, err := b.Acquire(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, temporal.ledger.Holders[0].Slots)
	require.Equal(t, 8, temporal.ledger.Holders[0].Cap, "it does not lower the cap of others")
	done()
	b.Return()
	require.Zero(t, temporal.holders())

	nobody := Borrow(t.Context(), cfg, &sharer{away: true}, "doctor 1@test")
	defer nobody.Return()
	_, done, err = nobody.Acquire(t.Context())
	require.NoError(t, err, "nobody shares the slots, so no worker has any")
	done()

	all := &sharer{exists: true}
	require.Equal(t, 8, all.ledger.Step(time.Now(), slots.Ask{
		Process: "other", Number: 1, Cap: 8, Wants: 8, Lease: slots.LongestLease, CallTime: time.Minute,
	}).Slots)
	late := Borrow(t.Context(), cfg, all, "doctor 1@test")
	defer late.Return()
	within, cancel := context.WithTimeout(t.Context(), borrowWithin+time.Second)
	defer cancel()
	_, _, err = late.Acquire(within)
	require.ErrorIs(t, err, context.DeadlineExceeded, "all are taken")
}

// While no workflow shares the slots, all calls of a borrower together wait for it once. There is nothing to return.
func TestBorrowerWaitsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := Borrow(t.Context(), config.Development(), &sharer{mute: true}, "doctor 1@test")
		began := time.Now()
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := b.Acquire(hasty)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		for range 5 {
			calling, done, err := b.Acquire(t.Context())
			require.NoError(t, err)
			require.NoError(t, calling.Err())
			done()
		}
		b.Return()
		require.Equal(t, borrowWithin, time.Since(began))
	})
}

func TestSlotsAreMeasured(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	cfg := config.Development()
	s := givenSlots(t, cfg)
	require.NoError(t, s.measure(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")))
	_, done, err := s.of(cfg).Acquire(t.Context())
	require.NoError(t, err)
	defer done()
	got := read(t, reader)
	for kind, want := range map[string]float64{"held": 1, "used": 1, "waiting": 0} {
		require.InDelta(t, want, got["wechat_c4c.c4c.slots{kind="+kind+" tenant=127.0.0.1:8091}"], 0, "%v", got)
	}
}
