package c4c

import (
	"context"
	"slices"
)

const referenceNavigation = "ServiceRequestBusinessTransactionDocumentReference"

// rootTicketEntity is a ticket with the documents it refers to.
type rootTicketEntity struct {
	ticketEntity
	References nested[documentReferenceEntity] `json:"ServiceRequestBusinessTransactionDocumentReference"`
}

// TicketRoot returns the ticket with this key and the oldest message that it refers to, or [ErrNotFound] if there is
// no such ticket. A ticket that did not come from a social media channel has no message: the activity is then empty.
// It costs one call, and a second one if there is a message.
//
// Source: help.sap.com, OData API of C4C, ServiceRequestCollection.
func (c *Client) TicketRoot(ctx context.Context, objectID string) (Ticket, Activity, error) {
	const op = "ticket root"
	path, err := entity(op, ticketSet, objectID)
	if err != nil {
		return Ticket{}, Activity{}, err
	}
	found, err := readKey[rootTicketEntity](ctx, c.odata, op, path, objectID, query{
		"$select": ticketFields + "," + referenceNavigation, "$expand": referenceNavigation,
	})
	if err != nil {
		return Ticket{}, Activity{}, err
	}
	references := slices.DeleteFunc(found.References, func(e documentReferenceEntity) bool {
		return e.TypeCode != TicketReferenceType || e.ID == "" || sameKey(e.ParentObjectID, objectID) == unlike
	})
	if len(references) == 0 {
		return found.ticket(), Activity{}, nil
	}
	first := slices.MinFunc(references, func(a, b documentReferenceEntity) int { return older(a.ID, b.ID) })
	filter, err := equal(op, "ID", first.ID)
	if err != nil {
		return Ticket{}, Activity{}, err
	}
	messages, err := readLike(ctx, c.odata, op, activitySet, query{"$filter": filter, "$select": activityFields},
		func(e activityEntity) likeness { return e.byID(first.ID) })
	if err != nil || len(messages) == 0 {
		return found.ticket(), Activity{}, err
	}
	return found.ticket(), messages[0].activity(), nil
}
