package app

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
)

func newStatus(s shell) *cobra.Command {
	var (
		f       operatorFlags
		account string
		apis    []string
	)
	c := &cobra.Command{
		Use: "status", Short: "Show on one screen how the installation is", Args: takesNothing,
		Long: "Shows on one screen how the installation is: what wants a person and what to do about it, the accounts with their tokens\n" +
			"and reply windows, the oldest sync that is not finished, the last follow, message and reply, the queues with their workers,\n" +
			"and the spool of the api on this machine. It asks only Temporal and the api, and changes nothing. While Temporal does\n" +
			"not answer it shows the spool, and exits with 1.",
		Example: "  wechat-c4c status\n  watch -n 10 wechat-c4c status\n  wechat-c4c status -o json --api 10.0.0.7:8081 --api 10.0.0.8:8081",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.status(c.Context(), f, account, apis)
		},
	}
	f.showFlags(c)
	c.Flags().StringVar(&account, "account", "", "account (default: all)")
	c.Flags().StringArrayVar(&apis, "api", nil,
		"internal address of an api whose spool is asked; repeatable (default: that of this machine)")
	return c
}

// status asks Temporal and the api processes, and prints the answers.
func (s shell) status(ctx context.Context, f operatorFlags, account string, apis []string) error {
	found, away := operate.Status{}, (*trouble)(nil)
	err := s.asking(ctx, f, func(ctx context.Context, o *session) error {
		question, err := statusQuestion(o.cfg, account, time.Now())
		if err != nil {
			return err
		}
		found, err = o.Status(ctx, question)
		return err
	})
	switch {
	case errors.As(err, &away): // it says what to do
	case err != nil && wentAway(err):
		away = &trouble{"Temporal does not answer in time: look at its server and its database", err}
	case err != nil:
		return err
	}
	if away != nil {
		found = operate.Status{At: time.Now().UTC(), Away: away.sentence, Language: s.language()}.Empty()
	}
	wanted := len(apis) > 0
	if !wanted {
		apis = []string{internalAddr(s.environ)}
	}
	for _, address := range apis {
		spool := spoolOf(ctx, address)
		spool.Wanted = wanted
		found.Spools = append(found.Spools, spool)
	}
	found.Judge()
	if err := s.print(f, found, found.WriteTable); err != nil || away == nil {
		return err
	}
	return errors.New("status: not all is known: Temporal cannot be asked")
}

// statusQuestion asks about all accounts, or about the named one.
func statusQuestion(cfg config.Config, account string, now time.Time) (operate.StatusQuestion, error) {
	question := operate.StatusQuestion{Calls: cfg.C4C.MaxParallel, HolidaysMissing: map[string]int{}}
	for _, one := range cfg.All() {
		if missing := hoursChecks(one).Missing; missing != nil {
			question.HolidaysMissing[one.Account] = missing(now)
		}
	}
	if account != "" {
		one, err := accountOf(cfg, account)
		question.Accounts = []string{one.Account}
		return question, err
	}
	for _, one := range cfg.All() {
		question.Accounts = append(question.Accounts, one.Account)
	}
	return question, nil
}

// spoolOf asks an api process for the state of its spool.
func spoolOf(ctx context.Context, address string) operate.SpoolStatus {
	found := operate.SpoolStatus{Address: address}
	asked, err := spoolSession{address: address}.show(ctx)
	if err != nil {
		found.Note = "not known: no api with a spool answers there"
		return found
	}
	found.Waiting, found.Refused, found.Full = asked.Waiting, asked.Refused, asked.Full
	if !asked.Oldest.IsZero() {
		oldest := asked.Oldest.In(time.UTC)
		found.Oldest = &oldest
	}
	return found
}
