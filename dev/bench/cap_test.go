package main

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// twoWorkers are calls of a second each: the first worker makes two at a time for ten seconds, the second one six.
func twoWorkers() capRun {
	r := capRun{workers: 1, messages: 40, began: time.Unix(1_700_000_000, 0)}
	for second := range 10 {
		for i := range 8 {
			who := "worker 1"
			if i >= 2 {
				who = "worker 2"
			}
			from := r.began.Add(time.Duration(second) * time.Second)
			r.calls = append(r.calls, call{who: who, from: from, to: from.Add(time.Second)})
		}
	}
	r.added, r.killed = r.began.Add(3*time.Second), r.began.Add(6*time.Second)
	return r
}

func TestUseOfTheCap(t *testing.T) {
	t.Parallel()
	r := twoWorkers()
	require.Equal(t, 8, mostAtOnce(r.calls), "one that ends makes room")
	require.InDelta(t, 1, r.used(time.Second), 0.06)
	require.True(t, *r.rows(time.Second)[0].met)
	r.calls = append(r.calls, call{who: "worker 3", from: r.began, to: r.began.Add(time.Millisecond)})
	require.Equal(t, 9, mostAtOnce(r.calls))
	require.False(t, *r.rows(time.Second)[2].met)
}

func TestCurveIsDrawn(t *testing.T) {
	t.Parallel()
	r := twoWorkers()
	require.InDelta(t, 6, r.under("worker 2", 11)[3], 0.001)
	drawn := drawCap([]capRun{r, r, r}, time.Second)
	parser := xml.NewDecoder(strings.NewReader(string(drawn)))
	for {
		_, err := parser.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.Equal(t, 3, strings.Count(string(drawn), ">one is killed<"))
	require.Contains(t, string(drawn), "at most 8 calls at once")
}

// The gate distinguishes processes, shows the simulator its own user, and delays calls.
func TestGate(t *testing.T) {
	t.Parallel()
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		_, _ = io.WriteString(w, user)
	}))
	t.Cleanup(behind.Close)
	g, closeGate, err := newGate(t.Context(), behind.URL, 50*time.Millisecond)
	require.NoError(t, err)
	t.Cleanup(closeGate)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url, nil)
	require.NoError(t, err)
	req.SetBasicAuth("worker 1", "secret")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.NotContains(t, string(body), "worker")
	require.Eventually(t, func() bool { return len(g.made()) == 1 }, time.Minute, time.Millisecond)
	made := g.made()[0]
	require.Equal(t, "worker 1", made.who)
	require.GreaterOrEqual(t, made.to.Sub(made.from), 50*time.Millisecond)
}
