package c4csim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExtensionFields: those that the tenant has take values of their type, length and code list; others are unknown.
func TestExtensionFields(t *testing.T) {
	t.Parallel()
	n := setup(t)
	created := n.odata(http.MethodPost, "IndividualCustomerCollection", `{"LastName":"Li","RoleCode":"CRM000",
		"ZVIN_KUT":"LSVAA49J132047811","ZMileage_KUT":"12.5","ZFirstUse_KUT":"/Date(1589673600000)/","ZUse_KUT":"101",
		"ZLeased_KUT":true}`)
	require.Equal(t, http.StatusCreated, created.status, created.body)
	customer := object(t, created)
	require.Equal(t, "LSVAA49J132047811", customer["ZVIN_KUT"])
	require.Equal(t, "/Date(1589673600000)/", customer["ZFirstUse_KUT"])
	require.Equal(t, true, customer["ZLeased_KUT"])
	path := "IndividualCustomerCollection('" + customer["ObjectID"].(string) + "')"
	for body, says := range map[string]string{
		`{"ZColour_KUT":"red"}`:               "Property ZColour_KUT is invalid in IndividualCustomer",
		`{"zvin_kut":"1"}`:                    "Property zvin_kut is invalid",
		`{"ZVIN_KUT":"LSVAA49J1320478111"}`:   "Value of property ZVIN_KUT is longer than 17",
		`{"ZVIN_KUT":17}`:                     "Value of property ZVIN_KUT is not of type Edm.String",
		`{"ZMileage_KUT":"many"}`:             "Value of property ZMileage_KUT is not of type Edm.Decimal",
		`{"ZLeased_KUT":"true"}`:              "Value of property ZLeased_KUT is not of type Edm.Boolean",
		`{"ZFirstUse_KUT":"2020-05-17"}`:      "Value of property ZFirstUse_KUT is not of type Edm.DateTime",
		`{"ZUse_KUT":"999"}`:                  "Value 999 of property ZUse_KUT is not in its code list",
		`{"ZUse_KUT":"102","ZOther_KUT":"1"}`: "Property ZOther_KUT is invalid",
	} {
		refused := n.odata(http.MethodPatch, path, body)
		require.Equal(t, http.StatusBadRequest, refused.status, body)
		require.Contains(t, refused.body, says)
	}
	require.Equal(t, http.StatusNoContent, n.odata(http.MethodPatch, path,
		`{"ZMileage_KUT":null,"ZFirstUse_KUT":null,"ZUse_KUT":"","ZLeased_KUT":false}`).status)
	read := object(t, n.odata(http.MethodGet, path+"?$select=ZMileage_KUT,ZFirstUse_KUT,ZUse_KUT,ZLeased_KUT,ZVIN_KUT", ""))
	require.Equal(t, noDecimal, read["ZMileage_KUT"])
	require.Nil(t, read["ZFirstUse_KUT"])
	require.Equal(t, false, read["ZLeased_KUT"])
	require.Equal(t, http.StatusBadRequest, n.odata(http.MethodGet, path+"?$select=ZColour_KUT", "").status)

	ticket := object(t, n.odata(http.MethodPost, "ServiceRequestCollection", `{"Name":"Brakes","ZPlate_KUT":"沪A12345"}`))
	require.Equal(t, "沪A12345", ticket["ZPlate_KUT"])
	require.Contains(t, metadata(),
		`<Property Name="ZVIN_KUT" Type="Edm.String" Nullable="true" MaxLength="17" sap:creatable="true" sap:updatable="true"`)
	var tickets, customers []struct {
		Fields map[string]string `json:"fields"`
	}
	n.control(http.MethodGet, "tickets", "", &tickets)
	require.Equal(t, map[string]string{"ZPlate_KUT": "沪A12345"}, tickets[0].Fields)
	n.control(http.MethodGet, "customers", "", &customers)
	require.Equal(t, map[string]string{"ZVIN_KUT": "LSVAA49J132047811", "ZLeased_KUT": "false"}, customers[0].Fields)
}
