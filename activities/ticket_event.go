package activities

import (
	"context"
	"errors"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// LocateTicketInput names a ticket by C4C's key, as an event notification does.
type LocateTicketInput struct {
	Account  string `json:"account"` // whose C4C tenant sent the event
	ObjectID string `json:"object_id"`
}

func (in LocateTicketInput) account() string { return in.Account }

// LocatedTicket is a ticket's state and its follower. Without a FollowerKey the ticket belongs to no follower, or no
// longer exists.
type LocatedTicket struct {
	Ticket      Ticket `json:"ticket"`
	Account     string `json:"account,omitempty"` // the follower's Official Account
	FollowerKey string `json:"follower_key,omitempty"`
	Gone        bool   `json:"gone,omitempty"` // C4C no longer has the ticket
}

// LocateTicket reads a ticket and finds out which follower it belongs to: by the message id that began its thread or,
// if someone else began the thread, by the ticket's contact. It costs one call for a ticket that did not come from a
// social media channel, two for one of ours.
func (a *C4C) LocateTicket(ctx context.Context, in LocateTicketInput) (LocatedTicket, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return LocatedTicket{}, err
	}
	ticket, root, err := client.TicketRoot(ctx, in.ObjectID)
	if errors.Is(err, c4c.ErrNotFound) {
		return LocatedTicket{Ticket: Ticket{ObjectID: in.ObjectID}, Gone: true}, nil
	}
	if err != nil {
		return LocatedTicket{}, fromC4C(ctx, err)
	}
	located := LocatedTicket{Ticket: ticketOf(ticket)}
	if root.ID == "" {
		return located, nil
	}
	account, openID, _, ours := a.ParseMessageID(root.MessageID)
	if !ours {
		account = in.Account
		if openID, err = followerOf(ctx, client, ticket); err != nil {
			return LocatedTicket{}, fromC4C(ctx, err)
		}
	}
	if a.Accounts[account] != nil && openID != "" {
		located.Account, located.FollowerKey = account, a.FollowerKey(account, openID)
	}
	return located, nil
}
