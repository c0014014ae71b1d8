package stack_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

func TestAddressesFrom(t *testing.T) {
	t.Parallel()
	contract := stack.Addresses{
		API: "127.0.0.1:8080", Internal: "127.0.0.1:8081", WeChat: "127.0.0.1:8090", C4C: "127.0.0.1:8091",
		Temporal: "127.0.0.1:7233", TemporalUI: "127.0.0.1:8233",
	}
	moved := contract
	moved.C4C, moved.TemporalUI = "0.0.0.0:9091", "127.0.0.1:9233"
	for _, test := range []struct {
		name    string
		environ map[string]string
		want    stack.Addresses
		refused string
	}{
		{"as the contract says", nil, contract, ""},
		{"two of them moved", map[string]string{"DEV_C4C_ADDR": "0.0.0.0:9091", "DEV_TEMPORAL_UI_ADDR": "127.0.0.1:9233"},
			moved, ""},
		{"no port", map[string]string{"DEV_API_ADDR": "127.0.0.1"}, stack.Addresses{},
			"DEV_API_ADDR must be an IP address with a port"},
		{"a name", map[string]string{"DEV_API_ADDR": "example.com:80"}, stack.Addresses{}, "DEV_API_ADDR must be"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := stack.AddressesFrom(func(name string) string { return test.environ[name] })
			require.Equal(t, test.want, got)
			if test.refused == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.refused)
			}
		})
	}
}

func TestProbeNamesEveryTakenPort(t *testing.T) {
	t.Parallel()
	taken := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		return l.Addr().String()
	}
	free, err := stack.FreeAddresses()
	require.NoError(t, err)
	require.NoError(t, free.Probe())

	some := free
	some.API, some.TemporalUI = taken(), taken()
	_, apiPort, err := net.SplitHostPort(some.API)
	require.NoError(t, err)
	err = some.Probe()
	require.ErrorContains(t, err, "port "+apiPort+" is in use")
	require.ErrorContains(t, err, "for the api, public with DEV_API_ADDR")
	require.ErrorContains(t, err, "for the Temporal UI with DEV_TEMPORAL_UI_ADDR")
	require.NotContains(t, err.Error(), "DEV_C4C_ADDR")

	without := free
	without.TemporalUI = ""
	require.NoError(t, without.Probe())
}
