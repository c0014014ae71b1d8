package activities

import (
	"context"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// headerReleased is the header of an activity whose sync was released from a cause that hits every call: when.
const headerReleased = "wechat-c4c-released"

// NoteReleased writes into the header of an activity when its sync was released, by Temporal's clock: what a circuit
// learnt before then does not keep it back.
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
