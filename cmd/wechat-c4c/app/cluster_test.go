package app

import (
	"context"
	"io"
	"maps"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/contrib/envconfig"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// cluster is a minimal Temporal frontend: namespaces, search attributes, schedules and signals. Anything new in it
// appears only at the second look, as in a cluster with caches.
type cluster struct {
	workflowservice.UnimplementedWorkflowServiceServer
	operatorservice.UnimplementedOperatorServiceServer

	addr string

	mu         sync.Mutex
	retention  time.Duration // 0: the namespace does not exist
	updates    int
	attributes map[string]enumspb.IndexedValueType
	fresh      bool // the next list does not contain what was added last
	added      map[string]enumspb.IndexedValueType
	schedules  []*workflowservice.CreateScheduleRequest
	signals    []*workflowservice.SignalWithStartWorkflowExecutionRequest
	refuses    []error // answers to the next signals
	version    string  // of the server
	noReads    bool    // it offers no standalone activities
	locked     bool    // namespaces and attributes are managed elsewhere
	shown      bool    // they can be read, not changed
}

const testNamespace = "shop"

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{attributes: map[string]enumspb.IndexedValueType{}, addr: "127.0.0.1:0"}
	c.serve(t)
	return c
}

// clusterToCome is a cluster prepared by bootstrap, at an address that does not listen yet.
func clusterToCome(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{attributes: map[string]enumspb.IndexedValueType{}, addr: freeAddr(t), retention: config.MinRetention}
	for _, name := range workflows.SearchAttributes {
		c.attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	return c
}

// serve makes the cluster answer until stop is called.
func (c *cluster) serve(t *testing.T) (stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", c.addr)
	require.NoError(t, err)
	server := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo,
		next grpc.UnaryHandler) (any, error) {
		res, err := next(ctx, req)
		if err != nil {
			err = serviceerror.ToStatus(err).Err()
		}
		return res, err
	}))
	workflowservice.RegisterWorkflowServiceServer(server, c)
	operatorservice.RegisterOperatorServiceServer(server, c)
	checks := health.NewServer()
	checks.SetServingStatus("temporal.api.workflowservice.v1.WorkflowService", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, checks)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c.addr = listener.Addr().String()
	return server.Stop
}

// taken is how many signals the cluster has received.
func (c *cluster) taken() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.signals)
}

// surroundings make a process use the cluster instead of the machine's own settings.
func (c *cluster) surroundings() surroundings { return surroundingsOf(c.addr, io.Discard) }

func surroundingsOf(addr string, stderr io.Writer) surroundings {
	values := map[string]string{"TEMPORAL_ADDRESS": addr, "TEMPORAL_NAMESPACE": testNamespace}
	return surroundings{stderr: stderr, temporal: envconfig.LoadClientOptionsRequest{
		ConfigFilePath: "", DisableFile: true, EnvLookup: envMap(values),
	}}
}

type envMap map[string]string

func (m envMap) Environ() []string {
	var all []string
	for name, value := range m {
		all = append(all, name+"="+value)
	}
	return all
}

func (m envMap) LookupEnv(name string) (string, bool) { v, ok := m[name]; return v, ok }

func testConfig(t *testing.T) config.Config {
	t.Helper()
	c := config.Development()
	c.PublicAddr, c.InternalAddr = freeAddr(t), freeAddr(t)
	c.StopTimeout = 5 * time.Second
	return c
}

// handedOut are the addresses given to tests: the system reuses a port as soon as it is free.
var handedOut sync.Map

// freeAddr is an unused address that no other test has.
func freeAddr(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		addr := l.Addr().String()
		require.NoError(t, l.Close())
		if _, taken := handedOut.LoadOrStore(addr, true); !taken {
			return addr
		}
	}
}

func (c *cluster) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (
	*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{ServerVersion: c.version,
		Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

func (c *cluster) DescribeNamespace(_ context.Context, req *workflowservice.DescribeNamespaceRequest) (
	*workflowservice.DescribeNamespaceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.locked {
		return nil, serviceerror.NewPermissionDenied("managed elsewhere", "")
	}
	if c.retention == 0 || req.GetNamespace() != testNamespace {
		return nil, serviceerror.NewNamespaceNotFound(req.GetNamespace())
	}
	return &workflowservice.DescribeNamespaceResponse{
		NamespaceInfo: &namespacepb.NamespaceInfo{
			Name: testNamespace, Capabilities: &namespacepb.NamespaceInfo_Capabilities{StandaloneActivities: !c.noReads},
		},
		Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(c.retention)},
	}, nil
}

func (c *cluster) RegisterNamespace(_ context.Context, req *workflowservice.RegisterNamespaceRequest) (
	*workflowservice.RegisterNamespaceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown {
		return nil, serviceerror.NewPermissionDenied("request unauthorized", "")
	}
	c.retention, c.fresh = req.GetWorkflowExecutionRetentionPeriod().AsDuration(), true
	return &workflowservice.RegisterNamespaceResponse{}, nil
}

func (c *cluster) UpdateNamespace(_ context.Context, req *workflowservice.UpdateNamespaceRequest) (
	*workflowservice.UpdateNamespaceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown {
		return nil, serviceerror.NewPermissionDenied("request unauthorized", "")
	}
	c.retention = req.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	c.updates++
	return &workflowservice.UpdateNamespaceResponse{}, nil
}

func (c *cluster) ListSearchAttributes(_ context.Context, req *operatorservice.ListSearchAttributesRequest) (
	*operatorservice.ListSearchAttributesResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.locked {
		return nil, serviceerror.NewPermissionDenied("managed elsewhere", "")
	}
	if c.retention == 0 {
		return nil, serviceerror.NewNamespaceNotFound(req.GetNamespace())
	}
	if c.fresh {
		c.fresh = false
		if len(c.added) == 0 {
			return nil, serviceerror.NewNamespaceNotFound(req.GetNamespace())
		}
		return &operatorservice.ListSearchAttributesResponse{}, nil
	}
	maps.Copy(c.attributes, c.added)
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: c.attributes}, nil
}

func (c *cluster) AddSearchAttributes(_ context.Context, req *operatorservice.AddSearchAttributesRequest) (
	*operatorservice.AddSearchAttributesResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown {
		return nil, serviceerror.NewPermissionDenied("request unauthorized", "")
	}
	c.added, c.fresh = req.GetSearchAttributes(), true
	return &operatorservice.AddSearchAttributesResponse{}, nil
}

func (c *cluster) DescribeSchedule(_ context.Context, req *workflowservice.DescribeScheduleRequest) (
	*workflowservice.DescribeScheduleResponse, error) {
	return nil, serviceerror.NewNotFound("no schedule " + req.GetScheduleId())
}

func (c *cluster) CreateSchedule(_ context.Context, req *workflowservice.CreateScheduleRequest) (
	*workflowservice.CreateScheduleResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedules = append(c.schedules, req)
	return &workflowservice.CreateScheduleResponse{}, nil
}

// refusal takes the next prepared refusal; nil: none. The caller holds the cluster's lock.
func (c *cluster) refusal() error {
	if len(c.refuses) == 0 {
		return nil
	}
	err := c.refuses[0]
	c.refuses = c.refuses[1:]
	return err
}

// SignalWorkflowExecution finds no conversation: each event begins one.
func (c *cluster) SignalWorkflowExecution(context.Context, *workflowservice.SignalWorkflowExecutionRequest) (
	*workflowservice.SignalWorkflowExecutionResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refusal(); err != nil {
		return nil, err
	}
	return nil, serviceerror.NewNotFound("no such workflow")
}

// DescribeWorkflowExecution finds no mark: no follower was erased.
func (c *cluster) DescribeWorkflowExecution(context.Context, *workflowservice.DescribeWorkflowExecutionRequest) (
	*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return nil, serviceerror.NewNotFound("no such workflow")
}

func (c *cluster) SignalWithStartWorkflowExecution(_ context.Context,
	req *workflowservice.SignalWithStartWorkflowExecutionRequest) (
	*workflowservice.SignalWithStartWorkflowExecutionResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refusal(); err != nil {
		return nil, err
	}
	c.signals = append(c.signals, req)
	return &workflowservice.SignalWithStartWorkflowExecutionResponse{RunId: "run"}, nil
}

func readyNow() *api.Readiness {
	return api.NewReadiness(func(context.Context) error { return nil })
}
