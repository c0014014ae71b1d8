package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args string
		check      func(*require.Assertions, settings)
	}{
		{"nothing at all", "", func(r *require.Assertions, s settings) {
			r.Equal("127.0.0.1:7233", s.options.FrontendAddr)
			r.Equal("127.0.0.1:8233", s.options.UIAddr)
			r.Equal(14*24*time.Hour, s.options.Retention)
			r.False(s.stopWithStdin)
		}},
		{"as Temporal's SDK calls it",
			"server start-dev --ip localhost --port 4711 --namespace it --dynamic-config-value frontend.enableServerVersionCheck=false" +
				" --log-level never --log-format json --headless --db-filename x.db --search-attribute SyncState=Keyword --search-attribute N=Int",
			func(r *require.Assertions, s settings) {
				r.Equal("127.0.0.1:4711", s.options.FrontendAddr)
				r.Empty(s.options.UIAddr)
				r.Equal([]string{"it"}, s.options.Namespaces)
				r.Equal(false, s.options.DynamicConfig["frontend.enableServerVersionCheck"])
				r.Equal("off", s.options.LogLevel)
				r.Equal("x.db", s.options.DBFile)
				r.Equal(map[string]enumspb.IndexedValueType{
					"SyncState": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "N": enumspb.INDEXED_VALUE_TYPE_INT,
				}, s.options.SearchAttributes)
			},
		},
		{"as the stack calls it",
			"server start-dev --port 1 --ui-ip 127.0.0.2 --ui-port 0 --ui-codec-endpoint http://127.0.0.1:8081/codec --retention 48h" +
				" --namespace a --namespace b --sqlite-pragma journal_mode=delete --dynamic-config-value limit.maxIDLength=255 --stop-with-stdin",
			func(r *require.Assertions, s settings) {
				r.Equal("127.0.0.2:0", s.options.UIAddr)
				r.Equal("http://127.0.0.1:8081/codec", s.options.CodecEndpoint)
				r.Equal(48*time.Hour, s.options.Retention)
				r.Equal([]string{"a", "b"}, s.options.Namespaces)
				r.Equal("delete", s.options.SQLitePragmas["journal_mode"])
				r.InDelta(255, s.options.DynamicConfig["limit.maxIDLength"], 0)
				r.True(s.stopWithStdin)
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(strings.Fields(test.args), io.Discard)
			require.NoError(t, err)
			test.check(require.New(t), got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, args, want string }{
		{"an unknown flag", "--colour red", "flag provided but not defined"},
		{"an argument", "server start-dev now", `unknown argument "now"`},
		{"an attribute without type", "--search-attribute SyncState", "not of the form key=value"},
		{"an unknown type", "--search-attribute SyncState=Word", `"Word" is no type of search attributes`},
		{"a value that is no JSON", "--dynamic-config-value a.b=yes", "--dynamic-config-value a.b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(strings.Fields(test.args), io.Discard)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestRunEndsWithItsStandardInput(t *testing.T) {
	t.Parallel()
	stdin, parent := io.Pipe()
	reader, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(t.Context(), strings.Fields("--port 0 --ui-port 0 --stop-with-stdin"), stdin, stdout, io.Discard)
	}()

	line := make([]byte, 200)
	n, err := reader.Read(line)
	require.NoError(t, err)
	require.Regexp(t, `^Temporal server pid \d+: frontend 127\.0\.0\.1:\d+, UI http://127\.0\.0\.1:\d+\n$`,
		string(bytes.TrimRight(line[:n], "\x00")))
	require.NoError(t, parent.Close())
	require.NoError(t, <-ended)
}
