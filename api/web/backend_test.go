package web_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// fakeTemporal gives prepared answers and keeps what it is asked.
type fakeTemporal struct {
	updateErr, resultErr, signalErr, queryErr, startErr, readErr error

	result  any
	update  client.UpdateWorkflowOptions
	start   client.StartWorkflowOptions
	signals []any
	read    client.StartActivityOptions
	name    any
}

func (f *fakeTemporal) NewWithStartWorkflowOperation(o client.StartWorkflowOptions, _ any,
	_ ...any) client.WithStartWorkflowOperation {
	f.start = o
	return nil
}

func (f *fakeTemporal) UpdateWithStartWorkflow(ctx context.Context, o client.UpdateWithStartWorkflowOptions) (
	client.WorkflowUpdateHandle, error) {
	f.update = o.UpdateOptions
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("called without a deadline")
	}
	return &handle{f: f}, f.updateErr
}

func (f *fakeTemporal) SignalWithStartWorkflow(_ context.Context, id, signal string, arg any,
	_ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	f.signals = append(f.signals, id, signal, arg)
	return nil, f.signalErr
}

// SignalWorkflow finds no conversation: each is started.
func (f *fakeTemporal) SignalWorkflow(context.Context, string, string, string, any) error {
	return serviceerror.NewNotFound("no conversation")
}

func (f *fakeTemporal) DescribeWorkflowExecution(context.Context, string,
	string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
}

func (f *fakeTemporal) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun,
	error) {
	return nil, f.startErr
}

func (f *fakeTemporal) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	if f.queryErr != nil {
		return nil, f.queryErr
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(f.result)
	return client.NewValue(payloads), err
}

func (f *fakeTemporal) ExecuteActivity(_ context.Context, o client.StartActivityOptions, name any,
	_ ...any) (client.ActivityHandle, error) {
	f.read, f.name = o, name
	return &activityHandle{f: f}, f.startErr
}

type handle struct {
	client.WorkflowUpdateHandle
	f *fakeTemporal
}

func (h *handle) Get(_ context.Context, out any) error {
	if result, ok := out.(*conversation.WebResult); ok && h.f.resultErr == nil {
		*result = h.f.result.(conversation.WebResult)
	}
	return h.f.resultErr
}

type activityHandle struct {
	client.ActivityHandle
	f *fakeTemporal
}

func (h *activityHandle) Get(_ context.Context, out any) error {
	if thread, ok := out.(*workflows.TicketThread); ok && h.f.readErr == nil {
		*thread = h.f.result.(workflows.TicketThread)
	}
	return h.f.readErr
}

func backend(f *fakeTemporal) web.Backend {
	return web.NewBackend(f, handing(f))
}

func handing(f *fakeTemporal) *handover.Handover {
	return handover.New(f, []byte("secret of these tests"), "acme", nil)
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	done := conversation.WebResult{Key: "k1", Done: true, TicketID: "71"}
	refused := temporal.NewApplicationError("no", workflows.ErrorFollowerGone)
	nobody := context.DeadlineExceeded
	for _, tt := range []struct {
		name     string
		f        fakeTemporal
		want     conversation.WebResult
		err      string
		signaled bool
	}{
		{"done in time", fakeTemporal{result: done}, done, "", false},
		{"accepted, and slow", fakeTemporal{resultErr: nobody}, conversation.WebResult{Key: "k1"}, "", false},
		{"refused", fakeTemporal{resultErr: refused}, conversation.WebResult{Key: "k1"}, "no", false},
		{"refused at once", fakeTemporal{updateErr: refused}, conversation.WebResult{Key: "k1"}, "no", false},
		{"no worker", fakeTemporal{updateErr: nobody}, conversation.WebResult{Key: "k1"}, "", true},
		{"no Temporal", fakeTemporal{updateErr: nobody, signalErr: errors.New("down")}, conversation.WebResult{Key: "k1"},
			"down", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.f
			in := conversation.AddMessageRequest{Key: "k1", OpenID: alice, TicketID: "71", Text: "t"}
			got, err := backend(&f).Submit(t.Context(), alice, web.Submission{
				Update: workflows.UpdateAddMessage, Key: "k1", Content: "c1", Request: in, Inbound: in.Inbound(),
			})
			require.Equal(t, tt.want, got)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.err)
			}
			require.Equal(t, "k1/c1", f.update.UpdateID, "other content under the key is another update")
			require.Equal(t, client.WorkflowUpdateStageAccepted, f.update.WaitForStage)
			require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, f.start.WorkflowIDConflictPolicy)
			if tt.signaled {
				require.Equal(t, []any{handing(&f).ConversationID(alice), workflows.SignalInbound, in.Inbound()}, f.signals)
			} else {
				require.Empty(t, f.signals)
			}
		})
	}
}

// A submission while Temporal is unavailable goes to the spool, behind what is in it: the page says that it was
// received.
func TestSubmitWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	f := &fakeTemporal{updateErr: context.DeadlineExceeded, signalErr: serviceerror.NewUnavailable("away")}
	ring, err := codec.NewKeyRing([]codec.Key{{ID: "k", Secret: make([]byte, codec.KeySize)}})
	require.NoError(t, err)
	h := handing(f)
	h.Spool, err = spool.Open(spool.Options{Folder: t.TempDir(), Owner: "o", Keys: ring, Deliver: h.Deliver})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Spool.Close()) })
	for n, key := range []string{"k1", "k2"} {
		in := conversation.AddMessageRequest{Key: key, OpenID: alice, TicketID: "71", Text: "t"}
		f.update = client.UpdateWorkflowOptions{}
		got, err := web.NewBackend(f, h).Submit(t.Context(), alice, web.Submission{
			Update: workflows.UpdateAddMessage, Key: key, Request: in, Inbound: in.Inbound(),
		})
		require.NoError(t, err)
		require.Equal(t, conversation.WebResult{Key: key}, got, "received, and not done")
		require.Equal(t, n == 0, f.update.UpdateID != "", "the conversation is not asked past what waits for it")
	}
	require.Equal(t, 2, h.Spool.Status().Waiting)
}

func TestSpendLinkIsNeverAnsweredFromBefore(t *testing.T) {
	t.Parallel()
	f := &fakeTemporal{}
	require.NoError(t, backend(f).SpendLink(t.Context(), alice, conversation.SpendLinkRequest{ID: "l"}))
	first := f.update.UpdateID
	require.NoError(t, backend(f).SpendLink(t.Context(), alice, conversation.SpendLinkRequest{ID: "l"}))
	require.NotEqual(t, first, f.update.UpdateID, "each use is an update of its own")
	f.updateErr = errors.New("down")
	require.Error(t, backend(f).SpendLink(t.Context(), alice, conversation.SpendLinkRequest{ID: "l"}))
}

func TestView(t *testing.T) {
	t.Parallel()
	view := conversation.PageView{Gone: true, Ended: 5, CustomerID: "C1"}
	got, err := backend(&fakeTemporal{result: view}).View(t.Context(), alice)
	require.NoError(t, err)
	require.Equal(t, view, got)
	got, err = backend(&fakeTemporal{queryErr: serviceerror.NewNotFound("none")}).View(t.Context(), alice)
	require.NoError(t, err, "nobody has written yet")
	require.Zero(t, got)
	_, err = backend(&fakeTemporal{queryErr: context.DeadlineExceeded}).View(t.Context(), alice)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestReadsGoThroughTheQueue(t *testing.T) {
	t.Parallel()
	thread := workflows.TicketThread{Ticket: workflows.TicketLine{ID: "71", Subject: "s"},
		Items: []workflows.ThreadItem{{Text: "t", At: time.Unix(5, 0)}}}
	f := &fakeTemporal{result: thread}
	query := workflows.TicketQuery{Follower: workflows.Follower{Account: "acme", OpenID: alice}, TicketID: "71"}
	got, err := backend(f).Thread(t.Context(), query)
	require.NoError(t, err)
	require.Equal(t, thread, got)
	require.Equal(t, workflows.QueuePage, f.read.TaskQueue)
	require.Equal(t, workflows.ActivityReadTicketThread, f.name)
	require.Equal(t, "read/acme/"+handing(f).FollowerKey(alice)+"/ReadTicketThread/71", f.read.ID)
	require.NotContains(t, f.read.Summary, alice)
	require.Equal(t, enumspb.ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING, f.read.ActivityIDConflictPolicy)

	f.readErr = temporal.NewNonRetryableApplicationError("no", workflows.ErrorC4CNotFound, nil)
	_, err = backend(f).Thread(t.Context(), query)
	require.ErrorIs(t, err, web.ErrNotTheirs)
	f.readErr = context.DeadlineExceeded
	_, err = backend(f).Customer(t.Context(), workflows.CustomerQuery{Follower: query.Follower})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	f.startErr = serviceerror.NewUnimplemented("Standalone activity is disabled")
	_, err = backend(f).Customer(t.Context(), workflows.CustomerQuery{Follower: query.Follower})
	require.ErrorIs(t, err, web.ErrNoReads)
	f.startErr = errors.New("down")
	_, err = backend(f).Tickets(t.Context(), workflows.TicketsQuery{Top: 10, Skip: 20})
	require.ErrorContains(t, err, "down")
	require.Equal(t, "read/acme/"+handing(f).FollowerKey("")+"/ReadTickets/20-10", f.read.ID)
}

func TestClosingGoesThroughTheQueue(t *testing.T) {
	t.Parallel()
	f := &fakeTemporal{}
	in := workflows.CloseTicketInput{TicketQuery: workflows.TicketQuery{Follower: workflows.Follower{Account: "acme",
		OpenID: alice}, TicketID: "71"}, UserStatus: "5"}
	closing := func() error { return backend(f).CloseTicket(t.Context(), in) }
	require.NoError(t, closing())
	require.Equal(t, workflows.ActivityCloseTicket, f.name)
	require.Equal(t, workflows.QueuePage, f.read.TaskQueue)
	require.NotContains(t, f.read.ID, alice)
	for kind, want := range map[string]error{
		workflows.ErrorC4CNotFound: web.ErrNotTheirs, workflows.ErrorC4CRejected: web.ErrNotClosable,
		workflows.ErrorC4CReadOnly: web.ErrNotClosable,
	} {
		f.readErr = temporal.NewNonRetryableApplicationError("no", kind, nil)
		require.ErrorIs(t, closing(), want, kind)
	}
	f.readErr = context.DeadlineExceeded
	require.ErrorIs(t, closing(), context.DeadlineExceeded)
	require.NotErrorIs(t, closing(), web.ErrNotClosable, "nobody knows")
}

func TestFilesGoThroughTheQueue(t *testing.T) {
	t.Parallel()
	f := &fakeTemporal{}
	in := workflows.CarryFileInput{Account: "acme", Of: "ticket", ObjectID: "F1", To: "http://127.0.0.1/files/x"}
	require.NoError(t, backend(f).Carry(t.Context(), alice, in))
	require.Equal(t, workflows.QueuePage, f.read.TaskQueue)
	require.Equal(t, workflows.ActivityCarryFile, f.name)
	first := f.read.ID
	require.NoError(t, backend(f).Carry(t.Context(), alice, in))
	require.NotEqual(t, first, f.read.ID, "each has an address of its own to go to")
	require.Positive(t, f.read.StartToCloseTimeout)
	f.readErr = temporal.NewNonRetryableApplicationError("no", workflows.ErrorC4CNotFound, nil)
	require.ErrorIs(t, backend(f).Carry(t.Context(), alice, in), web.ErrNotTheirs)
}

// TestChangesAreSeenInEveryProcess: a browser that has changed something sees the change, whichever process answers
// next.
func TestChangesAreSeenInEveryProcess(t *testing.T) {
	t.Parallel()
	f := setup(t)
	other := setup(t, func(o *web.Options) { o.Backend = f.backend })
	b := f.signIn(alice)
	there := &browser{fixture: other, client: b.client, header: http.Header{}}
	list := func(b *browser) int {
		require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
		f.backend.mu.Lock()
		defer f.backend.mu.Unlock()
		return f.backend.lists
	}
	require.Equal(t, 1, list(b))
	require.Equal(t, 2, list(there))
	require.Equal(t, 2, list(there), "fresh for a while")
	for _, each := range []*fixture{f, other} {
		each.advance(3 * time.Second)
	}
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	require.Equal(t, http.StatusSeeOther, b.post("/web/create", fields).StatusCode)
	require.Equal(t, 3, list(there))
	for _, each := range []*fixture{f, other} {
		each.advance(3 * time.Second)
	}
	require.Equal(t, 4, list(there), "what was read within the difference of clocks")
	require.Equal(t, 4, list(there))
	require.Equal(t, 5, list(b))
	require.Equal(t, 5, list(b))

	forged := f.signIn(bob)
	forged.header.Set("Cookie", "wx_changed=1.e30.x")
	require.Equal(t, 6, list(forged))
	require.Equal(t, 6, list(forged), "nobody makes the cache useless")
}

func TestNewWantsItsOptions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*webOptions){
		"address": func(o *webOptions) { o.URL = "no address" }, "account": func(o *webOptions) { o.Account = "" },
		"key": func(o *webOptions) { o.SessionKey = []byte("short") }, "version": func(o *webOptions) {
			o.PrivacyVersion = ""
		},
		"client": func(o *webOptions) { o.WeChat = nil }, "backend": func(o *webOptions) { o.Backend = nil },
	} {
		o := webOptions{
			Account: "acme", URL: "https://service.example.com", SessionKey: []byte(testKey), PrivacyVersion: "1",
			WeChat: &fakeWeChat{}, Backend: &fakeBackend{},
		}
		_, err := web.New(o)
		require.NoError(t, err)
		change(&o)
		_, err = web.New(o)
		require.Error(t, err, name)
	}
}
