package api_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/web"
)

// The internal port speaks TLS with workers that send files, and plain HTTP with platforms that ask for health.
func TestInternalPortSpeaksTLSToo(t *testing.T) {
	t.Parallel()
	config, err := web.NewRelay().TLS()
	require.NoError(t, err)
	server, err := api.Listen(t.Context(), api.ServerOptions{
		InternalAddr: "127.0.0.1:0", InternalTLS: config, ReadTimeout: 200 * time.Millisecond, StopTimeout: 5 * time.Second,
		Internal: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			_, _ = io.WriteString(w, r.Method+" "+string(body))
		}),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()

	ask := func(scheme string, client *http.Client) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, scheme+"://"+server.InternalAddr()+"/",
			http.NoBody)
		require.NoError(t, err)
		res, err := client.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(body)
	}
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	encrypted := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}}}
	for range 3 {
		require.Equal(t, "PUT ", ask("http", plain))
		require.Equal(t, "PUT ", ask("https", encrypted))
	}

	silent, err := net.Dial("tcp", server.InternalAddr())
	require.NoError(t, err)
	defer func() { _ = silent.Close() }()
	require.Equal(t, "PUT ", ask("https", encrypted), "whoever says nothing keeps nobody waiting")
	require.NoError(t, silent.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = silent.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "and is hung up on")

	cancel()
	require.NoError(t, <-ended)
	_, err = net.Dial("tcp", server.InternalAddr())
	require.Error(t, err)
}
