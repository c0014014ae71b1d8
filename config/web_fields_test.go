package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// vehicle is the file that the documents show.
const vehicle = "../deploy/fields/vehicle.json"

func fieldsFile(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fields.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestFieldsOfAVehicle(t *testing.T) {
	t.Parallel()
	c, _, err := config.Load(twoAccounts("ACCOUNT_SHOP_WEB_FIELDS_FILE=" + vehicle))
	require.NoError(t, err)
	none, err := c.Web.OwnFields()
	require.NoError(t, err)
	require.Empty(t, none)
	fields, err := c.Others[0].Web.OwnFields()
	require.NoError(t, err)
	require.Len(t, fields.Ticket, 2)
	require.Len(t, fields.Customer, 1)
	vin := fields.Ticket[0]
	require.Equal(t, "ZVIN_KUT", vin.Property)
	require.Equal(t, config.Words{Chinese: "车架号", English: "VIN"}, vin.Label)
	for pattern, texts := range map[int]map[string]bool{
		0: {"LSVAA49J132047811": true, "LSVAA49J13204781": false, "LSVAA49J1320478111": false, "OSVAA49J132047811": false,
			"LSVAA49I132047811": false, "LSVAA49Q132047811": false},
		1: {"沪A12345": true, "粤BD12345": true, "京AF0236警": true, "沪A1234": false, "A12345": false, "沪AO1234": false},
	} {
		matcher, err := fields.Ticket[pattern].Matcher()
		require.NoError(t, err)
		for text, ok := range texts {
			require.Equal(t, ok, matcher.MatchString(text), text)
		}
	}
}

// TestWrongFields: each sentence names the field, what is wrong and what is right.
func TestWrongFields(t *testing.T) {
	t.Parallel()
	const label = `"label": {"zh": "车架号", "en": "VIN"}`
	field := func(rest string) string {
		return `{"ticket": [{"name": "vin", "property": "ZVIN_KUT", ` + label + `, ` + rest + `}]}`
	}
	for name, tt := range map[string]struct{ content, what string }{
		"no JSON":            {`ticket: vin`, `is not JSON of the form {"ticket": […], "customer": […]}`},
		"an unknown key":     {field(`"kind": "text", "colour": 1`), `unknown field "colour"`},
		"more than one":      {`{"ticket": []} {}`, "something comes after its end"},
		"no field":           {`{}`, "names no field: leave the setting empty, or name one under ticket or customer"},
		"no name":            {`{"customer": [{"property": "Z_KUT", "kind": "text", ` + label + `}]}`, "field number 1 of customer needs a name of up to 30 lower-case letters, digits and _, such as vin"},
		"a name twice":       {`{"ticket": [{"name": "vin", "property": "A_KUT", "kind": "text", ` + label + `}, {"name": "vin", "property": "B_KUT", "kind": "text", ` + label + `}]}`, "field ticket.vin is there twice"},
		"a property twice":   {`{"ticket": [{"name": "vin", "property": "A_KUT", "kind": "text", ` + label + `}, {"name": "plate", "property": "A_KUT", "kind": "text", ` + label + `}]}`, "field ticket.plate goes to A_KUT as another field does"},
		"no property":        {`{"ticket": [{"name": "vin", "kind": "text", ` + label + `}]}`, "field ticket.vin needs the OData property of C4C that it goes to, such as ZVIN_KUT"},
		"ours":               {`{"ticket": [{"name": "vin", "property": "Name", "kind": "text", ` + label + `}]}`, "field ticket.vin goes to Name, which the connector or C4C fills"},
		"ours of a customer": {`{"customer": [{"name": "vin", "property": "NickName", "kind": "text", ` + label + `}]}`, "field customer.vin goes to NickName, which the connector or C4C fills"},
		"no label":           {`{"ticket": [{"name": "vin", "property": "A_KUT", "kind": "text", "label": {"en": "VIN"}}]}`, "field ticket.vin needs a label in both languages"},
		"half a hint": {field(`"kind": "text", "hint": {"zh": "选填"}`),
			"field ticket.vin has a hint that is not one line"},
		"no kind":           {field(`"required": true`), `field ticket.vin has the kind "": it must be one of text, number, date, choice, yes_no`},
		"another kind":      {field(`"kind": "number", "pattern": "[0-9]", "options": []`), "field ticket.vin is of kind number and cannot have min_length, max_length, pattern, example and compact, which are for text"},
		"options of a text": {field(`"kind": "text", "options": []`), "cannot have options, which are for choice"},
		"limits of a text":  {field(`"kind": "text", "min": 1`), "cannot have min and max, which are for number and date"},
		"too long": {field(`"kind": "text", "max_length": 256`),
			"field ticket.vin needs 0 ≤ min_length ≤ max_length ≤ 255"},
		"lengths exchanged": {field(`"kind": "text", "min_length": 9, "max_length": 3`),
			"needs 0 ≤ min_length ≤ max_length"},
		"no pattern": {field(`"kind": "text", "pattern": "[A-Z", "example": "A"`), "field ticket.vin has a pattern that is no regular expression (RE2): missing closing ]"},
		"unbalanced": {field(`"kind": "text", "pattern": "a)|(b", "example": "a"`),
			"has a pattern that is no regular expression"},
		"no example": {field(`"kind": "text", "pattern": "[A-Z]"`), "field ticket.vin has a pattern and needs an example that matches it"},
		"an example that the page changes": {field(`"kind": "text", "pattern": "A  B", "example": "A  B"`),
			"field ticket.vin has an example that is not one line with single blanks"},
		"a pattern that no compact text matches": {field(`"kind": "text", "pattern": "[A-Z]-[0-9]", "example": "A-1", "compact": true`),
			"field ticket.vin is compact: the page brings every text into narrow capital letters"},
		"small letters":   {field(`"kind": "text", "pattern": "[a-z]", "example": "a", "compact": true`), "field ticket.vin is compact"},
		"wide letters":    {field(`"kind": "text", "pattern": "Ａ", "example": "Ａ", "compact": true`), "field ticket.vin is compact"},
		"a wrong example": {field(`"kind": "text", "pattern": "[A-Z]", "example": "7"`), "field ticket.vin has an example that its own pattern refuses"},
		"a long example":  {field(`"kind": "text", "max_length": 2, "example": "ABC"`), "has an example of 3 characters, which its own lengths refuse"},
		"no number": {field(`"kind": "number", "min": "few"`),
			"field ticket.vin has the limit few, which is no number"},
		"too exact":         {field(`"kind": "number", "max": 1.5`), "has the limit 1.5, which is no number of at most 15 digits with at most 0 decimals"},
		"decimals":          {field(`"kind": "number", "decimals": 7`), "field ticket.vin needs decimals between 0 and 6"},
		"numbers exchanged": {field(`"kind": "number", "min": 10, "max": 9`), "has a min above its max"},
		"no day":            {field(`"kind": "date", "min": "2026-02-30"`), "has the limit 2026-02-30, which is neither a day such as 2026-03-01 nor today"},
		"days exchanged":    {field(`"kind": "date", "min": "2026-03-01", "max": "2025-01-01"`), "has a min after its max"},
		"no options":        {field(`"kind": "choice"`), "field ticket.vin needs 1 to 200 options"},
		"no code":           {field(`"kind": "choice", "options": [{"label": {"zh": "是", "en": "Yes"}}]`), "has an option, number 1, without a code"},
		"a code twice":      {field(`"kind": "choice", "options": [{"code": "1", "label": {"zh": "是", "en": "A"}}, {"code": "1", "label": {"zh": "否", "en": "B"}}]`), "has the option 1 twice"},
		"no words":          {field(`"kind": "choice", "options": [{"code": "1", "label": {"zh": "是"}}]`), "has the option 1 without a label in both languages"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production("WEB_FIELDS_FILE=" + fieldsFile(t, tt.content)))
			require.ErrorContains(t, err, prefix+"WEB_FIELDS_FILE names a file that is not right: ")
			require.ErrorContains(t, err, tt.what)
			require.ErrorContains(t, err, "for example /etc/wechat-c4c/fields.json")
		})
	}
	_, _, err := config.Load(production("WEB_FIELDS_FILE=/nowhere/fields.json"))
	require.ErrorContains(t, err, "names a file that is not right: cannot be read: /nowhere/fields.json: no such file")
	many := strings.TrimSuffix(strings.Repeat(`{},`, config.MaxFields+1), ",")
	_, err = config.ParseWebFields([]byte(`{"ticket": [` + many + `]}`))
	require.ErrorContains(t, err, "has 21 fields under ticket: at most 20 fit a phone")
	_, _, err = config.Load(production("WEB_FIELDS_FILE=" + fieldsFile(t, strings.Repeat(" ", 1<<20+1))))
	require.ErrorContains(t, err, "is larger than 1 MB")
	_, _, err = config.Load(production("WEB_FIELDS_FILE=" + fieldsFile(t, `{"ticket": [{"name": "a"}, {"name": "b"}]}`)))
	var problems config.Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 6, "all at once: property, label and kind of two fields")
}

// TestFieldsAndConstants: what a new customer gets because C4C demands it, the form may replace but not erase.
// What the connector reads and writes of a ticket is no place for a field of the page.
func TestNoFieldGoesWhereTheConnectorWrites(t *testing.T) {
	t.Parallel()
	read, err := os.ReadFile("../c4c/ticket.go")
	require.NoError(t, err)
	_, entity, _ := strings.Cut(string(read), "\ntype ticketEntity struct {")
	entity, _, _ = strings.Cut(entity, "\n}\n")
	written, err := os.ReadFile("../c4c/ticket_change.go")
	require.NoError(t, err)
	found := append(regexp.MustCompile(`json:"(\w+)"`).FindAllStringSubmatch(entity, -1),
		regexp.MustCompile(`fields\["(\w+)"\]`).FindAllStringSubmatch(string(written), -1)...)
	require.Greater(t, len(found), 10)
	for _, property := range found {
		_, err := config.ParseWebFields([]byte(`{"ticket": [{"name": "a", "property": "` + property[1] + `"}]}`))
		require.ErrorContains(t, err, "goes to "+property[1]+", which the connector or C4C fills",
			"ticketProperties of web_field_check.go does not name %s", property[1])
	}
}

func TestFieldsAndConstants(t *testing.T) {
	t.Parallel()
	file := func(more string) string {
		return fieldsFile(t, `{"customer": [{"name": "plate", "property": "ZPlate_KUT", "kind": "text", `+
			`"label": {"zh": "车牌号", "en": "Plate"}`+more+`}]}`)
	}
	const constants = "C4C_CUSTOMER_FIELDS=ZPlate_KUT=unknown"
	_, _, err := config.Load(production("WEB_FIELDS_FILE="+file(`, "required": true`), constants))
	require.NoError(t, err)
	_, _, err = config.Load(production("WEB_FIELDS_FILE="+file(""), constants))
	require.ErrorContains(t, err,
		"WEB_FIELDS_FILE has the field customer.plate, which goes to ZPlate_KUT, and WECHAT_C4C_C4C_CUSTOMER_FIELDS fills that")
	require.ErrorContains(t, err, "make the field required, or take the property out of the other setting")
}

func TestCompareNumbers(t *testing.T) {
	t.Parallel()
	require.Negative(t, config.CompareNumbers("9", "10"))
	require.Positive(t, config.CompareNumbers("-1.5", "-1.51"))
	require.Zero(t, config.CompareNumbers("1.50", "1.5"))
}

// FuzzWebFields: whatever the file holds, it is refused in words or its fields can be used.
func FuzzWebFields(f *testing.F) {
	content, err := os.ReadFile(vehicle)
	require.NoError(f, err)
	f.Add(content)
	for _, seed := range []string{`{}`, `[]`, `{"ticket": null}`, `{"ticket": [{"name": "a", "kind": "choice", "options": [{}]}]}`,
		`{"customer": [{"name": "a", "property": "A_KUT", "kind": "number", "min": 1e9, "max": "12.5", "decimals": 2}]}`,
		`{"customer": [{"name": "a", "property": "A_KUT", "kind": "date", "min": "today"}]}`, `{"ticket": [{"pattern": "(?i)a)"}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		fields, err := config.ParseWebFields(content)
		if err != nil {
			problems, ok := errors.AsType[config.FieldProblems](err)
			require.True(t, ok)
			require.NotEmpty(t, problems)
			return
		}
		for _, field := range append(fields.Ticket, fields.Customer...) {
			require.NotEmpty(t, field.Property)
			require.NotEmpty(t, field.Label.Chinese)
			matcher, err := field.Matcher()
			require.NoError(t, err)
			if field.Pattern != "" {
				require.True(t, matcher.MatchString(field.Example))
			}
		}
	})
}
