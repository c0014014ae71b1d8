package c4c

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const nothing = "HTTP/1.1 200 OK\r\n\r\n" + `{"d":{"results":[]}}`

// TestFindFollower: one call finds out that C4C has neither profile nor customer; what it has is then read
// separately.
func TestFindFollower(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		for _, test := range []struct {
			name              string
			profile, customer bool
			alone             []string // reads outside the batch
		}{
			{name: "nobody", alone: nil},
			{name: "profile", profile: true, alone: []string{"profile"}},
			{name: "customer", customer: true, alone: []string{"customer"}},
			{name: "both", profile: true, customer: true, alone: []string{"profile", "customer"}},
		} {
			t.Run(social+" "+test.name, func(t *testing.T) {
				t.Parallel()
				c, f := setup(t, social)
				f.mu.Lock()
				if test.profile {
					f.addProfile(testOpenID, "Lei")
				}
				if test.customer {
					f.add(customerSet, row{"CustomerID": "1000123", "NickName": testOpenID, "LastName": "Li"})
				}
				f.addProfile("oSomebodyElse", "Mei")
				f.add(customerSet, row{"CustomerID": "1000124", "NickName": "oSomebodyElse", "LastName": "Han"})
				f.mu.Unlock()
				found, err := c.FindFollower(t.Context(), testOpenID)
				require.NoError(t, err)
				require.Equal(t, test.profile, found.Profile.OpenID == testOpenID && found.Profile.ID != "")
				require.Equal(t, test.customer, found.Customer.ID == "1000123")
				if !test.profile {
					require.Zero(t, found.Profile)
				}
				if !test.customer {
					require.Zero(t, found.Customer)
				}
				require.Equal(t, test.alone, readsOf(f))
			})
		}
	}
}

// readsOf lists the reads outside batches, by their object.
func readsOf(f *fake) []string {
	var reads []string
	for _, c := range f.seen() {
		switch {
		case strings.HasSuffix(c.path, batchPath), strings.HasSuffix(c.path, "/"+profileUsers):
		case strings.HasSuffix(c.path, customerSet):
			reads = append(reads, "customer")
		default:
			reads = append(reads, "profile")
		}
	}
	return reads
}

// TestFindFollowerWithoutBatch: an uncertain answer of a batch does not prove that there is nothing.
func TestFindFollowerWithoutBatch(t *testing.T) {
	t.Parallel()
	refused := "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n\r\nno"
	for _, test := range []struct {
		name  string
		tells func(w http.ResponseWriter)
		want  error // nil: both are found alone
	}{
		{"not supported", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotImplemented) }, nil},
		{"no such path", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, nil},
		{"refused alone", func(w http.ResponseWriter) { writeBatch(w, refused, refused) }, nil},
		{"more pages", func(w http.ResponseWriter) {
			more := "HTTP/1.1 200 OK\r\n\r\n" + `{"d":{"results":[],"__next":"https://x/y?$skiptoken=2"}}`
			writeBatch(w, more, more)
		}, nil},
		{"strange entities", func(w http.ResponseWriter) {
			strange := "HTTP/1.1 200 OK\r\n\r\n" + `{"d":{"results":[{"x":1}]}}`
			writeBatch(w, strange, strange)
		}, nil},
		{"pages for parts", func(w http.ResponseWriter) {
			page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"
			writeBatch(w, page, page)
		}, nil},
		{"down", func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, ErrUnavailable},
		{"too few", func(w http.ResponseWriter) { writeBatch(w, nothing) }, ErrOutcomeUnknown},
		{"too many", func(w http.ResponseWriter) { writeBatch(w, nothing, nothing, nothing) }, ErrOutcomeUnknown},
		{"cut off", func(w http.ResponseWriter) {
			writeBatch(w, nothing, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
		}, nil},
		{"no answers", func(w http.ResponseWriter) { writeBatch(w, "GET", "GET") }, ErrOutcomeUnknown},
		{"no parts", func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"d":{"results":[]}}`)) }, ErrOutcomeUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			w := f.settle()
			f.mu.Lock()
			f.batches = test.tells
			f.mu.Unlock()
			found, err := c.FindFollower(t.Context(), testOpenID)
			if test.want != nil {
				requireClass(t, err, test.want)
				requireRedacted(t, err, testOpenID)
				return
			}
			require.NoError(t, err)
			if test.name == "cut off" { // the first part is complete, and says that there is no profile
				require.Zero(t, found.Profile)
			} else {
				require.Equal(t, w.profile.ID, found.Profile.ID)
			}
			require.Equal(t, "1000123", found.Customer.ID)
		})
	}
}

// TestCreateProfileWithCustomer: a new profile is created with its customer.
func TestCreateProfileWithCustomer(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		w := f.settle()
		f.forget()
		_, err := c.Social().CreateProfile(t.Context(), requestID("p"), NewProfile{OpenID: "oNew", CustomerID: "1000123"})
		require.NoError(t, err, social)
		require.Len(t, f.seen(), 1)
		found, err := c.Social().FindProfile(t.Context(), "oNew")
		require.NoError(t, err)
		require.Equal(t, "1000123", found.CustomerID, social)
		require.NotEqual(t, w.profile.ID, found.ID)
		_, err = c.Social().CreateProfile(t.Context(), requestID("q"), NewProfile{OpenID: "oNew", CustomerID: "12345678901"})
		requireClass(t, err, ErrRejected)
	}
}
