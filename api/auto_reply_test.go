package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// fakeConversations answer whether a text is due.
type fakeConversations struct {
	client.WorkflowUpdateHandle

	mu     sync.Mutex
	signal *fakeTemporal
	asked  []client.UpdateWorkflowOptions
	early  bool // asked before the message was stored safely
	told   workflows.TellAnswer
	err    error
}

func (f *fakeConversations) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (
	client.WorkflowUpdateHandle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, o)
	f.early = f.early || len(f.signal.signals) == 0
	if errors.Is(f.err, context.DeadlineExceeded) {
		<-ctx.Done()
	}
	return f, f.err
}

func (f *fakeConversations) Get(_ context.Context, value any) error {
	*value.(*workflows.TellAnswer) = f.told
	return nil
}

// autoReplying serves an account that answers messages at once.
func autoReplying(t *testing.T, changes ...func(*api.Options)) (*fixture, *fakeConversations) {
	t.Helper()
	conversations := &fakeConversations{}
	f := setup(t, append([]func(*api.Options){func(o *api.Options) {
		conversations.signal = o.Temporal.(*fakeTemporal)
		o.AutoReplies = api.AutoReplies{Received: true, Conversations: conversations}
	}}, changes...)...)
	return f, conversations
}

// hear sends a message and returns the text of the answer; empty: only success.
func (f *fixture) hear(t *testing.T, msgID string) string {
	t.Helper()
	res, body := f.do(t,
		f.wechatRequest(t, wechatXML("text", "<Content>my brakes squeal</Content><MsgId>"+msgID+"</MsgId>")))
	require.Equal(t, http.StatusOK, res.StatusCode)
	if body == "success" {
		return ""
	}
	return element(decrypt(t, element(body, "Encrypt")), "Content")
}

func notDue(until int64) error {
	return temporal.NewApplicationError("not now", workflows.ErrorNotDue, until)
}

func TestReceivedAnswersTheMessage(t *testing.T) {
	t.Parallel()
	f, conversations := autoReplying(t)
	require.Equal(t, catalogue.Text(catalogue.English, catalogue.Received), f.hear(t, "1"))
	conversations.told.TicketID = "8000012"
	require.Equal(t, catalogue.Text(catalogue.English, catalogue.ReceivedTicket, catalogue.Ticket("8000012")),
		f.hear(t, "2"))
	require.False(t, conversations.early, "nothing is said before the message is safe")
	asked := conversations.asked[0]
	require.Equal(t, f.temporal.signals[0].id, asked.WorkflowID)
	require.Equal(t, "tell/1", asked.UpdateID, "a push that comes again is answered the same")
	require.Equal(t,
		[]any{conversation.TellRequest{Kind: conversation.TellReceived, At: testCreated, Next: testCreated + 48*60*60}},
		asked.Args)
}

func TestWhatIsNotDueIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	f, conversations := autoReplying(t)
	conversations.err = notDue(testCreated + 60)
	for _, id := range []string{"1", "2", "3"} {
		require.Empty(t, f.hear(t, id))
	}
	require.Len(t, conversations.asked, 1)
	require.Len(t, f.temporal.signals, 3)

	other, conversations := autoReplying(t)
	conversations.err = notDue(testCreated - 60)
	other.hear(t, "1")
	other.hear(t, "2")
	require.Len(t, conversations.asked, 2, "it was due again")
}

func TestNobodyAnswersInTime(t *testing.T) {
	t.Parallel()
	now := testNow
	f, conversations := autoReplying(t, func(o *api.Options) { o.Now = func() time.Time { return now } })
	conversations.err = context.DeadlineExceeded
	began := time.Now()
	require.Empty(t, f.hear(t, "1"), "the message is taken all the same")
	require.Less(t, time.Since(began), 3*time.Second)
	require.Empty(t, f.hear(t, "2"))
	require.Len(t, conversations.asked, 1, "the others are not kept waiting")
	now = now.Add(time.Minute)
	conversations.err = nil
	require.NotEmpty(t, f.hear(t, "3"))
	require.Contains(t, f.log.String(), "gets no answer at once")
}

func TestOutsideBusinessHours(t *testing.T) {
	t.Parallel()
	opens := time.Date(2023, 11, 15, 9, 0, 0, 0, time.FixedZone("", 8*60*60))
	closed := func(o *api.Options) {
		o.AutoReplies.Hours = func(time.Time) (time.Time, bool) { return opens, false }
	}
	f, conversations := autoReplying(t, closed)
	require.Equal(t, catalogue.Text(catalogue.English, catalogue.Closed, catalogue.Opens("Wednesday, 15 November, 09:00")),
		f.hear(t, "1"))
	require.Equal(t, []any{conversation.TellRequest{Kind: conversation.TellClosed, At: testCreated, Next: opens.Unix()}},
		conversations.asked[0].Args)

	f, _ = autoReplying(t, closed, func(o *api.Options) { o.Language = catalogue.Chinese; o.AutoReplies.Received = false })
	require.Contains(t, f.hear(t, "1"), "11月15日（周三）09:00")

	f, conversations = autoReplying(t, func(o *api.Options) {
		o.AutoReplies.Hours = func(time.Time) (time.Time, bool) { return time.Time{}, true }
	})
	f.hear(t, "1")
	require.Equal(t, conversation.TellReceived, conversations.asked[0].Args[0].(conversation.TellRequest).Kind)
}

func TestTextsThatAreOff(t *testing.T) {
	t.Parallel()
	f, conversations := autoReplying(t, func(o *api.Options) {
		o.AutoReplies.Received, o.AutoReplies.NoWelcome = false, true
	})
	require.Empty(t, f.hear(t, "1"))
	require.Empty(t, conversations.asked)
	_, body := f.do(t, f.wechatRequest(t, wechatXML("event", "<Event>subscribe</Event>")))
	require.Equal(t, "success", body)
}

func TestOwnWords(t *testing.T) {
	t.Parallel()
	own, err := catalogue.NewTexts(catalogue.English, map[string]map[string]string{
		"received.v1": {"en": "Got it."}, "welcome.v1": {"en": "Hi."}, "line_picture.v1": {"en": "(photo)"},
	})
	require.NoError(t, err)
	f, _ := autoReplying(t, func(o *api.Options) { o.Texts = own })
	require.Equal(t, "Got it.", f.hear(t, "1"))
	_, body := f.do(t, f.wechatRequest(t, wechatXML("event", "<Event>subscribe</Event>")))
	require.Equal(t, "Hi.", element(decrypt(t, element(body, "Encrypt")), "Content"))
	f.do(t, f.wechatRequest(t, wechatXML("image", "<PicUrl>http://x</PicUrl><MediaId>m</MediaId><MsgId>2</MsgId>")))
	require.Equal(t, "(photo)", f.temporal.signals[2].arg.(conversation.Inbound).Text)
}

// Some pushes get no such answer: events, taps on a menu item, and messages that Temporal does not have.
func TestWhatIsNotAnswered(t *testing.T) {
	t.Parallel()
	f, conversations := autoReplying(t)
	f.do(t, f.wechatRequest(t, wechatXML("event", "<Event>CLICK</Event><EventKey>hours</EventKey>")))
	f.do(t,
		f.wechatRequest(t, wechatXML("text", "<Content>good</Content><bizmsgmenuid>survey-5</bizmsgmenuid><MsgId>2</MsgId>")))
	f.temporal.err = errors.New("down")
	res, body := f.do(t, f.wechatRequest(t, wechatXML("text", "<Content>hi</Content><MsgId>3</MsgId>")))
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Empty(t, strings.TrimSpace(body))
	require.Empty(t, conversations.asked)
}
