package app

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// reconcilePolicy is how the account's replies are compared.
func reconcilePolicy(r config.Reconcile) workflows.ReconcilePolicy {
	return workflows.ReconcilePolicy{Grace: r.Grace, Overlap: r.Overlap, Reach: r.Reach}
}

// reconcileEvery is how often each account's replies are compared.
func reconcileEvery(cfg config.Config) map[string]time.Duration {
	every := map[string]time.Duration{}
	for _, one := range cfg.All() {
		every[one.Account] = one.Reconcile.Every
	}
	return every
}
