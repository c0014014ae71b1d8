package activities

import (
	"context"
	"slices"

	"go.temporal.io/sdk/activity"
)

// AddCustomerNoteInput is a note for the agents at a customer. ObjectID saves the look-up by CustomerID.
type AddCustomerNoteInput struct {
	Account    string `json:"account"`
	ObjectID   string `json:"object_id,omitempty"`
	CustomerID string `json:"customer_id,omitempty"`
	Text       string `json:"text"`
	Round      int    `json:"round,omitempty"`
}

func (in AddCustomerNoteInput) account() string { return in.Account }

// AddCustomerNote writes a note that C4C never sends out. A repeated attempt looks whether the note stands there already.
func (a *C4C) AddCustomerNote(ctx context.Context, in AddCustomerNoteInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	if in.ObjectID == "" {
		customer, err := client.CustomerByID(ctx, in.CustomerID)
		if err != nil {
			return fromC4C(ctx, err)
		}
		in.ObjectID = customer.ObjectID
	}
	if in.Round > 0 || activity.GetInfo(ctx).Attempt > 1 {
		texts, err := client.CustomerTexts(ctx, in.ObjectID)
		if err != nil || slices.Contains(texts, in.Text) {
			return fromC4C(ctx, err)
		}
	}
	return fromC4C(ctx, client.AddCustomerText(ctx, in.ObjectID, in.Text))
}
