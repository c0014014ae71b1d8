package wechatsim

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (r *rig) faults(seed int64, rules ...map[string]any) {
	r.t.Helper()
	control[map[string]any](r, post, "/_sim/faults", map[string]any{"seed": seed, "rules": rules})
}

func TestFaultErrcodes(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.api(get, "/cgi-bin/getcallbackip", nil)
	const send = "POST /cgi-bin/message/custom/send"
	r.faults(1, map[string]any{"match": send, "kind": "errcode", "errcode": 40001, "times": 1})
	require.Equal(t, 40001, r.send(anna, "x"))
	require.Zero(t, r.send(anna, "x"), "once")
	for _, kind := range []string{"errcode", "fault", "lock"} {
		r.faults(1, map[string]any{"match": send, "kind": kind, "times": 1})
		require.Equal(t, -1, r.send(anna, "x"), kind)
	}
	for _, code := range []int{-1, 45009, 45011, 40164, 48001, 40001} {
		r.faults(1, map[string]any{"match": send, "kind": "errcode", "errcode": code})
		for range 3 {
			require.Equal(t, code, r.send(anna, "x"), "for ever, and the rules replace each other")
		}
	}
	require.Zero(t, r.api(get, "/cgi-bin/getcallbackip", nil).code(), "other paths go on")
	r.faults(1, map[string]any{"match": "/cgi-bin/getcallbackip", "kind": "errcode", "errcode": 40164})
	require.Contains(t, r.api(get, "/cgi-bin/getcallbackip", nil)["errmsg"], "invalid ip 127.0.0.1")
	r.do(http.MethodDelete, "/_sim/faults", nil)
	require.Zero(t, r.api(get, "/cgi-bin/getcallbackip", nil).code())
	require.Len(t, r.inbox(anna), 1)
}

func TestFaultHTTPLatencyAndDrops(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.api(get, "/cgi-bin/getcallbackip", nil)
	const send = "/cgi-bin/message/custom/send"
	attempt := func() error {
		req, err := http.NewRequestWithContext(t.Context(), post, r.url+send+"?access_token="+r.token,
			strings.NewReader(`{"touser":"`+anna+`","msgtype":"text","text":{"content":"x"}}`))
		require.NoError(t, err)
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
	r.faults(1, map[string]any{"match": "POST " + send, "kind": "http", "times": 1})
	status, _, _ := r.do(post, send+"?access_token="+r.token, text(anna, "x"))
	require.Equal(t, http.StatusServiceUnavailable, status)

	r.faults(1, map[string]any{"match": "POST " + send, "kind": "drop_before", "times": 1})
	require.Error(t, attempt())
	require.Empty(t, r.inbox(anna))
	r.faults(1, map[string]any{"match": "POST " + send, "kind": "drop_after_commit", "times": 1})
	require.Error(t, attempt())
	require.Len(t, r.inbox(anna), 1, "done, but nobody was told")

	r.faults(1, map[string]any{"match": "POST " + send, "kind": "latency", "ms": 30})
	began := time.Now()
	require.NoError(t, attempt())
	require.GreaterOrEqual(t, time.Since(began), 30*time.Millisecond)

	records := control[[]requestRecord](r, get, "/_sim/requests", nil)
	var kinds []string
	for _, record := range records {
		if record.Path == send {
			kinds = append(kinds, record.Fault)
			require.Equal(t, "message/custom/send", record.Operation)
		}
	}
	require.Equal(t, []string{"http", "drop_before", "drop_after_commit", ""}, kinds)
}

func TestFaultsAreRepeatable(t *testing.T) {
	t.Parallel()
	run := func(seed int64) []int {
		r := setup(t, Options{})
		r.api(get, "/cgi-bin/getcallbackip", nil)
		r.faults(seed, map[string]any{"match": "GET /cgi-bin/getcallbackip", "kind": "errcode", "errcode": -1,
			"probability": 0.5})
		var codes []int
		for range 40 {
			codes = append(codes, r.api(get, "/cgi-bin/getcallbackip", nil).code())
		}
		return codes
	}
	first := run(9)
	require.Equal(t, first, run(9), "one seed, the same faults again")
	require.NotEqual(t, first, run(10))
	require.Contains(t, first, -1)
	require.Contains(t, first, 0)
}

func TestFaultsOnPushes(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.answering(nil)
	r.faults(1, map[string]any{"match": "PUSH text", "kind": "drop_after_commit", "times": 2})
	out := r.event(anna, "messages", map[string]any{"content": "x"})
	require.Equal(t, 3, out.Attempts)
	require.Equal(t, "success", out.Result)
	require.Len(t, r.pushes(), 3, "the callback saw it three times")
	r.answering(nil)
	r.faults(1, map[string]any{"match": "PUSH", "kind": "drop_before", "times": 1})
	require.Equal(t, 2, r.event(anna, "click", map[string]any{"key": "k"}).Attempts)
	require.Len(t, r.pushes(), 1)
}

func TestFaultRulesAreChecked(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	for name, rule := range map[string]map[string]any{
		"kind":         {"kind": "flood"},
		"status":       {"kind": "http", "status": 200},
		"no ms":        {"kind": "latency"},
		"probability":  {"kind": "drop_before", "probability": 2},
		"times":        {"kind": "drop_before", "times": -1},
		"push errcode": {"kind": "errcode", "errcode": -1, "match": "PUSH"},
		"push lock":    {"kind": "lock", "match": "PUSH"},
		"misspelt":     {"kind": "drop_before", "odds": 1},
	} {
		status, data, _ := r.do(post, "/_sim/faults", map[string]any{"rules": []any{rule}})
		require.Equal(t, http.StatusBadRequest, status, "%s: %s", name, data)
	}
}

func TestRequestsAndParallel(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.api(get, "/cgi-bin/getcallbackip", nil)
	control[map[string]any](r, http.MethodDelete, "/_sim/requests", nil)
	r.faults(1, map[string]any{"kind": "latency", "ms": 600})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			res, err := http.Get(r.url + "/cgi-bin/getcallbackip?access_token=" + r.token)
			if err == nil {
				_ = res.Body.Close()
			}
		})
	}
	all.Wait()
	r.do(http.MethodDelete, "/_sim/faults", nil)
	r.codeOf("wrong")
	_, data, header := r.do(get, "/_sim/requests", nil)
	require.Equal(t, "4", header.Get("X-Sim-Max-Parallel"))
	require.NotContains(t, string(data), r.token)
	records := control[[]requestRecord](r, get, "/_sim/requests", nil)
	require.Len(t, records, 5)
	require.Equal(t, http.StatusOK, records[4].Status)
	require.True(t, records[4].Refused)
	require.Equal(t, 40014, records[4].Errcode)
	require.False(t, records[0].Refused)
}
