package activities

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// once is one write to C4C that must happen only once, although it may be tried often.
//
// It looks before it writes whenever the write may already have happened: the activity was handed out before
// ([handedOutBefore]), an operator has retried the sync, or the caller says so. A look alone does not help while the
// previous attempt's call is still running, so there are two kinds of writes:
//
//   - C4C recognises a repeat by the UUID in the message's header and repeats its first answer. After a lost answer,
//     the next attempt repeats the UUID. After an error answer (a lock, for example) it must not, or it would get that
//     error again: it moves to the next generation.
//   - C4C does not recognise repeats. Then nothing is written until the previous attempt's call must have ended. An
//     attempt that gets no answer passes on when that will be. One that dies passes nothing on, and the next attempt
//     assumes that the call has just begun. It cannot have begun later: a worker whose heartbeats do not get through
//     stops its calls before Temporal hands the activity out again.
//
// An attempt passes information on in the heartbeat's details.
type once[T any] struct {
	key   string // identifies the write permanently
	round int    // counts an operator's retries of the sync
	look  bool   // always look first
	// callLife is how long C4C may still be working on an abandoned call; 0: C4C recognises repeats.
	callLife time.Duration
	// find looks for what an earlier attempt has written; nil: writing again changes nothing.
	find func() (T, bool, error)
	// unneeded may find that nothing needs to be written; nil: no such check.
	unneeded func() (T, bool, error)
	write    func(requestID uuid.UUID) (T, error)
}

// socialCallLife is how long C4C may be working on a create of the social media services; see [once].
func socialCallLife(client *c4c.Client) time.Duration {
	if client.Social().KnowsRepeats() {
		return 0
	}
	return client.Timeout()
}

// do looks and writes. It returns the errors of find, unneeded and write, or an application error.
func (o once[T]) do(ctx context.Context) (_ T, err error) {
	var none T
	w, err := o.begin(ctx)
	if err != nil {
		return none, err
	}
	defer func() { w.end(ctx, err) }()
	if o.find != nil && (o.look || w.repeated) {
		if found, there, err := o.find(); there || err != nil {
			return found, err
		}
	}
	if o.unneeded != nil {
		if result, done, err := o.unneeded(); done || err != nil {
			return result, err
		}
	}
	if err := w.wait(); err != nil {
		return none, err
	}
	w.sent = true
	written, err := o.write(w.requestID())
	w.answered(err)
	return written, err
}

// progress is what an attempt passes to the next one.
type progress struct {
	Generation int `json:"generation,omitempty"`
	// Clear is the time from which no call of this or an earlier attempt can still be running, by Temporal's clock;
	// zero: unknown.
	Clear time.Time `json:"clear,omitzero"`
}

// writing is one attempt of a write.
type writing struct {
	key      string
	repeated bool // the write may already have happened
	callLife time.Duration
	progress progress
	started  time.Time // by Temporal's clock
	begun    time.Time // the same moment by our own clock
	sent     bool
}

// begin continues from what the previous attempt passed on.
func (o once[T]) begin(ctx context.Context) (*writing, error) {
	info := activity.GetInfo(ctx)
	again := handedOutBefore(ctx)
	w := &writing{
		key: o.key + "#" + strconv.Itoa(o.round), repeated: again || o.round > 0, callLife: o.callLife,
		started: info.StartedTime, begun: time.Now(),
	}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &w.progress); err != nil {
			return nil, err
		}
	}
	switch left := w.progress.Clear; {
	case o.callLife == 0:
	case !again:
		w.progress.Clear = w.started
	case left.IsZero():
		w.progress.Clear = w.started.Add(o.callLife)
	default:
		// This only holds until this attempt writes. If the attempt dies, the next one must not read it.
		activity.RecordHeartbeat(ctx, progress{Generation: w.progress.Generation})
		if ctx.Err() != nil {
			return nil, &c4c.TransportError{Op: "write", Unsent: true, Err: context.Cause(ctx)}
		}
	}
	return w, nil
}

// requestNamespace is the namespace of the version 5 UUIDs that C4C sees in BasicMessageHeader/UUID.
var requestNamespace = uuid.MustParse("8a3c2b1e-0c5f-5c0d-9d53-4f1f6f0f5a11")

// requestID is the header UUID of the current generation.
func (w *writing) requestID() uuid.UUID {
	return uuid.NewSHA1(requestNamespace, []byte(w.key+"."+strconv.Itoa(w.progress.Generation)))
}

var errUnderWay = errors.New("the call of an earlier attempt may still be under way: " +
	"C4C is asked again when its time is over")

// wait postpones the attempt while an earlier attempt's call may still be running.
func (w *writing) wait() error {
	left := w.progress.Clear.Sub(w.started)
	if w.callLife == 0 || left <= 0 {
		return nil
	}
	options := temporal.ApplicationErrorOptions{
		NextRetryDelay: left, Category: temporal.ApplicationErrorCategoryBenign, Details: []any{Failure{}},
	}
	return temporal.NewApplicationErrorWithOptions(errUnderWay.Error(), ErrorC4CUnavailable, options)
}

// answered records the outcome of the write.
func (w *writing) answered(err error) {
	var lost *c4c.TransportError
	if err != nil && !errors.As(err, &lost) {
		w.progress.Generation++
	}
	if w.callLife > 0 {
		w.progress.Clear = w.started
		if mayStillRun(lost) {
			w.progress.Clear = w.started.Add(time.Since(w.begun) + w.callLife)
		}
	}
}

// mayStillRun reports whether C4C may still be working on the write although no answer came. A server error without an
// answer of C4C may come from a gateway that has passed the write on. The exception is 503: no server has taken it.
func mayStillRun(lost *c4c.TransportError) bool {
	switch {
	case lost == nil, lost.Unsent, lost.Status == http.StatusServiceUnavailable:
		return false
	}
	return lost.Status < 300 || lost.Status >= 500 || lost.Status == http.StatusRequestTimeout
}

// end passes on what the next attempt needs. Temporal's SDK sends it before the attempt's failure.
func (w *writing) end(ctx context.Context, err error) {
	if err != nil && (w.sent || w.callLife > 0) {
		activity.RecordHeartbeat(ctx, w.progress)
	}
}

// unlessMissing accepts "not found" as an answer.
func unlessMissing[T any](found T, err error) (T, bool, error) {
	if errors.Is(err, c4c.ErrNotFound) {
		return found, false, nil
	}
	return found, err == nil, err
}
