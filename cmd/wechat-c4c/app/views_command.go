package app

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
)

func newViews(s shell) *cobra.Command {
	var f operatorFlags
	c := &cobra.Command{
		Use: "views", Short: "Set up Temporal UI: saved views and columns for operators", Args: takesNothing,
		Long: "Prints links that open the operators' lists in Temporal UI and keep them as saved views, and a script that sets all of\n" +
			"them at once, with the columns SyncState, SyncError and TicketID. Temporal UI keeps both in each person's browser.\n" +
			"Connects to nothing.",
		Example: "  wechat-c4c views\n  wechat-c4c views --ui-url https://temporal.example.com",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := s.load(config.RoleOperator)
			if err != nil {
				return err
			}
			p, err := s.process(cfg, "operator")
			if err != nil {
				return err
			}
			defer p.close()
			if f.uiURL == "" {
				f.uiURL = cfg.UIOrigin
			}
			if f.uiURL == "" {
				return errors.New("nobody knows where Temporal UI is: say it with --ui-url, or set " + config.Prefix +
					"UI_ORIGIN, for example https://temporal.example.com")
			}
			views, err := operate.ViewsOf(f.uiURL, p.options.Namespace, s.language())
			if err != nil {
				return err
			}
			return s.print(f, views, views.WriteTable)
		},
	}
	f.showFlags(c)
	return c
}
