// Package app is the program wechat-c4c: its commands, and the functions behind them for programs that start the
// connector inside another process. Nothing here ends the process.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// Version is the release, stamped by the linker; without it the module's version is shown.
var Version = ""

// Main runs a command line and returns the exit code: 0, 1 after a sentence on stderr, or 2 if the sentence says what
// is wrong with the command line. It returns when ctx has ended and running work is finished.
func Main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	return execute(ctx, args, shell{
		environ: environ, stdin: os.Stdin, interactive: terminal(os.Stdin) && terminal(stderr), stdout: stdout,
		stderr: stderr,
	})
}

// execute runs a command line and prints what went wrong; see [Main].
func execute(ctx context.Context, args []string, s shell) int {
	if !terminal(s.stderr) { // a bar needs the terminal itself, and several concurrent lines need the lock
		s.stderr = &shared{w: s.stderr}
	}
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, problem := range problems {
			fmt.Fprintln(s.stderr, "wechat-c4c:", problem)
		}
		return exitRefused
	}
	if err != nil {
		fmt.Fprintln(s.stderr, "wechat-c4c:", err)
	}
	return exitCode(err)
}

// newRoot makes the command tree.
func newRoot(s shell) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "wechat-c4c",
		Short: "Connects a WeChat Official Account with SAP Cloud for Customer",
		Long: "Connects a WeChat Official Account with SAP Cloud for Customer, durable through Temporal.\n\n" +
			"Settings come from WECHAT_C4C_* variables, Temporal's address from TEMPORAL_* variables.\n" +
			"Exit codes: 0 done, 1 refused or failed, 2 the command line is wrong.",
		Example:       "  wechat-c4c doctor\n  wechat-c4c status\n  wechat-c4c sync list --state needs_attention",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	})
	root.SetVersionTemplate(versionLine())
	root.SetOut(s.stdout)
	root.SetErr(s.stderr)
	root.SetHelpCommand(newHelp())

	s.load = func(roles ...config.Role) (config.Config, error) {
		cfg, warnings, err := config.Load(s.environ, roles...)
		for _, warning := range warnings {
			fmt.Fprintln(s.stderr, "wechat-c4c: warning:", warning)
		}
		return cfg, err
	}
	temporal := func(o *surroundings) {
		WithTemporal(envconfig.LoadClientOptionsRequest{EnvLookup: s.environ})(o)
		WithLog(s.stderr)(o)
	}
	root.AddCommand(
		s.command("api", "Serve the webhooks and the H5 page", "  wechat-c4c api", only(config.RoleAPI),
			func(ctx context.Context, cfg config.Config) error { return RunAPI(ctx, cfg, temporal) }),
		newWorker(s, temporal),
		newBootstrap(s),
		newMenu(s),
		newConfig(s),
		newVersion(s),
		newHealth(s.environ),
	)
	root.AddCommand(newStatus(s), newBackfill(s), newSync(s), newFollower(s), newDoctor(s), newDeployment(s),
		newReconcile(s), newSpool(s), newTry(s), newViews(s))
	s.finish(root)
	translateHelp(root, s.language())
	return root
}

// only returns roles that do not depend on flags.
func only(roles ...config.Role) func() []config.Role { return func() []config.Role { return roles } }

// command makes a command that needs only the settings, and only the secrets of certain roles.
func (s shell) command(
	name, short, example string, roles func() []config.Role, f func(context.Context, config.Config) error,
) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Example: example, Args: takesNothing,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := s.load(roles()...)
			if err != nil {
				return err
			}
			return f(c.Context(), cfg)
		}}
}

func newWorker(s shell, temporal Option) *cobra.Command {
	var role string
	c := s.command("worker", "Run the workflows and activities", "  wechat-c4c worker\n  wechat-c4c worker --role c4c",
		func() []config.Role { return worker.Role(role).Secrets() }, func(ctx context.Context, cfg config.Config) error {
			chosen, err := worker.ParseRole(role)
			if err != nil {
				return err
			}
			return RunWorker(ctx, cfg, temporal, WithRole(chosen))
		})
	var roles []string
	for _, one := range worker.Roles {
		roles = append(roles, string(one))
	}
	c.Flags().Var(oneOf(&role, string(worker.RoleAll), roles...), "role", "what to work on: workflows, wechat, c4c or all")
	return c
}

// newHelp makes the command that shows a command's help, or says that there is no such command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command", Example: "  wechat-c4c help sync retry",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			about, _, err := c.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, sub := range about.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

func newVersion(s shell) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "version", Short: "Print the version", Example: "  wechat-c4c version\n  wechat-c4c version -o json",
		Args: takesNothing,
		RunE: func(*cobra.Command, []string) error {
			if output == outputJSON {
				return operate.WriteJSON(s.stdout, map[string]string{"version": version(), "go": runtime.Version()})
			}
			_, err := io.WriteString(s.stdout, versionLine())
			return err
		},
	}
	addOutput(c, &output)
	return c
}

func versionLine() string { return fmt.Sprintf("wechat-c4c %s %s\n", version(), runtime.Version()) }

func version() string {
	if Version != "" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
