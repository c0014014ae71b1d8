package codec

import (
	"errors"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// WorkflowOptions turns the options of a client into those for workers that run workflows. Such a worker blocks on what
// it cannot decrypt: the workflow task fails and is tried again until a worker has the key. With a mere error the SDK
// drops the signal, fails the workflow, or lets it go on with a value that nobody sent.
//
// The client is for workers only, and for no activities: anybody else who decodes gets a panic, too.
func (r *KeyRing) WorkflowOptions(o client.Options) client.Options {
	data := blocking{DataConverter: r.DataConverter()}
	o.DataConverter, o.FailureConverter = data, newFailureConverter(data)
	o.Interceptors = append(slices.Clone(o.Interceptors), &queries{data: r.DataConverter()})
	return o
}

// blocking panics on payloads that cannot be read here but may be read elsewhere or later. The worker's panic policy,
// which is BlockWorkflow unless somebody sets another, makes that a failed workflow task. The SDK takes this converter
// for markers, updates and failures as well, to which it gives no workflow context: therefore not a
// converter.ContextAware.
type blocking struct{ converter.DataConverter }

// FromPayload reads a value, or panics.
func (b blocking) FromPayload(payload *commonpb.Payload, value any) error {
	return block(b.DataConverter.FromPayload(payload, value))
}

// FromPayloads reads values, or panics.
func (b blocking) FromPayloads(payloads *commonpb.Payloads, values ...any) error {
	return block(b.DataConverter.FromPayloads(payloads, values...))
}

// block panics where another key, or a build that knows the encoding, would read it. A value that does not fit its type
// stays an error: that is a mistake of who sent it, and the SDK refuses the update, or drops and counts the signal.
func block(err error) error {
	for _, unread := range []error{ErrUnknownKey, ErrPayload, converter.ErrEncodingIsNotSupported} {
		if errors.Is(err, unread) {
			panic(err)
		}
	}
	return err
}

// queries has queries answer with an error: the SDK reads their arguments outside of what it guards against panics.
type queries struct {
	interceptor.InterceptorBase
	data converter.DataConverter
}

// InterceptWorkflow sees the handlers of queries.
func (q *queries) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	i := &queriesInbound{data: q.data}
	i.Next = next
	return i
}

type queriesInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	data converter.DataConverter
}

// Init sees what the workflow asks of the SDK.
func (i *queriesInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	o := &queriesOutbound{data: i.data}
	o.Next = next
	return i.Next.Init(o)
}

type queriesOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	data converter.DataConverter
}

// SetQueryHandler gives the handler a converter that answers errors.
func (o *queriesOutbound) SetQueryHandler(ctx workflow.Context, name string, handler any) error {
	return o.Next.SetQueryHandler(workflow.WithDataConverter(ctx, o.data), name, handler)
}

// SetQueryHandlerWithOptions gives the handler a converter that answers errors.
func (o *queriesOutbound) SetQueryHandlerWithOptions(
	ctx workflow.Context, name string, handler any, options workflow.QueryHandlerOptions,
) error {
	return o.Next.SetQueryHandlerWithOptions(workflow.WithDataConverter(ctx, o.data), name, handler, options)
}
