package wechatc4c_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A tag of somebody else's action may be moved to other code; Dependabot brings the next commit with its version.
func TestWorkflowsArePinnedAndCallTheMakefile(t *testing.T) {
	t.Parallel()
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
