package stack

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
)

// component is a part of the stack that runs until its context ends.
type component struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // set before done is closed
}

// start runs f. If f returns before it is told to stop, the reason goes to failed.
func start(what string, f func(context.Context) error, failed chan<- error) *component {
	ctx, cancel := context.WithCancel(context.Background())
	c := &component{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		err := f(ctx)
		switch {
		case ctx.Err() == nil && err == nil:
			err = errors.New("ended by itself")
			fallthrough
		case ctx.Err() == nil:
			report(failed, fmt.Errorf("stack: %s: %w", what, err))
		case err != nil && !cancelled(err):
			c.err = fmt.Errorf("stack: stop %s: %w", what, err)
		}
	}()
	return c
}

// cancelled reports whether an error only means that the component was told to stop. Temporal's client has its own
// error for that.
func cancelled(err error) bool {
	var byTemporal *serviceerror.Canceled
	return errors.Is(err, context.Canceled) || errors.As(err, &byTemporal)
}

// stop ends the component and waits for it. Nil and stopped components are fine.
func (c *component) stop() error {
	if c == nil {
		return nil
	}
	c.cancel()
	<-c.done
	return c.err
}

// report passes the first failures on; the listener needs only one.
func report(failed chan<- error, err error) {
	select {
	case failed <- err:
	default:
	}
}
