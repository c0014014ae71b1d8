package config

import (
	"fmt"
	"time"
)

// Reconcile configures how agents' replies in C4C are compared with those that arrived: C4C never repeats a push.
type Reconcile struct {
	Every time.Duration `env:"EVERY" envDefault:"5m" dev:"2m" help:"how often agents' replies in C4C are compared with those that C4C's push brought, at least 1s; 0 switches it off" example:"5m"`
	Reach time.Duration `env:"REACH" envDefault:"168h" help:"how old a reply may be that is still delivered after a long outage, at least a day less than NAMESPACE_RETENTION" example:"168h"`
}

func (k *checker) reconcile() {
	r := k.config.Reconcile
	k.require(r.Every == 0 || r.Every >= time.Second && r.Every <= 24*time.Hour, "RECONCILE_EVERY",
		"must be 0 or lie between 1s and 24h")
	// A reply whose workflow Temporal has forgotten would be sent a second time.
	k.require(r.Reach > 0 && r.Reach <= max(k.config.NamespaceRetention, MinRetention)-24*time.Hour, "RECONCILE_REACH",
		"must be longer than nothing and at least a day shorter than "+Prefix+"NAMESPACE_RETENTION")
	f := k.config.Fixed
	least := f.ReconcileOverlap + f.ReconcileGrace
	k.require(r.Reach >= least, "RECONCILE_REACH",
		fmt.Sprintf("must be at least %s: what was compared is compared once more", least))
}
