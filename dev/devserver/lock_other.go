//go:build !unix

package devserver

import (
	"context"
	"io"
)

// lock does nothing here: concurrent processes each compile the server, and the last one wins.
func lock(context.Context, string, io.Writer) (unlock func(), err error) { return func() {}, nil }
