package c4c

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
)

const (
	profileSet     = "SocialMediaUserProfileCollection"
	profileUsers   = "SocialMediaUserProfileUserInformation"
	profileByQuery = "GetSocialMediaUserProfile"
)

// odataSocial implements [Social] over OData. The service has no counterpart of the SOAP message header, so the
// request id is only validated.
type odataSocial struct {
	odata       *odata
	channelID   string
	channelCode string
}

// KnowsRepeats returns false: repeats are not recognised.
func (c *odataSocial) KnowsRepeats() bool { return false }

type profileEntity struct {
	identity
	ID         string             `json:"ID"`
	CustomerID string             `json:"AccountInternalID"`
	Users      nested[userEntity] `json:"SocialMediaUserProfileUserInformation"`
}

type userEntity struct {
	identity
	ParentObjectID string `json:"ParentObjectID"`

	ProviderID string `json:"ExternalPartyAccountID"`
	AccountID  string `json:"SocialMediaUserAccountID"`
}

type newProfileEntity struct {
	Category   string          `json:"SocialMediaUserCategoryCode"`
	CustomerID string          `json:"AccountInternalID,omitempty"`
	Users      []newUserEntity `json:"SocialMediaUserProfileUserInformation"`
}

type newUserEntity struct {
	ChannelCode string `json:"SocialMediaChannelCode"`
	ProviderID  string `json:"ExternalPartyAccountID"`
	AccountID   string `json:"SocialMediaUserAccountID"`
	UserName    string `json:"SocialMediaUserName,omitempty"`
	GivenName   string `json:"GivenName,omitempty"`
	FamilyName  string `json:"FamilyName,omitempty"`
}

func (c *odataSocial) CreateProfile(ctx context.Context, requestID uuid.UUID, p NewProfile) (Profile, error) {
	const op = "create profile"
	if _, err := header(op, requestID); err != nil {
		return Profile{}, err
	}
	if err := p.check(op); err != nil {
		return Profile{}, err
	}
	e, err := create[profileEntity](ctx, c.odata, op, profileSet, newProfileEntity{
		Category: profileCategory, CustomerID: p.CustomerID,
		Users: []newUserEntity{{
			ChannelCode: c.channelCode, ProviderID: c.channelID, AccountID: p.OpenID,
			UserName: field(p.UserName, maxName), GivenName: field(p.GivenName, maxName),
			FamilyName: field(p.FamilyName, maxName),
		}},
	}, func(profileEntity) likeness { return unsaid }) // the answer does not contain the OpenID
	if err != nil {
		return Profile{}, err
	}
	return e.profile(p.OpenID, c.channelID), nil
}

func (c *odataSocial) BindProfile(ctx context.Context, requestID uuid.UUID, p Profile, customer Customer) error {
	const op = "bind profile"
	_, err := header(op, requestID)
	if err == nil {
		err = identifier(op, "customer.ID", customer.ID, maxNumber)
	}
	if err == nil {
		p, err = completeProfile(ctx, c, p, p.UUID != "")
	}
	if err != nil {
		return err
	}
	path, err := entity(op, profileSet, p.UUID)
	if err != nil {
		return err
	}
	return patch(ctx, c.odata, op, path, "", map[string]string{"AccountInternalID": customer.ID})
}

func (c *odataSocial) FindProfile(ctx context.Context, openID string) (Profile, error) {
	const op = "find profile"
	if err := identifier(op, "openID", openID, maxOpenID); err != nil {
		return Profile{}, err
	}
	literal, err := quote(op, "openID", openID)
	if err != nil {
		return Profile{}, err
	}
	// $filter does not reach the OpenID, which is in a child: this function import is SAP's solution.
	found, err := readAll[profileEntity](ctx, c.odata, op, profileByQuery, query{"SocialMediaUserAccountID": literal})
	if err != nil {
		return Profile{}, err
	}
	slices.SortStableFunc(found, func(a, b profileEntity) int { return older(a.ID, b.ID) })
	for _, e := range found {
		if e.Users, err = c.users(ctx, op, e.ObjectID); err != nil {
			return Profile{}, err
		}
		if slices.ContainsFunc(e.Users, func(u userEntity) bool { return same(u.AccountID, openID) == alike }) {
			return e.profile(openID, c.channelID), nil
		}
	}
	return Profile{}, notFound(op)
}

// users returns the accounts of a profile. The function import omits them.
func (c *odataSocial) users(ctx context.Context, op, key string) ([]userEntity, error) {
	path, err := entity(op, profileSet, key)
	if err != nil {
		return nil, err
	}
	found, err := readAll[userEntity](ctx, c.odata, op, path+"/"+profileUsers, nil)
	return slices.DeleteFunc(found, func(u userEntity) bool { return sameKey(u.ParentObjectID, key) == unlike }), err
}

func (c *odataSocial) ProfileByID(ctx context.Context, id string) (Profile, error) {
	const op = "profile by id"
	if err := identifier(op, "id", id, maxNumber); err != nil {
		return Profile{}, err
	}
	filter, err := equal(op, "ID", id)
	if err != nil {
		return Profile{}, err
	}
	e, err := readOne[profileEntity](ctx, c.odata, op, profileSet, query{"$filter": filter, "$expand": profileUsers},
		func(e profileEntity) likeness { return sameNumber(e.ID, id) })
	if err != nil {
		return Profile{}, err
	}
	return e.profile("", c.channelID), nil
}

// profileID is the ID of the profile with this UUID.
func (c *odataSocial) profileID(ctx context.Context, uuid string) (string, error) {
	const op = "profile by uuid"
	path, err := entity(op, profileSet, uuid)
	if err != nil {
		return "", err
	}
	e, err := readKey[profileEntity](ctx, c.odata, op, path, uuid, query{"$select": "ObjectID,ID"})
	return e.ID, err
}

// profile uses the requested OpenID, otherwise that of our channel, otherwise the first.
func (e profileEntity) profile(openID, channelID string) Profile {
	if openID == "" && len(e.Users) > 0 {
		ours := max(0, slices.IndexFunc(e.Users, func(u userEntity) bool { return u.ProviderID == channelID }))
		openID = e.Users[ours].AccountID
	}
	return Profile{ID: e.ID, UUID: canonicalUUID(e.ObjectID), OpenID: openID, CustomerID: number(e.CustomerID)}
}

// ProfilesOfCustomer returns a customer's or contact's profiles (by its ID) on the channel of [Options], each with
// its OpenID. Having none is not an error. It costs a call, and one more for each profile.
//
// Source: help.sap.com, OData API of C4C, function import GetSocialMediaUserProfile.
func (c *Client) ProfilesOfCustomer(ctx context.Context, customerID string) ([]Profile, error) {
	const op = "profiles of customer"
	customer, err := quote(op, "customerID", customerID)
	if err != nil {
		return nil, err
	}
	channel, err := quote(op, "ChannelID", c.channelID)
	if err != nil {
		return nil, err
	}
	found, err := readAll[profileEntity](ctx, c.odata, op, profileByQuery, query{
		"BusinessPartnerInternalID": customer, "ExternalPartyAccountID": channel,
	})
	if err != nil {
		return nil, err
	}
	overOData := &odataSocial{odata: c.odata}
	profiles := make([]Profile, 0, len(found))
	for _, e := range found {
		if e.Users, err = overOData.users(ctx, op, e.ObjectID); err != nil {
			return nil, err
		}
		p := e.profile("", c.channelID)
		if p.OpenID == "" {
			continue
		}
		p.CustomerID = cmp.Or(p.CustomerID, number(customerID))
		profiles = append(profiles, p)
	}
	return profiles, nil
}
