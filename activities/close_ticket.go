package activities

import (
	"context"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// CloseTicketInput is a ticket that its follower considers done.
type CloseTicketInput struct {
	TicketQuery
	UserStatus string `json:"user_status"` // a status that the tenant's configuration maps to completed
	Language   string `json:"language"`    // of Note
	Note       string `json:"note"`        // internal note that tells the agents what the follower said
}

// CloseTicket completes one of the follower's tickets, and tells the agents by an internal note that the follower
// asked for it. A ticket that is already completed or closed is not changed. Another person's ticket is C4CNotFound.
func (a *C4C) CloseTicket(ctx context.Context, in CloseTicketInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	ticket, err := a.theirTicket(ctx, client, in.TicketQuery)
	if err != nil {
		return err
	}
	if !ticket.Open() {
		return nil
	}
	if err := noteClosed(ctx, client, ticket.ObjectID, in); err != nil { // a completed ticket accepts no note
		return fromC4C(ctx, err)
	}
	return fromC4C(ctx, client.SetTicketStatus(ctx, ticket.ObjectID, "", in.UserStatus))
}

// noteClosed writes the note, unless an earlier attempt has. Because the follower waits, it does not wait for that
// attempt's call to end. If both arrive, the note exists twice, which is harmless.
func noteClosed(ctx context.Context, client *c4c.Client, objectID string, in CloseTicketInput) error {
	if handedOutBefore(ctx) {
		note := soughtNote(ctx, in.Note, time.Time{}, 0)
		texts, err := client.TicketTexts(ctx, objectID)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if text.TypeCode == c4c.TextInternalNote && note.is(text.Text, text.CreatedAt) {
				return nil
			}
		}
	}
	return client.AddTicketText(ctx, objectID, c4c.TextInternalNote, in.Language, in.Note)
}
