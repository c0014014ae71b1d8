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

// AddMessageInput is one line of the conversation on its way into C4C.
type AddMessageInput struct {
	Follower
	MessageID     string `json:"message_id"`                // the SocialMediaMessageID we choose
	RootMessageID string `json:"root_message_id,omitempty"` // the thread it belongs to; empty starts a thread
	// C4C's key of the thread's first message; saves a look-up over OData
	RootUUID  string  `json:"root_uuid,omitempty"`
	Profile   Profile `json:"profile"`
	Text      string  `json:"text"`
	CreatedAt int64   `json:"created_at"` // seconds since 1970
	Round     int     `json:"round,omitempty"`
	// IfOpen is C4C's key of a ticket that must be open, else nothing is added; empty: the ticket is not read. It
	// spares the caller an activity.
	IfOpen string `json:"if_open,omitempty"`
}

// Activity is a social media activity in C4C: a message.
type Activity struct {
	ID   string `json:"id"`
	UUID string `json:"uuid,omitempty"`
}

// AddedMessage is what became of a message.
type AddedMessage struct {
	Activity
	// Ticket is how the ticket of IfOpen stands; nil: it was not read, for nobody asked or the message was there
	// already.
	Ticket *Ticket `json:"ticket,omitempty"`
	// Closed reports that nothing was added, as the ticket is not open.
	Closed bool `json:"closed,omitempty"`
	// Elsewhere is the message that began the thread in which an earlier attempt has put this one, where that is not
	// the thread that was asked for; nil: it is, or C4C does not say. A message that began a thread is its own
	// beginning.
	Elsewhere *ThreadRoot `json:"elsewhere,omitempty"`
}

// ThreadRoot is the message that began a thread.
type ThreadRoot struct {
	Activity
	MessageID string `json:"message_id"`
}

// AddMessage adds the follower's message as a social media activity. With RootMessageID it joins that thread and its
// ticket; without, C4C makes a ticket of it by itself. A message that is there already is returned as it is, however
// its ticket stands by now.
func (a *C4C) AddMessage(ctx context.Context, in AddMessageInput) (AddedMessage, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return AddedMessage{}, err
	}
	var ticket *Ticket
	added, err := once[AddedMessage]{
		// A message that C4C refused may go to another thread, or from another profile, and is another call then.
		key:   "activity:" + in.MessageID + ":" + in.RootMessageID + ":" + in.Profile.ID,
		round: in.Round, settles: settles(client),
		find: func() (AddedMessage, bool, error) { return in.find(ctx, client) },
		instead: func() (AddedMessage, bool, error) {
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

// find looks for the message, and for the thread that it is in.
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
		return added, true, nil // not shown yet, or never
	case err != nil:
		return AddedMessage{}, false, err
	}
	if root.MessageID != cmp.Or(in.RootMessageID, in.MessageID) {
		added.Elsewhere = &ThreadRoot{Activity: Activity{ID: root.ID, UUID: root.UUID}, MessageID: root.MessageID}
	}
	return added, true, nil
}
