package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNobodyGetsIn runs every try against a whole stack with a victim and with attackers who are followers themselves.
func TestNobodyGetsIn(t *testing.T) {
	var out bytes.Buffer
	err := tryStage(t.Context(), &out)
	t.Log("\n" + out.String())
	require.NoError(t, err)
	require.NotContains(t, out.String(), wordNotTried)
	names := map[string]bool{}
	for _, each := range tries() {
		name := each.kind + ": " + each.name
		require.False(t, names[name], "%s is tried twice", name)
		names[name] = true
	}
	require.Greater(t, len(names), 200)
}

// TestEveryTryNoticesWhatGetsIn tries a server that gives everybody everything: each try must notice.
func TestEveryTryNoticesWhatGetsIn(t *testing.T) {
	t.Parallel()
	kind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", "https://"+elsewhere)
		_, _ = io.WriteString(w, "VICTIMS-WORDS "+colleaguesWords)
	}))
	t.Cleanup(kind.Close)
	p := person{"oAttackGuest", "wx_session=1.e30.AAAA", "token-of-the-session-which-is-long"}
	l := &live{
		target: target{
			api: kind.URL, token: "devtoken", aesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", appID: "wx0123456789abcdef",
			originalID: "gh_0123456789ab",
			patience:   100 * time.Millisecond,
		},
		internal: kind.URL, weixin: kind.URL, issuer: startIssuer(), victim: p, ticket: "71",
		files: []string{"/web/files/71/x"}, secrets: []string{"VICTIMS-WORDS"},
		guests: []person{p, {"oAttackGuest2", p.cookie, p.csrf}},
	}
	t.Cleanup(l.issuer.stop)
	var out bytes.Buffer
	require.ErrorIs(t, tryAll(t.Context(), l, &out), errOpen)
	require.Contains(t, out.String(), fmt.Sprintf("%d tries", len(tries())))
	for _, each := range tries() {
		if each.kind == "the wire" {
			continue // net/http itself refuses most of these; what it lets through is in the list
		}
		require.Contains(t, out.String(), fmt.Sprintf("%s: %s", each.kind, each.name))
	}
	require.NotContains(t, out.String(), wordNotTried)
	require.Contains(t, out.String(), "OPEN      the wire:")
	require.False(t, strings.HasSuffix(out.String(), " 0 tries, 0 shut\n"))
}
