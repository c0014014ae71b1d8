package app

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/wechat-c4c/wechat-c4c/operate"
)

// value is a flag whose value is checked where it is given, before anything is connected to.
type value struct {
	kind    string // what it must be, for the sentence about one that is not
	holder  string // placeholder in the help
	example string
	among   []string // the only values; nil: any of its kind
	text    string   // what it is, as it is written
	set     func(string) error
}

var errValue = errors.New("not such a value")

// String returns the value as it is written.
func (v *value) String() string { return v.text }

// Type returns the placeholder in the help.
func (v *value) Type() string { return v.holder }

// Set takes the value, or refuses it with an error that wrongFlag makes a sentence of.
func (v *value) Set(text string) error {
	if err := v.set(text); err != nil {
		return err
	}
	v.text = text
	return nil
}

// oneOf is one of the values.
func oneOf(into *string, given string, among ...string) *value {
	*into = given
	return &value{
		kind: "one of " + strings.Join(among, ", "), holder: "string", example: among[0], among: among, text: given,
		set: func(text string) error {
			if !slices.Contains(among, text) {
				return errValue
			}
			*into = text
			return nil
		},
	}
}

// someOf is any number of the values, separated by commas or by giving the flag again.
func someOf(into *[]string, among ...string) *value {
	return &value{
		kind: "one of " + strings.Join(among, ", "), holder: "strings", example: among[0], among: among,
		set: func(text string) error {
			given := strings.Split(text, ",")
			for _, one := range given {
				if !slices.Contains(among, one) {
					return errValue
				}
			}
			*into = append(*into, given...)
			return nil
		},
	}
}

// age is how long something took place ago.
func age(into *time.Duration) *value {
	return &value{kind: "an age of minutes, hours or days", holder: "age", example: "12h",
		set: func(text string) (err error) {
			parsed, err := operate.ParseAge(text)
			if err == nil && parsed <= 0 {
				err = errValue
			}
			if err == nil {
				*into = parsed
			}
			return err
		}}
}

// duration is a time of at least least.
func duration(into *time.Duration, given, least time.Duration) *value {
	*into = given
	return &value{
		kind: fmt.Sprintf("a duration of at least %s", least), holder: "duration",
		example: max(given, 10*time.Minute).String(), text: given.String(),
		set: func(text string) error {
			parsed, err := time.ParseDuration(text)
			if err != nil || parsed < least {
				return errValue
			}
			*into = parsed
			return nil
		},
	}
}

// count is a whole number from 0 on.
func count(into *int, given int) *value {
	*into = given
	return &value{kind: "a whole number of 0 or more", holder: "int", example: "100", text: strconv.Itoa(given),
		set: func(text string) error {
			parsed, err := strconv.Atoi(text)
			if err != nil || parsed < 0 {
				return errValue
			}
			*into = parsed
			return nil
		}}
}

// rate is how many a second, above 0 and up to most.
func rate(into *float64, given, most float64) *value {
	*into = given
	return &value{
		kind: fmt.Sprintf("a number above 0 and up to %g", most), holder: "number",
		example: strconv.FormatFloat(given, 'g', -1, 64),
		text:    strconv.FormatFloat(given, 'g', -1, 64),
		set: func(text string) error {
			parsed, err := strconv.ParseFloat(text, 64)
			if err != nil || !(parsed > 0 && parsed <= most) {
				return errValue
			}
			*into = parsed
			return nil
		},
	}
}

// kindOf says what a flag's value must be.
func kindOf(f *pflag.Flag) string {
	if v, ok := f.Value.(*value); ok {
		return v.kind
	}
	if f.Value.Type() == "bool" {
		return "true or false"
	}
	return "a " + f.Value.Type()
}

// plainExamples are values of the flags that take any text.
var plainExamples = map[string]string{
	"account": "default", "actor": "ada", "audit-log": "/var/log/wechat-c4c/audit.jsonl", "deployment": "wechat-c4c",
	"dir":  "/var/spool/wechat-c4c",
	"file": "menu.json", "follower": "oAbc123", "name": "wechat-c4c", "openid": "oAbc123", "reason": `"new password"`,
	"receipt": "receipt.json", "text": `"We call you back."`, "ticket": "9001", "ui-url": "https://temporal.example.com",
}

// exampleOfFlag is a flag with a value that it takes.
func exampleOfFlag(f *pflag.Flag) string {
	if v, ok := f.Value.(*value); ok {
		return "--" + f.Name + " " + v.example
	}
	if f.Value.Type() == "bool" {
		return "--" + f.Name
	}
	example := plainExamples[f.Name]
	if example == "" {
		example = f.DefValue
	}
	return "--" + f.Name + " " + example
}
