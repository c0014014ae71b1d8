package c4c

import (
	"context"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/google/uuid"
)

const (
	maxOpenID       = 255
	maxName         = 40
	maxNumber       = 10
	profileCategory = "02" // the category of followers in SAP's own WeChat sample
)

// soapSocial implements [Social] over the SOAP services. It uses OData only for what a SOAP answer omits.
type soapSocial struct {
	soap        *soapClient
	odata       *odataSocial
	channelID   string
	channelCode string
}

// KnowsRepeats returns true: C4C recognises the message header's UUID.
func (c *soapSocial) KnowsRepeats() bool { return true }

type profileRequest struct {
	XMLName xml.Name       `xml:"glob:SocialMediaUserProfileBundleMaintainRequest_sync"`
	Glob    string         `xml:"xmlns:glob,attr"`
	Header  messageHeader  `xml:"BasicMessageHeader"`
	Profile profileElement `xml:"SocialMediaUserProfile"`
}

type profileElement struct {
	ActionCode string      `xml:"actionCode,attr"`
	UUID       string      `xml:"UUID,omitempty"`
	Category   string      `xml:"SocialMediaUserCategoryCode,omitempty"`
	User       userElement `xml:"UserInformation"`
	CustomerID string      `xml:"CustomerInternalID,omitempty"`
}

type userElement struct {
	ActionCode  string `xml:"actionCode,attr"`
	AccountID   string `xml:"SocialMediaUserAccountID"`
	ChannelCode string `xml:"SocialMediaChannelCode,omitempty"`
	FamilyName  string `xml:"FamilyName,omitempty"`
	GivenName   string `xml:"GivenName,omitempty"`
	UserName    string `xml:"SocialMediaUserName,omitempty"`
	ProviderID  string `xml:"ExternalPartyAccountID,omitempty"`
}

type profileQuery struct {
	XMLName   xml.Name   `xml:"glob:SocialMediaUserProfileRequest_sync"`
	Glob      string     `xml:"xmlns:glob,attr"`
	ByAccount *selection `xml:"SocialMediaUserProfileSelectionByElements>SelectionBySocialMediaUserProfileUserAccountID,omitempty"`
	ByID      *selection `xml:"SocialMediaUserProfileSelectionByElements>SelectionBySocialMediaUserProfileID,omitempty"`
}

// soapProfile is a profile in an answer.
type soapProfile struct {
	ID         string     `xml:"ID"`
	UUID       string     `xml:"UUID"`
	Users      []soapUser `xml:"UserInformation"`
	CustomerID string     `xml:"CustomerInternalID"`
}

type soapUser struct {
	AccountID  string `xml:"SocialMediaUserAccountID"`
	ProviderID string `xml:"ExternalPartyAccountID"`
}

func (c *soapSocial) CreateProfile(ctx context.Context, requestID uuid.UUID, p NewProfile) (Profile, error) {
	const op = "create profile"
	head, err := header(op, requestID)
	if err != nil {
		return Profile{}, err
	}
	if err := p.check(op); err != nil {
		return Profile{}, err
	}
	answer, err := c.soap.call(ctx, op, maintainProfile, profileRequest{
		Glob: globalNS, Header: head,
		Profile: profileElement{ActionCode: actionCreate, Category: profileCategory, User: userElement{
			ActionCode: actionCreate, AccountID: p.OpenID, ChannelCode: c.channelCode, ProviderID: c.channelID,
			FamilyName: field(p.FamilyName, maxName), GivenName: field(p.GivenName, maxName),
			UserName: field(p.UserName, maxName),
		}, CustomerID: p.CustomerID},
	})
	if err != nil {
		return Profile{}, err
	}
	if len(answer.Profiles) == 0 || answer.Profiles[0].ID == "" || answer.Profiles[0].UUID == "" {
		return Profile{}, &TransportError{Op: op, Status: 200, Err: errNoObject}
	}
	created := answer.Profiles[0].profile("", c.channelID)
	created.OpenID = p.OpenID
	return created, nil
}

func (c *soapSocial) BindProfile(ctx context.Context, requestID uuid.UUID, p Profile, customer Customer) error {
	const op = "bind profile"
	head, err := header(op, requestID)
	if err == nil {
		err = identifier(op, "customer.ID", customer.ID, maxNumber)
	}
	if err == nil {
		p, err = completeProfile(ctx, c, p, p.UUID != "" && p.OpenID != "")
	}
	if err == nil {
		err = identifier(op, "OpenID", p.OpenID, maxOpenID)
	}
	if err != nil {
		return err
	}
	// 04 keeps fields that are not sent; 02 would overwrite all user information.
	answer, err := c.soap.call(ctx, op, maintainProfile, profileRequest{
		Glob: globalNS, Header: head,
		Profile: profileElement{
			ActionCode: actionSave, UUID: strings.ToLower(canonicalUUID(p.UUID)), CustomerID: customer.ID,
			User: userElement{ActionCode: actionSave, AccountID: p.OpenID},
		},
	})
	switch {
	case err != nil:
		return err
	case len(answer.Profiles) == 0:
		return &TransportError{Op: op, Status: 200, Err: errNoObject}
	case sameKey(answer.Profiles[0].UUID, p.UUID) == unlike:
		return &TransportError{Op: op, Status: 200, Err: errOther}
	}
	return nil
}

func (c *soapSocial) FindProfile(ctx context.Context, openID string) (Profile, error) {
	const op = "find profile"
	if err := identifier(op, "openID", openID, maxOpenID); err != nil {
		return Profile{}, err
	}
	is := func(p soapProfile) bool { return len(p.Users) == 0 || p.has(openID) }
	return c.findProfile(ctx, op, is, openID, profileQuery{
		Glob: globalNS, ByAccount: equals("SocialMediaUserProfileUserAccountID", openID),
	})
}

func (c *soapSocial) ProfileByID(ctx context.Context, id string) (Profile, error) {
	const op = "profile by id"
	if err := identifier(op, "id", id, maxNumber); err != nil {
		return Profile{}, err
	}
	return c.findProfile(ctx, op, func(p soapProfile) bool { return sameNumber(p.ID, id) == alike }, "",
		profileQuery{Glob: globalNS, ByID: equals("SocialMediaUserProfileID", id)})
}

func (c *soapSocial) findProfile(
	ctx context.Context, op string, is func(soapProfile) bool, openID string, query profileQuery,
) (Profile, error) {
	answer, err := c.soap.call(ctx, op, findProfile, query)
	if err != nil {
		return Profile{}, err
	}
	var found []Profile
	for _, p := range answer.Profiles {
		if is(p) {
			found = append(found, p.profile(openID, c.channelID))
		}
	}
	if len(found) == 0 {
		if len(answer.Profiles) > 0 {
			return Profile{}, notFound(op)
		}
		return Profile{}, answer.missing(op)
	}
	return slices.MinFunc(found, func(a, b Profile) int { return older(a.ID, b.ID) }), nil
}

func (p soapProfile) has(openID string) bool {
	return slices.ContainsFunc(p.Users, func(u soapUser) bool { return strings.TrimSpace(u.AccountID) == openID })
}

// profile uses the requested OpenID, otherwise that of our channel, otherwise the first.
func (p soapProfile) profile(openID, channelID string) Profile {
	if openID == "" && len(p.Users) > 0 {
		ours := max(0, slices.IndexFunc(p.Users, func(u soapUser) bool { return u.ProviderID == channelID }))
		openID = strings.TrimSpace(p.Users[ours].AccountID)
	}
	return Profile{
		ID: strings.TrimSpace(p.ID), UUID: canonicalUUID(p.UUID), OpenID: openID, CustomerID: number(p.CustomerID),
	}
}
