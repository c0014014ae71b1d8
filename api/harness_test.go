package api_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	testAccount    = "shop"
	testAppID      = "wx00000000000000aa"
	testOriginalID = "gh_00000000aaaa"
	testToken      = "tokenOfTheseTests"
	testAESKey     = "TheseTestsHaveTheirOwnKeyOf43CharactersYes0"
	testOpenID     = "oTESTfollower-_0123456789abc"
	testSecret     = "follower-key-secret-of-these-tests"
	testUser       = "c4c"
	testPassword   = "password-of-these-tests"
	testQuery      = "query-secret-of-these-tests"
	testCreated    = 1700000000
)

var testNow = time.Unix(testCreated+3, 0)

// fakeTemporal keeps what it gets, or refuses it with err.
type fakeTemporal struct {
	mu  sync.Mutex
	err error
	// signalErr is the answer to signals without a start.
	signalErr error
	signals   []signalCall
	mark      *workflowpb.WorkflowExecutionInfo // every follower was erased; nil: none was
	starts    []startCall
}

type signalCall struct {
	id, signal string
	arg        any
	options    client.StartWorkflowOptions
	workflow   any
	args       []any
	deadline   time.Duration
}

type startCall struct {
	options  client.StartWorkflowOptions
	workflow any
	args     []any
	deadline time.Duration
}

func (f *fakeTemporal) SignalWorkflow(ctx context.Context, id, runID, signal string, arg any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := ctx.Deadline(); !ok || runID != "" {
		return fmt.Errorf("called without a deadline, or for one run")
	}
	if reply, ok := arg.(conversation.Reply); signal == workflows.SignalInbound || ok && !reply.Automatic {
		if f.err != nil {
			return f.err
		}
		return serviceerror.NewNotFound("no conversation")
	}
	if f.signalErr != nil {
		return f.signalErr
	}
	f.signals = append(f.signals, signalCall{id: id, signal: signal, arg: arg})
	return nil
}

func (f *fakeTemporal) SignalWithStartWorkflow(ctx context.Context, id, signal string, arg any,
	o client.StartWorkflowOptions, wf any, args ...any) (client.WorkflowRun, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil, fmt.Errorf("called without a deadline")
	}
	f.signals = append(f.signals, signalCall{id, signal, arg, o, wf, args, time.Until(deadline)})
	return nil, nil
}

func (f *fakeTemporal) DescribeWorkflowExecution(context.Context, string,
	string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: f.mark}, nil
}

func (f *fakeTemporal) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, wf any,
	args ...any) (client.WorkflowRun, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	deadline, _ := ctx.Deadline()
	f.starts = append(f.starts, startCall{o, wf, args, time.Until(deadline)})
	return nil, nil
}

// logBuffer is a log that several requests may write to.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// fixture is a public handler behind a real listener.
type fixture struct {
	url      string
	handler  http.Handler
	temporal *fakeTemporal
	log      *logBuffer
	reader   *sdkmetric.ManualReader
}

func setup(t testing.TB, changes ...func(*api.Options)) *fixture {
	t.Helper()
	f := &fixture{temporal: &fakeTemporal{}, log: &logBuffer{}, reader: sdkmetric.NewManualReader()}
	o := options(t, wechat.ModeSecure)
	o.Temporal = f.temporal
	o.Logger = slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(f.reader)).Meter("test")
	for _, change := range changes {
		change(&o)
	}
	handler, err := api.NewPublic(o)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	f.url, f.handler = server.URL, handler
	return f
}

func options(t testing.TB, mode wechat.Mode) api.Options {
	t.Helper()
	codec, err := wechat.NewCodec(wechat.CodecOptions{
		AppID: testAppID, OriginalID: testOriginalID, Token: testToken, EncodingAESKey: testAESKey, Mode: mode,
	})
	require.NoError(t, err)
	return api.Options{
		Account: testAccount, FollowerKeySecret: []byte(testSecret), Language: catalogue.English, WeChat: codec,
		C4C:      api.Credentials{User: testUser, Password: testPassword, Secret: testQuery},
		Temporal: &fakeTemporal{}, Now: func() time.Time { return testNow },
	}
}

// do sends a request and checks what must be true of every answer.
func (f *fixture) do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "DENY", res.Header.Get("X-Frame-Options"))
	require.NotEmpty(t, res.Header.Get("X-Request-Id"))
	f.redacted(t, string(body))
	return res, string(body)
}

// redacted checks that neither the log nor a refusal contains a secret, an openid or a message.
func (f *fixture) redacted(t *testing.T, answer string) {
	t.Helper()
	for _, secret := range []string{testToken, testAESKey, testSecret, testPassword, testQuery} {
		require.NotContains(t, f.log.String(), secret)
		require.NotContains(t, answer, secret)
	}
	for _, private := range []string{testOpenID, "squeal", "msg_signature"} {
		require.NotContains(t, f.log.String(), private)
	}
}

// count reads the counter of webhooks: how often for each sender/kind/result.
func (f *fixture) count(t *testing.T) map[string]int64 {
	t.Helper()
	return f.countBy(t, "sender", "kind", "result")
}

// countBy reads the counter of webhooks by labels.
func (f *fixture) countBy(t *testing.T, labels ...attribute.Key) map[string]int64 {
	t.Helper()
	return f.counter(t, "wechat_c4c.webhooks", labels...)
}

// counter reads a counter by labels.
func (f *fixture) counter(t *testing.T, name string, labels ...attribute.Key) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, f.reader.Collect(t.Context(), &all))
	counts := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != name {
				continue
			}
			for _, point := range sum.DataPoints {
				var values []string
				for _, label := range labels {
					v, _ := point.Attributes.Value(label)
					values = append(values, v.AsString())
				}
				counts[strings.Join(values, "/")] += point.Value
			}
		}
	}
	return counts
}

// wechatXML is a push before encryption; extra contains the elements of its type.
func wechatXML(msgType, extra string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType><![CDATA[%s]]></MsgType>%s</xml>", testOriginalID, testOpenID, testCreated,
		msgType, extra)
}

func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// encrypt is WeChat's side of secure mode: random, length, message, appid, padded to 32 bytes, AES-256-CBC.
func encrypt(t testing.TB, msg, appID string) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(testAESKey + "=")
	require.NoError(t, err)
	plain := append([]byte("0123456789abcdef"), binary.BigEndian.AppendUint32(nil, uint32(len(msg)))...)
	plain = append(append(plain, msg...), appID...)
	pad := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

func decrypt(t testing.TB, sealed string) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(testAESKey + "=")
	require.NoError(t, err)
	data, err := base64.StdEncoding.DecodeString(sealed)
	require.NoError(t, err)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(data, data)
	length := binary.BigEndian.Uint32(data[16:20])
	return string(data[20 : 20+length])
}

// wechatRequest is a signed push in secure mode around msg.
func (f *fixture) wechatRequest(t testing.TB, msg string) *http.Request {
	t.Helper()
	sealed := encrypt(t, msg, testAppID)
	query := url.Values{
		"timestamp": {"1700000001"}, "nonce": {"n1"}, "openid": {testOpenID}, "encrypt_type": {"aes"},
		"signature":     {sign(testToken, "1700000001", "n1")},
		"msg_signature": {sign(testToken, "1700000001", "n1", sealed)},
	}
	body := "<xml><ToUserName><![CDATA[" + testOriginalID + "]]></ToUserName><Encrypt><![CDATA[" + sealed +
		"]]></Encrypt></xml>"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/wechat?"+query.Encode(),
		strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "text/xml")
	return req
}

// signedQuery is the query of an unencrypted push, signed at a time in seconds since 1970.
func signedQuery(at int64) url.Values {
	timestamp := strconv.FormatInt(at, 10)
	return url.Values{"timestamp": {timestamp}, "nonce": {"n1"}, "signature": {sign(testToken, timestamp, "n1")}}
}

// c4cRequest is a push of C4C as its mashup sends it.
func (f *fixture) c4cRequest(t testing.TB, content string) *http.Request {
	t.Helper()
	body := "content=" + strings.ReplaceAll(url.QueryEscape(content), "+", "%20")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/c4c/wechat", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(testUser, testPassword)
	return req
}

func testFollowerKey() string {
	return workflows.FollowerKey([]byte(testSecret), testAccount, testOpenID)
}
