package app

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

func newStatus(s shell) *cobra.Command {
	var (
		f       operatorFlags
		account string
		apis    []string
	)
	c := &cobra.Command{
		Use: "status", Short: "Show the state of the installation on one screen", Args: takesNothing,
		Long: "Shows the state of the installation on one screen: what needs a person and what to do, the accounts with their tokens\n" +
			"and reply windows, the oldest unfinished sync, the last follow, message and reply, the queues with their workers, each\n" +
			"process's share of the parallel calls to C4C, and the spool of the api on this machine or of those that --api names.\n" +
			"It asks only Temporal and the api, and changes nothing. While Temporal does not answer, it shows the spools and exits\n" +
			"with 1.",
		Example: "  wechat-c4c status\n  watch -n 10 wechat-c4c status\n  wechat-c4c status --api api-each:8081\n" +
			"  wechat-c4c status -o json --api 10.0.0.7:8081 --api 10.0.0.8:8081",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.status(c.Context(), f, account, apis)
		},
	}
	f.showFlags(c)
	c.Flags().StringVar(&account, "account", "", "account (default: all)")
	c.Flags().StringArrayVar(&apis, "api", nil,
		"internal address of an api whose spool to show; for a name with several addresses, the api at each; repeatable "+
			"(default: that of this machine)")
	return c
}

// status asks Temporal and the api processes, and prints the answers.
func (s shell) status(ctx context.Context, f operatorFlags, account string, apis []string) error {
	found, away := operate.Status{}, (*trouble)(nil)
	err := s.askInSession(ctx, f, func(ctx context.Context, o *session) error {
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
	found.Spools = s.spoolsOf(ctx, apis)
	found.Judge()
	if err := s.print(f, found, found.WriteTable); err != nil || away == nil {
		return err
	}
	return errors.New("status: not all is known: Temporal cannot be asked")
}

// spoolsOf asks the api processes at the named addresses, or that of this machine, all at once.
func (s shell) spoolsOf(ctx context.Context, named []string) []operate.SpoolStatus {
	addresses := []string{internalAddr(s.environ)}
	if len(named) > 0 {
		addresses = nil
	}
	for _, address := range named {
		for _, one := range s.eachOf(ctx, address) {
			if !slices.Contains(addresses, one) {
				addresses = append(addresses, one)
			}
		}
	}
	spools := make([]operate.SpoolStatus, len(addresses))
	var asked sync.WaitGroup
	for i, address := range addresses {
		asked.Go(func() {
			spools[i] = spoolOf(ctx, address)
			spools[i].Wanted = len(named) > 0
		})
	}
	asked.Wait()
	return spools
}

// eachOf returns each address of a name that has several. A process with an address of either kind is one process, so
// those of IPv6 count only if there are no others.
func (s shell) eachOf(ctx context.Context, address string) []string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || net.ParseIP(host) != nil {
		return []string{address}
	}
	lookup := s.lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	found, err := lookup(ctx, host)
	if err != nil {
		return []string{address} // nobody will answer there, and the table shows it
	}
	isIPv4 := func(one string) bool { return net.ParseIP(one).To4() != nil }
	if slices.ContainsFunc(found, isIPv4) {
		found = slices.DeleteFunc(found, func(one string) bool { return !isIPv4(one) })
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) < 2 {
		return []string{address}
	}
	for i, one := range found {
		found[i] = net.JoinHostPort(one, port)
	}
	return found
}

// statusQuestion asks about all accounts, or about the named one.
func statusQuestion(cfg config.Config, account string, now time.Time) (operate.StatusQuestion, error) {
	question := operate.StatusQuestion{HolidaysMissing: map[string]int{}, Calls: cfg.C4C.MaxParallel}
	for _, one := range cfg.All() {
		if missing := hoursChecks(one).Missing; missing != nil {
			question.HolidaysMissing[one.Account] = missing(now)
		}
	}
	asked := cfg.All()
	if account != "" {
		one, err := accountOf(cfg, account)
		if err != nil {
			return question, err
		}
		asked = []config.Config{one}
	}
	for _, one := range asked {
		question.Accounts = append(question.Accounts, one.Account)
		tenant := worker.TenantOf(one.C4C.URL)
		if !slices.Contains(question.Tenants, tenant) {
			question.Tenants = append(question.Tenants, tenant)
		}
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
