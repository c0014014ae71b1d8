package wechatsim

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewRefusesContradictions(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]Options{
		"mode":     {Mode: "loud"},
		"format":   {DataFormat: "yaml"},
		"account":  {AccountType: "personal"},
		"key":      {EncodingAESKey: "short"},
		"callback": {CallbackURL: "127.0.0.1/wechat"},
	} {
		require.Panics(t, func() { New(options) }, name)
	}
}

func TestResetForgets(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.set(map[string]any{"account_type": SubscriptionVerified})
	r.faults(1, map[string]any{"kind": "errcode", "errcode": -1})
	r.advance("5h")
	old := r.sim.state.Stable.current().Value
	control[map[string]any](r, post, "/_sim/reset", nil)
	require.Empty(t, control[[]summary](r, get, "/_sim/followers", nil))
	require.Empty(t, control[[]requestRecord](r, get, "/_sim/requests", nil))
	require.Equal(t, "0s", control[map[string]any](r, get, "/_sim/clock", nil)["ahead"])
	require.EqualValues(t, ServiceVerified, control[map[string]any](r, get, "/_sim/settings", nil)["account_type"])
	require.NotEqual(t, 0, r.codeOf(old+strings.Repeat("x", 120)))
	require.Empty(t, r.inbox(anna))
	require.Equal(t, "[]",
		strings.TrimSpace(func() string { _, b, _ := r.do(get, "/_sim/followers/"+anna+"/inbox", nil); return string(b) }()))
}

func TestStateSurvives(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "wechat.json")
	var token string
	t.Run("first life", func(t *testing.T) {
		r := setup(t, Options{StateFile: file})
		r.event(anna, "subscribe", nil)
		r.event(anna, "messages", map[string]any{"content": "hello"})
		require.Zero(t, r.api(post, "/cgi-bin/menu/create", menuOf(click("新建"))).code())
		token = r.token
	})
	t.Run("second life", func(t *testing.T) {
		r := setup(t, Options{StateFile: file, Seed: 43})
		require.Equal(t, token, r.stable(false)["access_token"])
		require.Zero(t, r.send(anna, "still there"))
		require.Zero(t, r.api(get, "/cgi-bin/menu/get", nil).code())
		state := control[map[string]any](r, get, "/_sim/phone?openid="+anna, nil)
		require.Len(t, state["thread"], 3)
	})
}

// Everything answered survives a killed process, that is, without Close.
func TestStateSurvivesAKill(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "wechat.json")
	start := func() *rig { return setup(t, Options{StateFile: file}) }
	first := start()
	first.event(anna, "subscribe", nil)
	first.event(anna, "messages", map[string]any{"content": "hello"})
	picture := first.event(anna, "messages", map[string]any{"type": "image"})
	require.Equal(t, "success", picture.Result)
	require.Zero(t, first.send(anna, "one"))
	require.Zero(t, first.send(anna, "two"))
	thread := func(r *rig) []map[string]any {
		return control[struct{ Thread []map[string]any }](r, get, "/_sim/phone?openid="+anna, nil).Thread
	}
	want, window := thread(first), control[[]map[string]any](first, get, "/_sim/followers/"+anna+"/window", nil)
	require.Len(t, want, 5)

	second := start()
	require.Equal(t, first.token, second.stable(false)["access_token"])
	require.Equal(t, want, thread(second))
	require.Equal(t, window, control[[]map[string]any](second, get, "/_sim/followers/"+anna+"/window", nil))
	status, _, _ := second.do(get, "/cgi-bin/media/get?access_token="+first.token+"&media_id="+
		want[2]["media_id"].(string), nil)
	require.Equal(t, http.StatusOK, status)
	second.do(post, "/_sim/reset", nil)
	second.event("bert", "subscribe", nil)

	journal, err := os.OpenFile(file+journalSuffix, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = journal.WriteString(`{"account":{"follow`)
	require.NoError(t, err)
	require.NoError(t, journal.Close())
	third := start()
	require.Empty(t, thread(third), "forgotten is forgotten")
	require.Len(t, control[[]map[string]any](third, get, "/_sim/followers", nil), 1)
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	for _, body := range []string{`{"mode":"loud"}`, `{"encoding_aes_key":"x"}`, `{"unsubscribed_code":1}`,
		`{"nonsense":1}`, `{"push_timeout_ms":0}`} {
		status, _, _ := r.do(http.MethodPatch, "/_sim/settings", body)
		require.Equal(t, http.StatusBadRequest, status, body)
	}
	status, _, _ := r.do(post, "/_sim/clock", `{"advance":"tomorrow"}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Error(t, r.sim.SetCallbackURL("nowhere"))
	require.NoError(t, r.sim.SetCallbackURL("http://127.0.0.1:1/x"))
	status, _, _ = r.do(get, "/_sim/followers/nobody", nil)
	require.Equal(t, http.StatusNotFound, status)
	status, _, _ = r.do(post, "/_sim/followers", `{"count":-1}`)
	require.Equal(t, http.StatusBadRequest, status)
}

func TestPhonePage(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	_, page, header := r.do(get, "/", nil)
	require.Contains(t, header.Get("Content-Type"), "text/html")
	for _, id := range []string{"follow", "unfollow", "message", "send", "thread", "menu", "title"} {
		require.Contains(t, string(page), `id="`+id+`"`)
	}
	for path, contentType := range map[string]string{
		"/_sim/page/phone.css": "text/css", "/_sim/page/phone.js": "text/javascript", "/_sim/page/icon.svg": "image/svg+xml",
	} {
		status, data, header := r.do(get, path, nil)
		require.Equal(t, http.StatusOK, status)
		require.NotEmpty(t, data)
		require.Contains(t, header.Get("Content-Type"), contentType)
		require.Contains(t, string(page), path)
	}
	status, _, _ := r.do(get, "/_sim/media/none", nil)
	require.Equal(t, http.StatusNotFound, status)
}

func TestPhoneShowsTheFailureNotice(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.answering(func(w http.ResponseWriter, _ int, _ received) { w.WriteHeader(http.StatusBadGateway) })
	r.event(anna, "messages", map[string]any{"content": "hello"})
	state := control[map[string]any](r, get, "/_sim/phone?openid="+anna, nil)
	require.Contains(t, fmt.Sprint(state["thread"]), "该公众号提供的服务出现故障，请稍后再试")
	require.Len(t, state["pushes"], 5)
	attempts := control[[]pushRecord](r, get, "/_sim/pushes?openid="+anna, nil)
	require.Equal(t, 4, attempts[len(attempts)-1].Attempt)
}

func TestEventStream(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	req, err := http.NewRequestWithContext(t.Context(), get, r.url+"/_sim/events?openid="+anna, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	changed := make(chan struct{}, 100)
	go func() {
		defer close(changed)
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if lines.Text() == "event: changed" {
				changed <- struct{}{}
			}
		}
	}()
	wait := func() {
		select {
		case _, open := <-changed:
			require.True(t, open)
		case <-time.After(5 * time.Second):
			t.Fatal("no event")
		}
	}
	wait() // the first comes by itself
	r.event(anna, "subscribe", nil)
	wait()
	require.NoError(t, r.sim.Close())
	r.eventually(func() bool { // Close ends the stream
		select {
		case _, open := <-changed:
			return !open
		default:
			return false
		}
	})
}

func TestLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	r := setup(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	r.event(anna, "subscribe", nil)
	r.send("oStranger", "a private text")
	r.answering(func(w http.ResponseWriter, _ int, _ received) { w.WriteHeader(http.StatusBadGateway) })
	r.event(anna, "messages", map[string]any{"content": "a private text"})
	r.faults(5, map[string]any{"kind": "errcode", "errcode": -1})
	written := log.String()
	require.Contains(t, written, "seed=42")
	require.Contains(t, written, "errcode=40003")
	for _, secret := range []string{anna, "oStranger", "private", r.token, DefaultAppSecret, DefaultToken,
		DefaultEncodingAESKey} {
		require.NotContains(t, written, secret)
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.api(get, "/cgi-bin/getcallbackip", nil)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			openid := fmt.Sprintf("oParallel%019d", i)
			for _, call := range []struct{ path, body string }{
				{"/_sim/followers/" + openid + "/subscribe", `{}`},
				{"/_sim/followers/" + openid + "/messages", `{"content":"x","repeat":4,"parallel":true}`},
				{"/cgi-bin/message/custom/send?access_token=" + r.token, `{"touser":"` + openid +
					`","msgtype":"text","text":{"content":"y"}}`},
				{"/_sim/clock", `{"advance":"1s"}`},
			} {
				res, err := http.Post(r.url+call.path, "application/json", strings.NewReader(call.body))
				if err == nil {
					_ = res.Body.Close()
				}
			}
		})
	}
	all.Wait()
	for _, f := range control[[]summary](r, get, "/_sim/followers", nil) {
		require.Len(t, r.inbox(f.OpenID), 1)
	}
	require.Len(t, r.pushes(), 8*5)
}
