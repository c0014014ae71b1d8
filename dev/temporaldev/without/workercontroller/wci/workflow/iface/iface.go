// Package iface has the types in which Temporal's server describes serverless workers.
package iface

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// What runs a group's workers, and how many.
type (
	ComputeProviderType  string
	ScalingAlgorithmType string

	ComputeProviderSpec struct {
		ProviderType  ComputeProviderType
		Config        *commonpb.Payload
		NexusEndpoint string
	}

	ScalingAlgorithmSpec struct {
		ScalingAlgorithm ScalingAlgorithmType
		Config           *commonpb.Payload
	}
)

// The groups of one worker deployment version.
type (
	ScalingGroupSpec struct {
		TaskTypes []enumspb.TaskQueueType
		Compute   ComputeProviderSpec
		Scaling   *ScalingAlgorithmSpec
	}

	ScalingGroupSpecUpdate struct {
		Spec       ScalingGroupSpec
		UpdateMask []string
	}

	WorkerControllerInstanceSpec struct{ ScalingGroupSpecs map[string]ScalingGroupSpec }
)

// ValidationResultFailed is the Status of a ValidationStatus with an ErrMessage.
const ValidationResultFailed = "failed"

// What the server asks of a controller, and is told by it.
type (
	ValidationStatus struct {
		LastValidationTime time.Time
		Status             string
		ErrMessage         string
	}

	QueryDescribeWorkerControllerInstanceResponse struct {
		Spec             *WorkerControllerInstanceSpec
		ValidationStatus *ValidationStatus
	}

	UpdateWorkerControllerInstanceResponse struct{ Spec *WorkerControllerInstanceSpec }
)
