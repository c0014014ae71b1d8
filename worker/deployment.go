package worker

import (
	"errors"

	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Deployment is a version of a worker deployment: its name and the build id. A versioned worker gets no tasks until
// its version is made the current one.
//
// https://docs.temporal.io/production-deployment/worker-deployments/worker-versioning
type Deployment struct{ Name, BuildID string }

// Check reports what is missing in a version.
func (d Deployment) Check() error {
	switch {
	case d.Name != "" && d.BuildID == "":
		return errors.New(
			"TEMPORAL_DEPLOYMENT_NAME is set and TEMPORAL_WORKER_BUILD_ID is not: a version needs both, for example 1.4.0")
	case d.Name == "" && d.BuildID != "":
		return errors.New(
			"TEMPORAL_WORKER_BUILD_ID is set and TEMPORAL_DEPLOYMENT_NAME is not: a version needs both, for example wechat-c4c")
	}
	return nil
}

// options moves open workflows to the current version with their next task. Conversations and parked syncs live for
// months, so pinned workflows would keep every old version running for good. From release 0.1.0 on workflows change
// compatibly; replaying recorded histories proves it.
func (d Deployment) options() sdk.DeploymentOptions {
	if d.Name == "" {
		return sdk.DeploymentOptions{}
	}
	return sdk.DeploymentOptions{
		UseVersioning:             true,
		Version:                   sdk.WorkerDeploymentVersion{DeploymentName: d.Name, BuildID: d.BuildID},
		DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	}
}
