package api_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// withSpool gives the handler a spool that is not handed over.
func withSpool(t *testing.T, kept **spool.Spool) func(*api.Options) {
	t.Helper()
	return func(o *api.Options) {
		ring, err := codec.NewKeyRing([]codec.Key{{ID: "k", Secret: bytes.Repeat([]byte{1}, codec.KeySize)}})
		require.NoError(t, err)
		h := handover.New(o.Temporal, o.FollowerKeySecret, "", nil)
		*kept, err = spool.Open(spool.Options{Folder: t.TempDir(), Owner: "o", Keys: ring, Deliver: h.Deliver, MaxEvents: 5})
		require.NoError(t, err)
		t.Cleanup(func() { _ = (*kept).Close() })
		o.Spool = *kept
	}
}

// asked counts how often conversations are asked whether a text is due.
type asked struct{ n int }

func (a *asked) UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	a.n++
	return nil, serviceerror.NewUnavailable("away")
}

// Webhooks of WeChat and C4C are acknowledged and kept while Temporal is unavailable. A new follower is welcomed.
// Other texts wait for the conversation, which knows whether they are due.
func TestWebhooksWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	var (
		kept *spool.Spool
		tell asked
	)
	f := setup(t, func(o *api.Options) { o.AutoReplies = api.AutoReplies{Received: true, Conversations: &tell} },
		withSpool(t, &kept))
	f.temporal.err, f.temporal.signalErr = serviceerror.NewUnavailable("away"), serviceerror.NewUnavailable("away")
	event := func(body string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/c4c/events", bytes.NewBufferString(body))
		require.NoError(t, err)
		req.SetBasicAuth(testUser, testPassword)
		return req
	}
	for _, tt := range []struct {
		name string
		req  *http.Request
		says string
	}{
		{"follow", f.wechatRequest(t, wechatXML("event", "<Event>subscribe</Event>")), "<Encrypt>"},
		{"message", f.wechatRequest(t, wechatXML("text", "<Content>my brakes squeal</Content><MsgId>1</MsgId>")), "success"},
		{"reply", f.c4cRequest(t, `{"type":"","private_ind":"FALSE","sma_id":"7","text":"hello","original_id":"wx:shop:`+
			testOpenID+`:1"}`), "ok"},
		{"reply to somebody", f.c4cRequest(t, `{"private_ind":"FALSE","sma_id":"8","text":"hello","service_req_no":"71"}`),
			"ok"},
		{"event", event(`{"event-type":"ServiceRequest.Root.Updated","event-id":"e","data":{"root-entity-id":"` +
			fmt.Sprintf("%032d", 1) + `"}}`), "ok"},
	} {
		began := time.Now()
		res, body := f.do(t, tt.req)
		require.Equal(t, http.StatusOK, res.StatusCode, tt.name)
		require.Contains(t, body, tt.says, tt.name)
		require.Less(t, time.Since(began), 2*time.Second, tt.name)
	}
	require.Zero(t, tell.n, "nobody is asked who cannot answer")
	require.Equal(t, map[string]int64{
		"wechat/subscribe/spooled": 1, "wechat/text/spooled": 1, "c4c/reply/spooled": 2, "c4c/ticket_event/spooled": 1,
	}, f.count(t))
	require.Equal(t, 5, kept.Status().Waiting)

	// The spool is full: the senders keep their requests.
	for name, req := range map[string]*http.Request{
		"message": f.wechatRequest(t, wechatXML("text", "<Content>my brakes squeal</Content><MsgId>2</MsgId>")),
		"texts":   f.c4cRequest(t, `{"type":"WKF","data":[{"openId":"`+testOpenID+`","fullText":"hello"}]}`),
	} {
		began := time.Now()
		res, _ := f.do(t, req)
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode, name)
		require.Greater(t, time.Since(began), 4*time.Second, "%s: all of the time is used", name)
	}
	require.Len(t, kept.List(), 5)
}

// TestBatchThatTheSpoolTakesInPart: the spool keeps once what it has room for, and the sender repeats the whole batch
// until all of it is accepted. In the end each ticket is read.
func TestBatchThatTheSpoolTakesInPart(t *testing.T) {
	t.Parallel()
	var kept *spool.Spool
	f := setup(t, withSpool(t, &kept))
	away := func(err error) {
		f.temporal.mu.Lock()
		defer f.temporal.mu.Unlock()
		f.temporal.err = err
	}
	away(serviceerror.NewUnavailable("away"))
	var events []string
	for i := range 12 {
		events = append(events, cloudEvent(fmt.Sprint(i), keyOf(i)))
	}
	batch := func() int {
		res, _ := f.do(t, f.eventRequest(t, http.MethodPost, "["+strings.Join(events, ",")+"]"))
		return res.StatusCode
	}
	var first []spool.Entry
	for range 2 {
		require.Equal(t, http.StatusServiceUnavailable, batch())
		entries := kept.List()
		require.Len(t, entries, 5, "as many as there is room for")
		tickets := map[string]bool{}
		for _, e := range entries {
			tickets[e.Workflow] = true
		}
		require.Len(t, tickets, 5, "none twice")
		if first != nil {
			require.Equal(t, first, entries, "a repetition adds nothing")
		}
		first = entries
	}
	require.Empty(t, f.told())

	away(nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		kept.Run(ctx)
	}()
	require.NoError(t, kept.Drain(t.Context()))
	require.Equal(t, http.StatusOK, batch())
	stop()
	<-ended
	want := map[string]workflows.TicketEvent{}
	for i := range 12 {
		want[keyOf(i)] = workflows.TicketEvent{ID: fmt.Sprint(i)}
	}
	require.Equal(t, want, f.told())
}

func TestCheckWithSpool(t *testing.T) {
	t.Parallel()
	away := fmt.Errorf("away")
	for name, tt := range map[string]struct {
		err     error
		reached bool
		full    error
		ready   bool
	}{
		"Temporal answers":              {nil, false, spool.ErrFull, true},
		"away, and was reached":         {away, true, nil, true},
		"away, and the spool is full":   {away, true, spool.ErrFull, false},
		"away, and never reached":       {away, false, nil, false},
		"not prepared, and was reached": {api.ErrUnprepared, true, nil, false},
		"too old, and was reached":      {api.ErrServerTooOld, true, nil, false},
	} {
		room := &room{full: tt.full, was: tt.reached}
		err := api.CheckWithSpool(func(context.Context) error { return tt.err }, room, "temporal:7233/shop")(t.Context())
		require.Equal(t, tt.ready, err == nil, name)
		require.Equal(t, tt.err == nil, room.noted, name)
	}
}

type room struct {
	full       error
	was, noted bool
}

func (r *room) Room() error         { return r.full }
func (r *room) Reach(string) error  { r.noted = true; return nil }
func (r *room) Reached(string) bool { return r.was }
