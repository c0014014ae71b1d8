package e2e

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"

	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// codecKey returns a key in the setting's form.
func codecKey(id string) string {
	return id + ":" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(id, codec.KeySize/len(id))))
}

// throughEndpoint gives the scene a client that reads and writes only through the codec endpoint, as Temporal UI does.
func (s *scene) throughEndpoint() converter.PayloadCodec {
	s.t.Helper()
	remote := converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: "http://" +
		s.Addresses().Internal + "/codec"})
	c, err := client.DialContext(s.t.Context(), client.Options{
		HostPort: s.Addresses().Temporal, Namespace: s.Namespace(), Logger: log.NewStructuredLogger(silent),
		DataConverter: converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), remote),
	})
	require.NoError(s.t, err)
	s.t.Cleanup(c.Close)
	s.client = c
	return remote
}

// keysOf returns the ids of the keys that encrypted the payloads of events, each once and in order.
func keysOf(t *testing.T, events []*historypb.HistoryEvent) (ids []string) {
	t.Helper()
	for _, event := range events {
		for _, payload := range payloadsOf(t, event) {
			if id := string(payload.GetMetadata()[codec.MetadataKeyID]); id != "" && (len(ids) == 0 || ids[len(ids)-1] != id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// payloadsOf returns all payloads of an event.
func payloadsOf(t *testing.T, event *historypb.HistoryEvent) (all []*commonpb.Payload) {
	t.Helper()
	require.NoError(t, proxy.VisitPayloads(t.Context(), event, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
			all = append(all, p...)
			return p, nil
		},
	}))
	return all
}

// A key is changed while conversations are open: the new key encrypts, and histories written with the old key continue
// and stay readable.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	with := func(keys ...string) []option {
		return []option{
			func(s *scene, o *stack.Options) { o.State, o.Namespace = stack.State{Dir: dir}, "e2e-rotation" },
			withSettings(func(c *config.Config) { c.CodecKeys = config.Secret(strings.Join(keys, ",")) }),
		}
	}
	before, after := codecKey("old1"), codecKey("new1")

	first := newStack(t, with(before)...)
	first.withTicket("oAlice")
	first.c4c.faults(rule{Match: addActivity, Kind: "errcode", Errcode: 110, Times: 1})
	first.say("oAlice", "written with the old key")
	parked := first.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, []string{"old1"}, keysOf(t, first.history(parked)))
	require.NoError(t, first.Stop())

	second := newStack(t, with(after, before)...)
	remote := second.throughEndpoint()
	id := parked.GetExecution().GetWorkflowId()
	require.Contains(t, second.details(id), "**C4CRejected**")
	second.mustRetry(id)
	second.waitForSync(id, workflows.StateSynced)
	second.waitForThread("my brakes squeal", "written with the old key")
	events := second.history(parked)
	require.Equal(t, []string{"old1", "new1"}, keysOf(t, events), "what is written from now on has the new key")
	require.Contains(t, second.readable(remote, events), "written with the old key")

	// Removing the old key makes only its own payloads unreadable.
	require.NoError(t, second.Stop())
	third := newStack(t, with(after)...)
	remote = third.throughEndpoint()
	payload := payloadsOf(t, events[0])
	_, err := remote.Decode(payload)
	require.Error(t, err)
	third.say("oAlice", "not lost")
	conversation := third.workflows(`WorkflowType = "Conversation"`)[0]
	third.waitFor("a task that fails", func() bool {
		for _, event := range third.history(conversation) {
			if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED {
				return true
			}
		}
		return false
	})
	require.NoError(t, third.Stop())

	// Putting it back makes them readable again.
	newStack(t, with(after, before)...).waitForThread("my brakes squeal", "written with the old key", "not lost")
}

// readable returns what an operator who may use the codec endpoint can read in a history.
func (s *scene) readable(remote converter.PayloadCodec, events []*historypb.HistoryEvent) string {
	s.t.Helper()
	var text strings.Builder
	for _, event := range events {
		decoded, err := remote.Decode(payloadsOf(s.t, event))
		require.NoError(s.t, err)
		for _, payload := range decoded {
			text.Write(payload.GetData())
			text.WriteByte('\n')
		}
	}
	return text.String()
}
