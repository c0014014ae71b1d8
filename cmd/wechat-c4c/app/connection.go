package app

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// How soon a connection to Temporal is tried again. The SDK by itself waits up to ten seconds between two attempts,
// in which a Temporal that is back goes unnoticed.
const (
	connectAgain  = 100 * time.Millisecond // after the first failure
	connectPause  = time.Second            // at most
	connectWithin = 5 * time.Second        // what one attempt gets
)

func connectSoon() grpc.DialOption {
	return grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: connectAgain, Multiplier: 1.6, Jitter: 0.2, MaxDelay: connectPause},
		MinConnectTimeout: connectWithin,
	})
}
