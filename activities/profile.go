package activities

import (
	"context"
	"errors"

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

// EnsureProfile makes sure that the follower has one social media user profile, keyed by the openid.
// The first attempt creates at once: the sync's id already keeps repeats out. Whenever an earlier
// attempt may have committed it looks first.
func (a *C4C) EnsureProfile(ctx context.Context, in EnsureProfileInput) (Profile, error) {
	social, err := a.social(in.Account)
	if err != nil {
		return Profile{}, err
	}
	write := newWriting(ctx, "profile:"+in.Account+":"+in.OpenID, in.Round)
	if in.LookFirst || write.Repeated {
		found, err := social.FindProfile(ctx, in.OpenID)
		if err == nil {
			profile := profileOf(found)
			profile.Existed = true
			return profile, nil
		}
		if !errors.Is(err, c4c.ErrNotFound) {
			return Profile{}, fromC4C(ctx, err)
		}
	}
	created, err := social.CreateProfile(ctx, write.RequestID(), c4c.NewProfile{OpenID: in.OpenID})
	write.Answered(ctx, err)
	if err != nil {
		return Profile{}, fromC4C(ctx, err)
	}
	return profileOf(created), nil
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

// BindProfile ties the profile to the customer, so that tickets from it name the customer. Repeating it changes nothing.
func (a *C4C) BindProfile(ctx context.Context, in BindProfileInput) error {
	social, err := a.social(in.Account)
	if err != nil {
		return err
	}
	write := newWriting(ctx, "bind:"+in.Account+":"+in.OpenID+":"+in.Customer.ID, in.Round)
	err = social.BindProfile(ctx, write.RequestID(),
		c4c.Profile{ID: in.Profile.ID, UUID: in.Profile.UUID, OpenID: in.OpenID},
		c4c.Customer{ObjectID: in.Customer.ObjectID, ID: in.Customer.ID, UUID: in.Customer.UUID})
	write.Answered(ctx, err)
	return fromC4C(ctx, err)
}
