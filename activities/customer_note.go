package activities

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// AddCustomerNoteInput is a note for the agents on a customer. ObjectID saves the look-up by CustomerID.
type AddCustomerNoteInput struct {
	Account    string `json:"account"`
	ObjectID   string `json:"object_id,omitempty"`
	CustomerID string `json:"customer_id,omitempty"`
	Text       string `json:"text"`
	Round      int    `json:"round,omitempty"`
	// Since is as in [AddNoteInput].
	Since time.Time `json:"since,omitzero"`
}

func (in AddCustomerNoteInput) account() string { return in.Account }

// AddCustomerNote writes a note on a customer. C4C never sends it out.
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
	note := soughtNote(ctx, in.Text, in.Since, in.Round)
	_, err = once[struct{}]{
		key: "customer note:" + in.ObjectID, round: in.Round, callLife: client.Timeout(),
		find: func() (none struct{}, there bool, err error) {
			texts, err := client.CustomerTexts(ctx, in.ObjectID)
			there = slices.ContainsFunc(texts, func(t c4c.CustomerText) bool { return note.is(t.Text, t.CreatedAt) })
			return none, there, err
		},
		write: func(uuid.UUID) (struct{}, error) {
			return struct{}{}, client.AddCustomerText(ctx, in.ObjectID, in.Text)
		},
	}.do(ctx)
	return fromC4C(ctx, err)
}
