package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// stoppingCauses are the causes that stop all syncs of an account until a person or the clock ends them.
var stoppingCauses = func() (names []string) {
	for _, cause := range activities.Causes {
		if cause.Everything && cause.Manual {
			names = append(names, cause.Type)
		}
	}
	return names
}()

// readCauses finds the workflows that represent causes. One page is enough: the number of causes is fixed.
func (b *backlog) readCauses(ctx context.Context) (map[string]time.Time, error) {
	rows, _, err := b.list(ctx, fmt.Sprintf(`%s = %q AND ExecutionStatus = "Running" AND WorkflowType = %q`,
		workflows.AttributeAccount.GetName(), b.account, workflows.TypeResumeCause))
	causes := map[string]time.Time{}
	for _, row := range rows {
		id := row.GetExecution().GetWorkflowId()
		causes[id[strings.LastIndex(id, "/")+1:]] = row.GetStartTime().AsTime()
	}
	return causes, err
}

func causeGauge(meter metric.Meter) (metric.Float64ObservableGauge, error) {
	return meter.Float64ObservableGauge("wechat_c4c.cause.open", metric.WithUnit("s"),
		metric.WithDescription("Time for which a cause has stopped the account, by cause; 0 where it does not."))
}

// observeCauses reports each cause, including those that are not open. The caller holds the lock.
func (b *backlog) observeCauses(o metric.Observer, gauge metric.Float64Observable) {
	for _, cause := range stoppingCauses {
		seconds := 0.0
		if since, ok := b.causes[cause]; ok {
			seconds = max(1, b.now().Sub(since).Seconds())
		}
		o.ObserveFloat64(gauge, seconds,
			metric.WithAttributes(attribute.String("account", b.account), attribute.String("cause", cause)))
	}
}
