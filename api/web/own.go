package web

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// OwnField is a field that the tenant has added to a form. Fields that do not belong to its kind are zero.
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

// day is a limit as a date: today's date for "today", any other as it is.
func (s *Site) day(limit string) string {
	if limit == today {
		return s.Now().In(s.Zone).Format(time.DateOnly)
	}
	return limit
}

// propertiesOf are the properties that fields go to.
func propertiesOf(fields []OwnField) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Property)
	}
	return names
}

// byName turns values by C4C's property into values by form name; followers need not know C4C's names. nil: C4C has
// not shown any. C4C has 0 for a number that nobody has entered; asked reports whether the follower was asked for the
// required ones.
func byName(fields []OwnField, values map[string]string, asked bool) map[string]string {
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
			number := workflows.PlainNumber(value)
			if number == "" && value != "" && asked && f.Required {
				number = "0"
			}
			value = number
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

// words is a value as people read it. A code that is not an option is shown as it is: agents may have more options.
func (f OwnField) words(texts *catalogue.Texts, lang catalogue.Language, value string) string {
	switch {
	case f.Kind == workflows.OwnYesNo && value == yes:
		return texts.In(lang, "web_yes")
	case f.Kind == workflows.OwnYesNo: // C4C stores no answer as no
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

// ownOf are the customer's own fields for the account's form. Before the follower has registered, it leaves out the
// constants of a new customer and "no": the follower has not entered them.
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
