package activities

import (
	"context"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// headerReleased is the header with the time at which an activity's sync was released from a cause that affects every
// call.
const headerReleased = "wechat-c4c-released"

// NoteReleased records in an activity's header when its sync was released, by Temporal's clock. A circuit does not
// hold the activity back for anything it learned before then.
func NoteReleased(header map[string]*commonpb.Payload, at time.Time) {
	if payload, err := converter.GetDefaultDataConverter().ToPayload(at); err == nil {
		header[headerReleased] = payload
	}
}

// releasedAt is when the sync of an activity was released; zero: it was not.
func releasedAt(ctx context.Context) (at time.Time) {
	if noted := interceptor.Header(ctx)[headerReleased]; noted != nil {
		if err := converter.GetDefaultDataConverter().FromPayload(noted, &at); err != nil {
			return time.Time{}
		}
	}
	return at
}
