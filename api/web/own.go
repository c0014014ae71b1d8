package web

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// OwnField is a field that the tenant has added to a form. What does not belong to its kind is zero.
type OwnField struct {
	Name     string // in the form after "field_"
	Property string // OData property of C4C
	Kind     string // workflows.OwnText, …
	Label    map[catalogue.Language]string
	Hint     map[catalogue.Language]string // in the empty field; may be empty
	Required bool
	// Constant is what a new customer has before the follower registers; empty: nothing.
	Constant string

	MinLength, MaxLength int            // of a text, in characters
	Pattern              *regexp.Regexp // of a whole text; nil: any
	Example              string         // a text that matches
	Compact              bool           // narrow capital letters, without blanks, hyphens and dots

	Min, Max string // of a number, or a day: 2026-03-01 or today; empty: none
	Decimals int    // most digits after a number's point

	Options []OwnOption // of a choice
}

// OwnOption is one option of a choice.
type OwnOption struct {
	Code  string
	Label map[catalogue.Language]string
}

const (
	ownPrefix = "field_"
	today     = "today"
	yes, no   = "true", "false"
)

func (f OwnField) formName() string { return ownPrefix + f.Name }

// fieldView is a field as a form shows it.
type fieldView struct {
	OwnField
	FormName    string
	First, Last string // days between which a date lies; may be empty
	Value       string
	Bad         *fault
}

// own are a form's fields with what the follower entered, or what C4C has, by form name.
func (s *Site) own(fields []OwnField, values map[string]string, bad map[string]*fault) []fieldView {
	views := make([]fieldView, 0, len(fields))
	for _, f := range fields {
		view := fieldView{OwnField: f, FormName: f.formName(), Value: values[f.formName()], Bad: bad[f.formName()]}
		if f.Kind == workflows.OwnDate {
			view.First, view.Last = s.day(f.Min), s.day(f.Max)
		}
		views = append(views, view)
	}
	return views
}

// day is a day as it is written, with today's date for today.
func (s *Site) day(limit string) string {
	if limit == today {
		return s.Now().In(s.Zone).Format(time.DateOnly)
	}
	return limit
}

// readOwn reads a form's own fields and records its errors. Those that the form does not have are missing from the
// result, and so are empty ones that keep says stay as they are.
func (s *Site) readOwn(f *form, fields []OwnField, keep bool) []workflows.OwnField {
	var read []workflows.OwnField
	for _, field := range fields {
		name := field.formName()
		given := f.get(name)
		if given == "" {
			if field.Required {
				f.fail(name, "web_bad_required")
			} else if f.values.Has(name) && !keep {
				read = append(read, workflows.OwnField{Property: field.Property, Kind: field.Kind})
			}
			continue
		}
		value, bad := field.read(given, s.day)
		if bad != nil {
			f.fail(name, bad.Key, bad.Args...)
			continue
		}
		read = append(read, workflows.OwnField{Property: field.Property, Kind: field.Kind, Value: value})
	}
	return read
}

// filled are the fields with a value.
func filled(fields []workflows.OwnField) []workflows.OwnField {
	return slices.DeleteFunc(fields, func(f workflows.OwnField) bool { return f.Value == "" })
}

// read checks what a follower entered and brings it into the form of its kind. The value is not empty.
func (f OwnField) read(given string, day func(string) string) (string, *fault) {
	switch f.Kind {
	case workflows.OwnNumber:
		return f.readNumber(given)
	case workflows.OwnDate:
		return f.readDate(given, day)
	case workflows.OwnChoice:
		if slices.ContainsFunc(f.Options, func(o OwnOption) bool { return o.Code == given }) {
			return given, nil
		}
		return "", &fault{Key: "web_bad_choice"}
	case workflows.OwnYesNo:
		if given == yes || given == no {
			return given, nil
		}
		return "", &fault{Key: "web_bad_choice"}
	}
	return f.readText(given)
}

func (f OwnField) readText(given string) (string, *fault) {
	text := oneLine(strings.Map(printable, given))
	if f.Compact {
		text = compact(text)
	}
	switch n := runes(text); {
	case n == 0:
		return "", &fault{Key: "web_bad_required"}
	case f.MaxLength > 0 && n > f.MaxLength:
		return "", &fault{Key: "web_bad_long", Args: []any{"max", f.MaxLength}}
	case f.Pattern != nil && !f.Pattern.MatchString(text):
		return "", &fault{Key: "web_bad_pattern", Args: []any{"example", f.Example}}
	case n < f.MinLength:
		return "", &fault{Key: "web_bad_short", Args: []any{"min", f.MinLength}}
	}
	return text, nil
}

// printable drops what nobody sees and C4C's XML does not take.
func printable(r rune) rune {
	if r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}

// compact returns a number as it is written on a plate: phones write it in many ways.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if r = narrow(r); unicode.IsSpace(r) || strings.ContainsRune("-.·•・", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}

var (
	ownNumber = regexp.MustCompile(`^-?([0-9]{1,15})(?:\.([0-9]{1,15}))?$`)
	grouped   = regexp.MustCompile(`^-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$`)
)

func (f OwnField) readNumber(given string) (string, *fault) {
	text := strings.ReplaceAll(strings.TrimSpace(strings.Map(narrow, given)), " ", "")
	if grouped.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	parts := ownNumber.FindStringSubmatch(text)
	if parts == nil {
		return "", &fault{Key: "web_bad_number"}
	}
	decimals := len(strings.TrimRight(parts[2], "0"))
	if decimals > f.Decimals {
		if f.Decimals == 0 {
			return "", &fault{Key: "web_bad_whole"}
		}
		return "", &fault{Key: "web_bad_decimals", Args: []any{"decimals", f.Decimals}}
	}
	switch {
	case f.Min != "" && compare(text, f.Min) < 0:
		return "", &fault{Key: "web_bad_min", Args: []any{"min", f.Min}}
	case f.Max != "" && compare(text, f.Max) > 0:
		return "", &fault{Key: "web_bad_max", Args: []any{"max", f.Max}}
	}
	number, _ := new(big.Rat).SetString(text) // it has the form of one
	return number.FloatString(decimals), nil  // exact, without zeros that mean nothing
}

// compare compares two numbers exactly.
func compare(one, other string) int {
	a, _ := new(big.Rat).SetString(one)
	b, _ := new(big.Rat).SetString(other)
	if a == nil || b == nil {
		return 0
	}
	return a.Cmp(b)
}

// dayForms are the ways in which people write a day where a browser shows no calendar.
var dayForms = []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2006年1月2日"}

func (f OwnField) readDate(given string, day func(string) string) (string, *fault) {
	text := strings.ReplaceAll(strings.Map(narrow, given), " ", "")
	for _, form := range dayForms {
		at, err := time.Parse(form, text)
		if err != nil || at.Year() < 1800 || at.Year() > 2200 {
			continue
		}
		read := at.Format(time.DateOnly)
		switch first, last := day(f.Min), day(f.Max); {
		case first != "" && read < first:
			return "", &fault{Key: "web_bad_early", Args: []any{"min", first}}
		case last != "" && read > last:
			return "", &fault{Key: "web_bad_late", Args: []any{"max", last}}
		}
		return read, nil
	}
	return "", &fault{Key: "web_bad_date"}
}

// propertiesOf are the properties that fields go to.
func propertiesOf(fields []OwnField) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Property)
	}
	return names
}

// byName turns C4C's values by property into those by form name; followers need not know C4C's names. It is nil if
// C4C has not shown any.
func byName(fields []OwnField, values map[string]string) map[string]string {
	if values == nil {
		return nil
	}
	named := map[string]string{}
	for _, f := range fields {
		value, shown := values[f.Property]
		if !shown {
			continue
		}
		if f.Kind == workflows.OwnNumber {
			value = workflows.PlainNumber(value)
		}
		named[f.formName()] = value
	}
	return named
}

// fact is a field of a ticket or customer in words.
type fact struct{ Label, Value string }

// facts are the fields that have a value.
func (s *Site) facts(lang catalogue.Language, fields []OwnField, values map[string]string) []fact {
	var found []fact
	for _, f := range fields {
		if value := f.words(s.Texts, lang, values[f.formName()]); value != "" {
			found = append(found, fact{f.Label[lang], value})
		}
	}
	return found
}

// words is a value as people read it. A code that is no option is shown as it is: agents may have others.
func (f OwnField) words(texts *catalogue.Texts, lang catalogue.Language, value string) string {
	switch {
	case f.Kind == workflows.OwnYesNo && value == yes:
		return texts.In(lang, "web_yes")
	case f.Kind == workflows.OwnYesNo: // C4C says no where nobody was asked
		return ""
	}
	for _, o := range f.Options {
		if o.Code == value {
			return o.Label[lang]
		}
	}
	return value
}

// labels are the labels of all own fields, each once, for the privacy notice.
func (s *Site) labels(lang catalogue.Language) string {
	var labels []string
	for _, f := range slices.Concat(s.CustomerFields, s.TicketFields) {
		if label := f.Label[lang]; !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return strings.Join(labels, map[catalogue.Language]string{catalogue.Chinese: "、", catalogue.English: ", "}[lang])
}

// ownOf are the customer's own fields for the account's form. Before the follower has registered, the constants of a
// new customer and "no" are nobody's answers.
func (s *Site) ownOf(customer workflows.CustomerView) map[string]string {
	values := maps.Clone(customer.Fields)
	if registeredName(customer.Data) != "" {
		return values
	}
	for _, f := range s.CustomerFields {
		if value := values[f.formName()]; value == f.Constant || f.Kind == workflows.OwnYesNo && value == no {
			delete(values, f.formName())
		}
	}
	return values
}
