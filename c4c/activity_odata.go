package c4c

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
)

const (
	activitySet       = "SocialMediaActivityCollection"
	activityFields    = "ObjectID,ID,UUID,SocialMediaMessageID,SocialMediaUserProfileUUID,RootSocialMediaActivityUUID,Text"
	categoryMessage   = "001"
	categoryResponse  = "003"
	initiatorCustomer = "2"
)

type activityEntity struct {
	identity
	ID          string `json:"ID"`
	UUID        string `json:"UUID"`
	MessageID   string `json:"SocialMediaMessageID"`
	ProfileUUID string `json:"SocialMediaUserProfileUUID"`
	RootUUID    string `json:"RootSocialMediaActivityUUID"`
	Text        string `json:"Text"`
}

type newActivityEntity struct {
	Category    string `json:"CategoryCode"`
	ChannelCode string `json:"SocialMediaChannelCode"`
	MessageID   string `json:"SocialMediaMessageID"`
	ParentUUID  string `json:"ParentSocialMediaActivityUUID,omitempty"`
	Initiator   string `json:"InitiatorCode"`
	Private     bool   `json:"PrivateSocialMediaMessageIndicator"`
	ProfileUUID string `json:"SocialMediaUserProfileUUID"`
	Text        string `json:"Text"`
	ProviderID  string `json:"SocialMediaActivityProviderID"`
	Author      string `json:"SocialMediaMessageAuthor,omitempty"`
	CreatedAt   string `json:"SocialMediaMessageCreationDateTime,omitempty"`
}

func (c *odataSocial) CreateActivity(ctx context.Context, requestID uuid.UUID, a NewActivity) (Activity, error) {
	const op = "create activity"
	_, err := header(op, requestID)
	if err == nil {
		a, err = a.checked(op)
	}
	if err != nil {
		return Activity{}, err
	}
	if a.ProfileID == "" {
		if a.ProfileID, err = c.profileID(ctx, a.ProfileUUID); err != nil {
			return Activity{}, refuseMissing(op, "ProfileUUID", err)
		}
	}
	in, err := c.newActivity(ctx, op, a)
	if err != nil {
		return Activity{}, err
	}
	e, err := create[activityEntity](ctx, c.odata, op, activitySet, in, func(e activityEntity) likeness {
		return kept(e.MessageID, a.MessageID)
	})
	if err != nil {
		return Activity{}, err
	}
	created := e.activity()
	created.MessageID, created.ProfileID, created.Text = a.MessageID, a.ProfileID, ""
	return created, nil
}

// newActivity looks up what OData requires as UUIDs: the profile, and the root of the thread as the parent.
func (c *odataSocial) newActivity(ctx context.Context, op string, a NewActivity) (newActivityEntity, error) {
	in := newActivityEntity{
		Category: categoryMessage, ChannelCode: c.channelCode, MessageID: a.MessageID, Initiator: initiatorCustomer,
		Private: true, ProfileUUID: canonicalUUID(a.ProfileUUID), Text: a.Text, ProviderID: c.channelID,
		Author: field(a.Author, maxAuthor),
	}
	if !a.CreatedAt.IsZero() {
		in.CreatedAt = dateJSON(a.CreatedAt)
	}
	if a.ProfileUUID == "" {
		p, err := c.ProfileByID(ctx, a.ProfileID)
		if err != nil {
			return in, refuseMissing(op, "ProfileID", err)
		}
		in.ProfileUUID = p.UUID
	}
	if a.RootMessageID != "" && a.RootUUID != "" {
		in.Category, in.ParentUUID = categoryResponse, canonicalUUID(a.RootUUID)
		return in, nil
	}
	if a.RootMessageID != "" {
		root, err := c.activityByMessage(ctx, op, a.RootMessageID)
		if err != nil {
			return in, refuseMissing(op, "RootMessageID", err)
		}
		in.Category, in.ParentUUID = categoryResponse, canonicalUUID(root.RootUUID)
		if in.ParentUUID == "" {
			in.ParentUUID = root.activity().UUID
		}
	}
	return in, nil
}

// refuseMissing reserves ErrNotFound for the object of a call. If the call's profile or thread is unknown, C4C has
// refused the call.
func refuseMissing(op, name string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return &ArgumentError{Op: op, Field: name, Reason: "is unknown to C4C"}
	}
	return err
}

func (c *odataSocial) FindActivity(ctx context.Context, messageID string) (Activity, error) {
	const op = "find activity"
	e, err := c.activityByMessage(ctx, op, messageID)
	if err != nil {
		return Activity{}, err
	}
	found := e.activity()
	if e.ProfileUUID == "" {
		return found, nil
	}
	if found.ProfileID, err = c.profileID(ctx, e.ProfileUUID); err != nil && !errors.Is(err, ErrNotFound) {
		return Activity{}, err
	}
	return found, nil
}

func (c *odataSocial) activityByMessage(ctx context.Context, op, messageID string) (activityEntity, error) {
	if err := identifier(op, "messageID", messageID, maxMessageID); err != nil {
		return activityEntity{}, err
	}
	filter, err := equal(op, "SocialMediaMessageID", messageID)
	if err != nil {
		return activityEntity{}, err
	}
	found, err := readLike(ctx, c.odata, op, activitySet, query{"$filter": filter, "$select": activityFields},
		func(e activityEntity) likeness { return same(e.MessageID, messageID) })
	if err != nil {
		return activityEntity{}, err
	}
	if len(found) == 0 {
		return activityEntity{}, notFound(op)
	}
	return slices.MinFunc(found, func(a, b activityEntity) int { return older(a.ID, b.ID) }), nil
}

// byID compares an activity's number.
func (e activityEntity) byID(id string) likeness { return sameNumber(e.ID, id) }

func (e activityEntity) activity() Activity {
	id := e.UUID
	if id == "" {
		id = e.ObjectID
	}
	return Activity{
		ID: e.ID, UUID: canonicalUUID(id), MessageID: e.MessageID, RootUUID: canonicalUUID(e.RootUUID), Text: e.Text,
	}
}
