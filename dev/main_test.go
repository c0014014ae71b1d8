package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		args    []string
		environ map[string]string
		check   func(*require.Assertions, settings)
	}{
		{"nothing", nil, nil, func(r *require.Assertions, s settings) {
			r.False(s.fresh || s.prepare || s.verbose)
			r.Equal("127.0.0.1:8080", s.addresses.API)
			r.Equal(filepath.Join(s.moduleDir, ".state"), s.state.Dir)
		}},
		{"all", []string{"-fresh", "-prepare", "-v"}, map[string]string{"DEV_STATE_DIR": "/x", "DEV_C4C_ADDR": "127.0.0.1:1"},
			func(r *require.Assertions, s settings) {
				r.True(s.fresh && s.prepare && s.verbose)
				r.Equal("/x", s.state.Dir)
				r.Equal("127.0.0.1:1", s.addresses.C4C)
			}},
		{"fields", nil, map[string]string{fieldsVariable: "../deploy/fields/vehicle.json"},
			func(r *require.Assertions, s settings) { r.Equal("../deploy/fields/vehicle.json", s.fields) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := parse(test.args, func(name string) string { return test.environ[name] }, t.Output())
			require.NoError(t, err)
			test.check(require.New(t), s)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	_, err := parse([]string{"now"}, none, t.Output())
	require.ErrorContains(t, err, `unknown argument "now"`)
	_, err = parse(nil, func(string) string { return "nonsense" }, t.Output())
	require.ErrorContains(t, err, "DEV_API_ADDR must be an IP address with a port")

	_, err = parse(nil, func(name string) string {
		return map[string]string{fieldsVariable: "main.go"}[name]
	}, t.Output())
	require.ErrorContains(t, err, fieldsVariable+" names a file that is not right: is not JSON")

	var help bytes.Buffer
	_, err = parse([]string{"-help"}, none, &help)
	require.ErrorIs(t, err, flag.ErrHelp)
	for _, name := range append(stack.AddressVariables(), "-fresh", "DEV_STATE_DIR", "TEMPORAL_DEV_BIN",
		"TEMPORAL_DEV_FETCH", fieldsVariable) {
		require.Contains(t, help.String(), name)
	}
}

func TestTableNamesEveryAddress(t *testing.T) {
	t.Parallel()
	s, err := parse(nil, func(string) string { return "" }, t.Output())
	require.NoError(t, err)
	var table bytes.Buffer
	printAddresses(&table, s, 1234*time.Millisecond)
	for _, part := range []string{
		"up (1.2 s)", "http://127.0.0.1:8080/", "http://127.0.0.1:8081/", "http://127.0.0.1:8090/", "http://127.0.0.1:8091/",
		"http://127.0.0.1:8233/", "127.0.0.1:7233 ", s.state.Dir, "press", "my brakes squeal",
	} {
		require.Contains(t, table.String(), part)
	}
}

// Scripts read the last line: make test runs the server-backed tests with that server.
func TestPrepareSaysWhereTheServerIs(t *testing.T) {
	server, err := os.Executable()
	require.NoError(t, err)
	t.Setenv(devserver.BinaryVariable, server)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-prepare"}, &out))
	require.Equal(t, server+"\n", out.String())
}
