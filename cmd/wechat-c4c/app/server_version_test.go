package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func preparedCluster(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	c.retention = config.MinRetention
	for _, name := range workflows.SearchAttributes {
		c.attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	return c
}

// A server that is too old is reported with what to do, by the first process that meets it.
func TestOldServersAreRefused(t *testing.T) {
	t.Parallel()
	const says = "the Temporal server is version 1.28.4, and 1.29 or later is needed: upgrade it, or set TEMPORAL_ADDRESS to another one, for example of version 1.32.1"
	c := preparedCluster(t)
	c.version = "1.28.4"
	err := bootstrap(t.Context(), testConfig(t), io.Discard, c.surroundings())
	require.ErrorContains(t, err, says)
	require.Empty(t, c.schedules)
	require.ErrorContains(t, runWorker(t.Context(), testConfig(t), c.surroundings()), says)

	cfg := testConfig(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runAPI(ctx, cfg, c.surroundings()) }()
	require.Eventually(t, func() bool {
		res, err := http.Get("http://" + cfg.InternalAddr + "/readyz")
		if err != nil {
			return false
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode == http.StatusServiceUnavailable && strings.Contains(string(body), says)
	}, 10*time.Second, 20*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
}

func TestBootstrapNamesTheServerAndWhatThePageLacks(t *testing.T) {
	t.Parallel()
	c := preparedCluster(t)
	c.version, c.noReads = "1.29.1", true
	var out bytes.Buffer
	require.NoError(t, bootstrap(t.Context(), testConfig(t), &out, c.surroundings()))
	require.Contains(t, out.String(), "Temporal server: version 1.29.1\n")
	require.Contains(t, out.String(),
		"H5 page: the Temporal server (1.29.1) offers no standalone activities in this namespace")
	require.Contains(t, out.String(), "upgrade it to 1.31 or later")

	out.Reset()
	cfg := testConfig(t)
	cfg.Web.URL = ""
	require.NoError(t, bootstrap(t.Context(), cfg, &out, c.surroundings()))
	require.NotContains(t, out.String(), "H5 page")
	c.noReads = false
	out.Reset()
	require.NoError(t, bootstrap(t.Context(), testConfig(t), &out, c.surroundings()))
	require.NotContains(t, out.String(), "H5 page")
}

func TestAPISaysThatThePageShowsNothing(t *testing.T) {
	t.Parallel()
	c := preparedCluster(t)
	c.version, c.noReads = "1.29.1", true
	log := &syncBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runAPI(ctx, testConfig(t), surroundingsOf(c.addr, log)) }()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "offers no standalone activities") },
		10*time.Second, 20*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
}
