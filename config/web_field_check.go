package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Properties that the connector or C4C fills itself.
var (
	ticketProperties = []string{
		"ObjectID", "ID", "UUID", "Name", "ServiceIssueCategoryID", "ServiceRequestUserLifeCycleStatusCode",
		"ServiceRequestLifeCycleStatusCode", "BuyerPartyID", "BuyerMainContactPartyID", "CreationDateTime",
		"LastChangeDateTime", "RequestFinisheddatetimeContent", "RequestAssignmentStatusCode",
	}
	customerProperties = append(slices.Clone(ownFields), "RoleCode", "LifeCycleStatusCode", "FirstName", "Mobile", "Phone",
		"Email", "Street", "City", "StreetPostalCode")
)

func checkFields(form string, fields []WebField, taken []string) FieldProblems {
	var problems FieldProblems
	if len(fields) > MaxFields {
		problems = append(problems,
			fmt.Sprintf("has %d fields under %s: at most %d fit a phone", len(fields), form, MaxFields))
	}
	names, properties := map[string]bool{}, map[string]bool{}
	for i := range fields {
		f := &fields[i]
		c := fieldCheck{field: f, title: fmt.Sprintf("%s.%s", form, f.Name)}
		if !fieldNameForm.MatchString(f.Name) {
			c.title = fmt.Sprintf("number %d of %s", i+1, form)
			c.say("needs a name of up to 30 lower-case letters, digits and _, such as vin")
		} else if names[f.Name] {
			c.say("is there twice: give one of them another name")
		}
		switch {
		case !propertyForm.MatchString(f.Property):
			c.say("needs the OData property of C4C that it goes to, such as ZVIN_KUT")
		case slices.Contains(taken, f.Property):
			c.say("goes to %s, which the connector or C4C fills: name another property, such as ZVIN_KUT", f.Property)
		case properties[f.Property]:
			c.say("goes to %s as another field does: each needs a property of its own", f.Property)
		}
		names[f.Name], properties[f.Property] = true, true
		c.words()
		c.kind()
		problems = append(problems, c.problems...)
	}
	return problems
}

var fieldNameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`)

// fieldCheck collects what is wrong with one field.
type fieldCheck struct {
	field    *WebField
	title    string
	problems FieldProblems
}

func (c *fieldCheck) say(format string, args ...any) {
	c.problems = append(c.problems, "field "+c.title+" "+fmt.Sprintf(format, args...))
}

func (c *fieldCheck) words() {
	f := c.field
	if !shortLine(f.Label.Chinese, maxLabel) || !shortLine(f.Label.English, maxLabel) {
		c.say(`needs a label in both languages, one line of at most %d characters, such as {"zh": "车架号", "en": "VIN"}`,
			maxLabel)
	}
	if f.Hint != nil && (!shortLine(f.Hint.Chinese, maxHint) || !shortLine(f.Hint.English, maxHint)) {
		c.say("has a hint that is not one line of at most %d characters in both languages, under zh and en", maxHint)
	}
}

// shortLine reports whether a text is one line with something to see.
func shortLine(text string, most int) bool {
	return strings.TrimSpace(text) != "" && utf8.RuneCountInString(text) <= most &&
		!strings.ContainsFunc(text, unicode.IsControl)
}

// kind checks what only some kinds have.
func (c *fieldCheck) kind() {
	f := c.field
	checks := map[string]func(){FieldText: c.text, FieldNumber: c.number, FieldDate: c.date, FieldChoice: c.choice,
		FieldYesNo: func() {}}
	check := checks[f.Kind]
	if check == nil {
		c.say("has the kind %q: it must be one of text, number, date, choice, yes_no", f.Kind)
		return
	}
	for _, only := range []struct {
		kinds string
		set   bool
		names string
	}{
		{"text", f.MinLength != 0 || f.MaxLength != 0 || f.Pattern != "" || f.Example != "" || f.Compact,
			"min_length, max_length, pattern, example and compact"},
		{"number date", f.Min != "" || f.Max != "", "min and max"},
		{"number", f.Decimals != 0, "decimals"},
		{"choice", f.Options != nil, "options"},
	} {
		if only.set && !slices.Contains(strings.Fields(only.kinds), f.Kind) {
			c.say("is of kind %s and cannot have %s, which are for %s", f.Kind, only.names,
				strings.Join(strings.Fields(only.kinds), " and "))
		}
	}
	check()
}

func (c *fieldCheck) text() {
	f := c.field
	if f.MaxLength == 0 {
		f.MaxLength = MaxFieldLength
	}
	if f.MinLength < 0 || f.MaxLength > MaxFieldLength || f.MinLength > f.MaxLength {
		c.say("needs 0 ≤ min_length ≤ max_length ≤ %d, in characters", MaxFieldLength)
	}
	if len(f.Pattern) > maxPattern {
		c.say("has a pattern of more than %d bytes", maxPattern)
		return
	}
	pattern, err := f.Matcher()
	if err != nil {
		c.say("has a pattern that is no regular expression (RE2): %s", strings.TrimPrefix(err.Error(),
			"error parsing regexp: "))
		return
	}
	length := utf8.RuneCountInString(f.Example)
	switch {
	case f.Pattern != "" && f.Example == "":
		c.say("has a pattern and needs an example that matches it: followers read it when their text does not")
	case f.Example == "":
	case strings.Join(strings.Fields(f.Example), " ") != f.Example:
		c.say("has an example that is not one line with single blanks, into which the page brings every text")
	case f.Compact && strings.ContainsFunc(f.Example, inNoCompact):
		c.say("is compact: the page brings every text into narrow capital letters without blanks, hyphens and dots, so its pattern and example must be written so, too")
	case !pattern.MatchString(f.Example):
		c.say("has an example that its own pattern refuses: correct one of them")
	case length < f.MinLength || length > f.MaxLength:
		c.say("has an example of %d characters, which its own lengths refuse", length)
	}
}

// inNoCompact reports whether the page replaces or removes a character of a compact text.
func inNoCompact(r rune) bool {
	return unicode.ToUpper(r) != r || unicode.IsSpace(r) || strings.ContainsRune("-.·•・‐‑–—−", r) || r >= '！' && r <= '～'
}

var (
	numberForm  = regexp.MustCompile(`^-?[0-9]{1,15}(?:\.[0-9]{1,6})?$`)
	decimalForm = regexp.MustCompile(`^[^.]*(?:\.([0-9]*))?$`)
)

func (c *fieldCheck) number() {
	f := c.field
	if f.Decimals < 0 || f.Decimals > maxDecimals {
		c.say("needs decimals between 0 and %d", maxDecimals)
	}
	for _, limit := range []Limit{f.Min, f.Max} {
		if limit != "" && (!numberForm.MatchString(string(limit)) ||
			len(decimalForm.FindStringSubmatch(string(limit))[1]) > max(0, f.Decimals)) {
			c.say("has the limit %s, which is no number of at most %d digits with at most %d decimals", limit, maxDigits,
				max(0, f.Decimals))
			return
		}
	}
	if f.Min != "" && f.Max != "" && CompareNumbers(string(f.Min), string(f.Max)) > 0 {
		c.say("has a min above its max: exchange them")
	}
}

func (c *fieldCheck) date() {
	f := c.field
	for _, limit := range []Limit{f.Min, f.Max} {
		if _, err := time.Parse(time.DateOnly, string(limit)); limit != "" && limit != Today && err != nil {
			c.say("has the limit %s, which is neither a day such as 2026-03-01 nor today", limit)
			return
		}
	}
	if f.Min != "" && f.Max != "" && f.Min != Today && f.Max != Today && f.Min > f.Max {
		c.say("has a min after its max: exchange them")
	}
}

func (c *fieldCheck) choice() {
	options := c.field.Options
	if len(options) == 0 || len(options) > maxOptions {
		c.say(`needs 1 to %d options, such as {"code": "10", "label": {"zh": "保养", "en": "Service"}}`, maxOptions)
	}
	codes := map[string]bool{}
	for i, o := range options {
		switch {
		case !shortLine(o.Code, maxCode) || o.Code != strings.TrimSpace(o.Code):
			c.say("has an option, number %d, without a code of C4C of up to %d characters", i+1, maxCode)
		case codes[o.Code]:
			c.say("has the option %s twice", o.Code)
		case !shortLine(o.Label.Chinese, maxLabel) || !shortLine(o.Label.English, maxLabel):
			c.say("has the option %s without a label in both languages, such as {\"zh\": \"保养\", \"en\": \"Service\"}", o.Code)
		}
		codes[o.Code] = true
	}
}

func (k *checker) webFields() {
	fields, err := k.config.Web.OwnFields()
	problems, _ := errors.AsType[FieldProblems](err)
	for _, problem := range problems {
		k.require(false, "WEB_FIELDS_FILE", "names a file that is not right: "+problem)
	}
	constants, _ := k.config.C4C.NewCustomerFields() // has its own sentence
	for _, f := range fields.Customer {
		_, constant := constants[f.Property]
		k.require(!constant || f.Required, "WEB_FIELDS_FILE", fmt.Sprintf(
			"has the field customer.%s, which goes to %s, and %sC4C_CUSTOMER_FIELDS fills that for a new customer because C4C demands it: make the field required, or take the property out of the other setting",
			f.Name, f.Property, Prefix))
	}
}
