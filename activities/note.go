package activities

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// clocksDiffer is how far C4C's clock may be behind Temporal's.
const clocksDiffer = time.Minute

// sought is a note that an earlier attempt may have written.
type sought struct {
	text  string
	since time.Time // an older note with the same text is a different one; zero: any age counts
}

// soughtNote is the note with a text that was first wanted at the given time; zero: when the activity was scheduled.
// In a later round of the sync, the age of the note is unknown.
func soughtNote(ctx context.Context, text string, since time.Time, round int) sought {
	if since.IsZero() && round == 0 {
		since = activity.GetInfo(ctx).ScheduledTime
	}
	return sought{text: text, since: since}
}

// is reports whether a note in C4C is the sought one. In doubt it returns true.
func (n sought) is(text string, createdAt time.Time) bool {
	return sameWords(n.text, text) && (createdAt.IsZero() || !createdAt.Before(n.since.Add(-clocksDiffer)))
}

// sameWords compares texts without the blanks and line ends that C4C may have changed.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// AddNoteInput is an internal note for the service agents. Either ObjectID or TicketID identifies the ticket.
type AddNoteInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id,omitempty"`
	TicketID string `json:"ticket_id,omitempty"`
	Language string `json:"language"`
	Text     string `json:"text"`
	Round    int    `json:"round,omitempty"`
	// Since is when the note was first wanted; zero: when this activity was scheduled. An older note with the same text
	// is a different one.
	Since time.Time `json:"since,omitzero"`
}

func (in AddNoteInput) account() string { return in.Account }

// AddNote writes an internal note. C4C never sends it out.
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
		key: "note:" + objectID, round: in.Round, callLife: client.Timeout(),
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
