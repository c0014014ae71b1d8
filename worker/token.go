package worker

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// watchedTokens remembers when the most recently issued token expires.
type watchedTokens struct {
	wechat.TokenSource
	expires atomic.Int64 // seconds since 1970; 0: no token yet
}

// Token implements wechat.TokenSource.
func (w *watchedTokens) Token(ctx context.Context) (wechat.Token, error) {
	return w.keep(w.TokenSource.Token(ctx))
}

// Refused implements wechat.TokenSource.
func (w *watchedTokens) Refused(ctx context.Context, refused wechat.Token) (wechat.Token, error) {
	return w.keep(w.TokenSource.Refused(ctx, refused))
}

func (w *watchedTokens) keep(token wechat.Token, err error) (wechat.Token, error) {
	if err == nil {
		w.expires.Store(token.ExpiresAt.Unix())
	}
	return token, err
}

// measure reports how long the token is still valid. A process that has used none reports nothing.
func (w *watchedTokens) measure(meter metric.Meter, account string) error {
	_, err := meter.Float64ObservableGauge("wechat_c4c.token.remaining", metric.WithUnit("s"),
		metric.WithDescription("Time until the access token that was used last expires."),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			if at := w.expires.Load(); at != 0 {
				o.Observe(time.Until(time.Unix(at, 0)).Seconds(), metric.WithAttributes(attribute.String("account", account)))
			}
			return nil
		}))
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}
