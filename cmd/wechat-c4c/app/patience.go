package app

import (
	"context"
	"errors"
	"net"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
)

// How a process waits for Temporal.
const (
	answerWithin = 3 * time.Second
	answerPause  = 500 * time.Millisecond
)

// awaitTemporal waits until Temporal answers, and logs once why it does not. Problems that waiting cannot solve are
// errors: an address without a port, or refused access.
func (p *process) awaitTemporal(ctx context.Context, c client.Client) error {
	tick := time.NewTicker(answerPause)
	defer tick.Stop()
	said := ""
	for {
		err := answered(ctx, c)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		why := unreachable(ctx, p.options, err)
		if _, _, split := net.SplitHostPort(p.options.HostPort); split != nil || refused(err) {
			return why
		}
		if said != why.Error() {
			said = why.Error()
			p.log.WarnContext(ctx, "waiting for Temporal", "error", why)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func answered(ctx context.Context, c client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}

func refused(err error) bool {
	code := answerOf(err)
	return code == codes.PermissionDenied || code == codes.Unauthenticated
}

// wentAway reports whether Temporal became unavailable while a worker started.
func wentAway(err error) bool {
	code := answerOf(err)
	return code == codes.Unavailable || code == codes.DeadlineExceeded || errors.Is(err, context.DeadlineExceeded)
}

// answerOf is the code of Temporal's answer, however often it was wrapped.
func answerOf(err error) codes.Code {
	if known, ok := errors.AsType[serviceerror.ServiceError](err); ok {
		return known.Status().Code()
	}
	return codes.Unknown
}
