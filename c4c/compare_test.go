package c4c

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOthersAreNotTaken: C4C, or an intermediary, answers with an object that was not requested.
func TestOthersAreNotTaken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, entity string
		call         func(t *testing.T, c *Client) error
		want         error // nil: an empty list
	}{
		{"nickname of another", `"CustomerID":"1","NickName":"oSOMEBODYELSE"`, func(t *testing.T, c *Client) error {
			_, err := c.FindCustomer(t.Context(), "oME")
			return err
		}, ErrNotFound},
		{"nickname in another case", `"CustomerID":"1","NickName":"ome"`, func(t *testing.T, c *Client) error {
			_, err := c.FindCustomer(t.Context(), "oME")
			return err
		}, ErrNotFound},
		{"no nickname", `"CustomerID":"1"`, func(t *testing.T, c *Client) error {
			_, err := c.FindCustomer(t.Context(), "oME")
			return err
		}, ErrOutcomeUnknown},
		{"number of another ticket", `"ID":"99"`, func(t *testing.T, c *Client) error {
			_, err := c.TicketByID(t.Context(), "8000")
			return err
		}, ErrNotFound},
		{"key of another ticket", `"ID":"8000"`, func(t *testing.T, c *Client) error {
			_, err := c.Ticket(t.Context(), someKey)
			return err
		}, ErrOutcomeUnknown},
		{"another message", `"ID":"1","SocialMediaMessageID":"m2"`, func(t *testing.T, c *Client) error {
			_, err := c.Social().FindActivity(t.Context(), "m1")
			return err
		}, ErrNotFound},
		{"another profile", `"ID":"7","SocialMediaUserAccountID":"oSOMEBODYELSE"`, func(t *testing.T, c *Client) error {
			_, err := c.Social().FindProfile(t.Context(), "oME")
			return err
		}, ErrNotFound},
		{"another profile's number", `"ID":"7"`, func(t *testing.T, c *Client) error {
			_, err := c.Social().ProfileByID(t.Context(), "8")
			return err
		}, ErrNotFound},
		{"tickets of another", `"ID":"1","BuyerPartyID":"92"`, func(t *testing.T, c *Client) error {
			page, err := c.Tickets(t.Context(), TicketQuery{CustomerID: "91"})
			require.Empty(t, page.Tickets)
			return err
		}, nil},
		{"texts of another ticket", `"ParentObjectID":"B2","Text":"x"`, func(t *testing.T, c *Client) error {
			texts, err := c.TicketTexts(t.Context(), someKey)
			require.Empty(t, texts)
			return err
		}, nil},
		{"created for another", `"CustomerID":"1","NickName":"oSOMEBODYELSE"`, func(t *testing.T, c *Client) error {
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li", NickName: "oME"})
			return err
		}, ErrRejected},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			f.answer(200, jsonType, `{"d":{"results":[{"ObjectID":"A1",`+test.entity+`}]}}`)
			err := test.call(t, c)
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			requireClass(t, err, test.want)
		})
	}
}

// TestOursAmongOthers: padded numbers, other spellings of a key, and names cut by C4C are the same object.
func TestOursAmongOthers(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.answer(200, jsonType,
		`{"d":{"results":[{"ObjectID":"A1","ID":"99"},{"ObjectID":"A2","ID":"0000008000"},{"ObjectID":"A3"}]}}`)
	ticket, err := c.TicketByID(t.Context(), "8000")
	require.NoError(t, err)
	require.Equal(t, "A2", ticket.ObjectID)
	f.answer(200, jsonType, `{"d":{"ObjectID":"`+strings.ToLower(someUUID)+`","ID":"1"}}`)
	_, err = c.Ticket(t.Context(), someKey)
	require.NoError(t, err)
	f.answer(201, jsonType, `{"d":{"ObjectID":"A1","CustomerID":"1","NickName":"OABC_0123456789"}}`)
	_, err = c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li", NickName: testOpenID})
	require.NoError(t, err)
}

// TestNextPageKeepsTheQuestion: whatever a link omits, the next page is requested with our filter.
func TestNextPageKeepsTheQuestion(t *testing.T) {
	t.Parallel()
	const us = `{"ObjectID":"A1","CustomerID":"1","NickName":"a;b"}`
	for _, link := range []string{
		"https://h/x?$skiptoken=1001&$filter=NickName%20eq%20'a;b'", "https://h/x?$skiptoken=1001",
		"?%24skiptoken=1001&$filter=Other%20eq%20'x'",
	} {
		c, f := setup(t, SocialSOAP)
		f.onRequest(func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
			if !strings.Contains(r.URL.RawQuery, "skiptoken") {
				_, _ = io.WriteString(w, `{"d":{"results":[],"__next":"`+link+`"}}`)
				return
			}
			_, _ = io.WriteString(w, `{"d":{"results":[`+us+`]}}`)
		})
		found, err := c.FindCustomer(t.Context(), "a;b")
		require.NoError(t, err)
		require.Equal(t, "1", found.ID)
		second := f.seen()[1].query
		require.Contains(t, second, "$filter=NickName%20eq%20%27a%3Bb%27", link)
		require.Contains(t, second, "$skiptoken=1001")
	}
	for _, link := range []string{"https://h/x", "https://h/x?", "?%zz=1", "?a=%zz"} {
		_, err := query{}.next(link)
		require.ErrorIs(t, err, errUnreadable, link)
	}
}
