package c4csim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSessionsEndInManyWays: reads and a fresh session are not affected.
func TestSessionsEndInManyWays(t *testing.T) {
	t.Parallel()
	for as, status := range map[string]int{"required": 403, "text": 403, "german": 403, "page": 400, "not_found": 400,
		"logon": 200, "terminated": 500} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			n := setup(t)
			const body = `{"LastName":"Test","RoleCode":"CRM000"}`
			require.Equal(t, http.StatusCreated, n.odata(http.MethodPost, "IndividualCustomerCollection", body).status)
			n.control(http.MethodPost, "csrf/expire", `{"as":"`+as+`"}`, nil)
			for range 2 {
				refused := n.odata(http.MethodPost, "IndividualCustomerCollection", body)
				require.Equal(t, status, refused.status)
				require.Equal(t, as == "required", refused.header.Get("x-csrf-token") == "Required")
			}
			require.Equal(t, http.StatusOK, n.odata(http.MethodGet, "IndividualCustomerCollection", "").status)
			n.token = ""
			require.Equal(t, http.StatusCreated, n.odata(http.MethodPost, "IndividualCustomerCollection", body).status)
		})
	}
	require.Equal(t, http.StatusBadRequest, setup(t).do(http.MethodPost, "/_sim/csrf/expire", `{"as":"x"}`).status)
}
