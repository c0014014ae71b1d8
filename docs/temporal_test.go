package docs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of supported servers says what the code checks, and everything that runs a server runs the one that is
// tested.
func TestSupportedServersAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	version := map[string]string{}
	for _, name := range []string{"ServerTested", "ServerNeeded", "ServerForPage"} {
		found := all(name+`\s+= "([0-9.]+)"`, read(t, "workflows/server.go"))
		require.Len(t, found, 1, name)
		version[name] = found[0]
	}
	page := read(t, "docs/deploy/temporal.md")
	require.Contains(t, page, "\n| "+version["ServerTested"]+" | yes | yes |")
	require.Contains(t, page, "\n| "+version["ServerForPage"]+" and later | yes | yes |")
	require.Contains(t, page, "\n| "+version["ServerNeeded"]+" and ")
	require.Contains(t, page, "\n| before "+version["ServerNeeded"]+" | no | no | refused |")
	require.Contains(t, read(t, "README.md"), "server "+version["ServerForPage"]+" or later")

	require.Contains(t, read(t, "dev/temporaldev/go.mod"), "go.temporal.io/server v"+version["ServerTested"]+"\n")
	for _, file := range []string{"docker-compose.yml", "deploy/kubernetes/overlays/simulators/temporal.yaml"} {
		images := all(`temporalio/(?:server|admin-tools):(\S+)`, read(t, file))
		require.NotEmpty(t, images, file)
		for _, image := range images {
			require.Contains(t, strings.TrimSuffix(image, "}"), version["ServerTested"], file)
		}
	}
}
