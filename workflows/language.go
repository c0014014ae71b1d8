package workflows

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// Speaks sets the language of what workflows write for operators: details, titles and summaries. It is a worker
// interceptor. Without it they are in English.
//
// A replay does not compare these texts, and details are not part of a history. The setting may therefore change at
// any time, and workers may differ in it.
type Speaks struct {
	interceptor.WorkerInterceptorBase
	Language wording.Language
}

// InterceptWorkflow wraps a workflow's code.
func (s *Speaks) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	i := &speaksInbound{language: s.Language}
	i.Next = next
	return i
}

type speaksInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	language wording.Language
}

// ExecuteWorkflow puts the language into the context.
func (i *speaksInbound) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	return i.Next.ExecuteWorkflow(workflow.WithValue(ctx, languageKey{}, i.language), in)
}

// languageKey is the key of a context with the operators' language.
type languageKey struct{}

func languageOf(ctx workflow.Context) wording.Language {
	language, _ := ctx.Value(languageKey{}).(wording.Language) // none means English
	return language
}

// say returns a text for operators in their language.
func say(ctx workflow.Context, english string, args ...any) string {
	return languageOf(ctx).Say(english, args...)
}
