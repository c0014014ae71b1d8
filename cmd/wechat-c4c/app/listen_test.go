package app

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

var internalOf = regexp.MustCompile(`msg=serving.* internal=(\S+)`)

// An api and workers start next to each other on one machine without settings for their internal addresses.
func TestProcessesTakeAFreeInternalPort(t *testing.T) {
	t.Parallel()
	const usual = "127.0.0.1:8081"
	if taken, err := net.Listen("tcp", usual); err == nil { // if it fails, another process uses it
		t.Cleanup(func() { _ = taken.Close() })
	}
	cfg, _, err := config.Load([]string{config.Prefix + "ENVIRONMENT=development", config.Prefix +
		"PUBLIC_ADDR=127.0.0.1:0"})
	require.NoError(t, err)
	require.Equal(t, usual, cfg.InternalAddr)
	c := preparedCluster(t)
	log := &syncBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runAPI(ctx, cfg, surroundingsOf(c.addr, log)) }()
	require.Eventually(t, func() bool { return internalOf.FindStringSubmatch(log.String()) != nil }, 10*time.Second,
		10*time.Millisecond)
	addr := internalOf.FindStringSubmatch(log.String())[1]
	require.NotEqual(t, usual, addr)
	res, err := http.Get("http://" + addr + "/livez")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, log.String(), "taken="+usual)
	cancel()
	require.NoError(t, <-done)
}

// A configured address is used or causes an error, because something else expects it.
func TestChosenInternalAddressesAreKept(t *testing.T) {
	t.Parallel()
	for _, given := range []bool{false, true} {
		environ := []string{config.Prefix + "ENVIRONMENT=development"}
		if given {
			environ = append(environ, config.Prefix+"INTERNAL_ADDR=127.0.0.1:8081")
		}
		cfg, _, err := config.Load(environ)
		require.NoError(t, err)
		require.Equal(t, !given, cfg.InternalAddrIsDefault())
		cfg.InternalAddr = "127.0.0.1:9999"
		require.False(t, cfg.InternalAddrIsDefault())
	}
}
