package activities

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// batchOf answers a batch with an entity set for each read.
func batchOf(parts ...string) answer {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString("--a\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + `{"d":{"results":[` + part +
			`]}}` + "\r\n")
	}
	return status(http.StatusAccepted, b.String()+"--a--\r\n", "Content-Type", "multipart/mixed; boundary=a")
}

const batch = "POST $batch"

// TestLookForFollower: if C4C has nothing on a follower, one call finds that out, and nothing is created.
func TestLookForFollower(t *testing.T) {
	t.Parallel()
	in := EnsureProfileInput{Follower: testFollower, Look: true}
	s := newServers(t)
	s.will(batch, batchOf("", ""))
	var got EnsuredProfile
	require.NoError(t, s.once("EnsureProfile", in, &got))
	require.Zero(t, got)
	require.Equal(t, []string{batch}, s.operations())

	s = newServers(t)
	s.will(batch, status(http.StatusServiceUnavailable, ""), batchOf(`{"ObjectID":"P"}`, `{"ObjectID":"C"}`))
	s.will("find profile", foundProfile)
	s.will(findCustomer, entities(customerKnown()))
	require.NoError(t, s.run("EnsureProfile", in, &got, 2))
	require.Equal(t, "72", got.ID)
	require.True(t, got.Existed)
	require.Equal(t, "91", got.CustomerID)
	require.NotEmpty(t, got.Customer.ObjectID)
	require.Equal(t, []string{batch, batch, "find profile", findCustomer}, s.operations())
}

// TestProfileWithItsCustomer: a new profile belongs to its customer at once. If the answer does not confirm that, it
// is assumed only for a call made for the first time: the answer to a repeated call may be a profile made without a
// customer.
func TestProfileWithItsCustomer(t *testing.T) {
	t.Parallel()
	of := func(look bool, round int) EnsureProfileInput {
		return EnsureProfileInput{Follower: testFollower, LookFirst: look, Round: round, Customer: Customer{ID: "91"}}
	}
	const create = "bind profile" // a message about a profile that has a customer
	for _, test := range []struct {
		name     string
		in       EnsureProfileInput
		attempts int32
		first    answer
		bound    string
	}{
		{"first", of(false, 0), 1, nil, "91"},
		{"after a look", of(true, 0), 1, nil, ""},
		{"another round", of(false, 1), 1, nil, ""},
		{"lost answer", of(false, 0), 2, cut, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			if test.first != nil {
				s.will(create, test.first)
			}
			var got EnsuredProfile
			require.NoError(t, s.run("EnsureProfile", test.in, &got, test.attempts))
			require.Equal(t, "71", got.ID)
			require.Equal(t, test.bound, got.CustomerID)
			require.Contains(t, s.body(create), "<CustomerInternalID>91</CustomerInternalID>")
		})
	}
	s := newServersOver(t, c4c.SocialOData)
	for answered, bound := range map[string]string{"0000000091": "91", "": ""} {
		s.will(createProfile, created(map[string]any{
			"ObjectID": "00163E0A00011EE98000000000000001", "ID": "71", "AccountInternalID": answered,
		}))
		var got EnsuredProfile
		require.NoError(t, s.once("EnsureProfile", of(false, 0), &got))
		require.Equal(t, bound, got.CustomerID, "OData says to whom it belongs")
	}
}
