package c4c

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFurtherPropertiesAreWritten(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	created, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li", NickName: testOpenID})
	require.NoError(t, err)
	f.forget()
	more := Properties{"ZVIN_KUT": "LSVAA49J132047811", "ZFirstUse_KUT": Date("2020-05-17"), "ZMileage_KUT": "12.5",
		"ZLeased_KUT": true, "ZOld_KUT": nil, "LastName": "never"}
	require.NoError(t, c.UpdateCustomer(t.Context(), created.ObjectID, "",
		CustomerChange{LastName: new("Li"), More: more}))
	require.JSONEq(t, `{"LastName":"Li","ZVIN_KUT":"LSVAA49J132047811","ZFirstUse_KUT":"/Date(1589673600000)/",
		"ZMileage_KUT":"12.5","ZLeased_KUT":true,"ZOld_KUT":null}`, f.seen()[0].body)
	f.forget()
	require.NoError(t, c.UpdateCustomer(t.Context(), created.ObjectID, "", CustomerChange{More: Properties{"A_KUT": "1"}}))
	require.JSONEq(t, `{"A_KUT":"1"}`, f.seen()[0].body)
	require.Nil(t, Date("yesterday"))

	f.forget()
	f.answer(204, nil, "")
	require.NoError(t, c.ChangeTicket(t.Context(), someKey, "",
		TicketChange{Name: "Brakes", More: Properties{"A_KUT": "1"}}))
	require.JSONEq(t, `{"Name":"Brakes","A_KUT":"1"}`, f.seen()[0].body)
}

func TestFurtherPropertiesAreRead(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	f.answer(200, map[string]string{"Content-Type": "application/json"}, `{"d":{"results":[{"ObjectID":"`+someKey+
		`","CustomerID":"91","LastName":"Li","ZVIN_KUT":" LSVAA49J132047811 ","ZFirstUse_KUT":"/Date(1589673600000)/",
		"ZMileage_KUT":"12.50000000000000","ZCount_KUT":7,"ZLeased_KUT":true,"ZSold_KUT":false,"ZOld_KUT":null}]}}`)
	found, err := c.CustomerByID(t.Context(), "91", "ZVIN_KUT", "ZFirstUse_KUT", "ZMileage_KUT", "ZCount_KUT",
		"ZLeased_KUT", "ZSold_KUT", "ZOld_KUT", "ZUnshown_KUT")
	require.NoError(t, err)
	require.Equal(t, "Li", found.LastName)
	require.Equal(t, map[string]string{"ZVIN_KUT": "LSVAA49J132047811", "ZFirstUse_KUT": "2020-05-17",
		"ZMileage_KUT": "12.50000000000000", "ZCount_KUT": "7", "ZLeased_KUT": "true", "ZSold_KUT": "false", "ZOld_KUT": "",
	}, found.More)
	require.Contains(t, f.seen()[0].query, "ZVIN_KUT")
	f.forget()
	found, err = c.CustomerByID(t.Context(), "91")
	require.NoError(t, err)
	require.Nil(t, found.More)
	require.NotContains(t, f.seen()[0].query, "_KUT")
}

// TestRefusedValuesAreConcealed: C4C repeats what it refuses, and nobody may read that in an error.
func TestRefusedValuesAreConcealed(t *testing.T) {
	t.Parallel()
	more := Properties{"ZVIN_KUT": "LSVAA49J132047811", "ZPlate_KUT": "沪A12345", "ZUse_KUT": "99",
		"ZNote_KUT": "Li Lei 13800138000"}
	for text, want := range map[string]string{
		"Value 99 of property ZUse_KUT is not in its code list":     "Value … of property ZUse_KUT is not in its code list",
		"Property ZVIN_KUT: 'lsvaa49j132047811' is not valid (199)": "Property ZVIN_KUT: '…' is not valid (199)",
		"Value LSVAA49J13… is too long for ZVIN_KUT":                "Value …… is too long for ZVIN_KUT",
		"ZPlate_KUT does not take 沪A12345.":                         "ZPlate_KUT does not take ….",
		"Note of 13800138000 (Lei) is not possible":                 "Note of … (Lei) is not possible",
		"Enter a country/region":                                    "Enter a country/region",
	} {
		c, f := setup(t, SocialOData)
		f.answer(400, map[string]string{"Content-Type": "application/json", "sap-message": asciiJSON(text)},
			`{"error":{"code":"AP_ESI_COMMON:000","message":{"lang":"en","value":"Error"}}}`)
		err := c.ChangeTicket(t.Context(), someKey, "", TicketChange{More: more})
		requireClass(t, err, ErrRejected)
		refused, ok := errors.AsType[*ODataError](err)
		require.True(t, ok)
		require.Equal(t, want, refused.Message)
		for _, d := range refused.Details {
			for _, value := range []string{"LSVAA49J1320", "lsvaa49j1320", "沪A12345", "13800138000"} {
				require.NotContains(t, d.Message+d.Target, value)
			}
		}
	}
}

func TestPropertiesThatARefusalNames(t *testing.T) {
	t.Parallel()
	more := Properties{"ZVIN_KUT": "1", "ZPlate_KUT": "2"}
	for text, want := range map[string][]string{
		"Property ZVIN_KUT is invalid": {"ZVIN_KUT"}, "ZPlate_KUT/ZVIN_KUT": {"ZPlate_KUT", "ZVIN_KUT"},
		"Property ZVIN_KUTText is invalid": nil, "Enter a name": nil,
	} {
		require.Equal(t, want, more.Named(&ODataError{Message: text}), text)
	}
	require.Equal(t, []string{"ZVIN_KUT"}, more.Named(&ODataError{Details: []ODataDetail{{Target: "ZVIN_KUT"}}}))
	require.Nil(t, more.Named(errors.New("ZVIN_KUT")))
}
