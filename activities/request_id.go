package activities

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// requestNamespace roots the version 5 UUIDs that C4C sees in BasicMessageHeader/UUID.
var requestNamespace = uuid.MustParse("8a3c2b1e-0c5f-5c0d-9d53-4f1f6f0f5a11")

// writing is one write to C4C that must happen once although it may be tried often.
//
// C4C executes calls with the same header UUID once and gives the first answer again, so an attempt whose answer
// was lost repeats the UUID. An attempt that was answered with an error (a lock, say) must not, or it would
// get that error again: it moves to the next generation. The generation travels in the heartbeat details, which
// the server keeps when an attempt fails but not when its worker is lost: exactly the difference that matters.
type writing struct {
	key        string
	generation int
	// Repeated says that an earlier attempt may have committed: look before creating.
	Repeated bool
}

// newWriting continues the writing of this activity. key identifies the write for ever; round counts an
// operator's retries of the sync.
func newWriting(ctx context.Context, key string, round int) *writing {
	w := &writing{key: key + "#" + strconv.Itoa(round), Repeated: round > 0 || activity.GetInfo(ctx).Attempt > 1}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &w.generation); err != nil {
			w.generation = int(activity.GetInfo(ctx).Attempt)
		}
	}
	return w
}

// RequestID is the header UUID of the current generation.
func (w *writing) RequestID() uuid.UUID {
	return uuid.NewSHA1(requestNamespace, []byte(w.key+"."+strconv.Itoa(w.generation)))
}

// Answered notes the outcome of the write: an error that C4C answered with starts a new generation. A mere HTTP status
// is no such answer, for it may come from a gateway while C4C goes on.
func (w *writing) Answered(ctx context.Context, err error) {
	var transport *c4c.TransportError
	if err == nil || errors.As(err, &transport) {
		return
	}
	w.generation++
	activity.RecordHeartbeat(ctx, w.generation)
}
