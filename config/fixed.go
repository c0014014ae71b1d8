package config

import "time"

// Fixed are numbers that no installation has to choose: WeChat's published numbers, times that follow from how WeChat,
// C4C and Temporal behave, and limits far above what people need. No variable sets them. Load fills them in; tests
// change them.
type Fixed struct {
	// WeChatPages is the simulator's address for browsers, in place of WeChat's pages for OAuth and QR codes. Empty,
	// which it is unless a development stack calls a simulator: WeChat's own hosts.
	WeChatPages string
	// WeChatCall and C4CCall are how long one call may take, answer included. WeChat mostly answers within a second;
	// C4C takes several over a border. Transfers of files may take longer.
	WeChatCall, C4CCall time.Duration
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
	// ReconcileReach is the age up to which a missed reply is still delivered. Temporal remembers longer which replies
	// were sent (see MinRetention), so none is sent twice.
	ReconcileReach time.Duration
	// ReconcileAskAfter is how long a gap in Temporal's knowledge may be, for example after an outage or a restored
	// backup, before a person is asked about the replies of that time. At least three comparison intervals are used.
	ReconcileAskAfter time.Duration
	// VoiceMaxParts is how many messages the text of one reply may take: about 2,000 Chinese characters, and fewer than
	// WindowMessages. A longer text ends with a link to the H5 page, if links open there.
	VoiceMaxParts int
	// FilesRoom is how many megabytes pictures and documents in transit may take in an api's temporary folder; more
	// api processes have more room. The volumes in deploy/ are larger.
	FilesRoom int
	// RefusedPerMinute is how many unsigned or refused requests of one address are read in a minute. Genuine ones always
	// pass.
	RefusedPerMinute int
	// FollowerPerSecond is how many messages and events of one follower are handed over in a second, after a burst of
	// ten times as many. WeChat repeats what has to wait for more than two seconds.
	FollowerPerSecond float64
	// PicturesPerDay is how many pictures one follower may upload on the H5 page in a day of China.
	PicturesPerDay int
	// HTTPReadTimeout cuts off callers that send slowly: WeChat and C4C send a few kilobytes at once.
	HTTPReadTimeout time.Duration
	// HTTPWriteTimeout is as long as C4C's webhook may take; WeChat gives up after 5 s.
	HTTPWriteTimeout time.Duration
	// HTTPIdleTimeout is longer than that of common proxies, so that they close connections and not the api.
	HTTPIdleTimeout time.Duration
}

// windowLife is how long WeChat allows messages after one of the follower.
const windowLife = 48 * time.Hour

// simulatorPages is where a browser on the machine of the development stack finds the simulator.
const simulatorPages = "http://127.0.0.1:8090"

// fixed returns the numbers of an environment. In development, agents' replies count as missed sooner, as nobody
// waits for minutes there, and all requests come from one address.
func fixed(environment string) Fixed {
	f := Fixed{
		WeChatCall: 10 * time.Second, C4CCall: 30 * time.Second,
		WindowMessages: 5, VoiceMaxParts: 3, Settle: 250 * time.Millisecond, StuckAfter: 5 * time.Minute,
		ReconcileGrace: 2 * time.Minute, ReconcileOverlap: time.Hour,
		ReconcileReach: 7 * 24 * time.Hour, ReconcileAskAfter: 15 * time.Minute,
		FilesRoom: 256, RefusedPerMinute: 60, FollowerPerSecond: 20, PicturesPerDay: 100,
		HTTPReadTimeout: 5 * time.Second, HTTPWriteTimeout: 10 * time.Second, HTTPIdleTimeout: 2 * time.Minute,
	}
	if environment == EnvDevelopment {
		f.ReconcileGrace, f.RefusedPerMinute = 5*time.Second, 6000
	}
	return f
}
