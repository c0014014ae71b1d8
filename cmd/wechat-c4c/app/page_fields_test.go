package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
)

// Each part of a field in the file reaches the page, and what C4C has to know of it the doctor.
func TestFieldsOfTheFileReachThePage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fields.json")
	require.NoError(t, os.WriteFile(path, []byte(`{
		"ticket": [
			{"name": "vin", "property": "ZVIN_KUT", "kind": "text", "label": {"zh": "车架号", "en": "VIN"}, "required": true,
			 "hint": {"zh": "十七位", "en": "17 characters"}, "min_length": 2, "max_length": 17, "pattern": "[A-Z]+",
			 "example": "AB", "compact": true},
			{"name": "km", "property": "ZMileage_KUT", "kind": "number", "label": {"zh": "里程", "en": "Mileage"}, "min": 0,
			 "max": "9.5", "decimals": 1},
			{"name": "day", "property": "ZDay_KUT", "kind": "date", "label": {"zh": "日期", "en": "Day"}, "max": "today"}],
		"customer": [
			{"name": "use", "property": "ZUse_KUT", "kind": "choice", "label": {"zh": "用途", "en": "Use"}, "required": true,
			 "options": [{"code": "101", "label": {"zh": "自用", "en": "Private"}}]},
			{"name": "leased", "property": "ZLeased_KUT", "kind": "yes_no", "label": {"zh": "租赁", "en": "Leased"},
			 "required": true}]}`), 0o600))
	cfg := config.Development()
	cfg.Web.FieldsFile, cfg.C4C.CustomerFields = path, "ZUse_KUT=101,ZLeased_KUT=true"
	require.NoError(t, cfg.Check())
	ticket, customer, err := ownFields(cfg)
	require.NoError(t, err)
	both := func(chinese, english string) map[catalogue.Language]string {
		return map[catalogue.Language]string{catalogue.Chinese: chinese, catalogue.English: english}
	}
	require.Equal(t, `^(?:[A-Z]+)$`, ticket[0].Pattern.String())
	ticket[0].Pattern = nil
	require.Equal(t, []web.OwnField{
		{Name: "vin", Property: "ZVIN_KUT", Kind: activities.OwnText, Label: both("车架号", "VIN"), Required: true,
			Hint: both("十七位", "17 characters"), MinLength: 2, MaxLength: 17, Example: "AB", Compact: true},
		{Name: "km", Property: "ZMileage_KUT", Kind: activities.OwnNumber, Label: both("里程", "Mileage"), Min: "0", Max: "9.5",
			Decimals: 1},
		{Name: "day", Property: "ZDay_KUT", Kind: activities.OwnDate, Label: both("日期", "Day"), Max: "today"},
	}, ticket)
	require.Equal(t, []web.OwnField{
		{Name: "use", Property: "ZUse_KUT", Kind: activities.OwnChoice, Label: both("用途", "Use"), Required: true,
			Constant: "101", Options: []web.OwnOption{{Code: "101", Label: both("自用", "Private")}}},
		{Name: "leased", Property: "ZLeased_KUT", Kind: activities.OwnYesNo, Label: both("租赁", "Leased"), Required: true,
			Constant: "true"},
	}, customer)
	require.ElementsMatch(t, []doctor.OwnField{
		{Entity: "ServiceRequest", Name: "vin", Property: "ZVIN_KUT", Kind: activities.OwnText, MaxLength: 17},
		{Entity: "ServiceRequest", Name: "km", Property: "ZMileage_KUT", Kind: activities.OwnNumber, Decimals: 1},
		{Entity: "ServiceRequest", Name: "day", Property: "ZDay_KUT", Kind: activities.OwnDate},
		{Entity: "IndividualCustomer", Name: "use", Property: "ZUse_KUT", Kind: activities.OwnChoice, MaxLength: 3},
		{Entity: "IndividualCustomer", Name: "leased", Property: "ZLeased_KUT", Kind: activities.OwnYesNo},
	}, fieldChecks(cfg))
	for kind, same := range map[string]string{
		config.FieldText: activities.OwnText, config.FieldNumber: activities.OwnNumber,
		config.FieldDate: activities.OwnDate, config.FieldChoice: activities.OwnChoice,
		config.FieldYesNo: activities.OwnYesNo,
	} {
		require.Equal(t, same, kind)
	}
	cfg.Web.FieldsFile = ""
	ticket, customer, err = ownFields(cfg)
	require.NoError(t, err)
	require.Empty(t, append(ticket, customer...))
	require.Empty(t, fieldChecks(cfg))
}
