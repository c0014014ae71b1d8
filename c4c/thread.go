package c4c

import (
	"context"
	"slices"
	"time"
)

const threadFields = activityFields + ",InitiatorCode,PrivateSocialMediaMessageIndicator,SocialMediaMessageAuthor," +
	"SocialMediaMessageCreationDateTime," + messageFileFields

// ThreadMessage is one social media activity of a ticket's thread.
type ThreadMessage struct {
	Activity
	FromCustomer bool
	Private      bool   // set on internal notes of agents; C4C also sets it on a customer's direct message
	Author       string // the agent's name; may be empty
	CreatedAt    time.Time
	Files        []MessageAttachment // attached files, without their content
}

type threadEntity struct {
	activityEntity
	Initiator string    `json:"InitiatorCode"`
	Private   bool      `json:"PrivateSocialMediaMessageIndicator"`
	Author    string    `json:"SocialMediaMessageAuthor"`
	CreatedOn timestamp `json:"SocialMediaMessageCreationDateTime"`

	Files nested[messageFileEntity] `json:"SocialMediaActivityAttachmentFolder"`
}

type documentReferenceEntity struct {
	identity
	ParentObjectID string `json:"ParentObjectID"`
	TypeCode       string `json:"TypeCode"`
	ID             string `json:"ID"`
	UUID           string `json:"UUID"`
}

// TicketMessages returns the messages of a ticket's thread, the oldest first: what customer and agents wrote and
// attached, including private notes. A ticket that did not come from the channel has none, which is not an error. It
// costs two calls, and a third if the ticket's reference contains only the activity's ID.
//
// Source: help.sap.com, OData API of C4C, SocialMediaActivityCollection.
func (c *Client) TicketMessages(ctx context.Context, objectID string) ([]ThreadMessage, error) {
	const op = "ticket messages"
	key, err := entityKey(op, objectID)
	if err != nil {
		return nil, err
	}
	kind, err := equal(op, "TypeCode", TicketReferenceType)
	if err != nil {
		return nil, err
	}
	references, err := readLike(ctx, c.odata, op, referenceSet, query{
		"$filter": "ParentObjectID eq '" + key + "' and " + kind, "$select": "ObjectID,ParentObjectID,TypeCode,ID,UUID",
	}, func(e documentReferenceEntity) likeness {
		return min(sameKey(e.ParentObjectID, key), same(e.TypeCode, TicketReferenceType))
	})
	if err != nil || len(references) == 0 {
		return nil, err
	}
	first := slices.MinFunc(references, func(a, b documentReferenceEntity) int { return older(a.ID, b.ID) })
	root := first.UUID
	if root == "" {
		if root, err = c.rootOf(ctx, op, first.ID); err != nil {
			return nil, err
		}
	}
	found, err := readLike(ctx, c.odata, op, activitySet, query{
		"$filter": "RootSocialMediaActivityUUID eq guid'" + canonicalUUID(root) + "'", "$select": threadFields,
		"$expand": messageFiles,
	}, func(e threadEntity) likeness { return sameKey(e.RootUUID, root) })
	if err != nil {
		return nil, err
	}
	messages := make([]ThreadMessage, 0, len(found))
	for _, e := range found {
		messages = append(messages, ThreadMessage{
			Activity: e.activity(), FromCustomer: e.Initiator == initiatorCustomer, Private: e.Private, Author: e.Author,
			CreatedAt: e.CreatedOn.Time, Files: messageAttachments(e.Files),
		})
	}
	slices.SortStableFunc(messages, func(a, b ThreadMessage) int { return older(a.ID, b.ID) })
	return messages, nil
}

// ThreadRoot returns the message that began a message's thread, possibly itself, or [ErrNotFound]. It costs one call
// if the message does not say which thread it is in, and one for the message that began it.
//
// Source: help.sap.com, OData API of C4C, SocialMediaActivityCollection.
func (c *Client) ThreadRoot(ctx context.Context, a Activity) (Activity, error) {
	const op = "thread root"
	if a.RootUUID == "" {
		e, err := (&odataSocial{odata: c.odata}).activityByMessage(ctx, op, a.MessageID)
		if err != nil {
			return Activity{}, err
		}
		a = e.activity()
	}
	if a.RootUUID == "" || a.RootUUID == a.UUID {
		return a, nil
	}
	first, err := readOne[activityEntity](ctx, c.odata, op, activitySet, query{
		"$filter": "UUID eq guid'" + canonicalUUID(a.RootUUID) + "'", "$select": activityFields,
	}, func(e activityEntity) likeness { return sameKey(e.activity().UUID, canonicalUUID(a.RootUUID)) })
	if err != nil {
		return Activity{}, err
	}
	return first.activity(), nil
}

// rootOf is the UUID of the activity that began the thread of the activity with this ID.
func (c *Client) rootOf(ctx context.Context, op, activityID string) (string, error) {
	filter, err := equal(op, "ID", activityID)
	if err != nil {
		return "", err
	}
	e, err := readOne[activityEntity](ctx, c.odata, op, activitySet, query{"$filter": filter, "$select": activityFields},
		func(e activityEntity) likeness { return e.byID(activityID) })
	if err != nil {
		return "", err
	}
	if e.RootUUID == "" {
		return e.activity().UUID, nil
	}
	return e.RootUUID, nil
}
