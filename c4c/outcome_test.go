package c4c

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// operations are one write over SOAP and one over OData, which make the same promises.
func operations(t *testing.T) map[string]func(ctx context.Context, c *Client) error {
	t.Helper()
	return map[string]func(ctx context.Context, c *Client) error{
		"soap": func(ctx context.Context, c *Client) error {
			_, err := c.Social().CreateProfile(ctx, requestID(t.Name()), NewProfile{OpenID: testOpenID})
			return err
		},
		"odata": func(ctx context.Context, c *Client) error {
			return c.AddTicketText(ctx, "00163E0000001ED78000000000000009", TextCustomerReply, "en", "my brakes squeal")
		},
	}
}

func TestNotSent(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	for name, operation := range operations(t) {
		t.Run(name+"/connection refused", func(t *testing.T) {
			t.Parallel()
			c, _ := setup(t, SocialSOAP, func(o *Options) { o.BaseURL = "http://" + closed.Addr().String() })
			err := operation(t.Context(), c)
			requireClass(t, err, ErrNotSent)
			requireRedacted(t, err, testOpenID, "brakes")
		})
		t.Run(name+"/tls fails", func(t *testing.T) {
			t.Parallel()
			c, _ := setup(t, SocialSOAP, func(o *Options) { o.BaseURL = strings.Replace(o.BaseURL, "http:", "https:", 1) })
			requireClass(t, operation(t.Context(), c), ErrNotSent)
		})
		t.Run(name+"/context ended", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := operation(ctx, c)
			requireClass(t, err, ErrNotSent)
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, f.seen())
		})
		t.Run(name+"/dial ends with the context", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			c, _ := setup(t, SocialSOAP, func(o *Options) {
				o.HTTPClient = &http.Client{Transport: &http.Transport{
					DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
						cancel()
						<-ctx.Done()
						return nil, ctx.Err()
					},
				}}
			})
			err := operation(ctx, c)
			requireClass(t, err, ErrNotSent)
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	drop := func(w http.ResponseWriter) {
		conn, _, err := w.(*statusWriter).ResponseWriter.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}
	isWrite := func(r *http.Request) bool { return r.Method == http.MethodPost }
	for name, operation := range operations(t) {
		t.Run(name+"/timeout", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if !isWrite(r) {
					next(w, r)
					return
				}
				cancel()
				<-r.Context().Done()
			})
			err := operation(ctx, c)
			requireClass(t, err, ErrOutcomeUnknown)
			require.ErrorIs(t, err, context.Canceled)
			requireRedacted(t, err, testOpenID, "brakes")
		})
		t.Run(name+"/client timeout", func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int32
			c, f := setup(t, SocialSOAP, func(o *Options) { o.HTTPClient.Timeout = time.Second })
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if !isWrite(r) {
					next(w, r)
					return
				}
				writes.Add(1)
				<-r.Context().Done()
			})
			err := operation(t.Context(), c)
			requireClass(t, err, ErrOutcomeUnknown)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.EqualValues(t, 1, writes.Load())
		})
		t.Run(name+"/connection dropped", func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int32
			c, f := setup(t, SocialSOAP)
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if !isWrite(r) {
					next(w, r)
					return
				}
				writes.Add(1)
				drop(w)
			})
			requireClass(t, operation(t.Context(), c), ErrOutcomeUnknown)
			require.EqualValues(t, 1, writes.Load(), "a write is never sent twice")
		})
		t.Run(name+"/answer cut off", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if !isWrite(r) {
					next(w, r)
					return
				}
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, "<half")
			})
			err := operation(t.Context(), c)
			requireClass(t, err, ErrOutcomeUnknown)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		})
		t.Run(name+"/answer too large", func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if !isWrite(r) {
					next(w, r)
					return
				}
				chunk := []byte(strings.Repeat(" ", 1<<20))
				for range 17 {
					_, _ = w.Write(chunk)
				}
			})
			err := operation(t.Context(), c)
			requireClass(t, err, ErrOutcomeUnknown)
			require.ErrorIs(t, err, errTooLarge)
		})
	}
}

// TestTransportWithoutTrace: if the transport reports nothing, the request counts as sent.
func TestTransportWithoutTrace(t *testing.T) {
	t.Parallel()
	c, _ := setup(t, SocialSOAP, func(o *Options) {
		o.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("proxy says " + testPassword)
		})}
	})
	_, err := c.Social().CreateProfile(t.Context(), requestID("x"), NewProfile{OpenID: testOpenID})
	requireClass(t, err, ErrOutcomeUnknown)
	requireRedacted(t, err)
	require.Contains(t, err.Error(), "proxy says ***")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
