package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// failure is an error with its HTTP status, the text that strangers may read, and its label in metrics.
type failure struct {
	status int
	result string // label of the metric
	text   string // body of the answer; empty: none
	err    error  // the cause, for the log
	usual  bool   // part of normal operation: logged like any other request

	limit string        // the limit that was reached; empty: none
	again time.Duration // when to try again; 0: not stated
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

// Limit returns the limit that refused the request; empty: none.
func (f *failure) Limit() string { return f.limit }

// failureOf gives every error a status. An unknown error is an internal error, without further detail.
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
		_ = c.NoContent(f.status) // fails only if the caller has gone
		return
	}
	_ = c.String(f.status, f.text+"\n")
}
