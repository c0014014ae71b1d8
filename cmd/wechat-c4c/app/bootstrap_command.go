package app

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
)

// newBootstrap makes the command that prepares the namespace. It only adds to the namespace, and does not ask for
// confirmation, because platforms run it before each release. Followers' menus are set separately.
func newBootstrap(s shell) *cobra.Command {
	var (
		f        operatorFlags
		change   changeFlags
		withMenu bool
	)
	c := s.command("bootstrap", "Prepare the Temporal namespace: retention, search attributes, schedules",
		"  wechat-c4c bootstrap\n  wechat-c4c bootstrap --dry-run\n  wechat-c4c bootstrap --menu --yes",
		func() []config.Role {
			if withMenu {
				return []config.Role{config.RoleWorkflows, config.RoleMenu}
			}
			return []config.Role{config.RoleWorkflows}
		},
		func(ctx context.Context, cfg config.Config) error {
			if err := s.bootstrap(ctx, cfg, f, change.dryRun); err != nil || !withMenu {
				return err
			}
			return s.applyMenus(ctx, cfg, f, change)
		})
	addOutput(c, &f.output)
	c.Flags().BoolVar(&withMenu, "menu", false, "apply the accounts' menus as well")
	c.Flags().BoolVar(&change.yes, "yes", false, "apply menus without asking; required without a terminal")
	c.Flags().BoolVar(&change.dryRun, "dry-run", false, "only show what would be done")
	f.actionFlags(c)
	return c
}

// bootstrap prepares the namespace, and prints a line for each step, or all steps as JSON at the end.
func (s shell) bootstrap(ctx context.Context, cfg config.Config, f operatorFlags, dryRun bool) error {
	steps := []step{}
	stop := waiting(s.stderr, "waiting for Temporal; a cluster takes up to a minute to know what is new")
	err := prepare(ctx, cfg, s.surroundings(), dryRun, func(done step) {
		steps = append(steps, done)
		if f.output == outputTable {
			fmt.Fprintf(s.stdout, "%s: %s\n", done.What, done.Result)
		}
	})
	stop()
	if err != nil {
		return err
	}
	if f.output == outputJSON {
		return operate.WriteJSON(s.stdout, steps)
	}
	if dryRun {
		fmt.Fprintln(s.stdout, "Dry run: nothing was done.")
	}
	return nil
}
