package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/operate/trial"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// stepWithin is the default time limit for a step of a trial: C4C takes its time to make a ticket.
const stepWithin = 2 * time.Minute

// testerForm is the form of an openid.
var testerForm = regexp.MustCompile(`^[A-Za-z0-9_-]{6,64}$`)

// tryFlags are the flags of try.
type tryFlags struct {
	operatorFlags
	changeFlags
	account, openid string
	completed       string        // user status that completes a ticket
	within          time.Duration // longest time of one step
}

// newTry makes the command that runs the story once.
func newTry(s shell) *cobra.Command {
	var f tryFlags
	c := &cobra.Command{
		Use: "try", Short: "Play the story once against the real WeChat and C4C, with a tester's own openid",
		Args:    takesNothing,
		Example: "  wechat-c4c try --openid oGW8…\n  wechat-c4c try --openid oGW8… --yes -o json > report.json",
		Long: "Creates profile, customer, message, ticket, note and attachment in C4C, and sends a text and a picture, all for one\n" +
			"follower: a tester, who follows the account and has written to it within 48 hours. Each answer is compared with the\n" +
			"simulators' answer to the same call, and each difference is named. At the end the ticket is completed; C4C deletes\n" +
			"nothing. The report holds no secrets and no personal data: attach it to an issue.",
		RunE: func(c *cobra.Command, _ []string) error { return s.tryOnce(c.Context(), f) },
	}
	addOutput(c, &f.output)
	c.Flags().StringVar(&f.account, "account", "", "account; required if there are several")
	c.Flags().StringVar(&f.openid, "openid", "", "openid of the tester: your own, as the account knows it")
	c.Flags().StringVar(&f.completed, "completed", "5", "user status that completes a ticket in this tenant")
	c.Flags().Var(duration(&f.within, stepWithin, time.Second), "timeout", "longest time of one step")
	f.add(c, "only show what it would create")
	f.actionFlags(c)
	return c
}

// tryOnce asks for confirmation, runs the story and prints its report. It returns an error if a step has failed.
func (s shell) tryOnce(ctx context.Context, f tryFlags) error {
	if !testerForm.MatchString(f.openid) {
		return errors.New("--openid must be the openid of a tester who follows the account: letters, digits, - and _")
	}
	cfg, err := s.load(config.RoleC4C)
	if err != nil {
		return err
	}
	one, err := accountOf(cfg, f.account)
	if err != nil {
		return err
	}
	if f.dryRun {
		_, err := fmt.Fprintf(s.stdout,
			"It would make a customer, a ticket with a note and a file, and two messages for one follower of %s. Nothing was done.\n", one.Account)
		return err
	}
	if err := s.confirm(ctx, f.changeFlags,
		"make a customer and a ticket in C4C, and send two messages, for one follower of "+one.Account); err != nil {
		return err
	}
	report := doctor.Report{}
	err = s.audited(ctx, f.operatorFlags, "try", one.Account, func() error {
		report, err = s.try(ctx, one, f)
		return err
	})
	if err != nil {
		return err
	}
	write := report.WriteTable
	if f.output == outputJSON {
		write = report.WriteJSON
	}
	if err := write(s.stdout); err != nil {
		return err
	}
	if !report.Healthy() {
		return fmt.Errorf("try: steps that failed: %d", report.Counts[doctor.Fail])
	}
	return ctx.Err()
}

// try runs the story for an account.
func (s shell) try(ctx context.Context, cfg config.Config, f tryFlags) (doctor.Report, error) {
	t, err := newTrial(cfg, f.openid, f.completed)
	if err != nil {
		return doctor.Report{}, err
	}
	defer waiting(s.stderr, fmt.Sprintf("playing the story; each step may take %s", f.within))()
	return t.Play(ctx, f.within, nil), nil
}

// newTrial makes the trial of an account, over connections like a worker's.
func newTrial(cfg config.Config, openid, completed string) (*trial.Trial, error) {
	return trial.New(trial.Options{
		Account: cfg.Account, OpenID: openid, Run: rand.Text()[:12], Completed: completed,
		WeChat: func(over http.RoundTripper) (*wechat.Client, error) {
			return wechat.New(worker.WeChatOptions(cfg, over))
		},
		C4C: func(over func(http.RoundTripper) http.RoundTripper) (*c4c.Client, error) {
			return c4c.New(worker.C4COptions(cfg, over(worker.C4CConnections(cfg.C4C))))
		},
	})
}

// TryAnswers runs the story for an account and returns the forms of all answers, from which the simulators' answers
// are recorded.
func TryAnswers(ctx context.Context, cfg config.Config, openid string) (doctor.Report, trial.Book, error) {
	t, err := newTrial(cfg, openid, "5")
	if err != nil {
		return doctor.Report{}, nil, err
	}
	report := t.Play(ctx, stepWithin, nil)
	return report, t.Answers(), nil
}
