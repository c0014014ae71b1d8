package activities

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// clocksDiffer is by how much C4C's clock may be behind Temporal's.
const clocksDiffer = time.Minute

// sought is a note that an earlier attempt may have written.
type sought struct {
	text  string
	since time.Time // an older one with the same text is another note; zero: none is too old
}

// soughtNote is the note of a text that was wanted first at a time, or zero: when the activity was scheduled. A later
// round of its sync cannot say then how old the note may be.
func soughtNote(ctx context.Context, text string, since time.Time, round int) sought {
	if since.IsZero() && round == 0 {
		since = activity.GetInfo(ctx).ScheduledTime
	}
	return sought{text: text, since: since}
}

// is reports whether a note in C4C is the one. In doubt it is.
func (n sought) is(text string, createdAt time.Time) bool {
	return sameWords(n.text, text) && (createdAt.IsZero() || !createdAt.Before(n.since.Add(-clocksDiffer)))
}

// sameWords compares without the blanks and line ends that C4C may have changed.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// AddNoteInput is an internal note for the service agents. Either ObjectID or TicketID names the ticket.
type AddNoteInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id,omitempty"`
	TicketID string `json:"ticket_id,omitempty"`
	Language string `json:"language"`
	Text     string `json:"text"`
	Round    int    `json:"round,omitempty"`
	// Since is when the note was first wanted; zero: when this activity was scheduled. An older note with the same text
	// is another one.
	Since time.Time `json:"since,omitzero"`
}

func (in AddNoteInput) account() string { return in.Account }

// AddNote writes an internal note, which C4C never sends out.
func (a *C4C) AddNote(ctx context.Context, in AddNoteInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	objectID := in.ObjectID
	if objectID == "" {
		ticket, err := client.TicketByID(ctx, in.TicketID)
		if err != nil {
			return fromC4C(ctx, err)
		}
		objectID = ticket.ObjectID
	}
	note := soughtNote(ctx, in.Text, in.Since, in.Round)
	_, err = once[struct{}]{
		key: "note:" + objectID, round: in.Round, settles: client.Timeout(),
		find: func() (none struct{}, there bool, err error) {
			texts, err := client.TicketTexts(ctx, objectID)
			for _, text := range texts {
				if text.TypeCode == c4c.TextInternalNote && note.is(text.Text, text.CreatedAt) {
					return none, true, nil
				}
			}
			return none, false, err
		},
		write: func(uuid.UUID) (struct{}, error) {
			return struct{}{}, client.AddTicketText(ctx, objectID, c4c.TextInternalNote, in.Language, in.Text)
		},
	}.do(ctx)
	return fromC4C(ctx, err)
}
