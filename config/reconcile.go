package config

import "time"

// Reconcile holds how agents' replies in C4C are compared with those that arrived: C4C repeats no push.
type Reconcile struct {
	Every    time.Duration `env:"EVERY" envDefault:"5m" dev:"2m" help:"how often agents' replies in C4C are compared with those that C4C's push brought, at least 1s; 0 switches it off" example:"5m"`
	Grace    time.Duration `env:"GRACE" envDefault:"2m" dev:"15s" help:"how old a reply is before it counts as not brought" example:"2m"`
	Overlap  time.Duration `env:"OVERLAP" envDefault:"1h" help:"how much of what was compared is compared once more: for replies that C4C shows late, and for clocks that differ" example:"1h"`
	Reach    time.Duration `env:"REACH" envDefault:"168h" help:"how old a reply may be that is still delivered after a long outage, at least a day less than NAMESPACE_RETENTION" example:"168h"`
	AskAfter time.Duration `env:"ASK_AFTER" envDefault:"15m" help:"how long Temporal may know nothing of, as when it is away or restored from a backup, before a person is asked about the replies of that time; counts as three times EVERY at least" example:"15m"`
}

func (k *checker) reconcile() {
	r := k.config.Reconcile
	k.require(r.Every == 0 || r.Every >= time.Second && r.Every <= 24*time.Hour, "RECONCILE_EVERY", "must be 0 or lie between 1s and 24h")
	k.require(r.Grace >= 0 && r.Grace <= 24*time.Hour, "RECONCILE_GRACE", "must lie between 0 and 24h")
	k.require(r.Overlap >= 0 && r.Overlap <= 24*time.Hour, "RECONCILE_OVERLAP", "must lie between 0 and 24h")
	k.require(r.AskAfter >= time.Second && r.AskAfter <= 30*24*time.Hour, "RECONCILE_ASK_AFTER", "must lie between 1s and 720h")
	// A reply whose workflow Temporal has forgotten would be sent a second time.
	k.require(r.Reach > 0 && r.Reach <= max(k.config.NamespaceRetention, MinRetention)-24*time.Hour, "RECONCILE_REACH",
		"must be longer than nothing and at least a day shorter than "+Prefix+"NAMESPACE_RETENTION")
	k.require(r.Reach >= r.Overlap+r.Grace, "RECONCILE_REACH", "must be at least as long as "+Prefix+"RECONCILE_OVERLAP and "+Prefix+"RECONCILE_GRACE together")
}
