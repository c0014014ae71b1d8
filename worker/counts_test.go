package worker

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestWhatHappensToRepliesIsCounted(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("")
	count, err := counts(meter, []string{"acme", "shop"})
	require.NoError(t, err)
	count.Missed("shop")
	count.Missed("shop")
	count.Unfetched("acme")
	count.Spent("acme", window.Scan)
	count.Reply("acme", workflows.StateHeld, activities.ErrorWeChatWindowUsedUp)
	count.Reply("acme", workflows.StateNeedsAttention, activities.ErrorWeChatNotPermitted)
	count.Notice("acme", workflows.NoticeDelivered)

	var found metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &found))
	counted := map[string]int64{}
	for _, m := range found.ScopeMetrics[0].Metrics {
		for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
			var labels []string
			for _, key := range []attribute.Key{"account", "trigger", "state", "cause", "result"} {
				if value, ok := point.Attributes.Value(key); ok {
					labels = append(labels, value.AsString())
				}
			}
			counted[m.Name+" "+strings.Join(labels, " ")] = point.Value
		}
	}
	want := map[string]int64{
		"wechat_c4c.replies.missed shop":                                       2,
		"wechat_c4c.files.unfetched acme":                                      1,
		"wechat_c4c.window.spent acme scan":                                    1,
		"wechat_c4c.replies acme held WeChatWindowUsedUp":                      1,
		"wechat_c4c.replies acme needs_attention WeChatNotPermitted":           1,
		"wechat_c4c.notices acme delivered":                                    1,
		"wechat_c4c.replies.missed acme":                                       0, // the first one shows as an increase
		"wechat_c4c.window.spent shop message":                                 0,
		"wechat_c4c.replies shop skipped ReplyExpired":                         0,
		"wechat_c4c.replies shop released ":                                    0,
		"wechat_c4c.notices shop " + activities.ErrorWeChatFollowerUnreachable: 0,
	}
	for name, n := range want {
		require.Contains(t, counted, name)
		require.Equal(t, n, counted[name], name)
	}
	sum := int64(0)
	for _, n := range counted {
		sum += n
	}
	require.EqualValues(t, 7, sum, "nothing else is counted")

	nobody, err := counts(nil, []string{"acme"})
	require.NoError(t, err)
	require.Nil(t, nobody.Reply)
}
