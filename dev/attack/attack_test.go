package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary also run as the api.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-serve" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestDoorsAreShut tries all attacks on the real api with production limits.
func TestDoorsAreShut(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), nil, &out)
	t.Log("\n" + out.String())
	require.NoError(t, err)
	require.NotContains(t, out.String(), wordNotTried, "an api of our own lets everything be tried")
	require.Equal(t, len(doors), strings.Count(out.String(), wordShut))
}

// TestOpenDoorsAreSeen attacks a server that accepts everything: each attack must notice.
func TestOpenDoorsAreSeen(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if strings.Contains(r.Header.Get("X-Large"), "x") {
			w.WriteHeader(http.StatusOK)
			return
		}
		if r.URL.Path == "/web/login" {
			w.Header().Set("Location", r.URL.Query().Get("return"))
		}
		if r.Body != nil && r.URL.Path == "/wechat" && r.URL.Query().Has("msg_signature") {
			w.WriteHeader(http.StatusOK + len(r.URL.RawQuery)%2) // reveals something
		}
		_, _ = io.WriteString(w, "goroutine 1 [running]")
	}))
	t.Cleanup(server.Close)
	open := target{
		api: server.URL, token: "devtoken", aesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
		appID:      "wx0123456789abcdef",
		originalID: "gh_0123456789ab", cookie: "wx_session=1", patience: 100 * time.Millisecond,
	}
	for _, d := range doors {
		if d.name == "the padding of a ciphertext tells something" {
			continue // its answers differ by chance here
		}
		require.Equal(t, wordOpen, d.try(t.Context(), open).word, d.name)
	}
	require.ErrorIs(t, attack(t.Context(), open, io.Discard), errOpen)
}

// TestPaddingOracleIsSeen attacks a server that behaves as a padding oracle.
func TestPaddingOracleIsSeen(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(map[bool]int{true: http.StatusBadRequest, false: http.StatusUnauthorized}[asked%7 > 0])
	}))
	t.Cleanup(server.Close)
	err := paddingOracle(context.Background(), target{
		api: server.URL, token: "t", aesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", appID: "wx", originalID: "gh",
	})
	require.ErrorContains(t, err, "answers differ")
}

func TestWhatCannotBeTried(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	for _, d := range doors {
		switch d.name {
		case "a signature of two hours ago", "a change without the session's token", "the page without a session":
			v := d.try(t.Context(), target{api: server.URL})
			require.Equal(t, wordNotTried, v.word, d.name)
			require.NotEmpty(t, v.why)
		}
	}
	require.Error(t, run(t.Context(), []string{"-api", server.URL, "-measure"}, io.Discard))
	require.False(t, errors.Is(run(t.Context(), []string{"-nonsense"}, io.Discard), errOpen))
}
