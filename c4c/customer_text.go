package c4c

import (
	"context"
	"slices"
	"time"
)

const (
	customerTextSet        = "IndividualCustomerTextCollectionCollection"
	customerTextNavigation = "IndividualCustomerTextCollection"
)

// CustomerText is a note on a customer.
type CustomerText struct {
	Text      string
	CreatedAt time.Time // zero: not stated
}

type customerTextEntity struct {
	identity
	ParentObjectID string    `json:"ParentObjectID,omitempty"`
	Text           string    `json:"Text"`
	CreatedOn      timestamp `json:"CreatedOn"`
}

// newCustomerTextEntity is a note to create; within the create of a customer it has no parent.
type newCustomerTextEntity struct {
	ParentObjectID string `json:"ParentObjectID,omitempty"`
	Text           string `json:"Text"`
}

// AddCustomerText adds a note to a customer, which agents see and the customer does not. C4C documents no length
// limit. Adding again adds a second note: look with CustomerTexts whenever an earlier attempt may have been
// processed.
//
// Source: help.sap.com, OData API of C4C, IndividualCustomerTextCollectionCollection.
func (c *Client) AddCustomerText(ctx context.Context, objectID, text string) error {
	const op = "add customer text"
	key, err := entityKey(op, objectID)
	if err != nil {
		return err
	}
	if text = clean(text); text == "" {
		return &ArgumentError{Op: op, Field: "text", Reason: "is empty"}
	}
	_, err = create(ctx, c.odata, op, customerTextSet, newCustomerTextEntity{ParentObjectID: key, Text: text},
		func(e customerTextEntity) likeness { return sameKey(e.ParentObjectID, key) })
	return err
}

// CustomerTexts returns the notes of a customer, the oldest first. Having none is not an error.
func (c *Client) CustomerTexts(ctx context.Context, objectID string) ([]CustomerText, error) {
	const op = "customer texts"
	path, err := entity(op, customerSet, objectID)
	if err != nil {
		return nil, err
	}
	found, err := readAll[customerTextEntity](ctx, c.odata, op, path+"/"+customerTextNavigation, query{
		"$select": "ObjectID,ParentObjectID,Text,CreatedOn",
	})
	if err != nil {
		return nil, err
	}
	texts := make([]CustomerText, 0, len(found))
	for _, e := range found {
		if sameKey(e.ParentObjectID, objectID) == unlike {
			continue
		}
		texts = append(texts, CustomerText{Text: e.Text, CreatedAt: e.CreatedOn.Time})
	}
	slices.SortStableFunc(texts, func(a, b CustomerText) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return texts, nil
}
