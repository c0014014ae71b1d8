package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// asProgram in its environment makes the test binary run as the program itself.
const asProgram = "RUN_AS_WECHAT_C4C"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(Main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program runs the program with only these settings in its environment, and returns its exit code and output.
func program(t *testing.T, environ []string, args ...string) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append([]string{asProgram + "=1", "HOME=" + t.TempDir(), "GOCOVERDIR=" + t.TempDir()}, environ...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "it does not end")
	exit, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, err == nil || ok, "%v", err)
	if ok {
		code = exit.ExitCode()
	}
	return code, stderr.String()
}

// Whatever is wrong around the program, it prints one sentence with the setting to change, and returns an exit code.
func TestWhatIsWrongIsASentence(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	prepared, bare := newCluster(t), newCluster(t)
	prepared.retention = config.MinRetention
	for _, name := range workflows.SearchAttributes {
		prepared.attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	nobody := freeAddr(t)
	used, kept, damaged, otherKey := spoolsOf(t)
	setting := func(name, value string) string { return config.Prefix + name + "=" + value }
	dev := setting("ENVIRONMENT", "development")
	free := []string{dev, setting("PUBLIC_ADDR", "127.0.0.1:0"), setting("INTERNAL_ADDR", "127.0.0.1:0"),
		setting("LOG_LEVEL", "error"), "TEMPORAL_NAMESPACE=shop"}
	at := func(addr string, more ...string) []string {
		return append(append([]string{"TEMPORAL_ADDRESS=" + addr}, free...), more...)
	}
	for _, tt := range []struct {
		name    string
		environ []string
		args    string
		says    string
	}{
		{"nothing is set", nil, "api", "WECHAT_C4C_WECHAT_APP_ID is not set, for example wx0123456789abcdef."},
		{"a wrong setting", []string{dev, setting("C4C_MAX_PARALLEL", "10")}, "worker",
			"WECHAT_C4C_C4C_MAX_PARALLEL must be between 1 and 9, for example 8."},
		{"a file that is not there",
			[]string{dev, setting("C4C_PASSWORD", ""), setting("C4C_PASSWORD_FILE", "/run/secrets/none")}, "worker",
			"WECHAT_C4C_C4C_PASSWORD_FILE names a file that cannot be read: /run/secrets/none: no such file or directory."},
		{"development keys in production",
			append(productionOf(t), setting("CODEC_KEYS", config.Development().CodecKeys.Reveal())), "api",
			"WECHAT_C4C_CODEC_KEYS holds the development value, which production refuses, for example"},
		{"public port taken", at(nobody, setting("PUBLIC_ADDR", taken.Addr().String())), "api",
			"WECHAT_C4C_PUBLIC_ADDR: " + taken.Addr().String() +
				" is taken by another process: stop that one or choose another address, for example :8080"},
		{"internal port of the api taken", at(nobody, setting("INTERNAL_ADDR", taken.Addr().String())), "api",
			"WECHAT_C4C_INTERNAL_ADDR: " + taken.Addr().String() + " is taken by another process"},
		{"internal port of the worker taken", at(prepared.addr, setting("INTERNAL_ADDR", taken.Addr().String())), "worker",
			"WECHAT_C4C_INTERNAL_ADDR: " + taken.Addr().String() + " is taken by another process"},
		{"address of another machine", at(nobody, setting("PUBLIC_ADDR", "192.0.2.1:8080")), "api",
			"WECHAT_C4C_PUBLIC_ADDR: 192.0.2.1:8080 is no address of this machine, for example :8080"},
		{"no Temporal, in full", at(nobody), "bootstrap",
			"temporal at " + nobody +
				" does not answer: connection refused; start it, or set TEMPORAL_ADDRESS to where it is, for example temporal.example.com:7233"},
		{"no Temporal for bootstrap", at(nobody), "bootstrap", "temporal at " + nobody +
			" does not answer: connection refused"},
		{"no Temporal for an operator", at(nobody), "sync list", "temporal at " + nobody +
			" does not answer: connection refused"},
		{"address without a port", at("localhost"), "worker",
			"temporal at localhost does not answer: the address has no port; set TEMPORAL_ADDRESS to a host and a port"},
		{"TLS with a server that has none", at(prepared.addr, "TEMPORAL_TLS=true"), "bootstrap", "it does not speak TLS"},
		{"TLS neither on nor off", at(prepared.addr, "TEMPORAL_TLS=on"), "worker",
			"TEMPORAL_TLS must be true or false, for example true"},
		{"verification neither on nor off", at(prepared.addr, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=no"), "bootstrap",
			"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION must be true or false, for example true"},
		{"traces by a protocol that is not spoken", at(prepared.addr, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+nobody,
			"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), "worker",
			"OTEL_EXPORTER_OTLP_PROTOCOL is grpc, but traces are sent as http/protobuf: leave it out, and let OTEL_EXPORTER_OTLP_ENDPOINT name the collector's port for that, for example http://collector:4318"},
		{"an api without its listener", at(prepared.addr, setting("PUBLIC_ADDR", "off")), "api",
			"WECHAT_C4C_PUBLIC_ADDR is off, and an api has nothing else to serve: set an address, for example :8080"},
		{"nowhere to keep the page's files", at(prepared.addr, "TMPDIR=/nowhere"), "api",
			"pictures and documents of the H5 page need a folder that can be written to, and /nowhere is none: mount one there, or name another in TMPDIR, for example /tmp"},
		{"nowhere to keep the files of replies", at(prepared.addr, "TMPDIR=/nowhere"), "worker --role c4c",
			"files of agents' replies need a folder that can be written to, and /nowhere is none"},
		{"no namespace for an operator", at(bare.addr), "sync list",
			"namespace shop does not exist: run wechat-c4c bootstrap, or set TEMPORAL_NAMESPACE to the right one"},
		{"a spool that another process uses", at(nobody, setting("SPOOL_DIR", used)), "api",
			"WECHAT_C4C_SPOOL_DIR: " + used + "/spool.db is in use by another process: give each api a folder of its own"},
		{"a spool of another key", at(nobody, setting("SPOOL_DIR", kept), setting("CODEC_KEYS", "new:"+otherKey)), "api",
			"WECHAT_C4C_SPOOL_DIR: " + kept +
				"/spool.db holds events that were encrypted with a key which is not in WECHAT_C4C_CODEC_KEYS: " +
				"add the former key behind the first"},
		{"a spool of another installation",
			at(nobody, setting("SPOOL_DIR", kept), setting("FOLLOWER_KEY_SECRET", "another-secret-of-0123456789")), "api",
			"WECHAT_C4C_SPOOL_DIR: " + kept + "/spool.db belongs to another installation"},
		{"a damaged spool", at(nobody, setting("SPOOL_DIR", damaged)), "api",
			"WECHAT_C4C_SPOOL_DIR: " + damaged + "/spool.db is damaged"},
		{"a spool where nothing can be written", at(nobody, setting("SPOOL_DIR", "/proc/spool")), "api",
			"WECHAT_C4C_SPOOL_DIR: /proc/spool cannot be used"},
		{"a spool of half a path", at(nobody, setting("SPOOL_DIR", "spool")), "api",
			"WECHAT_C4C_SPOOL_DIR must be a whole path, which begins with /, for example /var/spool/wechat-c4c."},
		{"no spool to list", at(nobody, setting("SPOOL_DIR", "/nowhere")), "spool list", "there is no spool in /nowhere"},
		{"no spool to list anywhere", at(nobody), "spool list",
			"WECHAT_C4C_SPOOL_DIR is not set: say where it is with --dir"},
		{"no such event", at(nobody, setting("SPOOL_DIR", kept)), "spool drop 7 --yes", "no such event was refused: 7"},
		{"no Temporal to drain to", at(nobody, setting("SPOOL_DIR", kept)), "spool drain --timeout 1s", "1 events are left"},
		{"half a version", at(prepared.addr, "TEMPORAL_DEPLOYMENT_NAME=x"), "worker",
			"TEMPORAL_DEPLOYMENT_NAME is set and TEMPORAL_WORKER_BUILD_ID is not"},
		{"health of nobody", []string{setting("INTERNAL_ADDR", nobody)}, "health", "connection refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, said := program(t, tt.environ, strings.Fields(tt.args)...)
			require.Equal(t, 1, code)
			require.Contains(t, said, "wechat-c4c: "+firstOf(tt.says, said))
			require.Contains(t, said, tt.says)
			require.NotContains(t, said, "panic")
			require.NotContains(t, said, "goroutine")
			for line := range strings.SplitSeq(strings.TrimSpace(said), "\n") {
				require.True(t, strings.HasPrefix(line, "wechat-c4c: "), "a sentence and not a log: %s", line)
			}
		})
	}
}

// firstOf is the sentence where it begins the line, otherwise nothing.
func firstOf(sentence, said string) string {
	if strings.Contains(said, "wechat-c4c: "+sentence) {
		return sentence
	}
	return ""
}

// productionOf are settings that production accepts.
func productionOf(t *testing.T) []string {
	t.Helper()
	environ := []string{config.Prefix + "ENVIRONMENT=production"}
	for _, f := range config.Fields() {
		if f.Dev == "" || f.Default != "" || f.Name == config.Prefix+"CODEC_KEYS" {
			continue
		}
		value := f.Dev
		if f.Secret {
			value = strings.Repeat("0123456789abcdefghijk", 3)[:43]
			if f.Name == config.Prefix+"WECHAT_TOKEN" {
				value = value[:32]
			}
		}
		environ = append(environ, f.Name+"="+strings.Replace(value, "http://", "https://", 1))
	}
	return environ
}

func TestWorkerWaitsForBootstrap(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.retention = config.MinRetention
	log := &syncBuffer{}
	s := surroundingsOf(c.addr, log)
	s.patience = 100 * time.Millisecond
	err := runWorker(t.Context(), testConfig(t), s)
	require.ErrorContains(t, err, "namespace shop lacks the search attributes SyncState")
	require.ErrorContains(t, err, "run wechat-c4c bootstrap")
	require.Equal(t, 1, strings.Count(log.String(), "waiting for bootstrap"))

	missing := newCluster(t)
	s = surroundingsOf(missing.addr, io.Discard)
	s.patience = time.Millisecond
	require.ErrorContains(t, runWorker(t.Context(), testConfig(t), s),
		"namespace shop does not exist: run wechat-c4c bootstrap")
}

func TestAwaitNamespace(t *testing.T) {
	t.Parallel()
	prepared := errors.New("server is away")
	require.NoError(t, awaitNamespace(t.Context(), func(context.Context) error { return prepared }, time.Hour,
		slog.New(slog.DiscardHandler)),
		"only what bootstrap mends is waited for")
	asked := 0
	late := func(context.Context) error {
		if asked++; asked < 2 {
			return errUnpreparedOf("shop")
		}
		return nil
	}
	require.NoError(t, awaitNamespace(t.Context(), late, time.Hour, slog.New(slog.DiscardHandler)))
	require.Equal(t, 2, asked)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, awaitNamespace(ctx, func(context.Context) error { return errUnpreparedOf("shop") }, time.Hour,
		slog.New(slog.DiscardHandler)))
}

func errUnpreparedOf(namespace string) error {
	return errors.Join(errors.New("namespace "+namespace), api.ErrUnprepared)
}

// ListWorkflowExecutions knows only the test's namespace, as the visibility store does.
func (c *cluster) ListWorkflowExecutions(_ context.Context, req *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	_, err := c.DescribeNamespace(context.Background(),
		&workflowservice.DescribeNamespaceRequest{Namespace: req.GetNamespace()})
	return &workflowservice.ListWorkflowExecutionsResponse{}, err
}

// A Temporal that accepts connections and answers nothing is told in plain words, whatever the connection met first.
func TestATemporalThatHangsIsSaidPlainly(t *testing.T) {
	t.Parallel()
	for _, said := range []string{
		"failed reaching server: context deadline exceeded while waiting for connections to become ready",
		`failed reaching server: connection error: desc = "error reading server preface: use of closed network connection"`,
	} {
		err := unreachable(t.Context(), client.Options{HostPort: "127.0.0.1:7233"}, errors.New(said))
		require.EqualError(t, err, "temporal at 127.0.0.1:7233 does not answer: no answer in time; start it, or set "+
			"TEMPORAL_ADDRESS to where it is, for example temporal.example.com:7233")
	}
}
