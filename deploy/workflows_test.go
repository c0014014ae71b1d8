package deploy_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A tag of somebody else's action may be moved to other code; Dependabot brings the next commit with its version.
func TestWorkflowsArePinnedAndCallTheMakefile(t *testing.T) {
	t.Parallel()
	atRoot()
	files, err := filepath.Glob(".github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	targets := all(`(?m)^([a-z-]+):`, read(t, "Makefile"))
	for _, name := range files {
		text := read(t, name)
		require.NotEmpty(t, parse(t, name, []byte(text))[0]["permissions"], "%s takes all permissions", name)
		for _, action := range all(`uses: (.+)`, text) {
			require.Regexp(t, `^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`, action, name)
		}
		called := all(`run: make ([a-z -]+)`, text)
		require.NotEmpty(t, called, name)
		for _, command := range called {
			for target := range strings.FieldsSeq(command) {
				require.Contains(t, targets, target, name)
			}
		}
	}
}

// What writes a release runs no code of the repository or of its dependencies: whoever gets into one of those gets no
// right to publish. No step finds a token in the checkout.
func TestReleasesAreWrittenByAJobOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"check", "release"} {
		file := ".github/workflows/" + name + ".yml"
		text := read(t, file)
		workflow := parse(t, file, []byte(text))[0]
		require.Equal(t, map[string]any{"contents": "read"}, workflow["permissions"],
			"what a job does not ask for it does not get")
		for job, definition := range workflow["jobs"].(map[string]any) {
			steps := at(t, definition, "steps").([]any)
			may, writes := definition.(map[string]any)["permissions"]
			require.Equal(t, file == ".github/workflows/release.yml" && job == "publish", writes, "%s: %v", job, may)
			for i := range steps {
				step := steps[i].(map[string]any)
				uses, _ := step["uses"].(string)
				run, _ := step["run"].(string)
				if strings.HasPrefix(uses, "actions/checkout@") {
					require.False(t, writes, "%s checks out what it must not run", job)
					require.Equal(t, false, at(t, step, "with", "persist-credentials"), job)
				}
				if writes {
					require.NotContains(t, run, "make", job)
					require.NotContains(t, run, "go ", job)
				} else {
					require.NotContains(t, fmt.Sprint(step), "github.token", job)
				}
			}
		}
	}
	release := read(t, ".github/workflows/release.yml")
	require.Equal(t, 2, strings.Count(release, "actions/attest-build-provenance@"),
		"binaries and image say where they come from")
	require.Contains(t, release, "subject-checksums: dist/SHA256SUMS")
	require.Contains(t, release, "subject-digest:")
}

// What looks into the image gets the image, and not the engine that could do anything to the machine.
func TestTheScannerGetsTheImageAlone(t *testing.T) {
	t.Parallel()
	makefile := read(t, "Makefile")
	require.NotContains(t, makefile, "docker.sock")
	require.Regexp(t, `(?m)^GRYPE +\?= \S+:v[0-9.]+@sha256:[0-9a-f]{64}$`, makefile)
}
