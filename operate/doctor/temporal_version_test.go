package doctor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
)

// aged is a server of some version.
type aged struct {
	client.Client
	version string
	reads   bool
	fails   error // of both questions
}

func (a *aged) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, nil
}

func (a *aged) WorkflowService() workflowservice.WorkflowServiceClient { return agedService{of: a} }

type agedService struct {
	workflowservice.WorkflowServiceClient
	of *aged
}

func (s agedService) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest,
	...grpc.CallOption) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{ServerVersion: s.of.version}, s.of.fails
}

func (s agedService) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest,
	...grpc.CallOption) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{
		NamespaceInfo: &namespacepb.NamespaceInfo{Capabilities: &namespacepb.NamespaceInfo_Capabilities{
			StandaloneActivities: s.of.reads}},
		Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(fortnight)},
	}, s.of.fails
}

func TestVersionOfTheServer(t *testing.T) {
	t.Parallel()
	const version, reads = "version of the server", "standalone activities, by which the page reads"
	for _, tt := range []struct {
		name   string
		server aged
		page   bool
		check  string
		want   Verdict
		says   string
	}{
		{"too old", aged{version: "1.28.4"}, true, version, Fail, "1.28.4, and 1.29 or later is needed"},
		{"too old for the page", aged{version: "1.29.1"}, true, version, OK, "1.29.1"},
		{"the page cannot read", aged{version: "1.29.1"}, true, reads, Fail,
			"the Temporal server (1.29.1) offers no standalone activities"},
		{"switched off", aged{version: "1.32.1"}, true, reads, Fail, "leave its activity.enableStandalone on"},
		{"without a page", aged{version: "1.29.1"}, false, version, OK, "1.29.1; the H5 page would need 1.31 or later"},
		{"no page to read for", aged{version: "1.29.1"}, false, reads, Skip, "no account has the H5 page"},
		{"new", aged{version: "1.32.1", reads: true}, true, reads, OK, "offered"},
		{"unknown version", aged{reads: true}, true, version, Skip, "does not say"},
		{"not allowed to look", aged{fails: serviceerror.NewPermissionDenied("no", "")}, true, version, Skip,
			"cannot be read from here"},
		{"does not answer", aged{fails: errors.New("boom")}, true, version, Fail, "boom"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checks := Temporal(TemporalOptions{
				Namespace: "default", Account: "shop", Page: tt.page, Retention: fortnight,
				Connect: func(context.Context) (client.Client, error) { return &tt.server, nil },
			})
			report := Examine(t.Context(), checks[:4], time.Second, nil)
			got := findings(report)[tt.check]
			require.Equal(t, tt.want, got.Verdict, "%+v", report.Findings)
			require.Contains(t, got.Detail, tt.says)
			require.Equal(t, tt.want == Fail, got.Remedy != "")
		})
	}
}
