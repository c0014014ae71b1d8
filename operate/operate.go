// Package operate is what operators do with syncs: find them, understand them, get them moving, and show or erase what
// is kept of one follower. Listing and counting ask Temporal's visibility store alone; only what is said of one sync
// reads its history. Nothing here prints an openid or the text of a message.
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

// Temporal is what an [Operator] needs of a Temporal client; client.Client has it.
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

// Operator carries out an operator's commands on the syncs of one namespace. All fields but UIURL, Audit, Language, Now
// and Poll are required; the converters are those of the workers, or what they wrote cannot be read.
type Operator struct {
	Temporal         Temporal
	Namespace        string
	DataConverter    converter.DataConverter
	FailureConverter converter.FailureConverter
	// UIURL is Temporal UI's base address, for links; empty: no links.
	UIURL string
	// Audit takes one line per action; nil: none is written.
	Audit *slog.Logger
	// Language is that of what people read; empty: English.
	Language wording.Language
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Poll is how often Erase looks whether histories are gone; 0: every 250 ms.
	Poll time.Duration
}

// ErrNoSuchSync is the error where no sync has the id: it was never there, its retention is over, or another kind of
// workflow has it.
var ErrNoSuchSync = errors.New("no such sync")

// answerWithin bounds calls that a worker has to answer. It is shorter than what a person waits for.
const answerWithin = 15 * time.Second

func (o *Operator) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// Link is the address of a workflow run in Temporal UI, or nothing when the UI's address is not known.
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

// text reads a string that the workers wrote. What another key encrypted stays unread.
func (o *Operator) text(payload *commonpb.Payload) string {
	var s string
	if payload == nil || o.DataConverter.FromPayload(payload, &s) != nil {
		return ""
	}
	return s
}

// keyword reads a search attribute, which nothing encrypts.
func keyword(attributes *commonpb.SearchAttributes, name string) string {
	var s string
	payload := attributes.GetIndexedFields()[name]
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &s) != nil {
		return ""
	}
	return s
}
