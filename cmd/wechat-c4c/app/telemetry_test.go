package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A task that waits 20 ms must not look like one that waits 5 s.
func TestLatenciesOfTemporalAreCountedInSeconds(t *testing.T) {
	t.Parallel()
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	t.Cleanup(telemetry.close)
	histogram, err := telemetry.provider.Meter("temporal-sdk-go").Float64Histogram(
		"temporal_workflow_task_schedule_to_start_latency")
	require.NoError(t, err)
	histogram.Record(t.Context(), 0.02)
	answer := httptest.NewRecorder()
	telemetry.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Contains(t, answer.Body.String(), `temporal_workflow_task_schedule_to_start_latency_bucket{le="0.01"} 0`)
	require.Contains(t, answer.Body.String(), `temporal_workflow_task_schedule_to_start_latency_bucket{le="0.025"} 1`)
	require.Contains(t, answer.Body.String(), `le="300"`)
}
