package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// failure is an error that knows its HTTP status, what a stranger may read about it, and its label in metrics.
type failure struct {
	status int
	result string // label of the metric
	text   string // body of the answer; empty: none
	err    error  // the cause, for the log
	usual  bool   // part of the life of a process: logged as any other request

	limit string        // the limit that was reached; empty: none
	again time.Duration // when it makes sense to come again; 0: it does not say
}

func (f *failure) Error() string {
	switch {
	case f.err != nil:
		return f.err.Error()
	case f.text != "":
		return "api: " + f.text
	default:
		return "api: " + f.result
	}
}

func (f *failure) Unwrap() error { return f.err }

// Limit names the limit that has refused a request; empty: none has.
func (f *failure) Limit() string { return f.limit }

// failureOf gives every error a status. What is not known is an internal error, and no more is said about it.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &failure{status: http.StatusRequestEntityTooLarge, result: "too_large", text: "body too large", err: err}
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok {
		return &failure{status: h.Code, result: "refused", text: strings.ToLower(http.StatusText(h.Code)), err: err}
	}
	return &failure{status: http.StatusInternalServerError, result: "error", text: "internal error", err: err}
}

// writeError is the only writer of a status of 400 and above.
func writeError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := failureOf(err)
	if f.again > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(max(1, int(f.again.Seconds()))))
	}
	if f.text == "" || c.Request().Method == http.MethodHead {
		_ = c.NoContent(f.status) // the caller has gone when this fails
		return
	}
	_ = c.String(f.status, f.text+"\n")
}
