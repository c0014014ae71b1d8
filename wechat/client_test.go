package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	testSecret      = "appsecret-0f1e2d3c4b5a6978"
	testAccessToken = "access-token-1122334455667788"
	freshToken      = "access-token-99aabbccddeeff00"
	testCode        = "oauth-code-001122aabbcc"
	testRefresh     = "refresh-token-5566778899"
	testUserToken   = "user-token-aabbccdd"
	secretText      = "my number is 13800138000"
)

// setup starts a server below a path of its own, so that an address built without the base is noticed, and a client
// of it. Requests that the mux does not know fail the test.
func setup(t *testing.T, opts ...func(*Options)) (*Client, *http.ServeMux) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("unexpected request %s %s", r.Method, r.URL.Path)
		http.NotFound(w, r)
	})
	server := httptest.NewServer(http.StripPrefix("/proxy", mux))
	t.Cleanup(server.Close)
	o := Options{
		AppID: testAppID, AppSecret: testSecret, APIURL: server.URL + "/proxy/", OpenURL: server.URL, MPURL: server.URL,
		HTTPClient: server.Client(), Tokens: &fixedTokens{tokens: []string{testAccessToken, freshToken}},
	}
	for _, opt := range opts {
		opt(&o)
	}
	c, err := New(o)
	require.NoError(t, err)
	return c, mux
}

// fixedTokens hands out one token after the other, a new one for each refusal.
type fixedTokens struct {
	mu      sync.Mutex
	tokens  []string
	refused []string
	err     error
}

func (f *fixedTokens) Token(context.Context) (Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return Token{}, f.err
	}
	return Token{Value: f.tokens[0], ExpiresAt: time.Now().Add(time.Hour)}, nil
}

func (f *fixedTokens) Refused(_ context.Context, refused Token) (Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused = append(f.refused, refused.Value)
	if len(f.tokens) > 1 {
		f.tokens = f.tokens[1:]
	}
	return Token{Value: f.tokens[0]}, nil
}

func answer(doc string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, doc)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc(e.path, func(w http.ResponseWriter, r *http.Request) {
				e.check(t, r)
				answer(e.answer)(w, r)
			})
			got, err := e.call(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, e.want, got)
		})
	}
}

// check compares a request with what the endpoint should send. It runs on the server's goroutine: assert, not require.
func (e endpoint) check(t *testing.T, r *http.Request) {
	if r.Method != e.method {
		t.Errorf("method %s, want %s", r.Method, e.method)
	}
	query := map[string]string{}
	for k := range r.URL.Query() {
		query[k] = r.URL.Query().Get(k)
	}
	want := map[string]string{}
	maps.Copy(want, e.query)
	if !e.public {
		want["access_token"] = testAccessToken
	}
	if !mapsEqual(query, want) {
		t.Errorf("query %v, want %v", query, want)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("read body: %v", err)
	}
	if e.body == "-" {
		return
	}
	if e.body == "" {
		if len(body) != 0 {
			t.Errorf("unexpected body %s", body)
		}
		return
	}
	if !jsonEqual(body, []byte(e.body)) {
		t.Errorf("body %s, want %s", body, e.body)
	}
	if strings.Contains(string(body), `\u`) || r.ContentLength != int64(len(body)) {
		t.Errorf("body has escapes or no length: %s", body)
	}
}

func mapsEqual(a, b map[string]string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func jsonEqual(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

func TestEndpointErrcode(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc(e.path,
				answer(`{"errcode":45011,"errmsg":"api minute-quota reached rid: 65000001-10000001-20000001"}`))
			_, err := e.call(t.Context(), c)
			require.ErrorIs(t, err, ErrRateLimited)
			require.NotErrorIs(t, err, ErrDailyQuota)
			require.NotErrorIs(t, err, ErrNotSent)
			require.NotErrorIs(t, err, ErrOutcomeUnknown)
			var reported *Error
			require.ErrorAs(t, err, &reported)
			require.Equal(t, Error{
				Op: e.op, Code: 45011, Message: "api minute-quota reached", RID: "65000001-10000001-20000001",
			}, *reported)
		})
	}
}

func TestEndpointTokenRefusedOnce(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		if e.public {
			continue
		}
		for _, code := range []string{"40001", "40014", `"42001"`} {
			t.Run(e.name+" "+code, func(t *testing.T) {
				t.Parallel()
				tokens := &fixedTokens{tokens: []string{testAccessToken, freshToken}}
				c, mux := setup(t, func(o *Options) { o.Tokens = tokens })
				mux.HandleFunc(e.path, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("access_token") != freshToken {
						answer(`{"errcode":`+code+`,"errmsg":"invalid credential"}`)(w, r)
						return
					}
					answer(e.answer)(w, r)
				})
				got, err := e.call(t.Context(), c)
				require.NoError(t, err)
				require.Equal(t, e.want, got)
				require.Equal(t, []string{testAccessToken}, tokens.refused)
			})
		}
	}
}

func TestEndpointTokenRefusedForEver(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			c, mux := setup(t)
			mux.HandleFunc(e.path, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				answer(`{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}`)(w, r)
			})
			_, err := e.call(t.Context(), c)
			require.ErrorIs(t, err, ErrInvalidCredential)
			want := int32(2)
			if e.public {
				want = 1
			}
			require.Equal(t, want, requests.Load())
		})
	}
}

// TestNoSecretInErrors lets every endpoint fail in every way, against servers that echo everything, and looks for
// credentials in all renderings of the error and of what it wraps.
func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	failures := map[string]http.HandlerFunc{
		"errcode echoes": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			message, _ := json.Marshal("bad " + r.URL.String() + " secret=" + testSecret + " for " + testOpenID +
				" rid: 65000001-10000001-20000001")
			_, _ = fmt.Fprintf(w, `{"errcode":40003,"errmsg":%s}`, message)
		},
		"status":    func(w http.ResponseWriter, _ *http.Request) { http.Error(w, testSecret, http.StatusBadGateway) },
		"forbidden": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, testSecret, http.StatusForbidden) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String()+"&x=1", http.StatusFound)
		},
		"not json": answer(`{"` + testSecret),
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for kind, handler := range failures {
		for _, e := range endpoints() {
			t.Run(kind+" "+e.name, func(t *testing.T) {
				t.Parallel()
				c, mux := setup(t)
				mux.HandleFunc(e.path, handler)
				_, err := e.call(t.Context(), c)
				require.Error(t, err)
				requireClean(t, err)
			})
		}
	}
}

func TestNoSecretWithoutServer(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c, _ := setup(t, func(o *Options) { o.APIURL = "http://127.0.0.1:1" })
			_, err := e.call(t.Context(), c)
			require.ErrorIs(t, err, ErrNotSent)
			require.NotErrorIs(t, err, ErrOutcomeUnknown)
			requireClean(t, err)
		})
	}
}

// requireClean looks for credentials and openids in an error and everything that it wraps.
func requireClean(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		var shown *redactedError
		if errors.As(err, &shown) && err == error(shown) {
			require.NotContains(t, shown.text, testSecret)
			return // the hidden part is reachable only through errors.As
		}
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			for _, secret := range []string{testSecret, testAccessToken, freshToken, testCode, testRefresh, testUserToken,
				testOpenID, secretText} {
				require.NotContains(t, text, secret)
			}
		}
	}
}

func TestSendTextMarshalsRawUTF8(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	bodies := make(chan string, 1)
	mux.HandleFunc("/cgi-bin/message/custom/send", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
		answer(`{"errcode":0}`)(w, r)
	})
	require.NoError(t, c.SendText(t.Context(), testOpenID, "<a href=\"x\">刹车&\u2028😀</a>\u0001 C:\\u2028 \xff."))
	require.Contains(t, <-bodies, "<a href=\\\"x\\\">刹车&\u2028😀</a> C:\\\\u2028 \uFFFD.")
}

func TestSendMessageWithoutBody(t *testing.T) {
	t.Parallel()
	c, _ := setup(t)
	require.Error(t, c.SendMessage(t.Context(), CustomMessage{ToUser: testOpenID}))
}

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options Options
		want    string
	}{
		{name: "no appid", options: Options{AppSecret: testSecret}, want: "appid"},
		{name: "no secret", options: Options{AppID: testAppID}, want: "secret"},
		{name: "relative url", options: Options{AppID: testAppID, AppSecret: testSecret, APIURL: "api.weixin.qq.com"},
			want: "APIURL"},
		{name: "other scheme", options: Options{AppID: testAppID, AppSecret: testSecret, OpenURL: "ftp://x"},
			want: "OpenURL"},
		{name: "query", options: Options{AppID: testAppID, AppSecret: testSecret, MPURL: "https://x?a=1"}, want: "MPURL"},
		{name: "not a url", options: Options{AppID: testAppID, AppSecret: testSecret, MPURL: "https://x\x7f"}, want: "MPURL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := New(test.options)
			require.ErrorContains(t, err, test.want)
			requireClean(t, err)
		})
	}
	c, err := New(Options{AppID: testAppID, AppSecret: testSecret})
	require.NoError(t, err)
	require.Equal(t, testAppID, c.AppID())
	require.IsType(t, &StableTokens{}, c.Tokens())
	require.Equal(t, "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=a%2B%2F%3D", c.QRCodeURL("a+/="))
	require.Equal(t, "https://open.weixin.qq.com/connect/oauth2/authorize?appid="+testAppID+
		"&redirect_uri=https%3A%2F%2Fexample.com%2Fcb%3Fa%3D1&response_type=code&scope=snsapi_base&state=s1#wechat_redirect",
		c.AuthorizeURL("https://example.com/cb?a=1", ScopeBase, "s1"))
}
