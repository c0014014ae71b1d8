// Command chart packs the Helm chart of deploy/helm as "helm package" does, with a release's version.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/chart/v2/util"
)

func main() {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	err := run(os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

// run checks the chart and writes its archive.
func run(args []string, out io.Writer) error {
	set := flag.NewFlagSet("chart", flag.ContinueOnError)
	set.SetOutput(out)
	dir := set.String("chart", "../deploy/helm/wechat-c4c", "folder of the chart")
	version := set.String("version", "", "version of the release, such as 1.0.0")
	into := set.String("into", "../dist", "folder to write the archive to")
	if err := set.Parse(args); err != nil {
		return err
	}
	if *version == "" {
		return errors.New("-version is missing: say the version of the release, such as -version 1.0.0")
	}
	chart, err := loader.Load(*dir)
	if err != nil {
		return err
	}
	for _, message := range lint.RunAll(*dir, chart.Values, "default").Messages {
		if message.Severity >= support.WarningSev {
			return fmt.Errorf("%s: %w", *dir, message.Err)
		}
	}
	chart.Metadata.Version, chart.Metadata.AppVersion = semantic(*version), strings.TrimPrefix(*version, "v")
	if err := chart.Validate(); err != nil {
		return fmt.Errorf("-version %s: %w: a version looks like 1.0.0", *version, err)
	}
	file, err := util.Save(chart, *into)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, file)
	return nil
}

// semantic returns a version as a chart needs it. A build that is no release is named by its commit, which becomes
// 0.0.0-<commit>.
func semantic(version string) string {
	version = strings.TrimPrefix(version, "v")
	if !strings.Contains(version, ".") {
		return "0.0.0-" + version
	}
	return version
}
