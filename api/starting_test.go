package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// Platforms probe from the first moment to the last: only what a person has to look at is logged as an error.
func TestReadinessIsLoggedAsAnErrorOnlyInTrouble(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		verdict error
		stopped bool
		level   string
	}{
		{"starting", api.ErrStarting, false, "DEBUG"},
		{"stopping", nil, true, "DEBUG"},
		{"in trouble", errors.New("temporal does not answer"), false, "ERROR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			readiness := api.NewReadiness(func(context.Context) error { return test.verdict })
			if test.stopped {
				readiness.Stop()
			}
			internal := api.NewInternal(api.InternalOptions{
				Readiness: readiness, Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			answer := httptest.NewRecorder()
			internal.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
			require.Equal(t, http.StatusServiceUnavailable, answer.Code)
			var line struct{ Level string }
			require.NoError(t, json.Unmarshal(log.Bytes(), &line))
			require.Equal(t, test.level, line.Level)
		})
	}
}

// The end of a start shows at once: platforms wait for it.
func TestReadinessIsSeenAsSoonAsTheStartEnds(t *testing.T) {
	t.Parallel()
	verdict := api.ErrStarting
	readiness := api.NewReadiness(func(context.Context) error { return verdict })
	require.ErrorIs(t, readiness.Ready(t.Context()), api.ErrStarting)
	verdict = nil
	require.NoError(t, readiness.Ready(t.Context()))
}
