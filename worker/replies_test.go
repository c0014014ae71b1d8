package worker

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// knowing is a Temporal client that knows some workflows.
type knowing struct {
	client.Client
	ids     []string
	failing error
	asked   []string
}

func (k *knowing) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	k.asked = append(k.asked, id)
	switch {
	case k.failing != nil:
		return nil, k.failing
	case slices.Contains(k.ids, id):
		return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
	}
	return nil, serviceerror.NewNotFound("workflow not found")
}

func TestUnknownReplies(t *testing.T) {
	t.Parallel()
	k := &knowing{ids: []string{"reply/acme/1", "route/acme/2", "reply/other/3"}}
	unknown, err := (&replies{client: k}).Unknown(t.Context(), "acme", []string{"1", "2", "3", "4"})
	require.NoError(t, err)
	require.Equal(t, []string{"3", "4"}, unknown)
	require.Equal(t, []string{"reply/acme/1", "reply/acme/2", "route/acme/2", "reply/acme/3", "route/acme/3", "reply/acme/4", "route/acme/4"}, k.asked)
	unknown, err = (&replies{client: k}).Unknown(t.Context(), "acme", nil)
	require.NoError(t, err)
	require.Empty(t, unknown)
}

// A server that does not answer knows nothing: that is no reason to send a reply again.
func TestUnknownRepliesFail(t *testing.T) {
	t.Parallel()
	failing := errors.New("no server")
	_, err := (&replies{client: &knowing{failing: failing}}).Unknown(t.Context(), "acme", []string{"1"})
	require.ErrorIs(t, err, failing)
}

func TestMissedRepliesAreCounted(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("")
	count, err := countMissed(meter, []string{"acme", "shop"})
	require.NoError(t, err)
	count("shop")
	count("shop")
	var found metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &found))
	require.Equal(t, "wechat_c4c.replies.missed", found.ScopeMetrics[0].Metrics[0].Name)
	counted := map[string]int64{}
	for _, point := range found.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints {
		account, _ := point.Attributes.Value(attribute.Key("account"))
		counted[account.AsString()] = point.Value
	}
	require.Equal(t, map[string]int64{"acme": 0, "shop": 2}, counted, "the first one shows as an increase")

	nobody, err := countMissed(nil, []string{"acme"})
	require.NoError(t, err)
	require.Nil(t, nobody)
}
