package c4c

import "context"

// TicketChange contains the fields to change; empty ones stay as they are.
type TicketChange struct {
	Name       string // subject, at most 255 characters
	CategoryID string // service category (ServiceIssueCategoryID), at most 25 characters
	// More are further properties. No error contains their values.
	More Properties
}

// ChangeTicket changes a ticket's subject, category and further properties. With an etag it fails with [ErrConflict]
// if the ticket has changed since it was read. A change without fields makes no call.
//
// Source: help.sap.com, OData API of C4C, ServiceRequestCollection.
func (c *Client) ChangeTicket(ctx context.Context, objectID, etag string, change TicketChange) error {
	const op = "change ticket"
	path, err := entity(op, ticketSet, objectID)
	if err != nil {
		return err
	}
	fields := map[string]string{}
	if name := field(change.Name, 255); name != "" {
		fields["Name"] = name
	}
	if category := field(change.CategoryID, 25); category != "" {
		fields["ServiceIssueCategoryID"] = category
	}
	if len(fields)+len(change.More) == 0 {
		return nil
	}
	body, err := change.More.with(fields)
	if err != nil {
		return &TransportError{Op: op, Unsent: true, Err: errNotJSON}
	}
	return change.More.conceal(patch(ctx, c.odata, op, path, etag, body))
}
