package operate_test

import (
	"context"
	"strconv"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// fake is a Temporal with parked syncs that gives them out the youngest first, in small pages.
type fake struct {
	client.Client // what the test does not use

	ids      []string // oldest first
	pages    int
	queries  []string
	signals  []string
	signal   func(id string) error
	update   func(context.Context) error
	describe error
}

const fakePage = 400

var fakeBirth = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newFake(ids ...string) *fake { return &fake{ids: ids} }

func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "note/shop/" + strconv.Itoa(i)
	}
	return ids
}

func (f *fake) operator() *operate.Operator {
	return &operate.Operator{
		Temporal: f, Namespace: "default", DataConverter: converter.GetDefaultDataConverter(),
		FailureConverter: temporal.GetDefaultFailureConverter(),
	}
}

func (f *fake) info(i int) *workflowpb.WorkflowExecutionInfo {
	keyword := func(s string) *commonpb.Payload {
		p, err := converter.GetDefaultDataConverter().ToPayload(s)
		if err != nil {
			panic(err)
		}
		return p
	}
	return &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: f.ids[i], RunId: "run-" + strconv.Itoa(i)},
		Type:      &commonpb.WorkflowType{Name: workflows.TypeNoteTicket},
		Status:    enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		StartTime: timestamppb.New(fakeBirth.Add(time.Duration(i) * time.Second)),
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{
			"SyncState": keyword(workflows.StateNeedsAttention), "SyncError": keyword("C4CCredentials"),
		}},
	}
}

func (f *fake) ListWorkflow(_ context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	f.pages++
	f.queries = append(f.queries, request.GetQuery())
	from := len(f.ids)
	if token := request.GetNextPageToken(); len(token) > 0 {
		from, _ = strconv.Atoi(string(token))
	}
	answer := &workflowservice.ListWorkflowExecutionsResponse{}
	for i := from - 1; i >= 0 && i >= from-fakePage; i-- {
		answer.Executions = append(answer.Executions, f.info(i))
	}
	if from > fakePage {
		answer.NextPageToken = []byte(strconv.Itoa(from - fakePage))
	}
	return answer, nil
}

func (f *fake) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (
	*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: int64(len(f.ids))}, nil
}

func (f *fake) DescribeWorkflowExecution(context.Context, string,
	string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: f.info(0)}, f.describe
}

func (f *fake) SignalWorkflow(_ context.Context, id, runID, name string, _ any) error {
	if f.signal != nil {
		if err := f.signal(id); err != nil {
			return err
		}
	}
	f.signals = append(f.signals, name+" "+id+" "+runID)
	return nil
}

func (f *fake) UpdateWorkflow(ctx context.Context, _ client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle,
	error) {
	return nil, f.update(ctx)
}
