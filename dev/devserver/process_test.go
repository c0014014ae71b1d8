package devserver

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
)

// working returns a working server, compiling it if necessary.
func working(t *testing.T) Binary {
	t.Helper()
	binary, err := found()
	require.NoError(t, err)
	return binary
}

var found = sync.OnceValues(func() (Binary, error) {
	dir, err := ModuleDir()
	if err != nil {
		return Binary{}, err
	}
	return Find(context.Background(), dir, filepath.Join(dir, ".state"), os.Stderr)
})

func options(t *testing.T, binary Binary) Options {
	t.Helper()
	addr, err := FreeAddr()
	require.NoError(t, err)
	return Options{Binary: binary, FrontendAddr: addr, Log: t.Output()}
}

// script writes a shell script that stands in for a server.
func script(t *testing.T, lines string) Binary {
	t.Helper()
	path := filepath.Join(t.TempDir(), "temporal-server-fake")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700))
	return Binary{Path: path}
}

func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	o := options(t, working(t))
	o.Namespaces, o.SearchAttributes = []string{"extra"}, map[string]string{"SyncState": "Keyword"}
	server, err := Start(t.Context(), o)
	require.NoError(t, err)
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: server.FrontendAddr(), Namespace: "extra", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: "extra"})
	require.NoError(t, err)
	require.NoError(t, server.Stop())
	require.False(t, listens(server.FrontendAddr()))
	require.NoError(t, server.Stop())
}

func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), options(t, working(t)))
	require.NoError(t, err)
	// The kernel closes the pipe of a parent that was killed.
	require.NoError(t, server.stdin.Close())
	select {
	case <-server.Exited():
	case <-time.After(30 * time.Second):
		t.Fatal("still running")
	}
	require.NoError(t, server.err)
}

func TestServerSuitsTemporalsTestSuite(t *testing.T) {
	t.Parallel()
	server, err := testsuite.StartDevServer(t.Context(), testsuite.DevServerOptions{
		ExistingPath: working(t).Path, LogLevel: "error", LogFormat: "json", Stdout: io.Discard, Stderr: io.Discard,
		ClientOptions: &client.Options{Namespace: "it", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))},
	})
	require.NoError(t, err)
	require.NoError(t, server.Stop())
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		binary func(*testing.T) Binary
		want   string
	}{
		{"it ends with words", func(t *testing.T) Binary { return script(t, "echo disk is full >&2; exit 3") },
			"exit status 3\ndisk is full"},
		{"it ends without", func(t *testing.T) Binary { return script(t, "exit 0") }, "exit status 0"},
		{"it does not exist", func(*testing.T) Binary { return Binary{Path: "/nowhere/temporal-server"} }, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Start(t.Context(), options(t, test.binary(t)))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, options(t, script(t, "exec sleep 60")))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "the frontend is not serving")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	base := Options{
		FrontendAddr: "127.0.0.1:7233", UIAddr: "127.0.0.1:8233", DBFile: "x.db", Namespaces: []string{"default"},
		SearchAttributes: map[string]string{"B": "Keyword", "A": "Int"}, CodecEndpoint: "http://127.0.0.1:8081/codec",
	}
	common := "server start-dev --ip 127.0.0.1 --port 7233 --log-level error --ui-ip 127.0.0.1 --ui-port 8233 --db-filename x.db" +
		" --namespace default --search-attribute A=Int --search-attribute B=Keyword --ui-codec-endpoint http://127.0.0.1:8081/codec"
	for _, test := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"our own", func(*Options) {}, common + " --stop-with-stdin"},
		{"the command", func(o *Options) { o.Binary.CLI = true },
			common + " --sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=1 --dynamic-config-value " +
				strings.Join(dynamicForCLI, " --dynamic-config-value ")},
		{"with settings", func(o *Options) { o.DynamicConfig = map[string]string{"b.x": "1", "a.y": "true"} },
			common + " --stop-with-stdin --dynamic-config-value a.y=true --dynamic-config-value b.x=1"},
		{"little", func(o *Options) {
			*o = Options{FrontendAddr: "127.0.0.1:1", LogLevel: "warn", CodecEndpoint: "http://c"}
		},
			"server start-dev --ip 127.0.0.1 --port 1 --log-level warn --headless --stop-with-stdin"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := base
			test.change(&o)
			require.Equal(t, test.want, strings.Join(arguments(o), " "))
		})
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	tail := newTail(&all)
	for i := range 2000 {
		_, err := tail.Write([]byte("line " + strconv.Itoa(i) + "\n"))
		require.NoError(t, err)
	}
	require.Len(t, tail.String(), tailSize)
	require.True(t, strings.HasSuffix(tail.String(), "line 1999\n"))
	require.True(t, strings.HasPrefix(all.String(), "line 0\n"))
}
