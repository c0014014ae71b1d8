// Package operate implements the operators' commands on syncs: find them, explain them, get them moving, and show or
// erase what is stored about one follower. Listing and counting query only Temporal's visibility store. A history is
// read only to describe a single sync. No command prints an openid or the text of a message.
package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// Temporal is the part of a Temporal client that an [Operator] needs. client.Client implements it.
type Temporal interface {
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (
		*workflowservice.ListWorkflowExecutionsResponse, error)
	CountWorkflow(ctx context.Context, request *workflowservice.CountWorkflowExecutionsRequest) (
		*workflowservice.CountWorkflowExecutionsResponse, error)
	DescribeWorkflowExecution(ctx context.Context, workflowID,
		runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	GetWorkflowHistory(ctx context.Context, workflowID, runID string, isLongPoll bool,
		filterType enumspb.HistoryEventFilterType) client.HistoryEventIterator
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any,
		args ...any) (client.WorkflowRun, error)
	ListActivities(ctx context.Context, options client.ListActivitiesOptions) (client.ListActivitiesResult, error)
	TerminateWorkflow(ctx context.Context, workflowID, runID, reason string, details ...any) error
	SignalWorkflow(ctx context.Context, workflowID, runID, signalName string, arg any) error
	UpdateWorkflow(ctx context.Context, options client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	QueryWorkflow(ctx context.Context, workflowID, runID, queryType string, args ...any) (converter.EncodedValue, error)
	ScheduleClient() client.ScheduleClient
	WorkflowService() workflowservice.WorkflowServiceClient
}

// Operator carries out an operator's commands on the syncs of one namespace. All fields but UIURL, Audit, Language,
// Now and Poll are required. The converters must be those of the workers; others cannot read what the workers wrote.
type Operator struct {
	Temporal         Temporal
	Namespace        string
	DataConverter    converter.DataConverter
	FailureConverter converter.FailureConverter
	// UIURL is Temporal UI's base address, for links; empty: no links.
	UIURL string
	// Audit receives one line per action; nil: no audit.
	Audit *slog.Logger
	// Language is the language of what people read; empty: English.
	Language wording.Language
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Poll is how often Erase checks whether histories are gone; 0: every 250 ms.
	Poll time.Duration
}

// ErrNoSuchSync reports that no sync has the id: it never existed, its retention is over, or it is another kind of
// workflow.
var ErrNoSuchSync = errors.New("no such sync")

// answerWithin limits calls that a worker has to answer. It is shorter than people are willing to wait.
const answerWithin = 15 * time.Second

func (o *Operator) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// Link is the address of a workflow run in Temporal UI; empty if the UI's address is unknown.
func (o *Operator) Link(id, runID string) string {
	if o.UIURL == "" {
		return ""
	}
	return fmt.Sprintf("%s/namespaces/%s/workflows/%s/%s/history", strings.TrimRight(o.UIURL, "/"),
		url.PathEscape(o.Namespace), url.PathEscape(id), url.PathEscape(runID))
}

// describe reads one sync, or fails with [ErrNoSuchSync].
func (o *Operator) describe(ctx context.Context, id string) (*workflowservice.DescribeWorkflowExecutionResponse, Sync,
	error) {
	if id == "" {
		return nil, Sync{}, ErrNoSuchSync
	}
	found, err := o.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if isNotFound(err) {
		return nil, Sync{}, fmt.Errorf("%w: %s", ErrNoSuchSync, id)
	}
	if err != nil {
		return nil, Sync{}, fmt.Errorf("read %s: %w", id, err)
	}
	sync := syncOf(found.GetWorkflowExecutionInfo())
	if sync.State == "" {
		return nil, Sync{}, fmt.Errorf("%w: %s is a %s", ErrNoSuchSync, id, sync.Type)
	}
	return found, sync, nil
}

func isNotFound(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}

// text reads a string that the workers wrote. What another key encrypted remains unread.
func (o *Operator) text(payload *commonpb.Payload) string {
	var s string
	if payload == nil || o.DataConverter.FromPayload(payload, &s) != nil {
		return ""
	}
	return s
}

// keyword reads a search attribute. Search attributes are not encrypted.
func keyword(attributes *commonpb.SearchAttributes, name string) string {
	var s string
	payload := attributes.GetIndexedFields()[name]
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &s) != nil {
		return ""
	}
	return s
}
