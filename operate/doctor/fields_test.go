package doctor

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

const metadataOfATenant = `<?xml version="1.0"?><edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
 xmlns:sap="http://www.sap.com/Protocols/SAPData"><edmx:DataServices><Schema Namespace="c4codata">
<EntityType Name="ServiceRequest"><Key><PropertyRef Name="ObjectID"/></Key>
<Property Name="ZVIN_KUT" Type="Edm.String" MaxLength="17" sap:creatable="true" sap:updatable="true"/>
<Property Name="ZRead_KUT" Type="Edm.String" sap:creatable="false" sap:updatable="false"/>
<Property Name="ZMileage_KUT" Type="Edm.Decimal" Precision="31" Scale="2" sap:creatable="true" sap:updatable="true"/></EntityType>
<ComplexType Name="Other"><Property Name="ZPlate_KUT" Type="Edm.String"/></ComplexType>
<EntityType Name="IndividualCustomer"><Property Name="ZSince_KUT" Type="Edm.DateTime" sap:creatable="true" sap:updatable="true"/>
<Property Name="ZLeased_KUT" Type="Edm.Boolean" sap:creatable="true" sap:updatable="true"/></EntityType>
</Schema></edmx:DataServices></edmx:Edmx>`

// examineFields compares fields with a tenant that answers $metadata with a status and a body.
func examineFields(t *testing.T, status int, body string, fields ...OwnField) Finding {
	t.Helper()
	server := httptest.NewServer(&tenantServer{override: func(w http.ResponseWriter, r *http.Request, set string) bool {
		if set != "$metadata" {
			return false
		}
		if r.Header.Get("Accept") != "application/xml" {
			w.WriteHeader(http.StatusNotAcceptable)
			return true
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}})
	t.Cleanup(server.Close)
	client, err := c4c.New(c4c.Options{BaseURL: server.URL, User: "wechat", Password: tenantPassword, ChannelID: "WECHAT",
		ChannelCode: "008", Social: c4c.SocialOData})
	require.NoError(t, err)
	report := Examine(t.Context(), C4C(C4COptions{
		Client: client, ChannelID: "WECHAT", Fields: fields,
		Reader: &Reader{BaseURL: server.URL + "/", Authorize: client.Authorize},
	}), 5*time.Second, nil)
	require.Contains(t, findings(report.In(wording.Chinese)), "fields of the page")
	return findings(report)["fields of the page"]
}

func TestFieldsAreComparedWithMetadata(t *testing.T) {
	t.Parallel()
	ticket := func(property, kind string, length int) OwnField {
		return OwnField{Entity: "ServiceRequest", Name: "vin", Property: property, Kind: kind, MaxLength: length}
	}
	good := []OwnField{
		ticket("ZVIN_KUT", activities.OwnText, 17), {Entity: "ServiceRequest", Name: "km", Property: "ZMileage_KUT",
			Kind: activities.OwnNumber, Decimals: 2},
		{Entity: "IndividualCustomer", Name: "since", Property: "ZSince_KUT", Kind: activities.OwnDate},
		{Entity: "IndividualCustomer", Name: "leased", Property: "ZLeased_KUT", Kind: activities.OwnYesNo},
	}
	require.Equal(t, Finding{System: SystemC4C, Check: "fields of the page", Verdict: OK,
		Detail: "all 4 are properties of C4C"}, shown(examineFields(t, http.StatusOK, metadataOfATenant, good...)))
	for what, field := range map[string]OwnField{
		"ServiceRequest has no property ZPlate_KUT (field vin).": ticket("ZPlate_KUT",
			activities.OwnText, 10),
		"ServiceRequest has no property ZSince_KUT (field vin).": ticket("ZSince_KUT",
			activities.OwnDate, 0),
		"ZMileage_KUT of ServiceRequest is Edm.Decimal, and field vin needs Edm.String": ticket("ZMileage_KUT",
			activities.OwnText, 10),
		"ZVIN_KUT of ServiceRequest is Edm.String, and field vin needs Edm.Boolean": ticket("ZVIN_KUT",
			activities.OwnYesNo, 0),
		"ZRead_KUT of ServiceRequest cannot be changed over OData (field vin).": ticket("ZRead_KUT",
			activities.OwnChoice, 3),
		"ZVIN_KUT of ServiceRequest takes 17 characters, and field vin allows 255.": ticket("ZVIN_KUT",
			activities.OwnText, 255),
		"ZMileage_KUT of ServiceRequest takes 2 decimals, and field vin allows 3.": {Entity: "ServiceRequest", Name: "vin",
			Property: "ZMileage_KUT", Kind: activities.OwnNumber, Decimals: 3},
	} {
		finding := examineFields(t, http.StatusOK, metadataOfATenant, append(good, field)...)
		require.Equal(t, Fail, finding.Verdict, what)
		require.Contains(t, finding.Detail, what)
		require.Contains(t, finding.Remedy, "WECHAT_C4C_WEB_FIELDS_FILE")
	}
	both := examineFields(t, http.StatusOK, metadataOfATenant, ticket("ZA_KUT", activities.OwnText, 1),
		ticket("ZB_KUT", activities.OwnText, 1))
	require.Contains(t, both.Detail, "ZA_KUT (field vin). ServiceRequest has no property ZB_KUT")
}

func TestMetadataThatCannotBeRead(t *testing.T) {
	t.Parallel()
	field := OwnField{Entity: "ServiceRequest", Name: "vin", Property: "ZVIN_KUT", Kind: activities.OwnText, MaxLength: 17}
	for _, tt := range []struct {
		status int
		body   string
	}{
		{http.StatusOK, ""}, {http.StatusOK, "<html>maintenance"}, {http.StatusOK, "{}"}, {http.StatusForbidden, ""},
		{http.StatusOK, metadataOfATenant[:len(metadataOfATenant)/2]}, {http.StatusServiceUnavailable, ""},
		{http.StatusOK, strings.Replace(metadataOfATenant, "EntityType", "Entity", -1)},
	} {
		finding := examineFields(t, tt.status, tt.body, field)
		require.NotEqual(t, OK, finding.Verdict, tt.body)
		require.NotEmpty(t, finding.Remedy)
	}
}
