package c4c

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// Follower is what C4C has on a follower.
type Follower struct {
	Profile  Profile  // empty ID: no profile
	Customer Customer // found by its nickname; empty ID: no customer
}

// FindFollower looks for the profile and the customer of an OpenID, as [Social.FindProfile] and [Client.FindCustomer]
// do. A missing one is empty, not an error. If C4C has neither, this is one call: both questions go in one $batch,
// over OData. What the batch cannot answer for certain is asked separately.
//
// Source: help.sap.com, OData API of C4C, GetSocialMediaUserProfile and IndividualCustomerCollection.
func (c *Client) FindFollower(ctx context.Context, openID string) (Follower, error) {
	const op = "find follower"
	if err := identifier(op, "openID", openID, maxOpenID); err != nil {
		return Follower{}, err
	}
	literal, err := quote(op, "openID", openID)
	if err != nil {
		return Follower{}, err
	}
	filter, err := equal(op, "NickName", openID)
	if err != nil {
		return Follower{}, err
	}
	answers, err := c.odata.readTogether(ctx, op, []batchRead{
		{path: profileByQuery, query: query{"SocialMediaUserAccountID": literal}},
		{path: customerSet, query: query{"$filter": filter, "$select": customerFields}},
	})
	if err != nil && !noBatches(err) {
		return Follower{}, err
	}
	var found Follower
	if answers == nil || !none[profileEntity](answers[0]) {
		if found.Profile, err = unlessNone(c.social.FindProfile(ctx, openID)); err != nil {
			return Follower{}, err
		}
	}
	if answers == nil || !none[customerEntity](answers[1]) {
		if found.Customer, err = unlessNone(c.FindCustomer(ctx, openID)); err != nil {
			return Follower{}, err
		}
	}
	return found, nil
}

// none reports whether a batch's part says for certain that there is nothing.
func none[T keyed](a batchAnswer) bool {
	if a.err != nil {
		return false
	}
	p, err := decodePage[T](a.reply.d)
	return err == nil && len(p.items) == 0 && p.next == ""
}

// noBatches reports whether C4C, or an intermediary, does not accept batches.
func noBatches(err error) bool {
	return slices.Contains([]int{
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType,
		http.StatusNotImplemented,
	}, Status(err))
}

// unlessNone accepts "not found" as an answer.
func unlessNone[T any](found T, err error) (T, error) {
	if errors.Is(err, ErrNotFound) {
		var empty T
		return empty, nil
	}
	return found, err
}
