package app

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

func newConfig(s shell) *cobra.Command {
	parent := group(&cobra.Command{Use: "config", Short: "Check or show the settings",
		Example: "  wechat-c4c config check"})
	parent.AddCommand(newConfigCheck(s), newConfigPrint(s), newConfigTable(s), &cobra.Command{
		Use: "env", Short: "Print an example of a file with all settings", Example: "  wechat-c4c config env > .env",
		Args: takesNothing,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(s.stdout, config.EnvExample())
			return err
		},
	})
	return parent
}

// verdict is the result of config check.
type verdict struct {
	Valid    bool     `json:"valid"`
	Accounts []string `json:"accounts,omitempty"`
	Problems []string `json:"problems,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

func newConfigCheck(s shell) *cobra.Command {
	var output, role string
	c := &cobra.Command{
		Use: "check", Short: "List missing and wrong settings",
		Example: "  wechat-c4c config check\n  wechat-c4c config check --role api -o json", Args: takesNothing,
		RunE: func(*cobra.Command, []string) error {
			cfg, warnings, err := config.Load(s.environ, rolesNamed(role)...)
			if err == nil {
				err = checkTexts(cfg)
				warnings = append(warnings, cfg.Warnings()...)
			}
			if output == outputJSON {
				return errors.Join(operate.WriteJSON(s.stdout, verdictOf(cfg, warnings, err)), err)
			}
			for _, warning := range warnings {
				fmt.Fprintln(s.stderr, "wechat-c4c: warning:", warning)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.stdout, "All settings are valid. Accounts: "+strings.Join(cfg.Names(), ", ")+".")
			return err
		},
	}
	addOutput(c, &output)
	names := []string{everyRole, string(worker.RoleAll)}
	for _, one := range config.Roles {
		names = append(names, string(one))
	}
	c.Flags().Var(oneOf(&role, everyRole, names...), "role",
		"role whose secrets are required: every role, a worker with all roles, or one role")
	return c
}

// everyRole names all roles, api and commands included.
const everyRole = "every"

// rolesNamed are the roles with that name.
func rolesNamed(name string) []config.Role {
	switch name {
	case everyRole:
		return nil
	case string(worker.RoleAll):
		return worker.RoleAll.Secrets()
	}
	return []config.Role{config.Role(name)}
}

func verdictOf(cfg config.Config, warnings []string, err error) verdict {
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return verdict{Problems: problems, Warnings: warnings}
	}
	if err != nil {
		return verdict{Problems: []string{err.Error()}, Warnings: warnings}
	}
	return verdict{Valid: true, Accounts: cfg.Names(), Warnings: warnings}
}

func newConfigPrint(s shell) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "print", Short: "Print all settings, secrets masked",
		Example: "  wechat-c4c config print\n  wechat-c4c config print -o json", Args: takesNothing,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			if output != outputJSON {
				return cfg.Print(s.stdout)
			}
			values := map[string]string{}
			for _, shown := range cfg.Shown() {
				values[shown.Name] = shown.Value
			}
			return operate.WriteJSON(s.stdout, values)
		},
	}
	addOutput(c, &output)
	return c
}

// setting is a setting in the form that programs read.
type setting struct {
	Name    string `json:"name"`
	Default string `json:"default,omitempty"`
	Help    string `json:"help"`
	Example string `json:"example"`
	Secret  bool   `json:"secret"`
	Process bool   `json:"process"` // the same for all accounts
}

func newConfigTable(s shell) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "table", Short: "Print all settings with their defaults and meanings, as docs/settings.md has them",
		Example: "  wechat-c4c config table\n  wechat-c4c config table -o json",
		Args:    takesNothing,
		RunE: func(*cobra.Command, []string) error {
			if output != outputJSON {
				_, err := io.WriteString(s.stdout, config.SettingsPage())
				return err
			}
			var all []setting
			for _, f := range config.Fields() {
				all = append(all, setting{Name: f.Name, Default: f.Default, Help: f.Help, Example: f.Example, Secret: f.Secret,
					Process: f.Process})
			}
			return operate.WriteJSON(s.stdout, all)
		},
	}
	addOutput(c, &output)
	return c
}
