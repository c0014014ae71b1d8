package activities

import (
	"context"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Follower is the follower that a call is about.
type Follower struct {
	Account string `json:"account"`
	OpenID  string `json:"openid"`
}

func (f Follower) account() string { return f.Account }

// EnsureProfileInput asks for the follower's social media user profile.
type EnsureProfileInput struct {
	Follower
	// LookFirst is set if a profile may already exist, so that none is created twice.
	LookFirst bool `json:"look_first,omitempty"`
	// Look only looks and creates nothing: the result is what C4C has, including the follower's customer.
	Look bool `json:"look,omitempty"`
	// Customer is the customer of a new profile; empty: none yet.
	Customer Customer `json:"customer,omitzero"`
	// Round counts an operator's retries.
	Round int `json:"round,omitempty"`
}

// Profile is a social media user profile in C4C.
type Profile struct {
	ID         string `json:"id"`
	UUID       string `json:"uuid"`
	CustomerID string `json:"customer_id,omitempty"`
	// Existed is set if the profile was in C4C before this call.
	Existed bool `json:"existed,omitempty"`
}

// EnsuredProfile is the follower's profile and, with Look, also the customer with the follower's openid; empty if C4C
// has none.
type EnsuredProfile struct {
	Profile
	Customer Customer `json:"customer,omitzero"`
}

// EnsureProfile makes sure that the follower has exactly one social media user profile, keyed by the openid. It looks
// first if LookFirst is set or an earlier attempt may have made one: see [once].
func (a *C4C) EnsureProfile(ctx context.Context, in EnsureProfileInput) (EnsuredProfile, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return EnsuredProfile{}, err
	}
	if in.Look {
		return lookForFollower(ctx, client, in.OpenID)
	}
	// The answer to a repeated request may be a profile that was made without a customer.
	first := !in.LookFirst && in.Round == 0 && !handedOutBefore(ctx)
	existed := false
	ensured, err := once[c4c.Profile]{
		key: "profile:" + in.Account + ":" + in.OpenID, round: in.Round, look: in.LookFirst,
		callLife: socialCallLife(client),
		find: func() (found c4c.Profile, ok bool, err error) {
			found, ok, err = unlessMissing(client.Social().FindProfile(ctx, in.OpenID))
			existed = ok
			return found, ok, err
		},
		write: func(requestID uuid.UUID) (c4c.Profile, error) {
			created, err := client.Social().CreateProfile(ctx, requestID, c4c.NewProfile{
				OpenID: in.OpenID, CustomerID: in.Customer.ID,
			})
			if created.CustomerID == "" && first && client.Social().KnowsRepeats() { // C4C does not return the customer
				created.CustomerID = in.Customer.ID
			}
			return created, err
		},
	}.do(ctx)
	if err != nil {
		return EnsuredProfile{}, fromC4C(ctx, err)
	}
	profile := profileOf(ensured)
	profile.Existed = existed
	return EnsuredProfile{Profile: profile}, nil
}

func lookForFollower(ctx context.Context, client *c4c.Client, openID string) (EnsuredProfile, error) {
	found, err := client.FindFollower(ctx, openID)
	if err != nil {
		return EnsuredProfile{}, fromC4C(ctx, err)
	}
	profile := profileOf(found.Profile)
	profile.Existed = profile.ID != ""
	return EnsuredProfile{Profile: profile, Customer: customerOf(found.Customer)}, nil
}

func profileOf(p c4c.Profile) Profile {
	return Profile{ID: p.ID, UUID: p.UUID, CustomerID: p.CustomerID}
}

// BindProfileInput is a profile and the customer it belongs to.
type BindProfileInput struct {
	Follower
	Profile  Profile  `json:"profile"`
	Customer Customer `json:"customer"`
	Round    int      `json:"round,omitempty"`
}

// BindProfile ties the profile to the customer, so that tickets from the profile show the customer. Repeating it
// changes nothing.
func (a *C4C) BindProfile(ctx context.Context, in BindProfileInput) error {
	social, err := a.social(in.Account)
	if err != nil {
		return err
	}
	profile := c4c.Profile{ID: in.Profile.ID, UUID: in.Profile.UUID, OpenID: in.OpenID}
	customer := c4c.Customer{ObjectID: in.Customer.ObjectID, ID: in.Customer.ID, UUID: in.Customer.UUID}
	_, err = once[struct{}]{
		key: "bind:" + in.Account + ":" + in.OpenID + ":" + in.Customer.ID, round: in.Round,
		write: func(requestID uuid.UUID) (struct{}, error) {
			return struct{}{}, social.BindProfile(ctx, requestID, profile, customer)
		},
	}.do(ctx)
	return fromC4C(ctx, err)
}
