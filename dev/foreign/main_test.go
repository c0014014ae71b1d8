package foreign

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// simulator is the host that replaces the client's fixed addresses. The client has one transport for all accounts, so
// tests run one after the other.
var simulator atomic.Value

// TestMain redirects the client, which knows only WeChat's hosts, to the simulators.
func TestMain(m *testing.M) {
	logrus.SetOutput(io.Discard)
	util.DefaultHTTPClient = &http.Client{Transport: toSimulators{}}
	os.Exit(m.Run())
}

// toSimulators sends requests meant for WeChat to the test's simulator.
type toSimulators struct{}

func (toSimulators) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Host, ".weixin.qq.com") {
		req = req.Clone(req.Context())
		req.URL.Scheme, req.URL.Host = "http", simulator.Load().(string)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// stage is a simulator and an account of it in the foreign client.
type stage struct {
	t       *testing.T
	url     string
	account *officialaccount.OfficialAccount

	mu  sync.Mutex
	got []*message.MixMessage // what the foreign server has read
	say func(*message.MixMessage) *message.Reply
}

// start starts a simulator whose callback is the foreign server.
func start(t *testing.T, options wechatsim.Options, stable bool) *stage {
	t.Helper()
	s := &stage{t: t}
	callback := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(callback.Close)
	options.CallbackURL, options.Seed, options.RetryPause, options.ReceiptDelay = callback.URL, 1, wechatsim.NoDelay,
		wechatsim.NoDelay
	sim := wechatsim.New(options)
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		require.NoError(t, sim.Close())
		server.Close()
	})
	s.url = server.URL
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	simulator.Store(address.Host)
	s.account = newAccount(stable)
	return s
}

// newAccount is the foreign client, without a token yet.
func newAccount(stable bool) *officialaccount.OfficialAccount {
	return officialaccount.NewOfficialAccount(&config.Config{
		AppID: wechatsim.DefaultAppID, AppSecret: wechatsim.DefaultAppSecret, Token: wechatsim.DefaultToken,
		EncodingAESKey: wechatsim.DefaultEncodingAESKey, Cache: cache.NewMemory(), UseStableAK: stable,
	})
}

// serve is the callback, as the foreign library does it.
func (s *stage) serve(w http.ResponseWriter, req *http.Request) {
	server := s.account.GetServer(req, w)
	server.SetMessageHandler(func(m *message.MixMessage) *message.Reply {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got = append(s.got, m)
		if s.say == nil {
			return nil
		}
		return s.say(m)
	})
	if err := server.Serve(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	// in secure mode the library leaves the answer empty, in plain mode it says success itself
	if server.ResponseMsg == nil {
		return
	}
	if err := server.Send(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// act calls a control endpoint of the simulator and returns its answer.
func (s *stage) act(path, body string) map[string]any {
	s.t.Helper()
	res, err := http.Post(s.url+"/_sim"+path, "application/json", strings.NewReader(body))
	require.NoError(s.t, err)
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	require.Less(s.t, res.StatusCode, http.StatusMultipleChoices, string(content))
	var said map[string]any
	if len(content) > 0 && content[0] == '{' {
		require.NoError(s.t, json.Unmarshal(content, &said))
	}
	return said
}

// set changes the account's settings in the console.
func (s *stage) set(settings string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPatch, s.url+"/_sim/settings",
		strings.NewReader(settings))
	require.NoError(s.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	require.Equal(s.t, http.StatusOK, res.StatusCode)
}

// inbox returns the messages that have reached a follower.
func (s *stage) inbox(openid string) []map[string]any {
	s.t.Helper()
	res, err := http.Get(s.url + "/_sim/followers/" + openid + "/inbox")
	require.NoError(s.t, err)
	defer func() { _ = res.Body.Close() }()
	var all []map[string]any
	require.NoError(s.t, json.NewDecoder(res.Body).Decode(&all))
	return all
}

// last returns the last push that the foreign server has read.
func (s *stage) last() *message.MixMessage {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(s.t, s.got)
	return s.got[len(s.got)-1]
}
