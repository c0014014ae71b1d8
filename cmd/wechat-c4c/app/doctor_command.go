package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// checkWithin is the default time limit of one check.
const checkWithin = 15 * time.Second

func newDoctor(s shell) *cobra.Command {
	var (
		output, account string
		within          time.Duration
	)
	c := &cobra.Command{
		Use: "doctor", Short: "Check the settings against the real WeChat, C4C and Temporal", Args: takesNothing,
		Example: "  wechat-c4c doctor\n  wechat-c4c doctor --account shop -o json",
		Long: "Checks the settings against the real WeChat, C4C and Temporal: a verdict and a remedy per line, exit code 1 if anything fails.\n" +
			"It changes nothing: it sends nothing to followers, and its test write in C4C is for a ticket that does not exist.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := s.load(config.RoleC4C) // the role that calls WeChat, C4C and Temporal
			if err != nil {
				return err
			}
			stop := waiting(s.stderr, fmt.Sprintf("checking; each check may take %s", within))
			report, err := s.examineAll(c.Context(), cfg, account, within)
			stop()
			if err != nil {
				return err
			}
			report = report.In(wording.Language(cfg.OperatorLocale))
			write := report.WriteTable
			if output == outputJSON {
				write = report.WriteJSON
			}
			if err := write(s.stdout); err != nil {
				return err
			}
			if !report.Healthy() {
				return fmt.Errorf("doctor: %d checks failed", report.Counts[doctor.Fail])
			}
			return c.Context().Err()
		},
	}
	addOutput(c, &output)
	c.Flags().StringVar(&account, "account", "", "account (default: all)")
	c.Flags().Var(duration(&within, checkWithin, time.Second), "timeout", "longest time of one check")
	return c
}

// examineAll runs the checks of all accounts, or of the named one.
func (s shell) examineAll(ctx context.Context, cfg config.Config, account string, within time.Duration) (doctor.Report,
	error) {
	if account != "" || len(cfg.Others) == 0 {
		one, err := accountOf(cfg, account)
		if err != nil {
			return doctor.Report{}, err
		}
		return s.examine(ctx, one, within, false)
	}
	all := doctor.Report{}
	for i, one := range cfg.All() {
		report, err := s.examine(ctx, one, within, i > 0)
		if err != nil {
			return doctor.Report{}, fmt.Errorf("account %s: %w", one.Account, err)
		}
		all = all.Add(report.Of(one.Account))
	}
	return all, nil
}

// examine runs all checks of an account. If a client cannot be made, a setting is wrong.
func (s shell) examine(ctx context.Context, cfg config.Config, within time.Duration, further bool) (doctor.Report,
	error) {
	p, err := s.process(cfg, "doctor")
	if err != nil {
		return doctor.Report{}, err
	}
	defer p.close()
	toWeChat, err := wechatClient(cfg) // never replaces a token, unlike a worker's client
	if err != nil {
		return doctor.Report{}, err
	}
	slots := &doctorSlots{cfg: cfg, identity: "doctor " + p.identity(), next: worker.C4CConnections(cfg.C4C)}
	defer slots.close()
	toTenant := worker.C4COptions(cfg, slots.next)
	toTenant.Slots = slots
	toC4C, err := c4c.New(toTenant)
	if err != nil {
		return doctor.Report{}, err
	}
	checks := doctor.Temporal(doctor.TemporalOptions{
		Namespace: p.options.Namespace, Page: hasPage(cfg), Account: cfg.Account, Further: further,
		Language:       wording.Language(cfg.OperatorLocale),
		Retention:      config.MinRetention,
		ReconcileEvery: cfg.Reconcile.Every, Tenant: worker.TenantOf(cfg.C4C.URL),
		Connect: func(ctx context.Context) (_ client.Client, err error) {
			slots.temporal, err = p.dial(ctx)
			return slots.temporal, err
		},
	})
	checks = append(checks, doctor.WeChat(toWeChat)...)
	checks = append(checks, doctor.C4C(doctor.C4COptions{
		Client: toC4C, ChannelID: cfg.C4C.ChannelID, Fields: fieldChecks(cfg),
		Reader: &doctor.Reader{
			BaseURL: cfg.C4C.URL, Authorize: toC4C.Authorize,
			HTTPClient: &http.Client{Timeout: cfg.Fixed.C4CCall, Transport: slots},
		},
	})...)
	checks = append(checks, doctor.Page(pageChecks(cfg))...)
	checks = append(checks, doctor.Hours(hoursChecks(cfg))...)
	return doctor.Examine(ctx, checks, within, nil), nil
}

// hoursChecks configures the check of an account's business hours.
func hoursChecks(cfg config.Config) doctor.HoursOptions {
	if cfg.Hours.Open == "" || !cfg.Hours.UsesCalendar() {
		return doctor.HoursOptions{}
	}
	schedule, _ := cfg.Hours.Schedule() // Load has rejected unreadable settings
	return doctor.HoursOptions{Missing: schedule.Missing}
}

// pageChecks configures the checks of an account's page.
func pageChecks(cfg config.Config) doctor.PageOptions {
	o := doctor.PageOptions{URL: cfg.Web.URL, Files: map[string]string{}}
	files, _ := cfg.Web.ParseDomainFiles() // Load has rejected unreadable settings
	for _, file := range files {
		o.Files[file.Name] = file.Content
	}
	return o
}
