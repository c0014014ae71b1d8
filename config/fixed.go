package config

import "time"

// Fixed are numbers that no installation has to choose: what WeChat publishes, and times that follow from how WeChat,
// C4C and Temporal behave. No variable sets them. Load fills them in; tests shorten them.
type Fixed struct {
	// WindowMessages is how many customer-service messages WeChat allows after a message of the follower. The other
	// numbers of the reply window are those of package window.
	//
	// https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
	WindowMessages int
	// Settle is how long an idle conversation waits for the messages that WeChat posts in parallel, before it puts them in
	// order: they come within some 100 ms.
	Settle time.Duration
	// StuckAfter is how long a sync may retry by itself before it shows as stuck: longer than a restart of C4C's gateway,
	// shorter than an agent's patience.
	StuckAfter time.Duration
	// ReconcileGrace is how old a reply in C4C is before it counts as one that the push did not bring. C4C pushes within
	// seconds.
	ReconcileGrace time.Duration
	// ReconcileOverlap is how much of what was compared is compared once more: for replies that C4C shows late, and for
	// clocks that differ.
	ReconcileOverlap time.Duration
	// ReconcileAskAfter is for how long Temporal may know nothing, as when it is away or restored from a backup, before a
	// person is asked about the replies of that time. It counts as three comparisons at least.
	ReconcileAskAfter time.Duration
	// HTTPReadTimeout cuts off callers that send slowly: WeChat and C4C send a few kilobytes at once.
	HTTPReadTimeout time.Duration
	// HTTPWriteTimeout is as long as C4C's webhook may take; WeChat gives up after 5 s.
	HTTPWriteTimeout time.Duration
	// HTTPIdleTimeout is longer than that of the usual proxies, so that they close connections and not the api.
	HTTPIdleTimeout time.Duration
}

// windowLife is how long WeChat allows messages after one of the follower.
const windowLife = 48 * time.Hour

// fixed are the numbers of an environment. In development agents' replies are missed sooner: nobody waits for minutes.
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
