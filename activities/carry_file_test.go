package activities

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const openFile = "GET $value"

// page receives files as the api does.
type page struct {
	*httptest.Server
	status int
	got    []byte
	kind   string
	length int64
}

func newPage(t *testing.T) *page {
	t.Helper()
	p := &page{status: http.StatusNoContent}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.kind, p.length = r.Header.Get("Content-Type"), r.ContentLength
		p.got, _ = io.ReadAll(r.Body)
		w.WriteHeader(p.status)
	}))
	t.Cleanup(p.Close)
	return p
}

func TestCarryFile(t *testing.T) {
	t.Parallel()
	for _, of := range []string{"ticket", "message"} {
		t.Run(of, func(t *testing.T) {
			t.Parallel()
			s, p := newServers(t), newPage(t)
			content := bytes.Repeat([]byte("offer "), 1<<16)
			s.will(openFile, file(string(content), "application/pdf"))
			require.NoError(t,
				s.once("CarryFile", CarryFileInput{Account: testAccount, Of: of, ObjectID: ticketKey,
					To: p.URL + "/files/x"}.Signed(testRelayKey), nil))
			require.True(t, bytes.Equal(content, p.got))
			require.Equal(t, "application/pdf", p.kind)
		})
	}
}

func TestCarryFileThatFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		answer    answer
		page      int
		to        string // empty: the page
		want      string
		retryable bool
		says      string
	}{
		{"gone from C4C", odataError(http.StatusNotFound, "", "no resource"), 204, "", ErrorC4CNotFound, false, ""},
		{"C4C is down", status(http.StatusServiceUnavailable, ""), 204, "", ErrorC4CUnavailable, true, ""},
		{"too large", status(http.StatusOK, "", "Content-Length", "31457281"), 204, "", ErrorC4CRejected, false, "too large"},
		{"nobody waits", file("x", "image/png"), 404, "", ErrorPageUnreachable, false, "HTTP 404"},
		{"sent elsewhere", file("x", "image/png"), 302, "", ErrorPageUnreachable, false, "HTTP 302"},
		{"api is gone", file("x", "image/png"), 0, "http://127.0.0.1:1/files/token", ErrorPageUnreachable, true, "connect"},
		{"no address", file("x", "image/png"), 0, "http://[", ErrorPageUnreachable, false, "address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, p := newServers(t), newPage(t)
			p.status = tt.page
			s.will(openFile, tt.answer)
			if tt.to == "" {
				tt.to = p.URL + "/files/token"
			}
			err := s.once("CarryFile", CarryFileInput{Account: testAccount, Of: "ticket", ObjectID: ticketKey,
				To: tt.to}.Signed(testRelayKey), nil)
			failure := Failure{}
			if strings.HasPrefix(tt.want, "C4CUnavailable") {
				failure.Code = "HTTP 503"
			}
			if tt.want == ErrorC4CNotFound {
				failure.Text = "no resource"
			}
			refused := requireRefused(t, err, tt.want, tt.retryable, failure)
			require.Contains(t, refused.Error(), tt.says)
			require.NotContains(t, refused.Error(), "/files/", "the address is the right to deliver")
		})
	}
}

var testRelayKey = RelayKey([]byte("a secret of this test"))

// Everyone who reaches Temporal may start any activity: no customer's file is sent to an address that none of our
// apis named.
func TestFilesAreCarriedForOurOwnAPIAlone(t *testing.T) {
	t.Parallel()
	p := newPage(t)
	good := CarryFileInput{Account: testAccount, Of: "ticket", ObjectID: ticketKey,
		To: p.URL + "/files/x"}.Signed(testRelayKey)
	for name, change := range map[string]func(*CarryFileInput){
		"no proof":            func(in *CarryFileInput) { in.Proof = "" },
		"another address":     func(in *CarryFileInput) { in.To = p.URL + "/files/y" },
		"another file":        func(in *CarryFileInput) { in.ObjectID = "00163E0A00011EE9800000000000FFFF" },
		"another certificate": func(in *CarryFileInput) { in.Pin = "00" },
		"another key":         func(in *CarryFileInput) { *in = in.Signed(RelayKey([]byte("guessed"))) },
		"no key":              func(in *CarryFileInput) { *in = in.Signed(nil) },
	} {
		s, in := newServers(t), good
		s.will(openFile, file("INTERNAL", "application/pdf"))
		change(&in)
		requireRefused(t, s.once("CarryFile", in, nil), ErrorPageUnreachable, false, Failure{})
		require.Empty(t, s.operations(), "%s: C4C is not even asked", name)
	}
	require.Nil(t, p.got)
	require.False(t, good.proven(nil), "a worker without the key believes nobody")
}

// A file in transit between two processes can be read by nobody, and is given to no other process.
func TestFilesAreCarriedToTheCertificateThatWasNamed(t *testing.T) {
	t.Parallel()
	var got []byte
	api := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(api.Close)
	sum := sha256.Sum256(api.Certificate().Raw)
	in := CarryFileInput{Account: testAccount, Of: "ticket", ObjectID: ticketKey, To: api.URL + "/files/x",
		Pin: hex.EncodeToString(sum[:])}
	s := newServers(t)
	s.will(openFile, file("offer", "application/pdf"))
	require.NoError(t, s.once("CarryFile", in.Signed(testRelayKey), nil))
	require.Equal(t, "offer", string(got))

	got = nil
	for _, pin := range []string{"", strings.Repeat("0", 64)} {
		in.Pin = pin
		s := newServers(t)
		s.will(openFile, file("offer", "application/pdf"))
		require.Error(t, s.once("CarryFile", in.Signed(testRelayKey), nil))
		require.Nil(t, got)
	}
}
