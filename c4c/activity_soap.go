package c4c

import (
	"context"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/google/uuid"
)

type activityRequest struct {
	XMLName  xml.Name        `xml:"glob:SocialMediaActivityBundleMaintainRequestsync"` // no underscore before sync
	Glob     string          `xml:"xmlns:glob,attr"`
	Header   messageHeader   `xml:"BasicMessageHeader"`
	Activity activityElement `xml:"SocialMediaActivity"`
}

type activityElement struct {
	ActionCode string `xml:"actionCode,attr"`
	MessageID  string `xml:"SocialMediaMessageID"`
	ParentID   string `xml:"ParentSocialMediaMessageID,omitempty"`
	RootID     string `xml:"RootSocialMediaMessageID,omitempty"`
	ProfileID  string `xml:"SocialMediaUserProfileID"`
	ProviderID string `xml:"SocialMediaActivityProviderID"`
	Text       string `xml:"InteractionContent>Text"`
}

type activityQuery struct {
	XMLName     xml.Name   `xml:"glob:SocialMediaActivityByElementsQuery_sync"`
	Glob        string     `xml:"xmlns:glob,attr"`
	ByMessageID *selection `xml:"SocialMediaActivitySelectionByElements>SelectionBySocialMediaMessageID"`
}

// soapActivity is an activity in an answer.
type soapActivity struct {
	ID        string `xml:"ID"`
	UUID      string `xml:"UUID"`
	MessageID string `xml:"SocialMediaMessageID"`
	ProfileID string `xml:"SocialMediaUserProfileID"`
	Text      string `xml:"InteractionContent>Text"`
}

func (c *soapSocial) CreateActivity(ctx context.Context, requestID uuid.UUID, a NewActivity) (Activity, error) {
	const op = "create activity"
	head, err := header(op, requestID)
	if err == nil {
		a, err = a.checked(op)
	}
	if err == nil && a.ProfileID == "" {
		a.ProfileID, err = c.odata.profileID(ctx, a.ProfileUUID)
		err = refuseMissing(op, "ProfileUUID", err)
	}
	if err != nil {
		return Activity{}, err
	}
	answer, err := c.soap.call(ctx, op, maintainActivity, activityRequest{
		Glob: globalNS, Header: head,
		Activity: activityElement{
			ActionCode: actionCreate, MessageID: a.MessageID, ParentID: a.ParentMessageID, RootID: a.RootMessageID,
			ProfileID: a.ProfileID, ProviderID: c.channelID, Text: a.Text,
		},
	})
	if err != nil {
		return Activity{}, err
	}
	if len(answer.Activities) == 0 || answer.Activities[0].ID == "" || answer.Activities[0].UUID == "" {
		return Activity{}, &TransportError{Op: op, Status: 200, Err: errNoObject}
	}
	created := answer.Activities[0].activity()
	created.MessageID, created.ProfileID, created.Text = a.MessageID, a.ProfileID, ""
	return created, nil
}

func (c *soapSocial) FindActivity(ctx context.Context, messageID string) (Activity, error) {
	const op = "find activity"
	if err := identifier(op, "messageID", messageID, maxMessageID); err != nil {
		return Activity{}, err
	}
	answer, err := c.soap.call(ctx, op, findActivity, activityQuery{
		Glob: globalNS, ByMessageID: equals("SocialMediaMessageID", messageID),
	})
	if err != nil {
		return Activity{}, err
	}
	if len(answer.Activities) == 0 {
		return Activity{}, answer.missing(op)
	}
	var found []Activity
	for _, a := range answer.Activities {
		if a.MessageID == "" || strings.TrimSpace(a.MessageID) == messageID {
			found = append(found, a.activity())
		}
	}
	if len(found) == 0 {
		return Activity{}, notFound(op)
	}
	first := slices.MinFunc(found, func(a, b Activity) int { return older(a.ID, b.ID) })
	if first.ID == "" {
		// SAP documents only the profile's ID in this answer.
		return c.odata.FindActivity(ctx, messageID)
	}
	first.MessageID = messageID
	return first, nil
}

func (a soapActivity) activity() Activity {
	return Activity{
		ID: strings.TrimSpace(a.ID), UUID: canonicalUUID(a.UUID), MessageID: strings.TrimSpace(a.MessageID),
		ProfileID: strings.TrimSpace(a.ProfileID), Text: a.Text,
	}
}
