package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// histograms are the sums and counts of all histograms, by name and sender.
func (f *fixture) histograms(t *testing.T) map[string]metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, f.reader.Collect(t.Context(), &all))
	points := map[string]metricdata.HistogramDataPoint[float64]{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			histogram, ok := m.Data.(metricdata.Histogram[float64])
			if !ok {
				continue
			}
			require.Equal(t, "s", m.Unit)
			for _, point := range histogram.DataPoints {
				sender, _ := point.Attributes.Value("sender")
				points[m.Name+"/"+sender.AsString()] = point
			}
		}
	}
	return points
}

func TestAgeAndDuration(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.do(t, f.wechatRequest(t, wechatXML("text", "<Content>hi</Content><MsgId>1</MsgId>")))
	f.do(t, f.c4cRequest(t, reply()))
	f.do(t, f.c4cRequest(t, reply("sma_create_datetime", "yesterday")))
	f.do(t, f.c4cRequest(t, "hello"))

	points := f.histograms(t)
	require.EqualValues(t, 1, points["wechat_c4c.webhook.age/wechat"].Count)
	require.InDelta(t, 3, points["wechat_c4c.webhook.age/wechat"].Sum, 0, "now is three seconds after CreateTime")
	require.EqualValues(t, 1, points["wechat_c4c.webhook.age/c4c"].Count, "a time that cannot be read has no age")
	require.EqualValues(t, 1, points["wechat_c4c.webhook.duration/wechat"].Count)
	require.EqualValues(t, 3, points["wechat_c4c.webhook.duration/c4c"].Count)
}

func TestPushesOfTheFutureAreNew(t *testing.T) {
	t.Parallel()
	f := setup(t)
	later := strings.Replace(wechatXML("text", "<Content>hi</Content><MsgId>1</MsgId>"), fmt.Sprint(testCreated),
		fmt.Sprint(testCreated+60), 1)
	f.do(t, f.wechatRequest(t, later))
	require.Zero(t, f.histograms(t)["wechat_c4c.webhook.age/wechat"].Sum, "clocks differ: an age is never negative")
}

func TestJSONPush(t *testing.T) {
	t.Parallel()
	f := setup(t)
	push := fmt.Sprintf(
		`{"ToUserName":%q,"FromUserName":%q,"CreateTime":%d,"MsgType":"text","Content":"hi","MsgId":18446744073709551615}`,
		testOriginalID, testOpenID, testCreated)
	req := f.wechatRequest(t, push)
	sealed := encrypt(t, push, testAppID)
	setBody(req, fmt.Sprintf(`{"ToUserName":%q,"Encrypt":%q}`, testOriginalID, sealed))
	req.Header.Set("Content-Type", "application/json")
	res, body := f.do(t, req)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "success", body)
	require.Equal(t, "18446744073709551615", f.temporal.signals[0].arg.(conversation.Inbound).MsgID)
}

func TestPushesAtOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const pushes = 20
	var group sync.WaitGroup
	for i := range pushes {
		req := f.wechatRequest(t, wechatXML("text", fmt.Sprintf("<Content>hi</Content><MsgId>%d</MsgId>", i)))
		group.Go(func() {
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				_ = res.Body.Close()
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, call := range f.temporal.signals {
		seen[call.arg.(conversation.Inbound).Key] = true
	}
	require.Len(t, seen, pushes)
	require.Equal(t, map[string]int64{"wechat/text/accepted": pushes}, f.count(t))
}

// WeChat waits 5 seconds and pushes again, C4C never does: so Temporal gets most of WeChat's time and longer for
// C4C's.
func TestTimeForTemporal(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.do(t, f.wechatRequest(t, wechatXML("text", "<Content>hi</Content><MsgId>1</MsgId>")))
	require.Greater(t, f.temporal.signals[0].deadline, 3500*time.Millisecond)
	require.Less(t, f.temporal.signals[0].deadline, 5*time.Second)
	f.do(t, f.c4cRequest(t, reply()))
	require.Greater(t, f.temporal.starts[0].deadline, 8*time.Second)
	require.Less(t, f.temporal.starts[0].deadline, 10*time.Second, "the connection is still written to")
}

func TestWaitingCountsAgainstTheTimeForTemporal(t *testing.T) {
	t.Parallel()
	// its clock does not move: the 21st message waits half a second
	f := setup(t, func(o *api.Options) { o.Limits.FollowerPerSecond = 2 })
	for i := range 21 {
		f.do(t, f.wechatRequest(t, wechatXML("text", fmt.Sprintf("<Content>hi</Content><MsgId>%d</MsgId>", i))))
	}
	require.Less(t, f.temporal.signals[20].deadline, f.temporal.signals[0].deadline-300*time.Millisecond)
}
