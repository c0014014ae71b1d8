package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// ensureNamespace makes sure that the namespace exists and keeps closed workflows long enough.
func (b *bootstrapper) ensureNamespace(ctx context.Context) error {
	want := b.cfg.NamespaceRetention
	found, err := b.temporal.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: b.namespace})
	switch {
	case codeOf(err) == codes.NotFound:
		return b.createNamespace(ctx)
	case managed(err):
		b.sayNamespace("cannot be read from here; see that it keeps closed workflows for at least %s", want)
		return nil
	case err != nil:
		return fmt.Errorf("read namespace %s: %w", b.namespace, err)
	}
	have := found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	if have >= want {
		b.sayNamespace("keeps closed workflows for %s", have)
		return nil
	}
	return b.raiseRetention(ctx, have)
}

func (b *bootstrapper) sayNamespace(format string, args ...any) {
	b.say("namespace "+b.namespace, format, args...)
}

func (b *bootstrapper) createNamespace(ctx context.Context) error {
	want := b.cfg.NamespaceRetention
	if b.dryRun {
		b.missing = true
		b.sayNamespace("would be created, and keep closed workflows for %s", want)
		return nil
	}
	_, err := b.temporal.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: b.namespace, WorkflowExecutionRetentionPeriod: durationpb.New(want),
	})
	if managed(err) {
		return &trouble{
			fmt.Sprintf(
				"namespace %s does not exist and may not be created from here: create it where the cluster is managed, with a retention of at least %s, "+
					"or set TEMPORAL_NAMESPACE to the right one", b.namespace, want), err}
	}
	if err != nil && codeOf(err) != codes.AlreadyExists {
		return fmt.Errorf("create namespace %s: %w", b.namespace, err)
	}
	b.sayNamespace("created, keeps closed workflows for %s", want)
	return nil
}

func (b *bootstrapper) raiseRetention(ctx context.Context, have time.Duration) error {
	want := b.cfg.NamespaceRetention
	if b.dryRun {
		b.sayNamespace("retention would be raised from %s to %s", have, want)
		return nil
	}
	_, err := b.temporal.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: b.namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(want)},
	})
	if managed(err) {
		return &trouble{
			fmt.Sprintf(
				"namespace %s keeps closed workflows for %s, needs %s, and may not be changed from here: raise it where the cluster is managed", b.namespace, have, want), err}
	}
	if err != nil {
		return fmt.Errorf("raise retention of namespace %s: %w", b.namespace, err)
	}
	b.sayNamespace("retention raised from %s to %s", have, want)
	return nil
}

// ensureAttributes makes sure that the namespace has our search attributes, and that the cluster knows them.
func (b *bootstrapper) ensureAttributes(ctx context.Context) error {
	if b.missing {
		b.say("search attributes", "would be added: %s", strings.Join(workflows.SearchAttributes, ", "))
		return nil
	}
	have, err := b.attributes(ctx)
	if managed(err) {
		b.say("search attributes", "cannot be read from here; see that these exist as Keyword: %s",
			strings.Join(workflows.SearchAttributes, ", "))
		return nil
	}
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for _, name := range workflows.SearchAttributes {
		kind, ok := have[name]
		switch {
		case !ok:
			missing[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
		case kind != enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			return fmt.Errorf("search attribute %s is of type %s instead of Keyword: remove it or use another namespace", name,
				kind)
		default:
			b.say("search attribute "+name, "there")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if b.dryRun {
		b.say("search attributes", "would be added: %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
		return nil
	}
	_, err = b.temporal.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: b.namespace, SearchAttributes: missing,
	})
	if managed(err) {
		names := strings.Join(slices.Sorted(maps.Keys(missing)), ", ")
		return &trouble{"search attributes may not be added from here: create " + names +
			" of type Keyword where the cluster is managed", err}
	}
	if err != nil && codeOf(err) != codes.AlreadyExists {
		return fmt.Errorf("add search attributes: %w", err)
	}
	return b.awaitAttributes(ctx, missing)
}

// attributes lists the namespace's own search attributes, once the cluster knows the namespace.
func (b *bootstrapper) attributes(ctx context.Context) (map[string]enumspb.IndexedValueType, error) {
	var have map[string]enumspb.IndexedValueType
	err := poll(ctx, func() (bool, error) {
		list, err := b.temporal.OperatorService().ListSearchAttributes(ctx,
			&operatorservice.ListSearchAttributesRequest{Namespace: b.namespace})
		have = list.GetCustomAttributes()
		if codeOf(err) == codes.NotFound {
			return false, nil
		}
		return true, err
	})
	return have, err
}

// awaitAttributes waits until the cluster knows new search attributes.
func (b *bootstrapper) awaitAttributes(ctx context.Context, added map[string]enumspb.IndexedValueType) error {
	err := poll(ctx, func() (bool, error) {
		have, err := b.attributes(ctx)
		for name := range added {
			if _, ok := have[name]; !ok {
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		return fmt.Errorf("wait for search attributes: %w", err)
	}
	for _, name := range workflows.SearchAttributes {
		if _, ok := added[name]; ok {
			b.say("search attribute "+name, "added")
		}
	}
	return nil
}
