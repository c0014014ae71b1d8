package wechatsim

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const anna = "oAnna000000000000000000-_001"

// received is one push as the callback got it.
type received struct {
	query       url.Values
	contentType string
	body        string
}

// rig is a simulator on a real port with a callback that a test can control.
type rig struct {
	t   *testing.T
	sim *Simulator
	url string

	mu     sync.Mutex
	got    []received
	answer func(w http.ResponseWriter, n int, push received) // n counts from 1
	token  string
}

// setup starts the simulator; a zero RetryPause becomes none, so that tests do not wait.
func setup(t *testing.T, options Options) *rig {
	t.Helper()
	r := &rig{t: t}
	callback := httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(callback.Close)
	if options.CallbackURL == "" {
		options.CallbackURL = callback.URL + "/base/wechat"
	}
	if options.RetryPause == 0 {
		options.RetryPause = NoDelay
	}
	if options.ReceiptDelay == 0 {
		options.ReceiptDelay = NoDelay
	}
	if options.Seed == 0 {
		options.Seed = 42
	}
	r.sim = New(options)
	server := httptest.NewServer(r.sim)
	r.url = server.URL
	t.Cleanup(func() {
		require.NoError(t, r.sim.Close())
		server.Close()
	})
	return r
}

func (r *rig) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	push := received{req.URL.Query(), req.Header.Get("Content-Type"), string(body)}
	r.mu.Lock()
	r.got = append(r.got, push)
	n, answer := len(r.got), r.answer
	r.mu.Unlock()
	if answer == nil {
		_, _ = io.WriteString(w, "success")
		return
	}
	answer(w, n, push)
}

func (r *rig) pushes() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received{}, r.got...)
}

// answering sets the callback's answers and forgets what it received.
func (r *rig) answering(answer func(w http.ResponseWriter, n int, push received)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.got = answer, nil
}

func (r *rig) do(method, path string, body any) (int, []byte, http.Header) {
	r.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		require.NoError(r.t, enc.Encode(b))
		reader = &buf
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, reader)
	require.NoError(r.t, err)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(r.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return res.StatusCode, data, res.Header
}

// control calls a control endpoint and decodes its answer.
func control[T any](r *rig, method, path string, body any) T {
	r.t.Helper()
	status, data, _ := r.do(method, path, body)
	require.Equal(r.t, http.StatusOK, status, "%s %s: %s", method, path, data)
	var out T
	require.NoError(r.t, json.Unmarshal(data, &out), string(data))
	return out
}

func (r *rig) event(openid, what string, body any) outcome {
	r.t.Helper()
	return control[outcome](r, post, "/_sim/followers/"+openid+"/"+what, body)
}

func (r *rig) inbox(openid string) []item {
	r.t.Helper()
	return control[[]item](r, get, "/_sim/followers/"+openid+"/inbox", nil)
}

func (r *rig) advance(d string) {
	r.t.Helper()
	control[map[string]any](r, post, "/_sim/clock", map[string]any{"advance": d})
}

func (r *rig) set(members map[string]any) {
	r.t.Helper()
	control[map[string]any](r, http.MethodPatch, "/_sim/settings", members)
}

// reply is the answer of an API call.
type reply map[string]any

func (a reply) code() int {
	n, _ := a["errcode"].(float64)
	return int(n)
}

func (r *rig) stable(force bool) reply {
	r.t.Helper()
	_, data, _ := r.do(post, "/cgi-bin/stable_token", map[string]any{
		"grant_type": "client_credential", "appid": DefaultAppID, "secret": DefaultAppSecret, "force_refresh": force,
	})
	var out reply
	require.NoError(r.t, json.Unmarshal(data, &out))
	return out
}

// api calls path with the current token and requires HTTP 200.
func (r *rig) api(method, path string, body any) reply {
	r.t.Helper()
	if r.token == "" {
		r.token, _ = r.stable(false)["access_token"].(string)
	}
	return r.apiWith(r.token, method, path, body)
}

func (r *rig) apiWith(token, method, path string, body any) reply {
	r.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	status, data, header := r.do(method, path+separator+"access_token="+token, body)
	require.Equal(r.t, http.StatusOK, status)
	var out reply
	require.NoError(r.t, json.Unmarshal(data, &out), "%s %s", header.Get("Content-Type"), data)
	if out.code() != 0 {
		require.Regexp(r.t, `rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`, out["errmsg"])
	}
	return out
}

func text(openid, content string) map[string]any {
	return map[string]any{"touser": openid, "msgtype": "text", "text": map[string]any{"content": content}}
}

func (r *rig) send(openid, content string) int {
	r.t.Helper()
	return r.api(post, "/cgi-bin/message/custom/send", text(openid, content)).code()
}

// upload sends one file as a client library would.
func (r *rig) upload(kind, field, filename string, data []byte) reply {
	r.t.Helper()
	return r.uploadTo("/cgi-bin/media/upload?type="+kind+"&", field, filename, data)
}

func (r *rig) uploadTo(path, field, filename string, data []byte) reply {
	r.t.Helper()
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", `form-data; name="`+field+`"; filename="`+filename+`"`)
	part, err := form.CreatePart(head)
	require.NoError(r.t, err)
	_, err = part.Write(data)
	require.NoError(r.t, err)
	require.NoError(r.t, form.Close())
	r.api(get, "/cgi-bin/getcallbackip", nil) // makes sure of a token
	req, err := http.NewRequestWithContext(r.t.Context(), post, r.url+path+"access_token="+r.token, &buf)
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { _ = res.Body.Close() }()
	var out reply
	require.NoError(r.t, json.NewDecoder(res.Body).Decode(&out))
	return out
}

// eventually waits for a condition that becomes true in the background.
func (r *rig) eventually(condition func() bool) {
	r.t.Helper()
	require.Eventually(r.t, condition, 5*time.Second, 5*time.Millisecond)
}
