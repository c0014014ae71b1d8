package activities

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddCustomerNote(t *testing.T) {
	t.Parallel()
	const write, look, key = "POST IndividualCustomerTextCollectionCollection", "GET IndividualCustomerTextCollection",
		"00163E0A00011EE98000000000000004"
	written := created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000006"})
	in := AddCustomerNoteInput{Account: testAccount, ObjectID: key, Text: "note"}
	s := newServers(t)
	s.will(write, written)
	require.NoError(t, s.once("AddCustomerNote", in, nil))
	require.Equal(t, []string{write}, s.operations())

	s = newServers(t)
	s.will(findCustomer, entities(customerOne))
	s.will(write, written)
	require.NoError(t,
		s.once("AddCustomerNote", AddCustomerNoteInput{Account: testAccount, CustomerID: "91", Text: "note"}, nil))
	require.Equal(t, []string{findCustomer, write}, s.operations())
	require.Contains(t, s.body(write), key)

	s = newServers(t)
	s.will(write, status(http.StatusServiceUnavailable, ""))
	s.will(look, entities(map[string]any{"ObjectID": "N1", "Text": "note"}))
	require.NoError(t, s.run("AddCustomerNote", in, nil, 2))
	require.Equal(t, []string{write, look}, s.operations(), "the first attempt had been processed after all")

	s = newServers(t)
	s.will(look, entities())
	s.will(write, written)
	in.Round = 1
	require.NoError(t, s.once("AddCustomerNote", in, nil))
	require.Equal(t, []string{look, write}, s.operations())

	s = newServers(t)
	in.Round, in.ObjectID, in.CustomerID = 0, "", "91"
	requireRefused(t, s.once("AddCustomerNote", in, nil), ErrorC4CNotFound, false, Failure{})
}
