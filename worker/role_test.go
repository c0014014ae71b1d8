package worker

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"
)

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, role := range Roles {
		got, err := ParseRole(string(role))
		require.NoError(t, err)
		require.Equal(t, role, got)
	}
	for _, text := range []string{"", "everything", "C4C"} {
		_, err := ParseRole(text)
		require.EqualError(t, err, `role "`+text+`" is not one of [all workflows wechat c4c]`)
	}
}

func TestEachRoleHasItsQueues(t *testing.T) {
	t.Parallel()
	for role, queues := range map[Role]int{"": 5, RoleAll: 5, RoleWorkflows: 1, RoleWeChat: 1, RoleC4C: 3} {
		o := options(t)
		o.Role = role
		workers, err := build(o, make(chan error, 1))
		require.NoError(t, err)
		require.Len(t, workers, queues, role)
	}
}

func TestDeployment(t *testing.T) {
	t.Parallel()
	require.NoError(t, Deployment{}.Check())
	require.False(t, Deployment{}.options().UseVersioning)
	require.ErrorContains(t, Deployment{Name: "wechat-c4c"}.Check(), "TEMPORAL_WORKER_BUILD_ID is not")
	require.ErrorContains(t, Deployment{BuildID: "1"}.Check(), "TEMPORAL_DEPLOYMENT_NAME is not")
	d := Deployment{Name: "wechat-c4c", BuildID: "1.2.0"}
	require.NoError(t, d.Check())
	require.True(t, d.options().UseVersioning)
	require.Equal(t, "1.2.0", d.options().Version.BuildID)
	require.Equal(t, workflow.VersioningBehaviorAutoUpgrade, d.options().DefaultVersioningBehavior)
	o := options(t)
	o.Deployment = d
	workers, err := build(o, make(chan error, 1))
	require.NoError(t, err)
	require.Len(t, workers, 5, "every type is registered with a behaviour")
}
