package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
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

// A job that can write a release runs no code of the repository or of its dependencies: an attacker who gets into one
// of those gets no right to publish. No step finds a token in the checkout.
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
	require.Equal(t, 3, strings.Count(release, "actions/attest-build-provenance@"),
		"binaries and both images say where they come from")
	require.Contains(t, release, "subject-checksums: dist/SHA256SUMS")
}

// Each image that the Dockerfile makes is built for all platforms, pushed as it was built, signed by its digest, and
// says where it comes from.
func TestImagesArePublishedForAllPlatformsAndSigned(t *testing.T) {
	t.Parallel()
	release, makefile := read(t, ".github/workflows/release.yml"), read(t, "Makefile")
	require.Regexp(t, `(?m)^PLATFORMS +\?= linux/amd64 linux/arm64$`, makefile)
	require.Regexp(t, `(?m)^BUILDKIT +\?= \S+:v[0-9.]+@sha256:[0-9a-f]{64}$`, makefile)
	require.Contains(t, release, "make images VERSION=")
	require.Contains(t, release, "dist/*.oci.tar")
	require.Contains(t, release, "skopeo copy --all --preserve-digests", "skopeo takes one platform unless told otherwise")
	require.Regexp(t, `cosign sign --yes --recursive "\$CONNECTOR" "\$SIMULATORS"`, release)
	images := all(`(?m)^FROM scratch AS (\S+)$`, read(t, "deploy/Dockerfile"))
	require.ElementsMatch(t, []string{"wechat-c4c", "simulators"}, images)
	for _, file := range []string{release, makefile} {
		for _, loop := range all(`for (?:image|target) in ([a-z0-9 -]+);`, file) {
			require.ElementsMatch(t, images, strings.Fields(loop))
		}
	}
	require.Equal(t, 2, strings.Count(release, "push-to-registry: true"))
	require.Equal(t, 2, strings.Count(release, "subject-digest:"))
}

// A release says what its section of the changelog says, and links to pages of the same version.
func TestReleaseNotesAreTheChangelog(t *testing.T) {
	t.Parallel()
	release := read(t, ".github/workflows/release.yml")
	require.Contains(t, release, "run: make notes VERSION=${GITHUB_REF_NAME#v}\n")
	require.Contains(t, release, "\n            dist/notes.md\n")
	require.Contains(t, release, "--notes-file dist/notes.md")
	require.NotContains(t, release, "--generate-notes")
	makefile, err := filepath.Abs("Makefile")
	require.NoError(t, err)
	const changelog = "# Changelog\n\n## Unreleased\n\n- Not yet.\n\n## 0.2.0 (2027-01-02)\n\n### Agents\n\n" +
		"- New: [how](docs/agents.md), [why](https://example.com/docs/).\n\n## [0.2.0-rc.1]\n\n- Tried.\n\n## 0.1.0\n\n"
	const base = "https://github.com/wechat-c4c/wechat-c4c/blob/"
	for version, want := range map[string]string{
		"0.2.0":      "### Agents\n\n- New: [how](" + base + "v0.2.0/docs/agents.md), [why](https://example.com/docs/).",
		"0.2.0-rc.1": "- Tried.",
		"0.1.0":      "", // says nothing
		"0.2":        "", // is not there
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte(changelog), 0o600))
			notes := exec.CommandContext(t.Context(), "make", "-f", makefile, "notes", "VERSION="+version)
			notes.Dir = dir
			out, err := notes.CombinedOutput()
			if want == "" {
				require.Error(t, err)
				require.Contains(t, string(out), "CHANGELOG.md says nothing about "+version)
				return
			}
			require.NoError(t, err, string(out))
			got, err := os.ReadFile(filepath.Join(dir, "dist/notes.md"))
			require.NoError(t, err)
			require.Equal(t, want, strings.TrimSpace(string(got)))
		})
	}
}

// What goes with a binary is read from it by a tool in one version, which Go's checksum database knows.
func TestBillsOfMaterialsAreMadeByAPinnedTool(t *testing.T) {
	t.Parallel()
	makefile := read(t, "Makefile")
	require.Regexp(t, `(?m)^SBOM +:= github\.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v\d+\.\d+\.\d+$`, makefile)
	for _, flag := range []string{"-json", "-std", "-notimestamp", "-noserial"} {
		require.Regexp(t, `\$\(GO\) run \$\(SBOM\) bin .*`+flag+" ", makefile, "the same binary has the same bill")
	}
}

// What looks into the image gets the image, and not the engine that could do anything to the machine.
func TestTheScannerGetsTheImageAlone(t *testing.T) {
	t.Parallel()
	makefile := read(t, "Makefile")
	require.NotContains(t, makefile, "docker.sock")
	require.Regexp(t, `(?m)^GRYPE +\?= \S+:v[0-9.]+@sha256:[0-9a-f]{64}$`, makefile)
}
