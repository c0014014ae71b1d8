package c4c

import (
	"context"
	"slices"
	"strings"
	"time"
)

// The set is named after its type, which itself ends in Collection; the navigation is not.
const (
	textSet        = "ServiceRequestTextCollectionCollection"
	textNavigation = "ServiceRequestTextCollection"
	textFields     = "ObjectID,ParentObjectID,TypeCode,LanguageCode,Text,AuthorName,CreatedOn"
)

// Type codes of a ticket's texts.
const (
	TextIncident      = "10004" // what the ticket is about
	TextAgentReply    = "10007" // note or reply of an agent to the customer
	TextCustomerReply = "10008" // reply of the customer
	TextInternalNote  = "10011" // for agents only
)

// TicketText is a text of a ticket.
type TicketText struct {
	ObjectID   string
	TypeCode   string // TextIncident, …
	Language   string // two letters in upper case; may be empty
	Text       string
	AuthorName string
	CreatedAt  time.Time
}

type textEntity struct {
	identity
	ParentObjectID string `json:"ParentObjectID"`

	TypeCode   string    `json:"TypeCode"`
	Language   string    `json:"LanguageCode"`
	Text       string    `json:"Text"`
	AuthorName string    `json:"AuthorName"`
	CreatedOn  timestamp `json:"CreatedOn"`
}

type newTextEntity struct {
	ParentObjectID string `json:"ParentObjectID"`
	TypeCode       string `json:"TypeCode"`
	Language       string `json:"LanguageCode,omitempty"`
	Text           string `json:"Text"`
}

// AddTicketText adds a text to a ticket. language has two letters or is empty; C4C documents no length limit. Adding
// again adds a second text: look with TicketTexts whenever an earlier attempt may have been processed.
//
// Source: help.sap.com, OData API of C4C, ServiceRequestTextCollectionCollection.
func (c *Client) AddTicketText(ctx context.Context, objectID, typeCode, language, text string) error {
	const op = "add ticket text"
	key, err := entityKey(op, objectID)
	if err != nil {
		return err
	}
	text = clean(text)
	for _, required := range []struct{ name, value string }{{"typeCode", typeCode}, {"text", text}} {
		if required.value == "" {
			return &ArgumentError{Op: op, Field: required.name, Reason: "is empty"}
		}
	}
	_, err = create(ctx, c.odata, op, textSet, newTextEntity{
		ParentObjectID: key, TypeCode: field(typeCode, 5), Language: strings.ToUpper(field(language, 2)), Text: text,
	}, func(e textEntity) likeness { return sameKey(e.ParentObjectID, key) })
	return err
}

// TicketTexts returns all texts of a ticket, the oldest first. Having none is not an error.
func (c *Client) TicketTexts(ctx context.Context, objectID string) ([]TicketText, error) {
	const op = "ticket texts"
	path, err := entity(op, ticketSet, objectID)
	if err != nil {
		return nil, err
	}
	found, err := readAll[textEntity](ctx, c.odata, op, path+"/"+textNavigation, query{"$select": textFields})
	if err != nil {
		return nil, err
	}
	texts := make([]TicketText, 0, len(found))
	for _, e := range found {
		if sameKey(e.ParentObjectID, objectID) == unlike {
			continue
		}
		texts = append(texts, TicketText{
			ObjectID: e.ObjectID, TypeCode: e.TypeCode, Language: e.Language, Text: e.Text, AuthorName: e.AuthorName,
			CreatedAt: e.CreatedOn.Time,
		})
	}
	slices.SortStableFunc(texts, func(a, b TicketText) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return texts, nil
}
