package c4c

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The error classes. Each error of this package matches exactly one with errors.Is, and each class calls for one
// decision.
var (
	// ErrNotFound: no such object, or not yet.
	ErrNotFound = errors.New("c4c: not found")
	// ErrLocked: someone else is changing the object, often an agent with the ticket open. Repeat later.
	ErrLocked = errors.New("c4c: locked")
	// ErrUnauthorized: user or password is wrong (HTTP 401).
	ErrUnauthorized = errors.New("c4c: unauthorized")
	// ErrNotAuthorized: the user lacks the communication arrangement or role (HTTP 403 but for CSRF, or the fault).
	ErrNotAuthorized = errors.New("c4c: not authorized")
	// ErrReadOnly: the object's state does not allow the change, for instance a completed ticket (messages 106 and 107
	// of AP_ESI_COMMON). Repeating does not help.
	ErrReadOnly = errors.New("c4c: read-only")
	// ErrConflict: the object has changed since it was read (HTTP 412). Read it again.
	ErrConflict = errors.New("c4c: changed meanwhile")
	// ErrRejected: C4C (or this package, see [ArgumentError]) refuses the request as it is. Repeating does not help.
	ErrRejected = errors.New("c4c: rejected")
	// ErrFault: C4C's generic "Web service processing error". The cause is only in C4C's message monitoring, under the
	// transaction id of the [Fault].
	ErrFault = errors.New("c4c: web service processing error")
	// ErrUnavailable: C4C is down for maintenance or overloaded (HTTP 429, 5xx without a fault, a web page instead of
	// an answer). Repeat later, see [RetryAfter]; after a 5xx look before creating again.
	ErrUnavailable = errors.New("c4c: unavailable")
	// ErrNotSent: the request has not left this process. It can safely be repeated.
	ErrNotSent = errors.New("c4c: request not sent")
	// ErrOutcomeUnknown: the request was sent, but no usable answer came. Look before creating again.
	ErrOutcomeUnknown = errors.New("c4c: outcome unknown")
)

// Fault is a SOAP fault. It matches [ErrUnauthorized], [ErrNotAuthorized], [ErrLocked], [ErrUnavailable] or, mostly,
// [ErrFault].
type Fault struct {
	Op            string        // operation, such as "create activity"
	Status        int           // HTTP status, mostly 500
	Code          string        // faultcode, such as "soap-env:Server"
	Text          string        // faultstring, at most 500 characters
	TransactionID string        // for C4C's message monitoring and SAP support; may be empty
	At            time.Time     // C4C's time of the fault, UTC; zero if not stated
	RetryAfter    time.Duration // 0: none given
}

// Error returns the operation, the HTTP status and SAP's text.
func (e *Fault) Error() string {
	return fmt.Sprintf("c4c: %s: fault %s (http %d): %s", e.Op, e.Code, e.Status, e.Text)
}

// Is reports whether target is the class of e.
func (e *Fault) Is(target error) bool { return target == e.class() }

func (e *Fault) class() error {
	switch {
	case e.Status == 401:
		return ErrUnauthorized
	case e.Status == 403, roleWords.MatchString(e.Text):
		return ErrNotAuthorized
	case isLock(e.Code, e.Text):
		return ErrLocked
	case e.Status == 408, e.Status == 429, e.Status == 502, e.Status == 503, e.Status == 504:
		return ErrUnavailable
	}
	return ErrFault
}

// LogItem is one line of the log in a SOAP answer.
type LogItem struct {
	TypeID   string // such as "101(/AP_ESI_COMMON/)"; may be empty
	Severity int    // 1 information, 2 warning, 3 error
	Note     string // at most 500 characters
}

// BusinessError is a SOAP answer (HTTP 200) whose log contains an error. It matches [ErrLocked], [ErrReadOnly] or,
// mostly, [ErrRejected].
type BusinessError struct {
	Op    string
	Items []LogItem // all lines of the log, of any severity; may be empty
}

// Error returns the operation and the lines that are errors.
func (e *BusinessError) Error() string {
	var lines []string
	for _, i := range e.errors() {
		lines = append(lines, strings.TrimSpace(i.TypeID+" "+i.Note))
	}
	if len(lines) == 0 {
		lines = []string{"no reason given"}
	}
	return fmt.Sprintf("c4c: %s: business error: %s", e.Op, strings.Join(lines, "; "))
}

// Is reports whether target is the class of e.
func (e *BusinessError) Is(target error) bool { return target == e.class() }

func (e *BusinessError) class() error {
	class := ErrRejected
	for _, i := range e.errors() {
		switch {
		case isLock(i.TypeID, i.Note):
			return ErrLocked
		case isReadOnly(i.TypeID, i.Note):
			class = ErrReadOnly
		}
	}
	return class
}

// errors are the error lines: those marked as errors. If there are none, lines without a severity, which is optional,
// count as errors.
func (e *BusinessError) errors() []LogItem {
	var errs, silent []LogItem
	for _, i := range e.Items {
		switch {
		case i.Severity >= 3:
			errs = append(errs, i)
		case i.Severity == 0:
			silent = append(silent, i)
		}
	}
	if len(errs) == 0 {
		return silent
	}
	return errs
}

// Heaviest returns the line that names the reason: the first error. It is empty if there is none.
func (e *BusinessError) Heaviest() LogItem {
	if errs := e.errors(); len(errs) > 0 {
		return errs[0]
	}
	return LogItem{}
}

// TransportError is a request without a usable answer: it failed on the way (Status 0), or only the HTTP status is
// informative. It matches [ErrNotSent], [ErrOutcomeUnknown] or the class of the status. A 404 is [ErrRejected],
// because a service is missing and not an object. A page about the session is [ErrUnavailable].
type TransportError struct {
	Op         string
	Status     int           // HTTP status; 0: no answer came
	Unsent     bool          // the request has not left this process
	RetryAfter time.Duration // 0: none given
	Err        error         // the cause, such as context.DeadlineExceeded; never contains an address or a secret
}

// Error returns the operation, the HTTP status and the cause.
func (e *TransportError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "c4c: %s", e.Op)
	if e.Unsent {
		b.WriteString(": request not sent")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": http %d", e.Status)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Is reports whether target is the class of e.
func (e *TransportError) Is(target error) bool { return target == e.class() }

func (e *TransportError) class() error {
	switch {
	case e.Unsent:
		return ErrNotSent
	case errors.Is(e.Err, errWebPage) && e.Status < 400, e.Status/100 == 3, errors.Is(e.Err, errSession):
		return ErrUnavailable
	case e.Status < 300:
		return ErrOutcomeUnknown
	}
	return statusClass(e.Status)
}

// ArgumentError is a value that this package refuses before anything is sent. It matches [ErrRejected].
type ArgumentError struct {
	Op     string
	Field  string
	Reason string // never contains the value itself
}

// Error returns the operation, the field and the reason.
func (e *ArgumentError) Error() string { return fmt.Sprintf("c4c: %s: %s %s", e.Op, e.Field, e.Reason) }

// Is reports whether target is [ErrRejected].
func (e *ArgumentError) Is(target error) bool { return target == ErrRejected }

// RetryAfter returns how long C4C asks callers to wait, if err says so.
func RetryAfter(err error) (time.Duration, bool) {
	var transport *TransportError
	var odata *ODataError
	var fault *Fault
	var d time.Duration
	switch {
	case errors.As(err, &transport):
		d = transport.RetryAfter
	case errors.As(err, &odata):
		d = odata.RetryAfter
	case errors.As(err, &fault):
		d = fault.RetryAfter
	}
	return d, d > 0
}

var (
	errWebPage    = errors.New("a web page in place of an answer")
	errSession    = errors.New("a web page about the session in place of an answer")
	errUnreadable = errors.New("unreadable answer")
	errTooLarge   = errors.New("answer too large")
	errNoObject   = errors.New("answer without the object")
	errNotJSON    = errors.New("request cannot be written as json")
	errOther      = errors.New("answer with another object than the one asked for")
)

func statusClass(status int) error {
	switch {
	case status == 401:
		return ErrUnauthorized
	case status == 403:
		return ErrNotAuthorized
	case status == 423:
		return ErrLocked
	case status == 409, status == 412:
		return ErrConflict
	case status == 408, status == 429, status >= 500:
		return ErrUnavailable
	}
	return ErrRejected
}

// notFound names what was not found, without its value.
func notFound(op string) error { return fmt.Errorf("%w: %s", ErrNotFound, op) }
