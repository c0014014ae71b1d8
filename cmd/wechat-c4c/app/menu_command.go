package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/menu"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// newMenu makes the commands that maintain the account's menu.
func newMenu(s shell) *cobra.Command {
	parent := group(&cobra.Command{Use: "menu", Short: "Show, apply or delete an account's menu",
		Example: "  wechat-c4c menu show\n  wechat-c4c menu apply --dry-run"})
	m := &menuCommands{shell: s}
	parent.PersistentFlags().StringVar(&m.account, "account", "", "account; required if there are several")
	parent.PersistentFlags().VarP(oneOf(&m.flags.output, outputTable, outputTable, outputJSON), "output", "o",
		"table or json")
	parent.AddCommand(m.show(), m.apply(), m.delete())
	return parent
}

// menuCommands are the subcommands of menu, with the flags they share.
type menuCommands struct {
	shell
	flags   operatorFlags
	change  changeFlags
	account string
}

// on runs work for the selected account.
func (m *menuCommands) on(work func(context.Context, config.Config, *wechat.Client) error) func(*cobra.Command,
	[]string) error {
	return func(c *cobra.Command, _ []string) error {
		all, err := m.load(config.RoleMenu)
		if err != nil {
			return err
		}
		cfg, err := accountOf(all, m.account)
		if err != nil {
			return err
		}
		account, err := wechatClient(cfg)
		if err != nil {
			return err
		}
		return work(c.Context(), cfg, account)
	}
}

func (m *menuCommands) show() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show the menu that followers see", Example: "  wechat-c4c menu show", Args: takesNothing,
		RunE: m.on(func(ctx context.Context, _ config.Config, account *wechat.Client) error {
			menus, err := m.readMenu(ctx, account)
			if err != nil {
				return err
			}
			return m.print(m.flags, menu.View(menus), func(w io.Writer) error { return menu.Print(w, menus) })
		}),
	}
}

// readMenu reads the account's menus, and reports if WeChat takes long.
func (s shell) readMenu(ctx context.Context, account *wechat.Client) (wechat.Menus, error) {
	defer waiting(s.stderr, "waiting for WeChat")()
	return menu.Read(ctx, account)
}

func (m *menuCommands) apply() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "apply", Short: "Apply a menu from a file, after showing what changes", Args: takesNothing,
		Example: "  wechat-c4c menu apply --dry-run\n  wechat-c4c menu apply --file menu.json --yes --reason \"new shop\"",
		RunE: m.on(func(ctx context.Context, cfg config.Config, account *wechat.Client) error {
			want, err := wantedMenu(cfg, file)
			if err != nil {
				return err
			}
			return m.changeMenu(ctx, m.flags, m.change, menuChange{account: account, name: cfg.Account, want: want})
		}),
	}
	c.Flags().StringVar(&file, "file", "", "menu file (default: the built-in menu)")
	m.change.add(c, "only show what would change")
	m.flags.actionFlags(c)
	return c
}

func (m *menuCommands) delete() *cobra.Command {
	c := &cobra.Command{
		Use: "delete", Short: "Delete the menu, conditional ones included, after showing it", Args: takesNothing,
		Example: "  wechat-c4c menu delete --dry-run\n  wechat-c4c menu delete --yes --reason \"end of sale\"",
		RunE: m.on(func(ctx context.Context, cfg config.Config, account *wechat.Client) error {
			return m.changeMenu(ctx, m.flags, m.change, menuChange{account: account, name: cfg.Account, remove: true})
		}),
	}
	m.change.add(c, "only show what would be deleted")
	m.flags.actionFlags(c)
	return c
}

// menuChange is the intended change of an account's menu.
type menuChange struct {
	account *wechat.Client
	name    string       // the account's name
	want    wechat.Menus // unless remove
	remove  bool
}

// action is the change's name in the audit line.
func (c menuChange) action() string {
	if c.remove {
		return "menu delete"
	}
	return "menu apply"
}

// menuResult is the result of a menu change.
type menuResult struct {
	Account string   `json:"account"`
	Changes []string `json:"changes"` // lines of the menu with + and - before additions and removals
	DryRun  bool     `json:"dry_run"`
	Done    bool     `json:"done"`
}

// changeMenu shows the changes, asks, makes them and writes the audit line.
func (s shell) changeMenu(ctx context.Context, f operatorFlags, change changeFlags, c menuChange) error {
	have, err := s.readMenu(ctx, c.account)
	if err != nil {
		return err
	}
	diff := menu.Diff(have, c.want)
	result := menuResult{Account: c.name, Changes: strings.Split(strings.TrimSuffix(diff, "\n"), "\n"),
		DryRun: change.dryRun}
	if diff == "" {
		result.Changes = []string{}
		return s.print(f, result, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, "menu: nothing to change")
			return err
		})
	}
	plan := s.stdout
	if f.output == outputJSON {
		plan = s.stderr
	}
	if _, err := io.WriteString(plan, diff); err != nil {
		return err
	}
	if change.dryRun {
		return s.print(f, result, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, "Dry run: nothing was done.")
			return err
		})
	}
	if err := s.confirm(ctx, change, "change the menu of "+c.name+
		", which followers see within five minutes"); err != nil {
		return err
	}
	err = s.audited(ctx, f, c.action(), c.name, func() error {
		defer waiting(s.stderr, "waiting for WeChat")()
		if c.remove {
			return c.account.DeleteMenu(ctx)
		}
		return menu.Apply(ctx, c.account, have, c.want)
	})
	if err != nil {
		return err
	}
	result.Done = true
	return s.print(f, result, func(w io.Writer) error {
		said := menu.Summary(c.want)
		if c.remove {
			said = "menu deleted"
		}
		_, err := fmt.Fprintln(w, said)
		return err
	})
}

// wantedMenu is the menu in a file, or the built-in menu without one.
func wantedMenu(cfg config.Config, file string) (wechat.Menus, error) {
	content := menu.Standard(cfg.Language)
	if file != "" {
		var err error
		if content, err = os.ReadFile(file); err != nil {
			return wechat.Menus{}, fmt.Errorf("menu: %w", err)
		}
	}
	return menu.Parse(content, menu.Target{URL: cfg.Web.URL, OAuth: cfg.WeChat.OAuth == "on"})
}

// ApplyMenu sets the built-in menu for every account, without a question, and writes the changes to out. If it fails
// for one account, the others still get theirs.
func ApplyMenu(ctx context.Context, cfg config.Config, out io.Writer) error {
	s := shell{stdout: out, stderr: io.Discard}
	return s.applyMenus(ctx, cfg, operatorFlags{output: outputTable, actor: "wechat-c4c"}, changeFlags{yes: true})
}

// applyMenus does menu apply for every account, with the built-in menu.
func (s shell) applyMenus(ctx context.Context, cfg config.Config, f operatorFlags, change changeFlags) error {
	one := func(cfg config.Config) error {
		want, err := wantedMenu(cfg, "")
		if err != nil {
			return err
		}
		account, err := wechatClient(cfg)
		if err != nil {
			return err
		}
		return s.changeMenu(ctx, f, change, menuChange{account: account, name: cfg.Account, want: want})
	}
	if len(cfg.Others) == 0 {
		return one(cfg)
	}
	var failed error
	for _, account := range cfg.All() {
		if f.output == outputTable {
			fmt.Fprintf(s.stdout, "account %s:\n", account.Account)
		}
		if err := one(account); err != nil {
			failed = errors.Join(failed, fmt.Errorf("account %s: %w", account.Account, err))
		}
	}
	return failed
}
