package web

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// readOwn reads a form's own fields and records its errors. The result lacks fields that the form does not have and,
// if keep is set, empty ones: they stay as they are in C4C.
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

// printable drops characters that nobody sees and that C4C's XML does not accept.
func printable(r rune) rune {
	if r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}

// compact returns a text as it is written on a number plate, however it was typed.
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
	return number.FloatString(decimals), nil  // exact, without trailing zeros
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

// dayForms are the ways in which people write a day if their browser shows no calendar.
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
