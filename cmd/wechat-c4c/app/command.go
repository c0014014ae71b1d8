// Package app is the program wechat-c4c: its commands, and the functions behind them for whoever starts the
// connector inside another process. Nothing here ends the process.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// Version is the release, stamped by the linker; without it the module's version is shown.
var Version = ""

// Main runs a command line and returns the exit code: 0, or 1 after a sentence on stderr. It returns when ctx ends and
// what was under way is finished.
func Main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	root := newRoot(environ, stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, problem := range problems {
			fmt.Fprintln(stderr, "wechat-c4c:", problem)
		}
		return 1
	}
	fmt.Fprintln(stderr, "wechat-c4c:", err)
	return 1
}

func newRoot(environ []string, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "wechat-c4c",
		Short:         "Connects a WeChat Official Account with SAP Cloud for Customer",
		Long:          "Connects a WeChat Official Account with SAP Cloud for Customer, durable through Temporal.\n\nSettings come from WECHAT_C4C_* variables, Temporal's address from TEMPORAL_* variables.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.CompletionOptions.HiddenDefaultCmd = true

	load := func() (config.Config, error) {
		cfg, warnings, err := config.Load(environ)
		for _, warning := range warnings {
			fmt.Fprintln(stderr, "wechat-c4c: warning:", warning)
		}
		return cfg, err
	}
	run := func(name, short string, f func(context.Context, config.Config) error) *cobra.Command {
		return &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load()
			if err != nil {
				return err
			}
			return f(c.Context(), cfg)
		}}
	}
	temporal := WithTemporal(envconfig.LoadClientOptionsRequest{EnvLookup: environment(environ)})
	root.AddCommand(
		run("api", "Serve the webhooks and the H5 page", func(ctx context.Context, cfg config.Config) error { return RunAPI(ctx, cfg, temporal) }),
		newWorker(run, temporal),
		newBootstrap(run, stdout, temporal),
		newMenu(load, stdout),
		newConfig(run, stdout, stderr),
		newVersion(stdout),
		newHealth(environ),
	)
	operator := shell{environ: environ, load: load, stdout: stdout, stderr: stderr}
	root.AddCommand(newBackfill(operator), newSync(operator), newFollower(operator), newDoctor(operator), newDeployment(operator))
	return root
}

func newWorker(run func(string, string, func(context.Context, config.Config) error) *cobra.Command, temporal Option) *cobra.Command {
	var role string
	c := run("worker", "Run the workflows and activities", func(ctx context.Context, cfg config.Config) error {
		chosen, err := worker.ParseRole(role)
		if err != nil {
			return err
		}
		return RunWorker(ctx, cfg, temporal, WithRole(chosen))
	})
	c.Flags().StringVar(&role, "role", string(worker.RoleAll), "what to work on: workflows, wechat, c4c or all")
	return c
}

func newBootstrap(run func(string, string, func(context.Context, config.Config) error) *cobra.Command, stdout io.Writer, temporal Option) *cobra.Command {
	var withMenu bool
	c := run("bootstrap", "Prepare the Temporal namespace: retention, search attributes, token schedule", func(ctx context.Context, cfg config.Config) error {
		if err := Bootstrap(ctx, cfg, stdout, temporal); err != nil || !withMenu {
			return err
		}
		return ApplyMenu(ctx, cfg, stdout)
	})
	c.Flags().BoolVar(&withMenu, "menu", false, "apply the accounts' menus as well")
	return c
}

func newConfig(run func(string, string, func(context.Context, config.Config) error) *cobra.Command, stdout, stderr io.Writer) *cobra.Command {
	parent := &cobra.Command{Use: "config", Short: "Check or show the settings", Args: cobra.NoArgs}
	table := &cobra.Command{Use: "table", Short: "Print the table of all settings for the README", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		_, err := io.WriteString(stdout, config.MarkdownTable())
		return err
	}}
	example := &cobra.Command{Use: "env", Short: "Print an example of a file with all settings", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		_, err := io.WriteString(stdout, config.EnvExample())
		return err
	}}
	parent.AddCommand(
		run("check", "Say what is missing or wrong", func(_ context.Context, cfg config.Config) error {
			if err := checkTexts(cfg); err != nil {
				return err
			}
			for _, warning := range cfg.Warnings() {
				fmt.Fprintln(stderr, "wechat-c4c: warning:", warning)
			}
			_, err := fmt.Fprintln(stdout, "All settings are valid. Accounts: "+strings.Join(cfg.Names(), ", ")+".")
			return err
		}),
		run("print", "Print all settings, secrets masked", func(_ context.Context, cfg config.Config) error { return cfg.Print(stdout) }),
		table, example,
	)
	return parent
}

func newVersion(stdout io.Writer) *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		_, err := fmt.Fprintf(stdout, "wechat-c4c %s %s\n", version(), runtime.Version())
		return err
	}}
}

func version() string {
	if Version != "" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
