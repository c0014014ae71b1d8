package temporaldev

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
)

// alignNamespace gives a namespace of an earlier run the retention and search attributes of the options. A new one has
// them from its creation.
func alignNamespace(ctx context.Context, conn *grpc.ClientConn, namespace string, o Options) error {
	frontend := workflowservice.NewWorkflowServiceClient(conn)
	described, err := frontend.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("temporaldev: namespace %s: %w", namespace, err)
	}
	if described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() != o.Retention {
		_, err := frontend.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
			Namespace: namespace,
			Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(o.Retention)},
		})
		if err != nil {
			return fmt.Errorf("temporaldev: retention of namespace %s: %w", namespace, err)
		}
	}
	return addSearchAttributes(ctx, operatorservice.NewOperatorServiceClient(conn), namespace, o.SearchAttributes)
}

func addSearchAttributes(ctx context.Context, operator operatorservice.OperatorServiceClient, namespace string,
	want map[string]enumspb.IndexedValueType,
) error {
	have, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("temporaldev: search attributes of namespace %s: %w", namespace, err)
	}
	missing := make(map[string]enumspb.IndexedValueType)
	for name, kind := range want {
		existing, ok := have.GetCustomAttributes()[name]
		switch {
		case !ok:
			missing[name] = kind
		case existing != kind:
			return fmt.Errorf("temporaldev: search attribute %s of namespace %s is %s, not %s", name, namespace, existing, kind)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace,
		SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("temporaldev: add search attributes to namespace %s: %w", namespace, err)
	}
	return nil
}
