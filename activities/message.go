package activities

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// AddMessageInput is one message to be added to C4C.
type AddMessageInput struct {
	Follower
	MessageID     string `json:"message_id"`                // the SocialMediaMessageID we choose
	RootMessageID string `json:"root_message_id,omitempty"` // its thread; empty starts a thread
	// C4C's key of the thread's first message; saves an OData look-up
	RootUUID  string  `json:"root_uuid,omitempty"`
	Profile   Profile `json:"profile"`
	Text      string  `json:"text"`
	CreatedAt int64   `json:"created_at"` // seconds since 1970
	Round     int     `json:"round,omitempty"`
	// IfOpen is C4C's key of a ticket that must be open; otherwise nothing is added. Empty: the ticket is not read. It
	// saves the caller an activity.
	IfOpen string `json:"if_open,omitempty"`
}

// Activity is a social media activity in C4C: a message.
type Activity struct {
	ID   string `json:"id"`
	UUID string `json:"uuid,omitempty"`
}

// AddedMessage is the result of AddMessage.
type AddedMessage struct {
	Activity
	// Ticket is the state of the ticket in IfOpen; nil: it was not read, because IfOpen was empty or the message
	// already existed.
	Ticket *Ticket `json:"ticket,omitempty"`
	// Closed reports that nothing was added because the ticket is not open.
	Closed bool `json:"closed,omitempty"`
	// Elsewhere is set if an earlier attempt has put the message into another thread than the requested one. It is that
	// thread's first message; for a message that began a thread, the message itself. nil: the thread is the requested
	// one, or C4C does not say.
	Elsewhere *ThreadRoot `json:"elsewhere,omitempty"`
}

// ThreadRoot is the message that began a thread.
type ThreadRoot struct {
	Activity
	MessageID string `json:"message_id"`
}

// AddMessage adds the follower's message as a social media activity. With RootMessageID the message joins that thread
// and its ticket; without it, C4C makes a new ticket. If the message already exists, it is returned unchanged,
// whatever its ticket's state.
func (a *C4C) AddMessage(ctx context.Context, in AddMessageInput) (AddedMessage, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return AddedMessage{}, err
	}
	var ticket *Ticket
	added, err := once[AddedMessage]{
		// A refused message may go to another thread, or come from another profile. That is then another call.
		key:   "activity:" + in.MessageID + ":" + in.RootMessageID + ":" + in.Profile.ID,
		round: in.Round, callLife: socialCallLife(client),
		find: func() (AddedMessage, bool, error) { return in.find(ctx, client) },
		unneeded: func() (AddedMessage, bool, error) {
			if in.IfOpen == "" {
				return AddedMessage{}, false, nil
			}
			read, err := readTicket(ctx, client, in.IfOpen)
			ticket = &read
			return AddedMessage{Ticket: ticket, Closed: true}, err == nil && !read.Open, err
		},
		write: func(requestID uuid.UUID) (AddedMessage, error) {
			created, err := client.Social().CreateActivity(ctx, requestID, in.activity())
			return AddedMessage{Activity: Activity{ID: created.ID, UUID: created.UUID}, Ticket: ticket}, err
		},
	}.do(ctx)
	if err != nil {
		return AddedMessage{}, fromC4C(ctx, err)
	}
	return added, nil
}

func (in AddMessageInput) activity() c4c.NewActivity {
	return c4c.NewActivity{
		MessageID: in.MessageID, ParentMessageID: in.RootMessageID, RootMessageID: in.RootMessageID, RootUUID: in.RootUUID,
		ProfileID: in.Profile.ID, ProfileUUID: in.Profile.UUID,
		Text: in.Text, CreatedAt: time.Unix(in.CreatedAt, 0).UTC(),
	}
}

// find looks for the message and its thread.
func (in AddMessageInput) find(ctx context.Context, client *c4c.Client) (AddedMessage, bool, error) {
	found, there, err := unlessMissing(client.Social().FindActivity(ctx, in.MessageID))
	if !there || err != nil {
		return AddedMessage{}, false, err
	}
	added := AddedMessage{Activity: Activity{ID: found.ID, UUID: found.UUID}}
	if in.RootUUID != "" && strings.EqualFold(found.RootUUID, in.RootUUID) {
		return added, true, nil
	}
	root, err := client.ThreadRoot(ctx, found)
	switch {
	case errors.Is(err, c4c.ErrNotFound), errors.Is(err, c4c.ErrNotAuthorized), errors.Is(err, c4c.ErrRejected):
		return added, true, nil // not shown yet, or never will be
	case err != nil:
		return AddedMessage{}, false, err
	}
	if root.MessageID != cmp.Or(in.RootMessageID, in.MessageID) {
		added.Elsewhere = &ThreadRoot{Activity: Activity{ID: root.ID, UUID: root.UUID}, MessageID: root.MessageID}
	}
	return added, true, nil
}
