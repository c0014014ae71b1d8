// Package client stands in for the client with which Temporal's server controls serverless workers: there are none.
package client

import (
	"context"

	deploymentpb "go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/auto-scaled-workers/wci/workflow/iface"
	"go.temporal.io/server/common/namespace"
	"go.uber.org/fx"
)

// Module provides the Client.
var Module = fx.Provide(func() Client { return none{} })

// Client is what Temporal's server calls of it.
type Client interface {
	DescribeWorkerControllerInstance(ctx context.Context, in *namespace.Namespace,
		version *deploymentpb.WorkerDeploymentVersion) (
		found *iface.QueryDescribeWorkerControllerInstanceResponse, conflictToken []byte, err error)

	UpdateWorkerControllerInstance(ctx context.Context, in *namespace.Namespace,
		version *deploymentpb.WorkerDeploymentVersion, conflictToken []byte, identity string,
		upsert map[string]iface.ScalingGroupSpecUpdate, remove []string) (
		*iface.UpdateWorkerControllerInstanceResponse, error)

	ValidateWorkerControllerInstanceSpec(ctx context.Context, in *namespace.Namespace,
		version *deploymentpb.WorkerDeploymentVersion, identity string,
		upsert map[string]iface.ScalingGroupSpecUpdate, remove []string) error

	DeleteWorkerControllerInstance(ctx context.Context, in *namespace.Namespace,
		version *deploymentpb.WorkerDeploymentVersion, identity string) error
}

const explanation = "this development server has no serverless workers"

var (
	errNone        = serviceerror.NewNotFound(explanation)
	errUnsupported = serviceerror.NewInvalidArgument(explanation)
)

// none is a Client without any serverless worker.
type none struct{}

func (none) DescribeWorkerControllerInstance(context.Context, *namespace.Namespace,
	*deploymentpb.WorkerDeploymentVersion) (*iface.QueryDescribeWorkerControllerInstanceResponse, []byte, error) {
	return nil, nil, errNone
}

func (none) UpdateWorkerControllerInstance(context.Context, *namespace.Namespace,
	*deploymentpb.WorkerDeploymentVersion, []byte, string, map[string]iface.ScalingGroupSpecUpdate, []string) (
	*iface.UpdateWorkerControllerInstanceResponse, error) {
	return nil, errUnsupported
}

func (none) ValidateWorkerControllerInstanceSpec(context.Context, *namespace.Namespace,
	*deploymentpb.WorkerDeploymentVersion, string, map[string]iface.ScalingGroupSpecUpdate, []string) error {
	return errUnsupported
}

func (none) DeleteWorkerControllerInstance(context.Context, *namespace.Namespace,
	*deploymentpb.WorkerDeploymentVersion, string) error {
	return nil
}
