package worker

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
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

func (k *knowing) DescribeWorkflowExecution(_ context.Context, id,
	_ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
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
	require.Equal(t, []string{"reply/acme/1", "reply/acme/2", "route/acme/2", "reply/acme/3", "route/acme/3",
		"reply/acme/4", "route/acme/4"}, k.asked)
	unknown, err = (&replies{client: k}).Unknown(t.Context(), "acme", nil)
	require.NoError(t, err)
	require.Empty(t, unknown)
}

// A server that does not answer is no reason to send a reply again.
func TestUnknownRepliesFail(t *testing.T) {
	t.Parallel()
	failing := errors.New("no server")
	_, err := (&replies{client: &knowing{failing: failing}}).Unknown(t.Context(), "acme", []string{"1"})
	require.ErrorIs(t, err, failing)
}
