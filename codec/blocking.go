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

// WorkflowOptions turns the options of a client into those for workers that run workflows. If such a worker cannot
// decrypt a payload, the workflow task fails and is retried until a worker has the key. After a mere error the SDK
// would drop the signal, fail the workflow, or continue it with a value that nobody sent.
//
// Use the client only for such workers, not for activities: decoding with it panics.
func (r *KeyRing) WorkflowOptions(o client.Options) client.Options {
	data := blocking{DataConverter: r.DataConverter()}
	o.DataConverter, o.FailureConverter = data, newFailureConverter(data)
	o.Interceptors = append(slices.Clone(o.Interceptors), &queries{data: r.DataConverter()})
	return o
}

// blocking panics on payloads that cannot be read here but may be readable elsewhere or later. With the worker's
// default panic policy, BlockWorkflow, a panic fails the workflow task. blocking is not a converter.ContextAware,
// because the SDK also uses it for markers, updates and failures, and gives it no workflow context there.
type blocking struct{ converter.DataConverter }

// FromPayload reads a value, or panics.
func (b blocking) FromPayload(payload *commonpb.Payload, value any) error {
	return block(b.DataConverter.FromPayload(payload, value))
}

// FromPayloads reads values, or panics.
func (b blocking) FromPayloads(payloads *commonpb.Payloads, values ...any) error {
	return block(b.DataConverter.FromPayloads(payloads, values...))
}

// block panics if a worker with another key or a newer build could read the payload. A value that does not fit its type
// remains an error: the sender made a mistake, and the SDK refuses the update, or drops and counts the signal.
func block(err error) error {
	for _, unread := range []error{ErrUnknownKey, ErrPayload, converter.ErrEncodingIsNotSupported} {
		if errors.Is(err, unread) {
			panic(err)
		}
	}
	return err
}

// queries makes queries answer with an error instead of a panic: the SDK does not recover from panics while it reads
// their arguments.
type queries struct {
	interceptor.InterceptorBase
	data converter.DataConverter
}

// InterceptWorkflow wraps the handlers of queries.
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

// Init wraps what the workflow requests from the SDK.
func (i *queriesInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	o := &queriesOutbound{data: i.data}
	o.Next = next
	return i.Next.Init(o)
}

type queriesOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	data converter.DataConverter
}

// SetQueryHandler gives the handler a converter that returns errors.
func (o *queriesOutbound) SetQueryHandler(ctx workflow.Context, name string, handler any) error {
	return o.Next.SetQueryHandler(workflow.WithDataConverter(ctx, o.data), name, handler)
}

// SetQueryHandlerWithOptions gives the handler a converter that returns errors.
func (o *queriesOutbound) SetQueryHandlerWithOptions(
	ctx workflow.Context, name string, handler any, options workflow.QueryHandlerOptions,
) error {
	return o.Next.SetQueryHandlerWithOptions(workflow.WithDataConverter(ctx, o.data), name, handler, options)
}
