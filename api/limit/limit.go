// Package limit limits how often each of many callers may do something. It keeps a token bucket per caller and
// forgets callers who have been quiet.
package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// MaxCallers is how many callers a Limiter distinguishes, using some 10 MB. Beyond it, quiet callers are forgotten;
// if none is quiet, all are.
const MaxCallers = 50_000

// Limiter holds the buckets. It is safe for concurrent use.
type Limiter struct {
	now    func() time.Time
	second rate.Limit
	burst  int

	mu  sync.Mutex
	who map[string]*rate.Limiter
}

// New makes a Limiter of perSecond on average and burst at once. If now is nil, it uses time.Now.
func New(now func() time.Time, perSecond float64, burst int) *Limiter {
	if now == nil {
		now = time.Now
	}
	return &Limiter{now: now, second: rate.Limit(perSecond), burst: burst, who: map[string]*rate.Limiter{}}
}

// Allow takes one of the caller's tokens. It returns false if there is none.
func (l *Limiter) Allow(caller string) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bucket(caller, now).AllowN(now, 1)
}

// Spent reports whether the caller's tokens are used up, and takes none.
func (l *Limiter) Spent(caller string) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.who[caller]
	return bucket != nil && bucket.TokensAt(now) < 1
}

// Reserve takes one of the caller's tokens, possibly a future one, and returns how long to wait for it. If that is
// longer than patience, it takes nothing and ok is false.
func (l *Limiter) Reserve(caller string, patience time.Duration) (wait time.Duration, ok bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	token := l.bucket(caller, now).ReserveN(now, 1)
	if wait = token.DelayFrom(now); !token.OK() || wait > patience {
		token.CancelAt(now)
		return 0, false
	}
	return wait, true
}

func (l *Limiter) bucket(caller string, now time.Time) *rate.Limiter {
	if bucket := l.who[caller]; bucket != nil {
		return bucket
	}
	if len(l.who) >= MaxCallers {
		l.forgetQuiet(now)
	}
	bucket := rate.NewLimiter(l.second, l.burst)
	l.who[caller] = bucket
	return bucket
}

func (l *Limiter) forgetQuiet(now time.Time) {
	for caller, bucket := range l.who {
		if bucket.TokensAt(now) >= float64(l.burst) {
			delete(l.who, caller)
		}
	}
	if len(l.who) >= MaxCallers {
		clear(l.who)
	}
}
