package operate

import (
	"errors"
	"strings"
	"time"

	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Said is why an attempt failed: the error type, and the other side's message.
type Said struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	activities.Failure
}

// said reads a failure from a history; nil if there is none.
func (o *Operator) said(failure *failurepb.Failure) *Said {
	if failure == nil {
		return nil
	}
	err := o.FailureConverter.FailureToError(failure)
	var (
		application *temporal.ApplicationError
		timeout     *temporal.TimeoutError
	)
	switch {
	case errors.As(err, &application):
		s := &Said{Type: application.Type(), Message: application.Message()}
		if application.HasDetails() {
			// Details in another form yield no code. The message still says what happened.
			_ = application.Details(&s.Failure)
		}
		return s
	case errors.As(err, &timeout):
		return &Said{Type: "Timeout", Message: "no answer in time (" + timeout.TimeoutType().String() +
			"): the worker was lost or is too slow"}
	case temporal.IsCanceledError(err):
		return &Said{Type: "Canceled", Message: "cancelled"}
	}
	return &Said{Type: activities.ErrorInternal, Message: err.Error()}
}

// String describes the failure in one line for people.
func (s *Said) String() string {
	var b strings.Builder
	b.WriteString(s.Type)
	if s.Message != "" {
		b.WriteString(": " + s.Message)
	}
	if s.Code != "" {
		b.WriteString(" [code " + s.Code + "]")
	}
	if s.Reference != "" && !strings.Contains(s.Message, s.Reference) {
		b.WriteString(" [reference " + s.Reference + "]")
	}
	if !s.KeptBack.IsZero() {
		b.WriteString(" [not called; answer of " + s.KeptBack.Local().Format(time.TimeOnly) + "]")
	}
	return b.String()
}
