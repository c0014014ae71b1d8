package activities

import (
	"context"
	"errors"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// AddMessageInput is one line of the conversation on its way into C4C.
type AddMessageInput struct {
	Follower
	MessageID     string  `json:"message_id"`                // the SocialMediaMessageID we choose
	RootMessageID string  `json:"root_message_id,omitempty"` // the thread it belongs to; empty starts a thread
	RootUUID      string  `json:"root_uuid,omitempty"`       // C4C's key of the thread's first message; saves a look-up over OData
	Profile       Profile `json:"profile"`
	Text          string  `json:"text"`
	CreatedAt     int64   `json:"created_at"` // seconds since 1970
	Round         int     `json:"round,omitempty"`
}

// Activity is a social media activity in C4C.
type Activity struct {
	ID   string `json:"id"`
	UUID string `json:"uuid,omitempty"`
}

// AddMessage adds the follower's message as a social media activity. With RootMessageID it joins that thread and
// its ticket; without, C4C makes a ticket of it by itself.
func (a *C4C) AddMessage(ctx context.Context, in AddMessageInput) (Activity, error) {
	social, err := a.social(in.Account)
	if err != nil {
		return Activity{}, err
	}
	write := newWriting(ctx, "activity:"+in.MessageID, in.Round)
	if write.Repeated {
		found, err := social.FindActivity(ctx, in.MessageID)
		if err == nil {
			return Activity{ID: found.ID, UUID: found.UUID}, nil
		}
		if !errors.Is(err, c4c.ErrNotFound) {
			return Activity{}, fromC4C(ctx, err)
		}
	}
	created, err := social.CreateActivity(ctx, write.RequestID(), c4c.NewActivity{
		MessageID: in.MessageID, ParentMessageID: in.RootMessageID, RootMessageID: in.RootMessageID, RootUUID: in.RootUUID,
		ProfileID: in.Profile.ID, ProfileUUID: in.Profile.UUID,
		Text: in.Text, CreatedAt: time.Unix(in.CreatedAt, 0).UTC(),
	})
	write.Answered(ctx, err)
	if err != nil {
		return Activity{}, fromC4C(ctx, err)
	}
	return Activity{ID: created.ID, UUID: created.UUID}, nil
}
