package wechat

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Classes of a [*TransportError], for errors.Is. Each TransportError belongs to exactly one.
var (
	// ErrNotSent reports that nothing was processed: the request was not sent (DNS, dial, TLS, or a context that ended
	// before the request was written), or an intermediary rejected it (HTTP 3xx, 4xx). Repeating it is safe.
	ErrNotSent = errors.New("wechat: request not sent")
	// ErrOutcomeUnknown reports that WeChat may have processed the request: the connection or the context ended after
	// the request was written, the answer was an HTTP 5xx, or its body could not be read.
	ErrOutcomeUnknown = errors.New("wechat: outcome unknown")
)

// ErrRequestTooLarge is an [ErrNotSent] in which an intermediary rejected the request for its size (HTTP 413). It
// will do so again.
var ErrRequestTooLarge = errors.New("wechat: request too large for something on the way")

// ErrTokenRefused is returned by [StableTokens.Refused] if WeChat keeps issuing the token that it refuses.
var ErrTokenRefused = errors.New("wechat: the refused access token is handed out again")

// Error is a failure that WeChat reported. Match it by code: errors.Is(err, wechat.ErrWindowClosed).
type Error struct {
	// Op is the API that failed, for example "message/custom/send".
	Op string
	// Code is the errcode.
	Code Errcode
	// Message is WeChat's errmsg without the rid, with secrets and openids removed.
	Message string
	// RID is the request id that WeChat's support asks for; empty in old answers.
	RID string
}

// Error returns operation, code, message and request id.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "wechat: %s: %s", e.Op, e.Code.Error())
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RID != "" {
		b.WriteString(" (rid " + e.RID + ")")
	}
	return b.String()
}

// Is reports whether target is the same [Errcode], an *Error of the same code, or its class. Only the code is
// compared.
func (e *Error) Is(target error) bool {
	if target == ErrContent {
		return aboutContent[e.Code]
	}
	switch t := target.(type) {
	case Errcode:
		return e.Code == t
	case *Error:
		return e.Code == t.Code
	}
	return false
}

// Unwrap returns the code, so that errors.As finds an [Errcode].
func (e *Error) Unwrap() error { return e.Code }

// TransportError is a call without a readable answer. It does not contain the URL or secrets.
type TransportError struct {
	// Op is the API that was called.
	Op string
	// Status is the HTTP status; 0 without an answer.
	Status int
	// Unsent is true when nothing can have been processed; see [ErrNotSent].
	Unsent bool
	// Err is the cause, for example context.DeadlineExceeded.
	Err error
}

// Error returns operation, class, status and cause.
func (e *TransportError) Error() string {
	class := "outcome unknown"
	if e.Unsent {
		class = "not sent"
	}
	if e.Status != 0 {
		return fmt.Sprintf("wechat: %s: %s: http status %d: %v", e.Op, class, e.Status, e.Err)
	}
	return fmt.Sprintf("wechat: %s: %s: %v", e.Op, class, e.Err)
}

// Is matches [ErrNotSent] or [ErrOutcomeUnknown], and [ErrRequestTooLarge].
func (e *TransportError) Is(target error) bool {
	if target == ErrRequestTooLarge {
		return e.Status == http.StatusRequestEntityTooLarge
	}
	if e.Unsent {
		return target == ErrNotSent
	}
	return target == ErrOutcomeUnknown
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// tokenError is a call that was never made because there was no access token. It must not have the class of the token
// call: an unknown outcome there says nothing about the call itself.
type tokenError struct {
	op  string
	err error
}

func newTokenError(op string, err error) error {
	if te, ok := errors.AsType[*TransportError](err); ok {
		return &TransportError{Op: op, Status: te.Status, Unsent: true, Err: fmt.Errorf("access token: %w", te.Err)}
	}
	return &tokenError{op: op, err: err}
}

func (e *tokenError) Error() string        { return "wechat: " + e.op + ": access token: " + e.err.Error() }
func (e *tokenError) Is(target error) bool { return target == ErrNotSent }
func (e *tokenError) Unwrap() error        { return e.err }

// redactedError shows a redacted text and still lets errors.Is and errors.As see the cause.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

const redacted = "[redacted]"

var (
	sensitiveParam = regexp.MustCompile(
		`(?i)\b(access_token|refresh_token|appsecret|secret|code|openid|ticket)("?\s*[=:]\s*"?)[^&"\s,}]+`)
	openidLike = regexp.MustCompile(`\bo[A-Za-z0-9_-]{27}\b`)
	ridPattern = regexp.MustCompile(`(?i),?\s*\(?\b(?:rid|hints?)\s?:\s*` +
		`(?:\[\s*(?:req_id:\s*)?([^\]\s]+)\s*\]|([a-z0-9._/+!-]+))\)?`)
)

// redact removes the given values, anything that looks like a credential parameter, and openids.
func redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, redacted)
		}
	}
	text = sensitiveParam.ReplaceAllString(text, "${1}${2}"+redacted)
	return openidLike.ReplaceAllString(text, redacted)
}

// splitRID separates WeChat's support id from the message: "rid: …", in older answers "hint: […]", in those of web
// OAuth "hints: [ req_id: … ]".
func splitRID(message string) (text, rid string) {
	for _, m := range ridPattern.FindAllStringSubmatch(message, -1) {
		rid = m[1] + m[2]
	}
	return strings.TrimSpace(ridPattern.ReplaceAllString(message, "")), rid
}
