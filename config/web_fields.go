package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"regexp"
	"strings"
)

// WebFields are the fields that a tenant adds to the forms of the H5 page, in the order of the page.
type WebFields struct {
	Ticket   []WebField `json:"ticket"`   // of a new ticket: properties of ServiceRequestCollection
	Customer []WebField `json:"customer"` // of the account: properties of IndividualCustomerCollection
}

// WebField is one of them.
type WebField struct {
	Name     string `json:"name"`     // in the form and in JSON, after "field_"
	Property string `json:"property"` // OData property of C4C that it goes to
	Kind     string `json:"kind"`     // FieldText, …
	Label    Words  `json:"label"`
	Required bool   `json:"required"`
	// Hint is shown in the empty field; may be missing.
	Hint *Words `json:"hint"`

	MinLength int    `json:"min_length"` // of a text, in characters
	MaxLength int    `json:"max_length"` // of a text, in characters; 0: MaxFieldLength
	Pattern   string `json:"pattern"`    // regular expression (RE2) that a whole text has to match; empty: any
	Example   string `json:"example"`    // a text that matches it, shown to followers whose text does not
	// Compact brings a text such as a licence plate into one form: narrow capital letters, without blanks, hyphens and
	// dots.
	Compact bool `json:"compact"`

	Min      Limit `json:"min"`      // least number, or first day
	Max      Limit `json:"max"`      // greatest number, or last day
	Decimals int   `json:"decimals"` // most digits of a number after its point

	Options []FieldOption `json:"options"` // of a choice
}

// Kinds of fields.
const (
	FieldText   = "text"
	FieldNumber = "number"
	FieldDate   = "date"
	FieldChoice = "choice"
	FieldYesNo  = "yes_no"
)

// Words are a text in both languages of the page.
type Words struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// FieldOption is one option of a choice. C4C gets the code.
type FieldOption struct {
	Code  string `json:"code"`
	Label Words  `json:"label"`
}

// Limit is a number or a day. In JSON it is a number, 2026-03-01, or today.
type Limit string

// Today is the limit of a day that moves.
const Today = "today"

// UnmarshalJSON accepts a number and a text.
func (l *Limit) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*l = Limit(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return errors.New("a limit is a number, a day such as 2026-03-01, or today")
	}
	*l = Limit(number)
	return nil
}

// Limits of the file.
const (
	MaxFields      = 20  // of a form
	MaxFieldLength = 255 // characters of a text
	maxFieldsFile  = 1 << 20
	maxOptions     = 200
	maxLabel       = 40 // characters
	maxHint        = 60
	maxCode        = 60
	maxPattern     = 500
	maxDecimals    = 6
	maxDigits      = 15 // of a number: more are no longer exact everywhere
)

// OwnFields reads the file of the page's own fields. Without a file there are none. If anything is wrong with it, the
// error is FieldProblems.
func (w Web) OwnFields() (WebFields, error) {
	if w.FieldsFile == "" {
		return WebFields{}, nil
	}
	file, err := os.Open(w.FieldsFile)
	if err != nil {
		return WebFields{}, FieldProblems{"cannot be read: " + cause(err)}
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFieldsFile+1))
	switch {
	case err != nil:
		return WebFields{}, FieldProblems{"cannot be read: " + cause(err)}
	case len(content) > maxFieldsFile:
		return WebFields{}, FieldProblems{"is larger than 1 MB: it names at most 20 fields for each form"}
	}
	return ParseWebFields(content)
}

// FieldProblems is what is wrong with the file: each names the field, what is wrong and what is right.
type FieldProblems []string

// Error joins the problems.
func (p FieldProblems) Error() string { return strings.Join(p, "; ") }

// ParseWebFields reads and checks the content of the file. Errors are FieldProblems.
func ParseWebFields(content []byte) (WebFields, error) {
	var fields WebFields
	decoder := json.NewDecoder(bytes.NewReader(Unmarked(content)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&fields)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something comes after its end")
		}
	}
	if err != nil {
		return WebFields{}, FieldProblems{fmt.Sprintf(
			`is not JSON of the form {"ticket": […], "customer": […]}: %s`, strings.TrimPrefix(err.Error(), "json: "))}
	}
	var problems FieldProblems
	if len(fields.Ticket)+len(fields.Customer) == 0 {
		problems = append(problems, "names no field: leave the setting empty, or name one under ticket or customer")
	}
	problems = append(problems, checkFields("ticket", fields.Ticket, ticketProperties)...)
	problems = append(problems, checkFields("customer", fields.Customer, customerProperties)...)
	if len(problems) > 0 {
		return WebFields{}, problems
	}
	return fields, nil
}

// Matcher is the pattern, for whole texts. Without a pattern every text matches.
func (f WebField) Matcher() (*regexp.Regexp, error) {
	if f.Pattern == "" {
		return regexp.Compile("")
	}
	if _, err := regexp.Compile(f.Pattern); err != nil { // alone: a bracket must not close the one around it
		return nil, err
	}
	return regexp.Compile(`^(?:` + f.Pattern + `)$`)
}

// CompareNumbers compares two decimal numbers exactly: negative if the first is less, 0 if they are equal.
func CompareNumbers(one, other string) int {
	a, _ := new(big.Rat).SetString(one)
	b, _ := new(big.Rat).SetString(other)
	if a == nil || b == nil {
		return 0
	}
	return a.Cmp(b)
}
