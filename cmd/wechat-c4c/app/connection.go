package app

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// How soon a connection to Temporal is retried. The SDK by itself waits up to ten seconds between two attempts, so
// that it notices late that Temporal is back.
const (
	connectAgain  = 100 * time.Millisecond // after the first failure
	connectPause  = time.Second            // longest pause
	connectWithin = 5 * time.Second        // time limit of one attempt
)

func connectSoon() grpc.DialOption {
	return grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: connectAgain, Multiplier: 1.6, Jitter: 0.2, MaxDelay: connectPause},
		MinConnectTimeout: connectWithin,
	})
}
