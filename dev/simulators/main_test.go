package main

import (
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOnlyThisMachineReachesTheSimulators: unless configured otherwise, as in their image.
func TestOnlyThisMachineReachesTheSimulators(t *testing.T) {
	t.Parallel()
	s, err := parse(nil)
	require.NoError(t, err)
	for _, addr := range []string{s.wechatAddr, s.c4cAddr} {
		host, _, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		require.True(t, net.ParseIP(host).IsLoopback(), addr)
	}

	dockerfile, err := os.ReadFile("../../deploy/Dockerfile")
	require.NoError(t, err)
	entry := regexp.MustCompile(`ENTRYPOINT \["/simulators", (.*)\]`).FindSubmatch(dockerfile)
	require.NotNil(t, entry)
	s, err = parse(strings.Split(strings.ReplaceAll(string(entry[1]), `"`, ""), ", "))
	require.NoError(t, err)
	require.Equal(t, []string{":8090", ":8091"}, []string{s.wechatAddr, s.c4cAddr})
}
