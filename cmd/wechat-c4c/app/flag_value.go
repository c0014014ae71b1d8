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

// value is a flag whose value is checked when it is parsed, before any connection is made.
type value struct {
	kind    string // what it must be, for the error sentence
	holder  string // placeholder in the help
	example string
	among   []string // the only values; nil: any of its kind
	text    string   // the value as written
	set     func(string) error
}

var errValue = errors.New("not such a value")

// String returns the value as written.
func (v *value) String() string { return v.text }

// Type returns the placeholder in the help.
func (v *value) Type() string { return v.holder }

// Set parses the value, or rejects it with an error that wrongFlag turns into a sentence.
func (v *value) Set(text string) error {
	if err := v.set(text); err != nil {
		return err
	}
	v.text = text
	return nil
}

// oneOf accepts one of the values.
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

// someOf accepts any number of the values, separated by commas or by repeating the flag.
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

// age accepts how long ago something happened.
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

// duration accepts a duration of at least least.
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

// count accepts a whole number from 0 on.
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

// rate accepts a number per second, above 0 and up to most.
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

// kindOf describes what a flag's value must be.
func kindOf(f *pflag.Flag) string {
	if v, ok := f.Value.(*value); ok {
		return v.kind
	}
	if f.Value.Type() == "bool" {
		return "true or false"
	}
	return "a " + f.Value.Type()
}

// plainExamples are example values of the flags that accept any text.
var plainExamples = map[string]string{
	"account": "default", "actor": "ada", "audit-log": "/var/log/wechat-c4c/audit.jsonl", "deployment": "wechat-c4c",
	"dir":  "/var/spool/wechat-c4c",
	"file": "menu.json", "follower": "oAbc123", "name": "wechat-c4c", "openid": "oAbc123", "reason": `"new password"`,
	"receipt": "receipt.json", "text": `"We call you back."`, "ticket": "9001", "ui-url": "https://temporal.example.com",
}

// exampleOfFlag is a flag with a valid value.
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
