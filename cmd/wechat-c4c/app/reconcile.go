package app

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// reconcilePolicy configures how the account's replies are compared.
func reconcilePolicy(cfg config.Config) workflows.ReconcilePolicy {
	f := cfg.Fixed
	// A comparison may begin late, and the previous one may have been skipped, without anything being wrong.
	return workflows.ReconcilePolicy{
		Grace: f.ReconcileGrace, Overlap: f.ReconcileOverlap, Reach: f.ReconcileReach,
		AskAfter: max(f.ReconcileAskAfter, 3*cfg.Reconcile.Every),
	}
}

// reconcileEvery is how often each account's replies are compared.
func reconcileEvery(cfg config.Config) map[string]time.Duration {
	every := map[string]time.Duration{}
	for _, one := range cfg.All() {
		every[one.Account] = one.Reconcile.Every
	}
	return every
}
