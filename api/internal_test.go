package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// fakeCluster is the part of a Temporal client that health checks use.
type fakeCluster struct {
	operatorservice.OperatorServiceClient
	health, list error
	attributes   []string
	asked        atomic.Int32
}

func (f *fakeCluster) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	f.asked.Add(1)
	return &client.CheckHealthResponse{}, f.health
}

func (f *fakeCluster) OperatorService() operatorservice.OperatorServiceClient { return f }

func (f *fakeCluster) ListSearchAttributes(_ context.Context, req *operatorservice.ListSearchAttributesRequest,
	_ ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	if req.GetNamespace() != "shop-namespace" {
		return nil, serviceerror.NewNamespaceNotFound(req.GetNamespace())
	}
	custom := map[string]enumspb.IndexedValueType{}
	for _, name := range f.attributes {
		custom[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: custom}, f.list
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	all := workflows.SearchAttributes
	tests := []struct {
		name      string
		cluster   *fakeCluster
		namespace string
		status    int
		says      []string
	}{
		{"ready", &fakeCluster{attributes: all}, "shop-namespace", http.StatusOK, []string{"ok"}},
		{"Temporal is down", &fakeCluster{attributes: all, health: errors.New("connection refused")}, "shop-namespace",
			http.StatusServiceUnavailable, []string{"temporal does not answer"}},
		{"no attributes", &fakeCluster{}, "shop-namespace", http.StatusServiceUnavailable,
			append([]string{"bootstrap", "shop-namespace"}, all...)},
		{"one missing", &fakeCluster{attributes: all[1:]}, "shop-namespace", http.StatusServiceUnavailable,
			[]string{"search attributes " + all[0] + ":", "bootstrap"}},
		{"no namespace", &fakeCluster{attributes: all}, "nowhere", http.StatusServiceUnavailable,
			[]string{"namespace nowhere does not exist", "bootstrap"}},
		{"list fails", &fakeCluster{list: serviceerror.NewUnavailable("later")}, "shop-namespace",
			http.StatusServiceUnavailable, []string{"does not list"}},
		{"list not permitted", &fakeCluster{list: serviceerror.NewPermissionDenied("cloud", "")}, "shop-namespace",
			http.StatusOK, []string{"ok"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ready := api.NewReadiness(api.CheckTemporal(tt.cluster, tt.namespace, all))
			server := httptest.NewServer(api.NewInternal(api.InternalOptions{Readiness: ready}))
			t.Cleanup(server.Close)
			for range 3 {
				code, body := get(t, server.URL+"/readyz")
				require.Equal(t, tt.status, code, body)
				for _, say := range tt.says {
					require.Contains(t, body, say)
				}
			}
			require.EqualValues(t, 1, tt.cluster.asked.Load(), "the verdict is kept for a while")

			ready.Stop()
			code, body := get(t, server.URL+"/readyz")
			require.Equal(t, http.StatusServiceUnavailable, code)
			require.Contains(t, body, "stopping")
			code, _ = get(t, server.URL+"/livez")
			require.Equal(t, http.StatusOK, code)
		})
	}
}

func TestInternalRoutes(t *testing.T) {
	t.Parallel()
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, name+" "+r.Method+" "+r.URL.Path)
		})
	}
	ready := api.NewReadiness(func(context.Context) error { return nil })
	full := httptest.NewServer(api.NewInternal(api.InternalOptions{Readiness: ready, Metrics: named("metrics"),
		Codec: named("codec")}))
	t.Cleanup(full.Close)
	bare := httptest.NewServer(api.NewInternal(api.InternalOptions{Readiness: ready}))
	t.Cleanup(bare.Close)

	_, body := get(t, full.URL+"/metrics")
	require.Equal(t, "metrics GET /metrics", body)
	for _, method := range []string{http.MethodPost, http.MethodOptions} {
		req, err := http.NewRequestWithContext(t.Context(), method, full.URL+"/codec/decode", strings.NewReader("{}"))
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		answer, _ := io.ReadAll(res.Body)
		require.NoError(t, res.Body.Close())
		require.Equal(t, "codec "+method+" /codec/decode", string(answer))
	}
	for _, path := range []string{"/metrics", "/codec/decode", "/wechat"} {
		code, _ := get(t, bare.URL+path)
		require.Equal(t, http.StatusNotFound, code, path)
	}
}
