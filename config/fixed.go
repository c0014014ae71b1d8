package config

import "time"

// Fixed are numbers that no installation has to choose: WeChat's published numbers, and times that follow from how
// WeChat, C4C and Temporal behave. No variable sets them. Load fills them in; tests shorten them.
type Fixed struct {
	// WindowMessages is how many customer-service messages WeChat allows after a message of the follower. The other
	// numbers of the reply window are in package window.
	//
	// https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
	WindowMessages int
	// Settle is how long an idle conversation waits, before it orders messages, for those that WeChat posts in
	// parallel: they arrive within some 100 ms.
	Settle time.Duration
	// StuckAfter is how long a sync may retry by itself before it is shown as stuck: longer than a restart of C4C's
	// gateway, shorter than an agent's patience.
	StuckAfter time.Duration
	// ReconcileGrace is the age from which a reply in C4C counts as missed by the push. C4C pushes within seconds.
	ReconcileGrace time.Duration
	// ReconcileOverlap is how much of the last comparison is compared again, for replies that C4C shows late and for
	// clock differences.
	ReconcileOverlap time.Duration
	// ReconcileAskAfter is how long a gap in Temporal's knowledge may be, for example after an outage or a restored
	// backup, before a person is asked about the replies of that time. At least three comparison intervals are used.
	ReconcileAskAfter time.Duration
	// HTTPReadTimeout cuts off callers that send slowly: WeChat and C4C send a few kilobytes at once.
	HTTPReadTimeout time.Duration
	// HTTPWriteTimeout is as long as C4C's webhook may take; WeChat gives up after 5 s.
	HTTPWriteTimeout time.Duration
	// HTTPIdleTimeout is longer than that of common proxies, so that they close connections and not the api.
	HTTPIdleTimeout time.Duration
}

// windowLife is how long WeChat allows messages after one of the follower.
const windowLife = 48 * time.Hour

// fixed returns the numbers of an environment. In development, agents' replies count as missed sooner: nobody waits
// for minutes there.
func fixed(environment string) Fixed {
	f := Fixed{
		WindowMessages: 5, Settle: 250 * time.Millisecond, StuckAfter: 5 * time.Minute,
		ReconcileGrace: 2 * time.Minute, ReconcileOverlap: time.Hour, ReconcileAskAfter: 15 * time.Minute,
		HTTPReadTimeout: 5 * time.Second, HTTPWriteTimeout: 10 * time.Second, HTTPIdleTimeout: 2 * time.Minute,
	}
	if environment == EnvDevelopment {
		f.ReconcileGrace = 5 * time.Second
	}
	return f
}
