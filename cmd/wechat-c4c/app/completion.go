package app

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/operate/rollout"
)

// completeWithin is how long a shell may wait for ids after Tab.
const completeWithin = 2 * time.Second

// fileFlags are flags whose values are files; the shell's own completion is right for them.
var fileFlags = []string{"audit-log", "dir", "file", "receipt"}

// finish gives every command below root what all commands have: sentences for wrong flags, and completion of values.
func (s shell) finish(root *cobra.Command) {
	root.SetFlagErrorFunc(wrongFlag)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	walk(root, func(c *cobra.Command) {
		if own, ok := completions[c.CommandPath()]; ok {
			c.Short, c.Long, c.Example = own.short, "", own.example
		}
		if f := c.Flags().Lookup("no-descriptions"); f != nil {
			f.Usage = "complete without descriptions"
		}
		if c.HasSubCommands() && !c.Runnable() {
			group(c)
		}
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		for _, flags := range []*pflag.FlagSet{c.NonInheritedFlags(), c.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) { s.completeFlag(c, f) })
		}
	})
}

// completions are the help texts of the commands that cobra adds.
var completions = map[string]struct{ short, example string }{
	"wechat-c4c completion": {"Print a script that completes commands, flags and values in a shell",
		"  wechat-c4c completion bash"},
	"wechat-c4c completion bash": {"Print the script for bash", "  source <(wechat-c4c completion bash)\n" +
		"  wechat-c4c completion bash > /etc/bash_completion.d/wechat-c4c                     # every shell, Linux\n" +
		"  wechat-c4c completion bash > $(brew --prefix)/etc/bash_completion.d/wechat-c4c     # every shell, macOS"},
	"wechat-c4c completion zsh": {"Print the script for zsh", "  source <(wechat-c4c completion zsh)\n" +
		"  wechat-c4c completion zsh > \"${fpath[1]}/_wechat-c4c\"                             # every shell, Linux\n" +
		"  wechat-c4c completion zsh > $(brew --prefix)/share/zsh/site-functions/_wechat-c4c  # every shell, macOS"},
	"wechat-c4c completion fish": {"Print the script for fish", "  wechat-c4c completion fish | source\n" +
		"  wechat-c4c completion fish > ~/.config/fish/completions/wechat-c4c.fish            # every shell"},
	"wechat-c4c completion powershell": {"Print the script for PowerShell",
		"  wechat-c4c completion powershell | Out-String | Invoke-Expression"},
}

// walk visits a command and all below it.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walk(sub, visit)
	}
}

// completeFlag offers the possible values of a flag: the allowed ones, the accounts, or nothing.
func (s shell) completeFlag(c *cobra.Command, f *pflag.Flag) {
	if _, done := c.GetFlagCompletionFunc(f.Name); done || slices.Contains(fileFlags, f.Name) {
		return
	}
	offer := cobra.CompletionFunc(cobra.NoFileCompletions)
	if v, ok := f.Value.(*value); ok && v.among != nil {
		offer = cobra.FixedCompletions(v.among, cobra.ShellCompDirectiveNoFileComp)
	}
	if f.Name == "account" {
		offer = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			cfg, _, err := config.Load(s.environ)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return cfg.Names(), cobra.ShellCompDirectiveNoFileComp
		}
	}
	_ = c.RegisterFlagCompletionFunc(f.Name, offer) // fails only if there is one already
}

// completeOnce offers values for the first argument. If the query fails, it offers nothing: a shell cannot show
// errors.
func completeOnce(offer func(ctx context.Context) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), completeWithin)
		defer cancel()
		return offer(ctx), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSync offers the ids of unfinished syncs, with their states.
func (s shell) completeSync() cobra.CompletionFunc {
	return completeOnce(func(ctx context.Context) []string {
		var found []string
		_ = s.silent().inSession(ctx, operatorFlags{output: outputTable}, func(ctx context.Context, o *session) error {
			listing, err := o.List(ctx, operate.Filter{}, peopleLimit)
			for _, sync := range listing.Syncs {
				found = append(found, cobra.CompletionWithDesc(sync.ID, sync.State))
			}
			return err
		})
		return found
	})
}

// completeBuild offers the builds of the worker deployment.
func (s shell) completeBuild(f *deploymentFlags) cobra.CompletionFunc {
	return completeOnce(func(ctx context.Context) []string {
		var found []string
		_ = s.silent().inDeployment(ctx, *f, func(d rollout.Deployment) error {
			versions, err := d.Versions(ctx)
			for _, v := range versions {
				found = append(found, cobra.CompletionWithDesc(v.BuildID, v.Status))
			}
			return err
		})
		return found
	})
}

// silent discards output: anything that a command prints would appear among the offers.
func (s shell) silent() shell {
	s.stderr, s.stdout = io.Discard, io.Discard
	load := s.environ
	s.load = func(roles ...config.Role) (config.Config, error) {
		cfg, _, err := config.Load(load, roles...)
		return cfg, err
	}
	return s
}
