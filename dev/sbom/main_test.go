package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// This program is one like any other.
func TestBillOfThisProgram(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "sbom")
	built, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(built))
	var out, again bytes.Buffer
	require.NoError(t, run([]string{"-version", "1.2.3", binary}, &out))
	require.NoError(t, run([]string{"-version", "1.2.3", binary}, &again))
	require.Equal(t, out.String(), again.String(), "the same binary has the same bill")

	var b bill
	require.NoError(t, json.Unmarshal(out.Bytes(), &b))
	require.Equal(t, []string{"CycloneDX", "1.6"}, []string{b.Format, b.SpecVersion})
	require.Regexp(t, `^urn:uuid:[0-9a-f-]{36}$`, b.SerialNumber)
	content, err := os.ReadFile(binary)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	main := b.Metadata.Component
	require.Equal(t, []string{"application", "1.2.3"}, []string{main.Type, main.Version})
	require.True(t, strings.HasPrefix(main.PURL, "pkg:golang/github.com/wechat-c4c/"), main.PURL)
	require.Equal(t, []hash{{"SHA-256", hex.EncodeToString(sum[:])}}, main.Hashes)

	versions := map[string]string{}
	for _, c := range b.Components {
		require.Equal(t, "library", c.Type)
		require.Equal(t, "pkg:golang/"+c.Name+"@"+c.Version, c.PURL)
		require.NotContains(t, versions, c.Name)
		versions[c.Name] = c.Version
	}
	require.Equal(t, strings.TrimPrefix(runtime.Version(), "go"), versions["std"])
	require.NotEmpty(t, versions["github.com/google/uuid"])
	require.NotContains(t, versions, "github.com/stretchr/testify", "only what is linked")
	require.Len(t, b.Dependencies, 1)
	require.Len(t, b.Dependencies[0].DependsOn, len(b.Components))
}

func TestBillOfNothing(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("no binary"), 0o600))
	for name, args := range map[string][]string{
		"no binary":     {"-version", "1.0.0", text},
		"missing":       {"-version", "1.0.0", text + "x"},
		"no version":    {os.Args[0]},
		"no argument":   {"-version", "1.0.0"},
		"unknown flag":  {"-licenses"},
		"two arguments": {"-version", "1.0.0", text, text},
	} {
		require.Error(t, run(args, &bytes.Buffer{}), name)
	}
}
