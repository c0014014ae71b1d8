package c4c

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCustomer(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	created, err := c.CreateCustomer(t.Context(), NewCustomer{
		FirstName: "雷", LastName: "李", NickName: testOpenID, Mobile: "+86 152 0000 0000", Email: "li@example.com",
		City: "上海", CountryCode: "CN", LanguageCode: "zh",
	})
	require.NoError(t, err)
	require.Len(t, f.seen(), 1)
	require.NotEmpty(t, created.ID)
	require.Equal(t, dashed(created.ObjectID), created.UUID)
	require.NotEmpty(t, created.ETag)
	require.Equal(t, RoleCustomer, created.RoleCode)
	require.Equal(t, "ZH", f.rows(customerSet)[0]["LanguageCode"])
	require.NotContains(t, f.seen()[0].body, "Phone", "empty fields are not sent")

	found, err := c.FindCustomer(t.Context(), testOpenID)
	require.NoError(t, err)
	require.Equal(t, created, found)
	byID, err := c.CustomerByID(t.Context(), created.ID)
	require.NoError(t, err)
	require.Equal(t, created, byID)
	_, err = c.FindCustomer(t.Context(), "nobody")
	requireClass(t, err, ErrNotFound)
	requireRedacted(t, err, "nobody")
}

func TestCustomerLengths(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	long := strings.Repeat("龙", 300)
	_, err := c.CreateCustomer(t.Context(), NewCustomer{
		FirstName: long, LastName: long, NickName: long, Mobile: long, Phone: long, Email: long, Street: long, City: long,
		PostalCode: long, CountryCode: long, LanguageCode: long, RoleCode: "BUP002",
	})
	require.NoError(t, err)
	sent := map[string]string{}
	require.NoError(t, json.Unmarshal([]byte(f.seen()[0].body), &sent))
	for name, length := range map[string]int{
		"FirstName": 40, "LastName": 40, "NickName": 40, "Mobile": 40, "Phone": 40, "Email": 255, "Street": 60, "City": 40,
		"StreetPostalCode": 10, "CountryCode": 3, "LanguageCode": 2, "RoleCode": 6,
	} {
		require.Equal(t, length, units(sent[name]), name)
	}
	_, err = c.CreateCustomer(t.Context(), NewCustomer{FirstName: "Lei", LastName: " \x01"})
	requireClass(t, err, ErrRejected)
	require.Len(t, f.seen(), 1)
}

func TestFindCustomerAmongSeveral(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		rows []row
		want string
	}{
		{"oldest", []row{{"CustomerID": "1002"}, {"CustomerID": "999"}, {"CustomerID": "1001"}}, "999"},
		{"not the obsolete one", []row{{"CustomerID": "1", "LifeCycleStatusCode": "4"},
			{"CustomerID": "2", "LifeCycleStatusCode": "2"}}, "2"},
		{"order does not matter", []row{{"CustomerID": "2", "LifeCycleStatusCode": "2"},
			{"CustomerID": "1", "LifeCycleStatusCode": "4"}}, "2"},
		{"obsolete before none", []row{{"CustomerID": "1", "LifeCycleStatusCode": "4"}}, "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			for _, r := range test.rows {
				r["NickName"] = testOpenID
				f.add(customerSet, r)
			}
			found, err := c.FindCustomer(t.Context(), testOpenID)
			require.NoError(t, err)
			require.Equal(t, test.want, found.ID)
		})
	}
}

func TestFilterQuoting(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.add(customerSet, row{"CustomerID": "1", "NickName": "O'Neill & Söhne + 100%"})
	f.add(customerSet, row{"CustomerID": "2", "NickName": "x' or CustomerID eq '1"})
	found, err := c.FindCustomer(t.Context(), "O'Neill & Söhne + 100%")
	require.NoError(t, err)
	require.Equal(t, "1", found.ID)
	require.Contains(t, f.seen()[0].query, "$filter=NickName%20eq%20%27O%27%27Neill%20%26%20S%C3%B6hne%20%2B%20100%25%27")
	found, err = c.FindCustomer(t.Context(), "x' or CustomerID eq '1")
	require.NoError(t, err)
	require.Equal(t, "2", found.ID)
	f.forget()
	for _, nick := range []string{"*", "o*", ""} {
		_, err = c.FindCustomer(t.Context(), nick)
		var refused *ArgumentError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "NickName", refused.Field)
	}
	require.Empty(t, f.seen())
}

func TestUpdateCustomer(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	created, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Placeholder", Phone: "1", NickName: testOpenID})
	require.NoError(t, err)
	f.forget()
	change := CustomerChange{LastName: new(strings.Repeat("李", 41)), Phone: new("")}
	require.NoError(t, c.UpdateCustomer(t.Context(), strings.ToLower(created.UUID), created.ETag, change))
	require.Contains(t, f.seen()[0].path, "('"+created.ObjectID+"')", "the key in upper case, without dashes")
	require.Equal(t, created.ETag, f.seen()[0].header.Get("If-Match"))
	require.JSONEq(t, `{"LastName":"`+strings.Repeat("李", 40)+`","Phone":""}`, f.seen()[0].body)
	require.Len(t, []rune(*change.LastName), 41, "the caller's value stays as it is")

	err = c.UpdateCustomer(t.Context(), created.ObjectID, `W/"datetimeoffset'2015-02-03T21%3A07%3A03.5328420Z'"`, change)
	requireClass(t, err, ErrConflict)
	requireClass(t, c.UpdateCustomer(t.Context(), "00163E0000001ED7FFFF000000000009", "", change), ErrNotFound)
	f.forget()
	require.NoError(t, c.UpdateCustomer(t.Context(), created.ObjectID, "", CustomerChange{}))
	for _, key := range []string{"", "1')/x", "zz", strings.Repeat("A", 71)} {
		requireClass(t, c.UpdateCustomer(t.Context(), key, "", change), ErrRejected)
	}
	requireClass(t, c.UpdateCustomer(t.Context(), created.ObjectID, "", CustomerChange{LastName: new(" ")}), ErrRejected)
	require.Empty(t, f.seen(), "nothing was sent")
}

func TestProfilesOfCustomer(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		none, err := c.ProfilesOfCustomer(t.Context(), "1000123")
		require.NoError(t, err)
		require.Empty(t, none)
		p := newProfile(t, c, testOpenID)
		newProfile(t, c, "other")
		require.NoError(t, c.Social().BindProfile(t.Context(), requestID("bind"), p, Customer{ID: "1000123"}))
		f.forget()
		found, err := c.ProfilesOfCustomer(t.Context(), "1000123")
		require.NoError(t, err)
		p.CustomerID = "1000123"
		require.Equal(t, []Profile{p}, found)
		require.Len(t, f.seen(), 2)
		_, err = c.ProfilesOfCustomer(t.Context(), "*")
		requireClass(t, err, ErrRejected)
	}
}

// TestFieldsOfTheTenant: a new customer has the fields that the tenant makes mandatory.
func TestFieldsOfTheTenant(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData, func(o *Options) {
		o.CustomerFields = map[string]any{"CountryCode": "CN", "ZSource_KUT": "WeChat", "ZConsent_KUT": true,
			"LastName": "never"}
	})
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li", NickName: testOpenID})
	require.NoError(t, err)
	seen := f.seen()
	require.JSONEq(t, `{"RoleCode":"CRM000","LastName":"Li","NickName":"`+testOpenID+
		`","CountryCode":"CN","ZSource_KUT":"WeChat","ZConsent_KUT":true}`, seen[len(seen)-1].body)
}

// TestMissingFieldInThreeLanguages: if a customer lacks a mandatory field, C4C's refusal is recognised by its status,
// whatever its words, and its line names the field.
func TestMissingFieldInThreeLanguages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Enter a country/region", "Field Processed By is mandatory",
		"Geben Sie ein Land ein", "Pflichtfeld „Bearbeitet von“ ist nicht gefüllt", "Feld Sitzung ist ein Pflichtfeld",
		"请输入国家/地区", "必填字段“处理人”为空", "請輸入國家/地區",
	} {
		c, f := setup(t, SocialOData)
		f.answer(400, map[string]string{"Content-Type": "application/json", "sap-message": asciiJSON(text)},
			`{"error":{"code":"AP_ESI_COMMON:000","message":{"lang":"de","value":"Error"}}}`)
		_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
		requireClass(t, err, ErrRejected)
		var refused *ODataError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, text, refused.Message)
		require.Equal(t, "ABSL:1", refused.Code)
	}
}

// asciiJSON is the header sap-message with one line, as C4C writes it.
func asciiJSON(line string) string {
	return `{"code":"ODATA_ERROR","message":"","severity":"error","details":[{"severity":"info","code":"A:1",` +
		`"message":"Account was determined"},{"severity":"error","code":"ABSL:1","message":` +
		strconv.QuoteToASCII(line) + `}]}`
}
