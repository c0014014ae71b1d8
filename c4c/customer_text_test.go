package c4c

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCustomerTexts(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	customer, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	require.NoError(t, err)
	texts, err := c.CustomerTexts(t.Context(), customer.ObjectID)
	require.NoError(t, err)
	require.Empty(t, texts)
	f.forget()
	require.NoError(t, c.AddCustomerText(t.Context(), customer.ObjectID, "scene \x01shop-7"))
	require.Len(t, f.seen(), 1)
	require.JSONEq(t, `{"ParentObjectID":"`+customer.ObjectID+`","Text":"scene shop-7"}`, f.seen()[0].body)
	texts, err = c.CustomerTexts(t.Context(), customer.ObjectID)
	require.NoError(t, err)
	require.Len(t, texts, 1)
	require.Equal(t, "scene shop-7", texts[0].Text)
	require.False(t, texts[0].CreatedAt.IsZero())

	requireClass(t, c.AddCustomerText(t.Context(), customer.ObjectID, "\x01"), ErrRejected)
	requireClass(t, c.AddCustomerText(t.Context(), "../x", "text"), ErrRejected)
	_, err = c.CustomerTexts(t.Context(), "../x")
	requireClass(t, err, ErrRejected)
	f.answer(503, nil, "")
	_, err = c.CustomerTexts(t.Context(), customer.ObjectID)
	requireClass(t, err, ErrUnavailable)
}
