package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TemporalOptions configure the checks of Temporal.
type TemporalOptions struct {
	// Connect dials once. Its error is the finding of the first check.
	Connect   func(ctx context.Context) (client.Client, error)
	Namespace string
	Account   string
	// Language is the language of the summary in Temporal UI; empty: English.
	Language wording.Language
	// Further omits what was already checked with another account of the installation.
	Further bool
	// Page is set if an account has the H5 page, which needs more of the server.
	Page bool
	// Retention is the shortest retention of closed workflows.
	Retention time.Duration
	// Tenant names the account's C4C tenant, whose parallel calls the workers share.
	Tenant string
	// ReconcileEvery is how often replies are compared; 0: never, so there is nothing to check.
	ReconcileEvery time.Duration
}

// Temporal checks the namespace, the schedules of the token and of the comparison of replies, that workers serve all
// queues, and that C4C accepts a worker's writes.
func Temporal(o TemporalOptions) []Check {
	c := &cluster{TemporalOptions: o}
	checks := []Check{
		{SystemTemporal, "reachable", true, c.reachable},
		{SystemTemporal, "version of the server", true, c.version},
		{SystemTemporal, "namespace and retention", true, c.namespace},
		{SystemTemporal, "standalone activities, by which the page reads", false, c.reads},
		{SystemTemporal, "search attributes", false, c.attributes},
		{SystemTemporal, "schedule of the access token", false, c.schedule},
		{SystemTemporal, "health of the access token", false, c.tokenHealth},
	}
	for _, queue := range []struct {
		name string
		kind enumspb.TaskQueueType
	}{
		{workflows.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW},
		{workflows.QueueWeChat, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
		{workflows.QueueC4C, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
		{workflows.QueuePage, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
		{workflows.QueueFiles, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
	} {
		checks = append(checks, Check{SystemTemporal, "workers on queue " + queue.name, false,
			func(ctx context.Context) Finding {
				return c.pollers(ctx, queue.name, queue.kind)
			}})
	}
	shared := Check{SystemTemporal, "slots of C4C", false, c.slots}
	compared := Check{SystemTemporal, "schedule of compared replies", false, c.reconciliation}
	if o.Further {
		checks = append(checks[:1:1], checks[5:7]...)
		return append(checks, shared, compared, Check{SystemTemporal, "messages arrive", false, c.arrivals},
			Check{SystemC4C, "a worker's write that changes nothing", false, c.writes})
	}
	return append(checks, shared, compared,
		Check{SystemTemporal, "a worker answers", false, c.answers},
		Check{SystemTemporal, "messages arrive", false, c.arrivals},
		Check{SystemC4C, "a worker's write that changes nothing", false, c.writes})
}

type cluster struct {
	TemporalOptions
	client client.Client
}

const (
	bootstrap   = "Run wechat-c4c bootstrap."
	startWorker = "Start wechat-c4c worker, and look at its log."
	otherKeys   = "Run the doctor with the WECHAT_C4C_CODEC_KEYS of the workers: here they are others."
)

// encoded is what Temporal's SDK says in place of a failure that it cannot decrypt.
const encoded = "Encoded failure"

// unreadable reports whether an answer was encrypted with a key that this process does not have.
func unreadable(err error) bool {
	return err != nil && (errors.Is(err, codec.ErrUnknownKey) || strings.Contains(err.Error(), encoded))
}

func (c *cluster) reachable(ctx context.Context) Finding {
	connected, err := c.Connect(ctx)
	if err == nil {
		c.client = connected
		_, err = connected.CheckHealth(ctx, &client.CheckHealthRequest{})
	}
	if err != nil {
		return fail(oneLine(err),
			"Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or the certificates, and the way there.")
	}
	return ok("the frontend serves")
}

func codeOf(err error) codes.Code { return serviceerror.ToStatus(err).Code() }

// managed reports whether the cluster forbids the request, as Temporal Cloud does.
func managed(err error) bool {
	return codeOf(err) == codes.PermissionDenied || codeOf(err) == codes.Unimplemented
}

func (c *cluster) namespace(ctx context.Context) Finding {
	found, err := c.client.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: c.Namespace})
	switch {
	case codeOf(err) == codes.NotFound:
		return fail(say("namespace %s does not exist", c.Namespace), bootstrap)
	case managed(err):
		return warn(say("namespace %s cannot be read from here", c.Namespace),
			say("See that it keeps closed workflows for at least %s.", c.Retention))
	case err != nil:
		return unread(err)
	}
	have := found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	if have < c.Retention {
		return fail(
			say("namespace %s keeps closed workflows for %s; duplicates are recognised only for as long, and %s is needed",
				c.Namespace, have, c.Retention), bootstrap)
	}
	return ok("%s keeps closed workflows for %s", c.Namespace, have)
}

// unread is a question that Temporal did not answer. If our search attributes are missing it cannot; another check
// reports that.
func unread(err error) Finding {
	if codeOf(err) == codes.InvalidArgument && strings.Contains(err.Error(), "search attribute") {
		return skip("not checked, because search attributes are missing")
	}
	return fail(oneLine(err), "Look at Temporal's own health, then run the doctor again.")
}

func (c *cluster) attributes(ctx context.Context) Finding {
	list, err := c.client.OperatorService().ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: c.Namespace})
	if managed(err) {
		return warn("cannot be read from here",
			say("See that these exist as Keyword: %s.", strings.Join(workflows.SearchAttributes, ", ")))
	}
	if err != nil {
		return unread(err)
	}
	var missing, wrong []string
	for _, name := range workflows.SearchAttributes {
		switch kind, ok := list.GetCustomAttributes()[name]; {
		case !ok:
			missing = append(missing, name)
		case kind != enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			wrong = append(wrong, name+" is "+kind.String())
		}
	}
	switch {
	case len(wrong) > 0:
		return fail(say("of another type than Keyword: %s", strings.Join(wrong, ", ")),
			"Remove them, or use another namespace, then run wechat-c4c bootstrap.")
	case len(missing) > 0:
		return fail(say("missing: %s", strings.Join(missing, ", ")), bootstrap)
	}
	return ok("all %d are there", len(workflows.SearchAttributes))
}

// lately is the greatest age of the last start of a schedule that runs every ten minutes.
const lately = 30 * time.Minute

func (c *cluster) schedule(ctx context.Context) Finding {
	return c.lastRun(ctx, workflows.MaintainTokenID(c.Account), 10*time.Minute, lately,
		say("nobody sees that the token is refused"))
}

// reconciliation checks the schedule that finds replies which C4C's push did not deliver.
func (c *cluster) reconciliation(ctx context.Context) Finding {
	if c.ReconcileEvery <= 0 {
		return skip("switched off by WECHAT_C4C_RECONCILE_EVERY")
	}
	return c.lastRun(ctx, workflows.ReconcileRepliesID(c.Account), c.ReconcileEvery,
		max(3*c.ReconcileEvery, 5*time.Minute),
		say("an agent's reply whose push was lost reaches nobody"))
}

// lastRun checks that a schedule exists, is not paused, and ran within the time. lost is the consequence if it does
// not.
func (c *cluster) lastRun(ctx context.Context, id string, every, within time.Duration, lost phrase) Finding {
	found, err := c.client.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
	if codeOf(err) == codes.NotFound {
		return fail(say("schedule %s does not exist", id), bootstrap)
	}
	if err != nil {
		return unread(err)
	}
	if found.Schedule.State != nil && found.Schedule.State.Paused {
		return fail(say("schedule %s is paused: %s", id, found.Schedule.State.Note),
			say("Unpause it in Temporal UI; without it %s.", lost))
	}
	if len(found.Info.RunningWorkflows) > 0 {
		return ok("running now")
	}
	recent := found.Info.RecentActions
	if len(recent) == 0 {
		return warn("it has never run", say("Wait %s, then run the doctor again.", every))
	}
	last := time.Since(recent[len(recent)-1].ActualTime).Round(time.Second)
	if last > within {
		return fail(say("it last ran %s ago", last),
			"Look at the schedule in Temporal UI: it lists skipped runs and errors.")
	}
	return ok("last run %s ago", last)
}

// tokenHealth reads the account's health: the state of the last token maintenance.
func (c *cluster) tokenHealth(ctx context.Context) Finding {
	last, err := c.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: c.Namespace, PageSize: 1,
		Query: fmt.Sprintf("WorkflowType = %q AND Account = %q", workflows.TypeMaintainToken, c.Account),
	})
	if err != nil {
		return unread(err)
	}
	if len(last.GetExecutions()) == 0 {
		return skip("it has never run")
	}
	fields := last.GetExecutions()[0].GetSearchAttributes().GetIndexedFields()
	var state, name string
	read := converter.GetDefaultDataConverter()
	err = errors.Join(
		read.FromPayload(fields[workflows.AttributeSyncState.GetName()], &state),
		read.FromPayload(fields[workflows.AttributeSyncError.GetName()], &name))
	switch {
	case state == workflows.StateNeedsAttention && name != "":
		return caused(name, say("parked: %s", explained{cause: name}))
	case state == workflows.StateStuck:
		return warn("it has been retrying for more than five minutes",
			say("Look at the row %s in Temporal UI.", workflows.MaintainTokenID(c.Account)))
	case state == "":
		return unread(err)
	}
	return ok("%s", state)
}

// arrivals reports whether WeChat reached the callback recently: each message starts a sync.
func (c *cluster) arrivals(ctx context.Context) Finding {
	answer, err := c.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: c.Namespace,
		Query: fmt.Sprintf("WorkflowType IN (%q, %q) AND Account = %q AND StartTime > %q", workflows.TypeCreateTicket,
			workflows.TypeOnboardFollower,
			c.Account, time.Now().Add(-24*time.Hour).UTC().Format(time.RFC3339)),
	})
	if err != nil {
		return unread(err)
	}
	if answer.GetCount() == 0 {
		return warn("no follow and no message within 24 hours",
			"If that is not to be expected: check the callback at mp.weixin.qq.com, Settings and Development, Basic Configuration: address, token, EncodingAESKey, enabled.")
	}
	return ok("%d follows and messages within 24 hours", answer.GetCount())
}
