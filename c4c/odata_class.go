package c4c

import (
	"fmt"
	"strings"
	"time"
)

// Codes of an [ODataError] that are not C4C's own: it matches [ErrUnavailable].
const (
	// CodeCSRF is a write that C4C refused for lack of a valid CSRF token, even after a fresh one had been fetched, or
	// because its body could not be sent again.
	CodeCSRF = "CSRF"
	// CodeSession is a write that C4C refused because of its session, in the same circumstances.
	CodeSession = "SESSION"
)

// ODataDetail is one message of the response header sap-message, or of innererror in the body.
type ODataDetail struct {
	Code     string // CLASS:NNN, such as "AP_ESI_COMMON:107"
	Message  string
	Severity string // success, info, warning or error; may be empty
	Target   string
}

// Weights of a detail. One without a severity may be an error.
const (
	weightNone = iota
	weightInfo
	weightWarning
	weightGeneric // an error that only names the exception which carries the others
	weightUnknown
	weightError
)

func (d ODataDetail) weight() int {
	if d == (ODataDetail{}) {
		return weightNone
	}
	switch severity := strings.ToLower(d.Severity) + "?"; {
	case severity[0] == 's' || severity[0] == 'i':
		return weightInfo
	case severity[0] == 'w':
		return weightWarning
	case d.Code != "" && isGeneric(d.Code):
		return weightGeneric
	case d.Severity == "":
		return weightUnknown
	}
	return weightError
}

// ODataError is an error object of the OData service, whatever the HTTP status. Code and Message come from the
// heaviest detail if there is one, otherwise from the body. It matches the class of the status, or [ErrLocked] or
// [ErrReadOnly] if a message says so; a file in which C4C found a virus is [ErrRejected].
type ODataError struct {
	Op         string
	Status     int
	Code       string
	Message    string // at most 500 characters
	Details    []ODataDetail
	RetryAfter time.Duration // 0: none given

	service bool // a 404 of a set, not of an object
}

// Error returns the operation, the HTTP status and SAP's code and message.
func (e *ODataError) Error() string {
	return fmt.Sprintf("c4c: %s: http %d: %s", e.Op, e.Status, strings.TrimSpace(e.Code+" "+e.Message))
}

// Heaviest returns the detail that names the reason: the first of the worst severity. It is empty if there is none.
func (e *ODataError) Heaviest() ODataDetail {
	var heaviest ODataDetail
	for _, d := range e.Details {
		if d.weight() > heaviest.weight() {
			heaviest = d
		}
	}
	return heaviest
}

// Is reports whether target is the class of e.
func (e *ODataError) Is(target error) bool { return target == e.class() }

func (e *ODataError) class() error {
	switch {
	case e.Code == CodeCSRF, e.Code == CodeSession:
		return ErrUnavailable
	case e.Status == 401:
		return ErrUnauthorized
	}
	readOnly, virus := isReadOnly(e.Code, e.Message), virusWords.MatchString(e.Message)
	locked := e.Status == 423 || isLock(e.Code, e.Message)
	for _, d := range e.Details {
		if d.weight() == weightInfo {
			continue
		}
		locked = locked || isLock(d.Code, d.Message)
		readOnly = readOnly || isReadOnly(d.Code, d.Message)
		virus = virus || virusWords.MatchString(d.Message)
	}
	switch {
	case locked:
		return ErrLocked
	case readOnly:
		return ErrReadOnly
	case virus, e.service:
		return ErrRejected
	case e.Status == 404:
		return ErrNotFound
	}
	return statusClass(e.Status)
}
