package config

import "time"

// Reconcile configures how agents' replies in C4C are compared with those that arrived: C4C never repeats a push.
type Reconcile struct {
	Every time.Duration `env:"EVERY" envDefault:"5m" dev:"2m" help:"how often agents' replies in C4C are compared with those that C4C's push brought, at least 1s; 0 switches it off" example:"5m"`
}

func (k *checker) reconcile() {
	every := k.config.Reconcile.Every
	k.require(every == 0 || every >= time.Second && every <= 24*time.Hour, "RECONCILE_EVERY",
		"must be 0 or lie between 1s and 24h")
}
