package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/menu"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// newMenu makes the commands that keep the account's menu.
func newMenu(load func() (config.Config, error), stdout io.Writer) *cobra.Command {
	parent := &cobra.Command{Use: "menu", Short: "Show, apply or delete an account's menu", Args: cobra.NoArgs}
	var name string
	parent.PersistentFlags().StringVar(&name, "account", "", "account; needed where there are several")
	with := func(f func(context.Context, config.Config, *wechat.Client) error) func(*cobra.Command, []string) error {
		return func(c *cobra.Command, _ []string) error {
			all, err := load()
			if err != nil {
				return err
			}
			cfg, err := accountOf(all, name)
			if err != nil {
				return err
			}
			account, err := wechatClient(cfg)
			if err != nil {
				return err
			}
			return f(c.Context(), cfg, account)
		}
	}
	show := &cobra.Command{Use: "show", Short: "Show the menu that followers see", Args: cobra.NoArgs,
		RunE: with(func(ctx context.Context, _ config.Config, account *wechat.Client) error {
			menus, err := menu.Read(ctx, account)
			if err != nil {
				return err
			}
			return menu.Print(stdout, menus)
		})}
	var (
		file   string
		dryRun bool
	)
	apply := &cobra.Command{Use: "apply", Short: "Make the menu that of a file, after showing what changes", Args: cobra.NoArgs,
		RunE: with(func(ctx context.Context, cfg config.Config, _ *wechat.Client) error {
			return applyMenu(ctx, cfg, file, dryRun, stdout)
		})}
	apply.Flags().StringVar(&file, "file", "", "the menu's file; without it the one that comes along")
	apply.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would change")
	remove := &cobra.Command{Use: "delete", Short: "Delete the menu, conditional ones included", Args: cobra.NoArgs,
		RunE: with(func(ctx context.Context, _ config.Config, account *wechat.Client) error {
			if err := account.DeleteMenu(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(stdout, "menu deleted")
			return err
		})}
	parent.AddCommand(show, apply, remove)
	return parent
}

// ApplyMenu makes the menu of every account the one that comes along and writes to out what changed. Where
// that fails for one account the others still get theirs.
func ApplyMenu(ctx context.Context, cfg config.Config, out io.Writer) error {
	if len(cfg.Others) == 0 {
		return applyMenu(ctx, cfg, "", false, out)
	}
	var failed error
	for _, one := range cfg.All() {
		fmt.Fprintf(out, "account %s:\n", one.Account)
		if err := applyMenu(ctx, one, "", false, out); err != nil {
			failed = errors.Join(failed, fmt.Errorf("account %s: %w", one.Account, err))
		}
	}
	return failed
}

func applyMenu(ctx context.Context, cfg config.Config, file string, dryRun bool, out io.Writer) error {
	content := menu.Standard(cfg.Language)
	if file != "" {
		var err error
		if content, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("menu: %w", err)
		}
	}
	want, err := menu.Parse(content, menu.Target{URL: cfg.Web.URL, OAuth: cfg.WeChat.OAuth == "on"})
	if err != nil {
		return err
	}
	account, err := wechatClient(cfg)
	if err != nil {
		return err
	}
	have, err := menu.Read(ctx, account)
	if err != nil {
		return err
	}
	diff := menu.Diff(have, want)
	if diff == "" {
		_, err := fmt.Fprintln(out, "menu: nothing to change")
		return err
	}
	if _, err := io.WriteString(out, diff); err != nil || dryRun {
		return err
	}
	if err := menu.Apply(ctx, account, have, want); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, menu.Summary(want))
	return err
}
