package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestFieldsOfNewCustomers(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]map[string]any{
		"": {}, " , ": {},
		"CountryCode=CN, ZSource_KUT = We Chat ,ZConsent_KUT=true,ZNo=false": {"CountryCode": "CN", "ZSource_KUT": "We Chat",
			"ZConsent_KUT": true, "ZNo": false},
		"ZFormula=a=b": {"ZFormula": "a=b"},
	} {
		c, _, err := config.Load(production("C4C_CUSTOMER_FIELDS=" + list))
		require.NoError(t, err, list)
		got, err := c.C4C.NewCustomerFields()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for list, says := range map[string]string{
		"CountryCode": "property=value", "=CN": "property=value", "CountryCode=": "property=value",
		"Country Code=CN": "property=value",
		"A=1,A=2":         "holds A twice", "NickName=x": "must not hold NickName", "ObjectID=x": "must not hold ObjectID",
	} {
		_, _, err := config.Load(production("C4C_CUSTOMER_FIELDS=" + list))
		require.ErrorContains(t, err, says, list)
		require.ErrorContains(t, err, "C4C_CUSTOMER_FIELDS")
	}
}
