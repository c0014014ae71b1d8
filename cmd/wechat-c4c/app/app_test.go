package app

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestMainSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dev := []string{config.Prefix + "ENVIRONMENT=development"}
	tests := []struct {
		name           string
		args, environ  []string
		code           int
		stdout, stderr string
	}{
		{"help", nil, nil, 0, "Available Commands", ""},
		{"version", []string{"version"}, nil, 0, "wechat-c4c ", ""},
		{"unknown command", []string{"sing"}, nil, 2, "", `wechat-c4c: unknown command "sing"`},
		{"settings missing", []string{"api"}, nil, 1, "",
			"wechat-c4c: WECHAT_C4C_WECHAT_APP_ID is not set, for example wx0123456789abcdef.\n"},
		{"settings checked", []string{"config", "check"}, dev, 0, "All settings are valid.", ""},
		{"setting wrong", []string{"config", "check"}, append(dev, config.Prefix+"STOP_TIMEOUT=soon"), 1, "",
			"wechat-c4c: WECHAT_C4C_STOP_TIMEOUT is not a duration, for example 30s.\n"},
		{"setting misspelt", []string{"config", "check"}, append(dev, config.Prefix+"SETLE=1s"), 0, "valid",
			"warning: WECHAT_C4C_SETLE is not a setting"},
		{"settings printed", []string{"config", "print"}, dev, 0, "WECHAT_C4C_WECHAT_APP_SECRET=********\n", ""},
		{"settings as a table", []string{"config", "table"}, nil, 0, config.SettingsPage(), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			require.Equal(t, tt.code, Main(t.Context(), tt.args, tt.environ, &stdout, &stderr), stderr.String())
			require.Contains(t, stdout.String(), tt.stdout)
			require.Contains(t, stderr.String(), tt.stderr)
			if tt.code == 0 && tt.stderr == "" {
				require.Empty(t, stderr.String())
			}
			require.NotContains(t, stdout.String()+stderr.String(), "dev-appsecret")
		})
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	keyword := enumspb.INDEXED_VALUE_TYPE_KEYWORD
	all := map[string]enumspb.IndexedValueType{}
	for _, name := range workflows.SearchAttributes {
		all[name] = keyword
	}
	tests := []struct {
		name      string
		cluster   func(*cluster)
		retention time.Duration
		says      []string
		err       string
	}{
		{"fresh", func(*cluster) {}, config.MinRetention,
			[]string{"namespace shop: created", "search attribute SyncState: added", "search attribute Account: added",
				"schedule maintain-token/default: created", "schedule reconcile-replies/default: created"}, ""},
		{"short retention", func(c *cluster) { c.retention = 24 * time.Hour }, config.MinRetention,
			[]string{"retention raised from 24h0m0s to 336h0m0s"}, ""},
		{"longer retention is kept", func(c *cluster) { c.retention = 1000 * time.Hour }, 1000 * time.Hour,
			[]string{"keeps closed workflows for 1000h0m0s"}, ""},
		{"complete", func(c *cluster) { c.retention, c.attributes = config.MinRetention, all }, config.MinRetention,
			[]string{"search attribute SyncState: there"}, ""},
		{"one missing", func(c *cluster) {
			c.retention, c.attributes = config.MinRetention, map[string]enumspb.IndexedValueType{"SyncState": keyword,
				"SyncError": keyword, "FollowerKey": keyword, "TicketID": keyword, "Foreign": enumspb.INDEXED_VALUE_TYPE_INT}
		}, config.MinRetention, []string{"search attribute TicketID: there", "search attribute Account: added"}, ""},
		{"other type", func(c *cluster) {
			c.retention, c.attributes = config.MinRetention,
				map[string]enumspb.IndexedValueType{"TicketID": enumspb.INDEXED_VALUE_TYPE_INT}
		}, config.MinRetention, nil, "search attribute TicketID is of type Int instead of Keyword"},
		{"not ours to create", func(c *cluster) { c.shown = true }, 0, nil,
			"bootstrap: namespace shop does not exist and may not be created from here: create it where the cluster is managed, with a retention of at least 336h0m0s, or set TEMPORAL_NAMESPACE to the right one"},
		{"not ours to keep longer", func(c *cluster) { c.shown, c.retention, c.attributes = true, 168*time.Hour, all },
			168 * time.Hour, nil,
			"bootstrap: namespace shop keeps closed workflows for 168h0m0s, needs 336h0m0s, and may not be changed from here: raise it where the cluster is managed"},
		{"not ours to describe", func(c *cluster) {
			c.shown, c.retention, c.attributes = true, config.MinRetention,
				map[string]enumspb.IndexedValueType{"SyncState": keyword}
		}, config.MinRetention, nil,
			"bootstrap: search attributes may not be added from here: create Account, FollowerKey, SyncError, TicketID of type Keyword where the cluster is managed"},
		{"managed elsewhere", func(c *cluster) { c.locked = true }, 0, []string{"namespace shop: cannot be read from here",
			"search attributes: cannot be read from here", "schedule maintain-token/default: created"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			tt.cluster(c)
			var out bytes.Buffer
			err := bootstrap(t.Context(), testConfig(t), &out, c.surroundings())
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				require.Empty(t, c.schedules)
				return
			}
			require.NoError(t, err)
			for _, say := range tt.says {
				require.Contains(t, out.String(), say)
			}
			require.Equal(t, tt.retention, c.retention)
			require.Len(t, c.schedules, 2)
			require.Equal(t, "maintain-token/default", c.schedules[0].GetScheduleId())
			require.Equal(t, "reconcile-replies/default", c.schedules[1].GetScheduleId())
			if c.locked {
				return
			}
			for _, name := range workflows.SearchAttributes {
				require.Equal(t, keyword, c.attributes[name])
			}

			out.Reset()
			updates := c.updates
			require.NoError(t, bootstrap(t.Context(), testConfig(t), &out, c.surroundings()))
			require.NotContains(t, out.String(), "added")
			require.NotContains(t, out.String(), "namespace shop: created")
			require.Equal(t, updates, c.updates, "a second run changes nothing")
		})
	}
}

func TestWrongConfigStartsNothing(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Environment = config.EnvProduction
	for _, run := range []func() error{
		func() error { return RunAPI(t.Context(), cfg) },
		func() error { return RunWorker(t.Context(), cfg) },
		func() error { return Bootstrap(t.Context(), cfg, io.Discard) },
	} {
		require.ErrorContains(t, run(), "production refuses")
	}
}

// syncBuffer is a log that a running process writes while a test reads it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start runs the api until the test ends and waits for its listeners.
func start(t *testing.T, cfg config.Config, s surroundings) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- runAPI(ctx, cfg, s) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-stopped)
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", cfg.InternalAddr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}, 5*time.Second, 5*time.Millisecond)
}

func request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(answer)
}

// plainPush is a signed push in plain mode.
func plainPush(cfg config.Config) (query, body string) { return plainPushOf(cfg, 1) }

// plainPushOf is the push of message number n.
func plainPushOf(cfg config.Config, n int) (query, body string) {
	now, nonce := strconv.FormatInt(time.Now().Unix(), 10), fmt.Sprintf("nonce%d", n)
	parts := []string{cfg.WeChat.Token.Reveal(), now, nonce}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return "?timestamp=" + now + "&nonce=" + nonce + "&signature=" + hex.EncodeToString(sum[:]), fmt.Sprintf(
		"<xml><ToUserName>%s</ToUserName><FromUserName>oTestFollower</FromUserName><CreateTime>%s</CreateTime>"+
			"<MsgType>text</MsgType><Content>my brakes squeal</Content><MsgId>%d</MsgId></xml>", cfg.WeChat.OriginalID, now, n)
}

func TestRunAPI(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.retention = config.MinRetention
	log := &syncBuffer{}
	cfg := testConfig(t)
	cfg.WeChat.Mode, cfg.LogFormat = "plain", "json"
	start(t, cfg, surroundingsOf(c.addr, log))
	public, internal := "http://"+cfg.PublicAddr, "http://"+cfg.InternalAddr

	code, body := request(t, http.MethodGet, internal+"/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "bootstrap")

	query, push := plainPush(cfg)
	code, body = request(t, http.MethodPost, public+"/wechat"+query, push)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "success", body)
	require.Len(t, c.signals, 1)
	signal := c.signals[0]
	require.Equal(t, "inbound", signal.GetSignalName())
	require.Equal(t, workflows.TypeConversation, signal.GetWorkflowType().GetName())
	require.NotContains(t, signal.String(), "squeal", "what Temporal gets is encrypted")
	require.NotContains(t, signal.String(), "oTestFollower")

	ring, err := newRing(cfg)
	require.NoError(t, err)
	var in conversation.Inbound
	require.NoError(t, ring.DataConverter().FromPayloads(signal.GetSignalInput(), &in))
	require.Equal(t, "my brakes squeal", in.Text)

	_, metrics := request(t, http.MethodGet, internal+"/metrics", "")
	for _, series := range []string{
		`wechat_c4c_webhooks_total{account="default",kind="text",result="accepted",sender="wechat"} 1`,
		`wechat_c4c_webhook_duration_seconds_count{sender="wechat"} 1`,
		`wechat_c4c_webhook_age_seconds_count{sender="wechat"} 1`,
		"temporal_request_total{", "go_goroutines",
	} {
		require.Contains(t, metrics, series)
	}
	code, _ = request(t, http.MethodPost, internal+"/codec/decode", "{}")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, log.String(), `"role":"api"`)
	for _, private := range []string{"squeal", "oTestFollower", "devtoken"} {
		require.NotContains(t, log.String(), private)
	}
}

// A server that is briefly overloaded or fails over costs a webhook time, but not its message.
func TestWebhookOutlastsAMomentOfTrouble(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string][]error{
		"unavailable": {serviceerror.NewUnavailable("shard is moving"), serviceerror.NewUnavailable("shard is moving"),
			serviceerror.NewUnavailable("shard is moving")},
		"overloaded": {serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_SYSTEM_OVERLOADED, "busy")},
		"internal":   {serviceerror.NewInternal("database is locked")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.refuses = refuses
			cfg := testConfig(t)
			cfg.WeChat.Mode = "plain"
			start(t, cfg, c.surroundings())
			query, push := plainPush(cfg)
			begin := time.Now()
			code, _ := request(t, http.MethodPost, "http://"+cfg.PublicAddr+"/wechat"+query, push)
			require.Equal(t, http.StatusOK, code)
			require.Less(t, time.Since(begin), 5*time.Second, "WeChat waits no longer")
			require.Len(t, c.signals, 1)
			_, metrics := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/metrics", "")
			require.Contains(t, metrics, `operation="SignalWithStartWorkflowExecution"`,
				"how long Temporal takes, and what it refuses, is measured")
		})
	}
}

func TestRunAPIWithoutTemporal(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.WeChat.Mode = "plain"
	log := &syncBuffer{}
	start(t, cfg, surroundingsOf(freeAddr(t), log))
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "temporal does not answer") }, 5*time.Second,
		5*time.Millisecond, "nobody has asked yet")
	require.Contains(t, log.String(), "not ready")
	code, _ := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/livez", "")
	require.Equal(t, http.StatusOK, code)
	code, body := request(t, http.MethodGet, "http://"+cfg.InternalAddr+"/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "temporal does not answer")
	query, push := plainPush(cfg)
	code, body = request(t, http.MethodPost, "http://"+cfg.PublicAddr+"/wechat"+query, push)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Empty(t, body)
}

func TestRunAPIOnATakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	cfg := testConfig(t)
	cfg.PublicAddr = taken.Addr().String()
	require.ErrorContains(t, runAPI(t.Context(), cfg, newCluster(t).surroundings()), taken.Addr().String())
}

func TestServeWhile(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) *process {
		p, err := newProcess(testConfig(t), "worker", surroundingsOf("127.0.0.1:1", io.Discard))
		require.NoError(t, err)
		t.Cleanup(p.close)
		return p
	}
	t.Run("the address answers until work has ended", func(t *testing.T) {
		t.Parallel()
		p := setup(t)
		ready := readyNow()
		ctx, cancel := context.WithCancel(t.Context())
		err := p.serveWhile(ctx, ready, func(working context.Context) error {
			cancel()
			<-working.Done()
			require.Eventually(t, func() bool { return ready.Ready(t.Context()) != nil }, 5*time.Second, time.Millisecond)
			code, _ := request(t, http.MethodGet, "http://"+p.cfg.InternalAddr+"/readyz", "")
			require.Equal(t, http.StatusServiceUnavailable, code)
			return nil
		})
		require.NoError(t, err)
		_, err = net.Dial("tcp", p.cfg.InternalAddr)
		require.Error(t, err)
	})
	t.Run("work that fails ends the process", func(t *testing.T) {
		t.Parallel()
		err := setup(t).serveWhile(t.Context(), readyNow(), func(context.Context) error { return io.ErrUnexpectedEOF })
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	t.Run("no internal address", func(t *testing.T) {
		t.Parallel()
		p := setup(t)
		p.cfg.InternalAddr = ""
		require.NoError(t, p.serveWhile(t.Context(), readyNow(), func(context.Context) error { return nil }))
	})
}

func TestCodecEndpointNeedsATokenInProduction(t *testing.T) {
	t.Parallel()
	p, err := newProcess(testConfig(t), "api", surroundingsOf("127.0.0.1:1", io.Discard))
	require.NoError(t, err)
	t.Cleanup(p.close)
	exists := func(change func(*config.Config)) bool {
		change(&p.cfg)
		handler, err := p.codecHandler()
		require.NoError(t, err)
		return handler != nil
	}
	require.True(t, exists(func(*config.Config) {}))
	require.False(t, exists(func(c *config.Config) { c.Environment = config.EnvProduction }))
	require.True(t, exists(func(c *config.Config) { c.CodecToken = "token-of-this-test" }))
	require.True(t, exists(func(c *config.Config) {
		c.CodecToken, c.CodecAccess = "", config.CodecAccess{Issuer: "https://login.example.com", Audience: "temporal-ui"}
	}))
	p.cfg.CodecAccess.Audience = ""
	_, err = p.codecHandler()
	require.ErrorContains(t, err, "audience")
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		cfg := config.Development()
		cfg.Language, cfg.ResendUnknown = lang, true
		policy, err := policyOf(cfg)
		require.NoError(t, err)
		require.Equal(t, cfg.Fixed.Settle, policy.Settle)
		require.True(t, policy.TellNumber)
		require.True(t, policy.ResendUnknown)
		require.Equal(t, catalogue.Language(lang), policy.Texts.Language())
	}
	cfg := config.Development()
	key := followerKey(cfg)("default", "oTestFollower")
	require.Equal(t, workflows.FollowerKey(cfg.FollowerKeySecret.Bytes(), "default", "oTestFollower"), key)
}
