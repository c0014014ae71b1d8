package handover_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const alice = "oAlice"

// call is a call that Temporal received.
type call struct {
	id, signal string
	arg        any
	workflow   any
}

// fakeTemporal gives prepared answers and keeps what it accepts.
type fakeTemporal struct {
	mu    sync.Mutex
	err   error
	taken []call
	tries int

	history *workflowpb.WorkflowExecutionInfo // of every workflow; nil: there is none
	looks   int

	strange bool                   // followers have no conversation
	input   any                    // of what was started last
	titles  []string               // of what was started
	mark    *timestamppb.Timestamp // when all followers were erased; nil: never
}

func (f *fakeTemporal) take(c call) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	if f.err != nil {
		return f.err
	}
	f.taken = append(f.taken, c)
	return nil
}

// note keeps what a workflow was to be started with.
func (f *fakeTemporal) note(input any, title string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.titles = append(f.titles, title); input != nil {
		f.input = input
	}
}

func (f *fakeTemporal) answer(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeTemporal) SignalWorkflow(_ context.Context, id, _, signal string, arg any) error {
	f.mu.Lock()
	unknown := f.strange && f.err == nil
	f.mu.Unlock()
	if unknown {
		return serviceerror.NewNotFound("no conversation")
	}
	return f.take(call{id, signal, arg, nil})
}

func (f *fakeTemporal) SignalWithStartWorkflow(
	_ context.Context, id, signal string, arg any, o client.StartWorkflowOptions, wf any, in ...any,
) (client.WorkflowRun, error) {
	f.note(in[0], o.StaticSummary)
	if o.ID != id {
		return nil, errors.New("another id")
	}
	return nil, f.take(call{id, signal, arg, wf})
}

func (f *fakeTemporal) DescribeWorkflowExecution(
	_ context.Context, id, _ string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	if strings.HasPrefix(id, "erased/") && f.mark != nil {
		return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
			Type: &commonpb.WorkflowType{Name: workflows.TypeErasedFollower}, StartTime: f.mark,
		}}, nil
	}
	if f.history == nil {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: f.history}, nil
}

// grown sets the size of every workflow's history.
func (f *fakeTemporal) grown(status enumspb.WorkflowExecutionStatus, events, bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.history = &workflowpb.WorkflowExecutionInfo{Status: status, HistoryLength: events, HistorySizeBytes: bytes}
}

func (f *fakeTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, wf any,
	args ...any) (client.WorkflowRun, error) {
	f.note(nil, o.StaticSummary)
	var arg any
	if len(args) > 0 {
		arg = args[0]
	}
	return startedRun{}, f.take(call{o.ID, "", arg, wf})
}

// startedRun is a run that somebody has started.
type startedRun struct{ client.WorkflowRun }

func (startedRun) GetRunID() string { return "run" }

func setup(t *testing.T) (*handover.Handover, *fakeTemporal) {
	t.Helper()
	f := &fakeTemporal{}
	return handover.New(f, []byte("secret of these tests"), "shop", nil), f
}

// withSpool gives a handover a spool that is handed over while the test runs.
func withSpool(t *testing.T, h *handover.Handover) *spool.Spool {
	t.Helper()
	ring, err := codec.NewKeyRing([]codec.Key{{ID: "k", Secret: bytes.Repeat([]byte{1}, codec.KeySize)}})
	require.NoError(t, err)
	other := handover.New(h.Temporal, h.FollowerKeySecret, "", nil)
	s, err := spool.Open(spool.Options{Folder: t.TempDir(), Owner: "o", Keys: ring, Deliver: other.Deliver})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		require.NoError(t, s.Close())
	})
	h.Spool = s
	return s
}

// everything hands over one event of each kind.
func everything(ctx context.Context, h *handover.Handover) (map[string]handover.Outcome, error) {
	got := map[string]handover.Outcome{}
	var errs []error
	note := func(kind string) func(handover.Outcome, error) {
		return func(o handover.Outcome, err error) {
			got[kind] = o
			errs = append(errs, err)
		}
	}
	note("inbound")(h.Inbound(ctx, conversation.Inbound{Key: "k1", OpenID: alice, Kind: conversation.KindMessage,
		Text: "squeal"}))
	note("reply")(h.Reply(ctx, conversation.Reply{SmaID: "7", OpenID: alice, Text: "a"}))
	note("route")(h.Reply(ctx, conversation.Reply{SmaID: "8", TicketID: "71", Text: "b"}))
	note("text")(h.Text(ctx, conversation.Reply{SmaID: "wkf-1", OpenID: alice, Text: "c", Automatic: true}))
	note("ticket")(h.TicketChanged(ctx, "ABC", workflows.TicketEvent{ID: "e1"}))
	note("receipt")(h.Receipt(ctx, alice, workflows.Receipt{MsgID: "9", Delivered: true}))
	return got, errors.Join(errs...)
}

// calls are the calls that result from everything. late is set for events from the spool.
func calls(h *handover.Handover, late bool) []call {
	conversationID := h.ConversationID(alice)
	return []call{
		{conversationID, workflows.SignalInbound, conversation.Inbound{Key: "k1", OpenID: alice,
			Kind: conversation.KindMessage, Text: "squeal", Late: late}, nil},
		{conversationID, workflows.SignalReply, conversation.Reply{SmaID: "7", OpenID: alice, Text: "a", Late: late}, nil},
		{workflows.RouteID("shop", "8"), "",
			workflows.RouteReplyInput{Account: "shop", Reply: conversation.Reply{SmaID: "8", TicketID: "71", Text: "b",
				Late: late}}, workflows.TypeRouteReply},
		{conversationID, workflows.SignalReply, conversation.Reply{SmaID: "wkf-1", OpenID: alice, Text: "c", Automatic: true,
			Late: late}, nil},
		{workflows.TicketChangedID("shop", "ABC"), workflows.SignalTicketEvent, workflows.TicketEvent{ID: "e1"},
			workflows.TypeTicketChanged},
		{workflows.AnnounceID("shop", h.FollowerKey(alice)), workflows.SignalReceipt,
			workflows.Receipt{MsgID: "9", Delivered: true}, nil},
	}
}

func TestEverythingIsHandedOver(t *testing.T) {
	t.Parallel()
	h, f := setup(t)
	got, err := everything(t.Context(), h)
	require.NoError(t, err)
	for kind, outcome := range got {
		require.Equal(t, handover.Taken, outcome, kind)
	}
	require.Equal(t, calls(h, false), f.taken)
}

func TestTitlesAreInTheOperatorsLanguage(t *testing.T) {
	t.Parallel()
	for language, want := range map[wording.Language][]string{
		"":              {"Conversation with follower %s", "Find the follower of reply 8", "Change of ticket ABC in C4C"},
		wording.Chinese: {"与粉丝 %s 的会话", "查找回复 8 的粉丝", "C4C 中工单 ABC 的变更"},
	} {
		h, f := setup(t)
		h.Language, f.strange = language, true
		_, err := everything(t.Context(), h)
		require.NoError(t, err)
		conversation := fmt.Sprintf(want[0], h.FollowerKey(alice))
		require.Equal(t, []string{conversation, conversation, want[1], want[2]}, f.titles)
	}
}

func TestEverythingIsKeptWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	h, f := setup(t)
	s := withSpool(t, h)
	f.answer(serviceerror.NewUnavailable("away"))
	got, err := everything(t.Context(), h)
	require.NoError(t, err)
	for kind, outcome := range got {
		require.Equal(t, handover.Kept, outcome, kind)
	}
	require.True(t, h.Waits(alice))
	require.Len(t, s.List(), 6)
	f.answer(nil)
	require.NoError(t, s.Drain(t.Context()))
	require.ElementsMatch(t, calls(h, true), f.taken)
	require.False(t, h.Waits(alice))

	outcome, err := h.Inbound(t.Context(), conversation.Inbound{Key: "k2", OpenID: alice})
	require.NoError(t, err)
	require.Equal(t, handover.Taken, outcome)
	last := f.taken[len(f.taken)-1].arg.(conversation.Inbound)
	require.True(t, last.Late, "other processes may still have what was written before")
}

func TestWhoIsNotThere(t *testing.T) {
	t.Parallel()
	h, f := setup(t)
	f.answer(serviceerror.NewNotFound("no workflow"))
	outcome, err := h.Text(t.Context(), conversation.Reply{SmaID: "1", OpenID: alice})
	require.NoError(t, err)
	require.Equal(t, handover.Nobody, outcome)
	outcome, err = h.Receipt(t.Context(), alice, workflows.Receipt{MsgID: "9"})
	require.NoError(t, err)
	require.Equal(t, handover.Nobody, outcome)
	f.answer(serviceerror.NewNamespaceNotFound("shop"))
	_, err = h.Text(t.Context(), conversation.Reply{SmaID: "1", OpenID: alice})
	require.Error(t, err, "no namespace is no answer about a follower")
	f.answer(serviceerror.NewWorkflowExecutionAlreadyStarted("again", "", ""))
	outcome, err = h.Reply(t.Context(), conversation.Reply{SmaID: "8"})
	require.NoError(t, err)
	require.Equal(t, handover.Repeat, outcome)
}

// What Temporal will never accept is set aside; what bootstrap or an administrator can fix waits.
func TestWhatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err     error
		forGood bool
	}{
		"an argument": {serviceerror.NewInvalidArgument("blob too large"), true},
		"no search attribute": {
			serviceerror.NewInvalidArgument("namespace shop has no mapping defined for search attribute Account"), false},
		"no namespace": {serviceerror.NewNamespaceNotFound("shop"), false},
		"no access":    {serviceerror.NewPermissionDenied("no", ""), false},
		"away":         {serviceerror.NewUnavailable("away"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := setup(t)
			s := withSpool(t, h)
			f.answer(tt.err)
			outcome, err := h.Inbound(t.Context(), conversation.Inbound{Key: "k1", OpenID: alice})
			require.NoError(t, err)
			require.Equal(t, handover.Kept, outcome)
			require.Equal(t, tt.forGood, s.Status().Refused == 1)
			require.Equal(t, tt.forGood, s.Status().Waiting == 0)
		})
	}
}

func TestEventOfAnotherVersion(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	for kind, data := range map[string]string{
		"dream": `{}`, "inbound": `{}`, "reply": `{"openid":"o"}`, "text": `nonsense`, "route": `{}`, "ticket": `{}`,
		"receipt": `{}`,
	} {
		err := h.Deliver(t.Context(), spool.Event{Kind: kind, Account: "shop", Data: []byte(data)})
		require.ErrorIs(t, err, spool.ErrRefused, kind)
	}
}

// The SDK gives a call half of the time and then gives up; Insist uses all of it.
func TestInsist(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		within := func(d time.Duration) context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			t.Cleanup(cancel)
			return ctx
		}
		n := 0
		require.NoError(t, handover.Insist(within(5*time.Second), func(context.Context) error {
			if n++; n < 4 {
				return serviceerror.NewUnavailable("away")
			}
			return nil
		}))
		require.Equal(t, 4, n)
		for name, err := range map[string]error{
			"a deadline of its own": context.DeadlineExceeded, "too much to do": serviceerror.NewResourceExhausted(0, "busy"),
			"wrapped": errors.Join(errors.New("failed reaching server"), serviceerror.NewUnavailable("away")),
		} {
			n, began := 0, time.Now()
			require.ErrorIs(t, handover.Insist(within(350*time.Millisecond), func(context.Context) error { n++; return err }),
				err, name)
			require.Equal(t, 4, n, name)
			require.Equal(t, 350*time.Millisecond, time.Since(began), name)
		}
		for name, err := range map[string]error{
			"an argument": serviceerror.NewInvalidArgument("no"), "no access": serviceerror.NewPermissionDenied("no", ""),
			"something else": errors.New("no"),
		} {
			n := 0
			require.ErrorIs(t, handover.Insist(within(time.Minute), func(context.Context) error { n++; return err }), err, name)
			require.Equal(t, 1, n, name)
		}
	})
}
