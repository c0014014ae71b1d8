package temporaldev_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/dev/temporaldev"
)

const anyPort = "127.0.0.1:0"

func start(t *testing.T, o temporaldev.Options) *temporaldev.Server {
	t.Helper()
	o.FrontendAddr = anyPort
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server, err := temporaldev.Start(ctx, o)
	require.NoError(t, err)
	return server
}

func dial(t *testing.T, server *temporaldev.Server, namespace string) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: server.FrontendAddr(), Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func attributes(t *testing.T, c client.Client, namespace string) map[string]enumspb.IndexedValueType {
	t.Helper()
	res, err := c.OperatorService().ListSearchAttributes(t.Context(),
		&operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	require.NoError(t, err)
	return res.GetCustomAttributes()
}

func retention(t *testing.T, c client.Client, namespace string) time.Duration {
	t.Helper()
	res, err := c.WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	require.NoError(t, err)
	return res.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
}

// wait ends when it is signalled.
func wait(ctx workflow.Context) (string, error) {
	var text string
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, &text)
	return text, nil
}

func runWorker(t *testing.T, c client.Client) worker.Worker {
	t.Helper()
	w := worker.New(c, "queue", worker.Options{})
	w.RegisterWorkflowWithOptions(wait, workflow.RegisterOptions{Name: "Wait"})
	require.NoError(t, w.Start())
	return w
}

func TestStartServesEverythingAtOnce(t *testing.T) {
	t.Parallel()
	server := start(t, temporaldev.Options{
		UIAddr: anyPort, Namespaces: []string{"second"}, CodecEndpoint: "http://127.0.0.1:8081/codec",
		SearchAttributes: map[string]enumspb.IndexedValueType{"SyncState": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	})
	t.Cleanup(func() { require.NoError(t, server.Stop()) })

	for _, namespace := range []string{temporaldev.DefaultNamespace, "second"} {
		c := dial(t, server, namespace)
		require.Contains(t, attributes(t, c, namespace), "SyncState")
		require.Equal(t, temporaldev.DefaultRetention, retention(t, c, namespace))
	}

	c := dial(t, server, "second")
	w := runWorker(t, c)
	defer w.Stop()
	state := temporal.NewSearchAttributeKeyKeyword("SyncState")
	run, err := c.SignalWithStartWorkflow(t.Context(), "one", "go", "done", client.StartWorkflowOptions{
		TaskQueue: "queue", TypedSearchAttributes: temporal.NewSearchAttributes(state.ValueSet("syncing")),
	}, "Wait")
	require.NoError(t, err)
	var text string
	require.NoError(t, run.Get(t.Context(), &text))
	require.Equal(t, "done", text)

	require.EventuallyWithT(t, func(t *assert.CollectT) {
		list, err := c.ListWorkflow(context.Background(),
			&workflowservice.ListWorkflowExecutionsRequest{Query: `SyncState = "syncing"`})
		require.NoError(t, err)
		require.Len(t, list.GetExecutions(), 1)
	}, 10*time.Second, 25*time.Millisecond)
}

func TestUIKnowsTheCodecEndpoint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, endpoint string
		passToken      bool
	}{
		{"without TLS the token stays", "http://127.0.0.1:8081/codec", false},
		{"with TLS it goes along", "https://codec.example.com", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, temporaldev.Options{UIAddr: anyPort, CodecEndpoint: test.endpoint})
			t.Cleanup(func() { require.NoError(t, server.Stop()) })
			res, err := http.Get("http://" + server.UIAddr() + "/api/v1/settings")
			require.NoError(t, err)
			defer func() { _ = res.Body.Close() }()
			var settings struct {
				DefaultNamespace string
				Codec            struct {
					Endpoint        string
					PassAccessToken bool
				}
			}
			require.NoError(t, json.NewDecoder(res.Body).Decode(&settings))
			require.Equal(t, "default", settings.DefaultNamespace)
			require.Equal(t, test.endpoint, settings.Codec.Endpoint)
			require.Equal(t, test.passToken, settings.Codec.PassAccessToken)
		})
	}
}

func TestFileKeepsStateAndGrows(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "temporal.db")

	first := start(t, temporaldev.Options{DBFile: file, Retention: 24 * time.Hour})
	c := dial(t, first, "default")
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: "queue"}, "Wait")
	require.NoError(t, err)
	require.NoError(t, first.Stop())

	second := start(t, temporaldev.Options{
		DBFile: file, Retention: 48 * time.Hour,
		SearchAttributes: map[string]enumspb.IndexedValueType{"TicketID": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	})
	c = dial(t, second, "default")
	require.Equal(t, 48*time.Hour, retention(t, c, "default"))
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_KEYWORD, attributes(t, c, "default")["TicketID"])
	w := runWorker(t, c)
	require.NoError(t, c.SignalWorkflow(t.Context(), "kept", "", "go", "after the restart"))
	var text string
	require.NoError(t, c.GetWorkflow(t.Context(), "kept", "").Get(t.Context(), &text))
	require.Equal(t, "after the restart", text)
	w.Stop()
	require.NoError(t, second.Stop())

	_, err = temporaldev.Start(t.Context(), temporaldev.Options{
		FrontendAddr: anyPort, DBFile: file,
		SearchAttributes: map[string]enumspb.IndexedValueType{"TicketID": enumspb.INDEXED_VALUE_TYPE_INT},
	})
	require.ErrorContains(t, err, "search attribute TicketID of namespace default is Keyword, not Int")
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", anyPort)
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)

	for _, test := range []struct {
		name    string
		options temporaldev.Options
		want    string
	}{
		{"a taken frontend port", temporaldev.Options{FrontendAddr: taken.Addr().String()}, "port " + port +
			" is in use: the Temporal frontend"},
		{"a taken UI port", temporaldev.Options{FrontendAddr: anyPort, UIAddr: taken.Addr().String()}, "port " + port +
			" is in use: the Temporal UI"},
		{"a name as address", temporaldev.Options{FrontendAddr: "localhost:0"}, `"localhost" is not an IP address`},
		{"an address without port", temporaldev.Options{FrontendAddr: anyPort, UIAddr: "127.0.0.1"}, "address of the UI"},
		{"a short retention", temporaldev.Options{FrontendAddr: anyPort, Retention: time.Minute}, "the least is 1h0m0s"},
		{"a namespace without name", temporaldev.Options{FrontendAddr: anyPort, Namespaces: []string{""}},
			"a namespace needs a name"},
		{"an unknown log level", temporaldev.Options{FrontendAddr: anyPort, LogLevel: "loud"}, "log level"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := temporaldev.Start(t.Context(), test.options)
			require.ErrorContains(t, err, test.want)
		})
	}
}
