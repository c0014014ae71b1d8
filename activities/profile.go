package activities

import (
	"context"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Follower names whom a call is about.
type Follower struct {
	Account string `json:"account"`
	OpenID  string `json:"openid"`
}

func (f Follower) account() string { return f.Account }

// EnsureProfileInput asks for the follower's social media user profile.
type EnsureProfileInput struct {
	Follower
	// LookFirst is set where a profile may exist already, so that none is created twice.
	LookFirst bool `json:"look_first,omitempty"`
	// Look is set where none is to be created: the answer is what C4C has, the follower's customer included.
	Look bool `json:"look,omitempty"`
	// Customer is the one to whom a new profile is to belong; empty: none yet.
	Customer Customer `json:"customer,omitzero"`
	// Round counts an operator's retries.
	Round int `json:"round,omitempty"`
}

// Profile is a social media user profile in C4C.
type Profile struct {
	ID         string `json:"id"`
	UUID       string `json:"uuid"`
	CustomerID string `json:"customer_id,omitempty"`
	// Existed is set where C4C had the profile before it was asked for.
	Existed bool `json:"existed,omitempty"`
}

// EnsuredProfile is the follower's profile, and with Look also the customer that the openid names; empty where C4C has
// none.
type EnsuredProfile struct {
	Profile
	Customer Customer `json:"customer,omitzero"`
}

// EnsureProfile makes sure that the follower has one social media user profile, keyed by the openid.
// It looks first where LookFirst says so or an earlier attempt may have made one: see [once].
func (a *C4C) EnsureProfile(ctx context.Context, in EnsureProfileInput) (EnsuredProfile, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return EnsuredProfile{}, err
	}
	if in.Look {
		return lookForFollower(ctx, client, in.OpenID)
	}
	// A repeated request may be answered with a profile that was made without a customer.
	first := !in.LookFirst && in.Round == 0 && !handedOutBefore(ctx)
	existed := false
	ensured, err := once[c4c.Profile]{
		key: "profile:" + in.Account + ":" + in.OpenID, round: in.Round, look: in.LookFirst, settles: settles(client),
		find: func() (found c4c.Profile, ok bool, err error) {
			found, ok, err = unlessMissing(client.Social().FindProfile(ctx, in.OpenID))
			existed = ok
			return found, ok, err
		},
		write: func(requestID uuid.UUID) (c4c.Profile, error) {
			created, err := client.Social().CreateProfile(ctx, requestID, c4c.NewProfile{
				OpenID: in.OpenID, CustomerID: in.Customer.ID,
			})
			if created.CustomerID == "" && first && client.Social().KnowsRepeats() { // it does not say
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

// BindProfileInput names the profile and the customer it belongs to.
type BindProfileInput struct {
	Follower
	Profile  Profile  `json:"profile"`
	Customer Customer `json:"customer"`
	Round    int      `json:"round,omitempty"`
}

// BindProfile ties the profile to the customer, so that tickets from it name the customer. Repeating it changes
// nothing.
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
