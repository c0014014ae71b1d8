package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// FindFollowerInput is what a reply without one of our message ids says about its follower.
type FindFollowerInput struct {
	Account    string `json:"account"`
	TicketID   string `json:"ticket_id"`
	OriginalID string `json:"original_id,omitempty"` // a message id chosen by another connector
	OpenID     string `json:"openid,omitempty"`      // set by an operator: nothing is looked up
}

// account is empty if an operator has named the follower: then C4C is not called.
func (in FindFollowerInput) account() string {
	if in.OpenID != "" {
		return ""
	}
	return in.Account
}

// FoundFollower is the follower whom a reply is for.
type FoundFollower struct {
	OpenID      string `json:"openid"`
	FollowerKey string `json:"follower_key"`
}

// FindFollower finds the follower by the ticket's contact, so that a reply also follows a changed contact, otherwise
// by the activity that the reply answers.
func (a *C4C) FindFollower(ctx context.Context, in FindFollowerInput) (FoundFollower, error) {
	if in.OpenID != "" {
		return FoundFollower{OpenID: in.OpenID, FollowerKey: a.FollowerKey(in.Account, in.OpenID)}, nil
	}
	client, err := a.client(in.Account)
	if err != nil {
		return FoundFollower{}, err
	}
	openID, err := followerOfTicket(ctx, client, in.TicketID)
	if openID == "" && in.OriginalID != "" && (err == nil || errors.Is(err, c4c.ErrNotFound)) {
		openID, err = followerOfActivity(ctx, client, in.OriginalID)
	}
	switch {
	case openID != "":
		return FoundFollower{OpenID: openID, FollowerKey: a.FollowerKey(in.Account, openID)}, nil
	case err == nil || errors.Is(err, c4c.ErrNotFound):
		return FoundFollower{}, permanent(ErrorFollowerUnknown,
			fmt.Errorf("no follower found for ticket %q: its contact has no profile on this channel", in.TicketID))
	default:
		return FoundFollower{}, fromC4C(ctx, err)
	}
}

func followerOfTicket(ctx context.Context, client *c4c.Client, ticketID string) (string, error) {
	if ticketID == "" {
		return "", nil
	}
	ticket, err := client.TicketByID(ctx, ticketID)
	if err != nil {
		return "", err
	}
	return followerOf(ctx, client, ticket)
}

// followerOf is the openid of the ticket's contact, otherwise of its customer; empty: neither has a profile on this
// channel.
func followerOf(ctx context.Context, client *c4c.Client, ticket c4c.Ticket) (string, error) {
	for _, partner := range []string{ticket.ContactID, ticket.CustomerID} {
		if partner == "" {
			continue
		}
		profiles, err := client.ProfilesOfCustomer(ctx, partner)
		if err != nil && !errors.Is(err, c4c.ErrNotFound) {
			return "", err
		}
		for _, profile := range profiles {
			if profile.OpenID != "" {
				return profile.OpenID, nil
			}
		}
	}
	return "", nil
}

func followerOfActivity(ctx context.Context, client *c4c.Client, messageID string) (string, error) {
	found, err := client.Social().FindActivity(ctx, messageID)
	if err != nil {
		return "", err
	}
	profile, err := client.Social().ProfileByID(ctx, found.ProfileID)
	if err != nil {
		return "", err
	}
	return profile.OpenID, nil
}
