package c4c

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHTTP2 checks the same promises over HTTP/2 and TLS.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	received := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			w.WriteHeader(http.StatusHTTPVersionNotSupported)
			return
		}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, serviceDocument)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		close(received)
		<-r.Context().Done()
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := New(Options{
		BaseURL: server.URL, User: testUser, Password: testPassword, ChannelID: testChannel, ChannelCode: testCode,
		HTTPClient: server.Client(),
	})
	require.NoError(t, err)
	require.NoError(t, c.Ping(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-received; cancel() }()
	_, err = c.Social().CreateProfile(ctx, requestID("x"), NewProfile{OpenID: testOpenID})
	requireClass(t, err, ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = c.Social().CreateProfile(ctx, requestID("x"), NewProfile{OpenID: testOpenID})
	requireClass(t, err, ErrNotSent)
}

// TestUntrustedCertificate: the request, and with it the password, is not sent.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := New(Options{BaseURL: server.URL, User: testUser, Password: testPassword, ChannelID: testChannel,
		ChannelCode: testCode})
	require.NoError(t, err)
	requireClass(t, c.Ping(t.Context()), ErrNotSent)
	require.Zero(t, calls.Load())
}

// TestIdleConnectionClosed: C4C closes an idle connection while the next write is on its way. The write must not be
// processed twice, and must not count as unsent if it may have been processed.
func TestIdleConnectionClosed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	var processed atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerOnceThenDrop(conn, &processed)
		}
	}()
	c, err := New(Options{
		BaseURL: "http://" + listener.Addr().String(), User: testUser, Password: testPassword, ChannelID: testChannel,
		ChannelCode: testCode,
	})
	require.NoError(t, err)
	for range 20 {
		before := processed.Load()
		_, err = c.Social().FindProfile(t.Context(), testOpenID)
		switch {
		case processed.Load() == before:
			require.ErrorIs(t, err, ErrOutcomeUnknown, "it was read but not answered")
		default:
			require.ErrorIs(t, err, ErrNotFound)
			require.Equal(t, before+1, processed.Load())
		}
	}
}

// answerOnceThenDrop answers the first request of a connection and drops the second without an answer.
func answerOnceThenDrop(conn net.Conn, processed *atomic.Int32) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for i := range 2 {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		if i == 1 {
			return
		}
		processed.Add(1)
		body := soapEnvelope("X", hits(0))
		resp := &http.Response{
			StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"text/xml"}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}
		if resp.Write(conn) != nil {
			return
		}
	}
}

// TestCompressedAnswers: the size after decompression counts.
func TestCompressedAnswers(t *testing.T) {
	t.Parallel()
	var size atomic.Int32
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		defer z.Close()
		_, _ = io.WriteString(z, `{"d":{"results":[{"ObjectID":"A1","CustomerID":"1","FirstName":"`)
		blanks := strings.Repeat(" ", 1<<20)
		for range size.Load() {
			_, _ = io.WriteString(z, blanks)
		}
		_, _ = io.WriteString(z, `"}]}}`)
	}))
	found, err := c.CustomerByID(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, "A1", found.ObjectID)
	size.Store(17)
	_, err = c.CustomerByID(t.Context(), "1")
	requireClass(t, err, ErrOutcomeUnknown)
	require.ErrorIs(t, err, errTooLarge)
}

// TestLargeErrorPage: at most a mebibyte of an error is read.
func TestLargeErrorPage(t *testing.T) {
	t.Parallel()
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusBadRequest)
		chunk := []byte(strings.Repeat("x", 1<<16))
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	_, err := c.TicketByID(t.Context(), "1")
	requireClass(t, err, ErrRejected)
	require.Less(t, len(err.Error()), 2*maxNote)
}

// TestGateReleases tries misbehaving transports.
func TestGateReleases(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]roundTrip{
		"error": func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"no body": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, http.NotFoundHandler(), func(o *Options) {
				o.MaxParallel, o.HTTPClient = 1, &http.Client{Transport: transport}
			})
			for range 3 {
				require.Error(t, c.Ping(t.Context()))
			}
		})
	}
}

func TestGateClosesBodyOfWaiting(t *testing.T) {
	t.Parallel()
	g := &gate{slots: make(channel)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closeNoter{}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/", body)
	require.NoError(t, err)
	_, err = g.RoundTrip(req)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "waiting for other calls")
	require.True(t, body.closed)
}

type closeNoter struct{ closed bool }

func (c *closeNoter) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closeNoter) Close() error             { c.closed = true; return nil }

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"c4c: ticket: fault soap-env:Server (http 500): Down": &Fault{Op: "ticket", Status: 500, Code: "soap-env:Server",
			Text: "Down"},
		"c4c: ticket: business error: 034(/X/) Blocked; Late": &BusinessError{Op: "ticket",
			Items: []LogItem{{"034(/X/)", 3, "Blocked"}, {"", 2, "Warned"}, {"", 3, "Late"}}},
		"c4c: ticket: business error: no reason given": &BusinessError{Op: "ticket"},
		"c4c: ticket: http 400: A:1 Bad": &ODataError{Op: "ticket", Status: 400, Code: "A:1",
			Message: "Bad"},
		"c4c: ticket: request not sent: context canceled": &TransportError{Op: "ticket", Unsent: true,
			Err: context.Canceled},
		"c4c: ticket: http 503: a web page in place of an answer": &TransportError{Op: "ticket", Status: 503,
			Err: errWebPage},
		"c4c: ticket: http 401": &TransportError{Op: "ticket", Status: 401},
		"c4c: ticket: ObjectID must be 32 hexadecimal digits": &ArgumentError{Op: "ticket", Field: "ObjectID",
			Reason: "must be 32 hexadecimal digits"},
		"c4c: not found: ticket": notFound("ticket"),
	} {
		require.EqualError(t, err, want)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://h.example", "https://h.example/", "https://h.example/tenant",
		"https://h.example/tenant/"} {
		o := Options{BaseURL: base, User: "u", Password: "p", ChannelID: "c", ChannelCode: "1"}
		c, err := New(o)
		require.NoError(t, err)
		prefix := strings.TrimSuffix(base, "/")
		req, err := c.odata.request(t.Context(), "x", http.MethodGet, "A('1')/B",
			query{"$filter": "ID eq 'a b'", "$top": "1"}, nil)
		require.NoError(t, err)
		require.Equal(t, prefix+"/sap/c4c/odata/v1/c4codataapi/A('1')/B?$filter=ID%20eq%20%27a%20b%27&$top=1",
			req.URL.String())
		soap, ok := c.Social().(*soapSocial)
		require.True(t, ok)
		require.Equal(t, prefix+"/sap/bc/srt/scs/sap/findthing?sap-vhost=h.example",
			soap.soap.address(soapOperation{"FindThing", "findthing"}))
	}
}

// TestUnknownOperation: gosoap would send an empty action for an operation missing from the WSDL, so none may be
// missing.
func TestUnknownOperation(t *testing.T) {
	t.Parallel()
	wsdl, err := wsdlFS.ReadFile("c4c.wsdl")
	require.NoError(t, err)
	for _, o := range []soapOperation{maintainProfile, findProfile, maintainActivity, findActivity} {
		require.Contains(t, string(wsdl), `<wsdl:operation name="`+o.name+`">`)
		require.LessOrEqual(t, len(o.service), 30)
	}
	c, f := setup(t, SocialSOAP)
	soap, ok := c.Social().(*soapSocial)
	require.True(t, ok)
	_, err = soap.soap.call(t.Context(), "odd", findProfile, func() {})
	requireClass(t, err, ErrNotSent)
	require.Empty(t, f.seen())
}

// lender gives one slot at a time, and can take it back.
type lender struct {
	slots  channel
	taken  context.CancelCauseFunc
	lent   int
	refuse error
}

func (l *lender) Acquire(ctx context.Context) (context.Context, func(), error) {
	if l.refuse != nil {
		return nil, nil, l.refuse
	}
	_, done, err := l.slots.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	l.lent++
	calling, cancel := context.WithCancelCause(ctx)
	l.taken = cancel
	return calling, func() { cancel(nil); done() }, nil
}

var errTaken = errors.New("the slot was taken back")

// A call whose slot is taken back ends with an error that says so: its caller did not cancel it.
func TestASlotIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, whenBodyIsRead := range []bool{false, true} {
		t.Run(fmt.Sprint(whenBodyIsRead), func(t *testing.T) {
			t.Parallel()
			l := &lender{slots: make(channel, 1)}
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if whenBodyIsRead {
					w.WriteHeader(http.StatusOK)
					_ = http.NewResponseController(w).Flush()
				}
				l.taken(errTaken)
				<-r.Context().Done()
			}), func(o *Options) { o.Slots = l })
			for range 2 {
				err := c.Ping(t.Context())
				require.ErrorIs(t, err, errTaken)
				require.ErrorIs(t, err, ErrOutcomeUnknown)
				require.NotErrorIs(t, err, context.Canceled)
			}
			require.Equal(t, 2, l.lent, "the slot is free again each time")
		})
	}
}

func TestWithoutASlotNothingIsSent(t *testing.T) {
	t.Parallel()
	c := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a call") }),
		func(o *Options) { o.Slots = &lender{refuse: errTaken} })
	requireClass(t, c.Ping(t.Context()), ErrNotSent)
}
