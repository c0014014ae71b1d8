package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

const folder = "../../deploy/helm/wechat-c4c"

func TestPacksTheRelease(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	dir := t.TempDir()
	require.NoError(t, run([]string{"-chart", folder, "-version", "v1.2.3", "-into", dir}, &out))
	file := strings.TrimSpace(out.String())
	require.Equal(t, filepath.Join(dir, "wechat-c4c-1.2.3.tgz"), file)
	chart, err := loader.Load(file)
	require.NoError(t, err)
	require.Equal(t, "1.2.3", chart.Metadata.AppVersion, "the image of the same release")
	var names []string
	for _, f := range chart.Files {
		names = append(names, f.Name)
	}
	require.Contains(t, names, "manifests/api.yaml")
}

func TestPacksACommit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run([]string{"-chart", folder, "-version", "557ab46-dirty", "-into", t.TempDir()}, &out))
	require.Contains(t, out.String(), "wechat-c4c-0.0.0-557ab46-dirty.tgz")
}

func TestRefusesAWrongVersion(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run([]string{"-chart", folder}, t.Output()), "such as -version 1.0.0")
	require.ErrorContains(t, run([]string{"-chart", folder, "-version", "1.2.3.4", "-into", t.TempDir()}, t.Output()),
		"a version looks like 1.0.0")
	require.Error(t, run([]string{"-chart", t.TempDir(), "-version", "1.0.0"}, t.Output()))
}
